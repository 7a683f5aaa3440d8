package dingtalktest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Topics of frames.
const (
	TopicMessage = "/v1.0/im/bot/messages/get"
	TopicCard    = "/v1.0/card/instances/callback"
	TopicEvents  = "*"
)

// Frame is what the gateway pushes.
type Frame struct {
	Type    string            // CALLBACK, EVENT, SYSTEM
	Topic   string            //
	Headers map[string]string // beside topic, messageId, time and contentType
	Time    time.Time         // of the push; zero is now
	Data    string            // JSON
}

// Ack is what the client says of a frame.
type Ack struct {
	Code      int
	MessageID string
	Message   string
	Data      string
}

// OK says whether the client told the platform that it has the message.
func (a Ack) OK() bool { return a.Code == http.StatusOK && !strings.Contains(a.Data, "LATER") }

// ErrNoAck is what a push fails with when the connection ends before the ack.
var ErrNoAck = errors.New("connection ended without ack")

// conn is one WebSocket connection.
type conn struct {
	ws     *websocket.Conn
	silent atomic.Bool
	gone   atomic.Bool // it has got its disconnect frame
	ended  chan struct{}

	writeMu sync.Mutex
	mu      sync.Mutex
	pending map[string]chan Ack // by messageId
}

var upgrader = websocket.Upgrader{ReadBufferSize: 8 << 10, WriteBufferSize: 8 << 10}

func (g *Gateway) serveConnect(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	g.state.Mu.Lock()
	known := g.tickets[ticket]
	delete(g.tickets, ticket)
	g.state.Mu.Unlock()
	if !known {
		http.Error(w, "ticket not known", http.StatusUnauthorized)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the client has its answer
	}
	c := &conn{ws: ws, ended: make(chan struct{}), pending: map[string]chan Ack{}}
	pong := ws.PingHandler()
	ws.SetPingHandler(func(data string) error {
		if c.silent.Load() {
			return nil
		}
		return pong(data)
	})
	g.state.Change(func() { g.conns = append(g.conns, c) })
	c.read()
	_ = ws.Close() // it has ended, one way or the other
	g.state.Change(func() {
		for i, other := range g.conns {
			if other == c {
				g.conns = append(g.conns[:i:i], g.conns[i+1:]...)
			}
		}
	})
	close(c.ended)
}

// read takes acks until the connection ends.
func (c *conn) read() {
	for {
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if c.silent.Load() {
			continue
		}
		var a struct {
			Code    int               `json:"code"`
			Headers map[string]string `json:"headers"`
			Message string            `json:"message"`
			Data    string            `json:"data"`
		}
		if json.Unmarshal(raw, &a) != nil {
			continue
		}
		id := a.Headers["messageId"]
		c.mu.Lock()
		ch := c.pending[id]
		delete(c.pending, id)
		c.mu.Unlock()
		if ch != nil {
			ch <- Ack{Code: a.Code, MessageID: id, Message: a.Message, Data: a.Data}
		}
	}
}

func (c *conn) write(raw []byte) error {
	if c.silent.Load() {
		return nil // it goes nowhere, as on a dead line
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, raw)
}

// open lists the connections that take frames; g.mu is held.
func (g *Gateway) open() []*conn {
	var out []*conn
	for _, c := range g.conns {
		if !c.gone.Load() && !c.silent.Load() {
			out = append(out, c)
		}
	}
	return out
}

// newest is the connection that frames go to.
func (g *Gateway) newest() (*conn, error) {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	if open := g.open(); len(open) > 0 {
		return open[len(open)-1], nil
	}
	return nil, errNoConnection
}

// PushFrame pushes a frame over the newest connection and waits for its ack.
func (g *Gateway) PushFrame(ctx context.Context, f Frame) (Ack, error) {
	c, err := g.newest()
	if err != nil {
		return Ack{}, err
	}
	id := strconv.FormatInt(g.nextID.Add(1), 10)
	ch, err := g.start(c, id, f)
	if err != nil {
		return Ack{}, err
	}
	return c.await(ctx, id, ch)
}

// start writes a frame and says where its ack will come.
func (g *Gateway) start(c *conn, id string, f Frame) (chan Ack, error) {
	raw, err := f.encode(id)
	if err != nil {
		return nil, err
	}
	ch := make(chan Ack, 1)
	c.mu.Lock()
	c.pending[id] = ch
	c.mu.Unlock()
	if err := c.write(raw); err != nil {
		return nil, fmt.Errorf("push frame: %w", err)
	}
	return ch, nil
}

func (c *conn) await(ctx context.Context, id string, ch chan Ack) (Ack, error) {
	select {
	case a := <-ch:
		return a, nil
	case <-c.ended:
		select {
		case a := <-ch: // both happened
			return a, nil
		default:
			return Ack{}, ErrNoAck
		}
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
		return Ack{}, ctx.Err()
	}
}

func (f Frame) encode(id string) ([]byte, error) {
	at := f.Time
	if at.IsZero() {
		at = time.Now()
	}
	headers := map[string]string{
		"appId": "standin", "contentType": "application/json", "messageId": id,
		"time": strconv.FormatInt(at.UnixMilli(), 10), "topic": f.Topic,
	}
	for k, v := range f.Headers {
		headers[k] = v
	}
	return json.Marshal(struct {
		SpecVersion string            `json:"specVersion"`
		Type        string            `json:"type"`
		Headers     map[string]string `json:"headers"`
		Data        string            `json:"data"`
	}{"1.0", f.Type, headers, f.Data})
}

// PushBurst writes all frames in order and in one go, so that they arrive
// together, before it waits for an ack. The acks come back in the order of the
// frames.
func (g *Gateway) PushBurst(ctx context.Context, frames []Frame) ([]Ack, error) {
	c, err := g.newest()
	if err != nil {
		return nil, err
	}
	ids, chans := make([]string, len(frames)), make([]chan Ack, len(frames))
	var wire []byte
	for i, f := range frames {
		ids[i], chans[i] = strconv.FormatInt(g.nextID.Add(1), 10), make(chan Ack, 1)
		raw, err := f.encode(ids[i])
		if err != nil {
			return nil, err
		}
		// A text frame of a server: not masked, with its length in eight bytes.
		wire = append(binary.BigEndian.AppendUint64(append(wire, 0x81, 127), uint64(len(raw))), raw...)
	}
	c.mu.Lock()
	for i, id := range ids {
		c.pending[id] = chans[i]
	}
	c.mu.Unlock()
	c.writeMu.Lock()
	_, err = c.ws.NetConn().Write(wire)
	c.writeMu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("push frames: %w", err)
	}
	acks := make([]Ack, len(frames))
	for i := range chans {
		if acks[i], err = c.await(ctx, ids[i], chans[i]); err != nil {
			return acks[:i], err
		}
	}
	return acks, nil
}

// PushRaw writes text that need not be a frame.
func (g *Gateway) PushRaw(text string) error {
	c, err := g.newest()
	if err != nil {
		return err
	}
	return c.write([]byte(text))
}

// Ping asks the client whether it is there, as the platform does, and waits for
// the answer.
func (g *Gateway) Ping(ctx context.Context) (Ack, error) {
	return g.PushFrame(ctx, Frame{Type: "SYSTEM", Topic: "ping", Data: `{"opaque":"123-dsfs"}`})
}
