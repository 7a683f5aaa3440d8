package dingtalk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"yunzhuan/chat/internal/wire"

	"github.com/gorilla/websocket"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/logger"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"
)

// connection is one WebSocket connection to the gateway. Frames are read by one
// goroutine, in the order in which they come; acks are written by whoever has
// one, in turn.
type connection struct {
	ws       *websocket.Conn
	wire     *corkConn     // what ws writes to
	dead     chan struct{} // closed when nothing is read any more
	replaced chan struct{} // closed when another is the current one
	renewal  sync.Once     // it is replaced once, however often the server says that it will close it
	busy     wire.Gate     // frames that were read and whose ack is not written yet

	mu      sync.Mutex
	out     []*payload.DataFrameResponse // acks to be written
	writing bool
}

const (
	maxFrame  = 4 << 20 // bytes; the platform's own bound is 256 KB (java SDK)
	writeWait = 5 * time.Second
)

// newSDK makes the SDK's client, which asks the gateway for an address and a
// ticket. It wants a handler with each subscription; the frames come to
// receiver.frame.
func newSDK(cfg Config) *client.StreamClient {
	silenceSDK()
	declared := func(context.Context, *payload.DataFrame) (*payload.DataFrameResponse, error) { return nil, nil }
	return client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(cfg.ClientID, cfg.ClientSecret)),
		client.WithOpenApiHost(cfg.APIBase),
		client.WithSubscription(utils.SubscriptionTypeKCallback, payload.BotMessageCallbackTopic, declared),
		client.WithSubscription(utils.SubscriptionTypeKCallback, payload.CardInstanceCallbackTopic, declared),
		client.WithSubscription(utils.SubscriptionTypeKEvent, "*", declared),
	)
}

// silenceSDK sets the SDK's logger, which is one for the process and set without
// a lock. What the SDK logs of opening a connection is the client secret and the
// ticket, and nothing that its error does not say.
var silenceSDK = sync.OnceFunc(func() { logger.SetLogger(silent{}) })

type silent struct{}

func (silent) Debugf(string, ...any)   {}
func (silent) Infof(string, ...any)    {}
func (silent) Warningf(string, ...any) {}
func (silent) Errorf(string, ...any)   {}
func (silent) Fatalf(string, ...any)   {}

// open connects; read must follow.
func (r *receiver) open(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, r.c.pace.open)
	defer cancel()
	at, err := r.sdk.GetConnectionEndpoint(ctx)
	if err != nil {
		return nil, err
	}
	addr, err := withTicket(at.Endpoint, at.Ticket)
	if err != nil {
		return nil, err
	}
	c := &connection{dead: make(chan struct{}), replaced: make(chan struct{})}
	dialer := websocket.Dialer{
		Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 10 * time.Second,
		NetDialContext: dialCork(&c.wire), ReadBufferSize: 32 << 10, // several frames a read
	}
	ws, resp, err := dialer.DialContext(ctx, addr, nil)
	if resp != nil {
		_ = resp.Body.Close() // the handshake's; nothing of it is of use
	}
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxFrame)
	c.ws = ws
	return c, nil
}

// withTicket is the gateway's address with its ticket: wss, or ws on loopback.
func withTicket(endpoint, ticket string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || !strings.HasPrefix(u.Scheme, "ws") || !wire.Secure(&url.URL{Scheme: "http" + u.Scheme[2:], Host: u.Host}) {
		return "", errEndpoint
	}
	q := u.Query()
	q.Set("ticket", ticket)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

var errEndpoint = errors.New("the gateway gave an address that is not safe to use")

// read hands every frame to take, until the connection ends. A connection over
// which nothing comes for silence, not even an answer to the pings that go out
// every so often, has ended.
func (c *connection) read(every, silence time.Duration, take func(raw []byte)) error {
	defer close(c.dead)
	defer c.close()
	alive := func() { _ = c.ws.SetReadDeadline(time.Now().Add(silence)) } // fails with the connection only
	pong, ping := c.ws.PongHandler(), c.ws.PingHandler()
	c.ws.SetPongHandler(func(s string) error { alive(); return pong(s) })
	c.ws.SetPingHandler(func(s string) error { alive(); return ping(s) })
	go c.ping(every)
	for {
		alive()
		kind, raw, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		if kind == websocket.TextMessage {
			take(raw)
		}
	}
}

// ping asks regularly whether anyone is there.
func (c *connection) ping(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.dead:
			return
		case <-tick.C:
			if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)) != nil {
				c.close()
				return
			}
		}
	}
}

// answer writes an ack and ends the work on its frame. It does not block.
func (c *connection) answer(ack *payload.DataFrameResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, ack)
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// write writes the acks that are there.
func (c *connection) write() {
	for {
		c.mu.Lock()
		out := c.out
		c.out = nil
		c.writing = len(out) > 0
		c.mu.Unlock()
		if len(out) == 0 {
			return
		}
		if c.writeAll(out) != nil {
			c.close() // what is not acknowledged comes again, and is known
		}
		for range out {
			c.busy.Leave()
		}
	}
}

func (c *connection) writeAll(acks []*payload.DataFrameResponse) error {
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	c.wire.cork()
	for _, ack := range acks {
		if err := c.ws.WriteMessage(websocket.TextMessage, ack.Encode()); err != nil {
			return err
		}
	}
	return c.wire.uncork()
}

func (c *connection) close() { _ = c.ws.Close() } // closing twice is no fault
