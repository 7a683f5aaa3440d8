package aibottest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// Commands of frames.
const (
	Subscribe      = "aibot_subscribe"
	Ping           = "ping"
	Message        = "aibot_msg_callback"
	Event          = "aibot_event_callback"
	Respond        = "aibot_respond_msg"
	RespondWelcome = "aibot_respond_welcome_msg"
	Send           = "aibot_send_msg"
	UploadInit     = "aibot_upload_media_init"
	UploadChunk    = "aibot_upload_media_chunk"
	UploadFinish   = "aibot_upload_media_finish"
)

// frame is what goes either way.
type frame struct {
	Cmd     string          `json:"cmd,omitempty"`
	Headers headers         `json:"headers"`
	Body    json.RawMessage `json:"body,omitempty"`
	ErrCode *int            `json:"errcode,omitempty"`
	ErrMsg  string          `json:"errmsg,omitempty"`
}

type headers struct {
	ReqID string `json:"req_id"`
}

// conn is one WebSocket connection.
type conn struct {
	ws     *websocket.Conn
	silent atomic.Bool // it hears and says nothing, as on a dead line

	writeMu sync.Mutex
}

var upgrader = websocket.Upgrader{ReadBufferSize: 8 << 10, WriteBufferSize: 8 << 10}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the client has its answer
	}
	c := &conn{ws: ws}
	s.state.Change(func() { s.conns = append(s.conns, c) })
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			break
		}
		var f frame
		if json.Unmarshal(raw, &f) == nil && !c.silent.Load() {
			s.take(c, f)
		}
	}
	_ = ws.Close() // it has ended, one way or the other
	s.state.Change(func() {
		s.conns = slices.DeleteFunc(s.conns, func(other *conn) bool { return other == c })
		if s.holder == c {
			s.holder = nil
		}
	})
}

func (c *conn) write(f frame) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return c.writeRaw(raw)
}

func (c *conn) writeRaw(raw []byte) error {
	if c.silent.Load() {
		return nil // it goes nowhere
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, raw)
}

// ack answers a frame of the client.
func (c *conn) ack(reqID string, code int, body any) {
	f := frame{Headers: headers{reqID}, ErrCode: &code, ErrMsg: "ok"}
	if code != 0 {
		// What the platform says may hold anything; no log should repeat it.
		f.ErrMsg = "refused, hint: [standin-bot-secret], more info at https://open.work.weixin.qq.com/devtool"
	}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			panic(err) // maps of strings only
		}
		f.Body = raw
	}
	_ = c.write(f) // fails with the connection
}

// take works on one frame of the client.
func (s *Server) take(c *conn, f frame) {
	var fault Fault
	failing := false
	s.state.Change(func() {
		s.received[f.Cmd]++
		if queue := s.faults[f.Cmd]; len(queue) > 0 {
			fault, failing = queue[0], true
			s.faults[f.Cmd] = queue[1:]
		}
	})
	code, body := 0, any(nil)
	if !failing || fault.Deliver {
		s.state.Change(func() { code, body = s.work(c, f) })
	}
	if failing {
		if fault.Until != nil {
			<-fault.Until
		}
		switch {
		case fault.Drop:
			_ = c.ws.Close() // that is the fault
			return
		case fault.Silent:
			return
		case !fault.Deliver || fault.Code != 0:
			code, body = fault.Code, fault.Body
		}
	}
	c.ack(f.Headers.ReqID, code, body)
}

// kick tells a connection that a newer one has taken over, and ends it.
func (c *conn) kick() {
	_ = c.write(frame{
		Cmd: Event, Headers: headers{"kick"},
		Body: json.RawMessage(`{"msgid":"kick","create_time":1700000000,"aibotid":"aibstandin","msgtype":"event","event":{"eventtype":"disconnected_event"}}`),
	})
	_ = c.ws.Close() // as the platform does
}

// subscribe makes c the robot's connection; s.mu is held.
func (s *Server) subscribe(c *conn, f frame) int {
	var b struct {
		BotID  string `json:"bot_id"`
		Secret string `json:"secret"`
	}
	if json.Unmarshal(f.Body, &b) != nil || b.BotID != s.BotID || b.Secret != s.Secret {
		return codeCredentials
	}
	if old := s.holder; old != nil && old != c {
		go old.kick()
	}
	s.holder = c
	s.subs++
	return 0
}

// holding is the subscribed connection.
func (s *Server) holding() (*conn, error) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	if s.holder == nil {
		return nil, errNoConnection
	}
	return s.holder, nil
}

var errNotObject = errors.New("not a JSON object")
