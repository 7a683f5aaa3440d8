package aibottest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// Callback is something that somebody does. Zero fields get a sensible value.
type Callback struct {
	ReqID  string // of the frame; default: one that no other has
	MsgID  string // the same for a redelivery; default: one that no other has
	User   string // who
	Group  string // the group that it happens in; "" for the direct chat
	Text   string // as typed; in a group usually "@机器人 …"
	SentAt time.Time
	// Raw, if not nil, is the whole body instead; Text and the rest are not used.
	Raw []byte
}

// Say pushes a message and returns its request id. Nothing tells when the bot is
// done with it: wait for what it says.
func (s *Server) Say(ctx context.Context, cb Callback) (reqID string, err error) {
	return s.push1(ctx, Message, cb, map[string]any{"msgtype": "text", "text": map[string]string{"content": cb.Text}})
}

// Enter pushes the event that User opens the direct chat for the first time today.
func (s *Server) Enter(ctx context.Context, cb Callback) (reqID string, err error) {
	return s.push1(ctx, Event, cb, map[string]any{"msgtype": "event", "event": map[string]any{"eventtype": "enter_chat"}})
}

// Tap pushes the event that User taps the button of that key on a card.
func (s *Server) Tap(ctx context.Context, cb Callback, taskID, key string) (reqID string, err error) {
	return s.push1(ctx, Event, cb, map[string]any{"msgtype": "event", "event": map[string]any{
		"eventtype":           "template_card_event",
		"template_card_event": map[string]string{"card_type": "button_interaction", "event_key": key, "task_id": taskID},
	}})
}

// Body is the body of a text message, as Say pushes it.
func (s *Server) Body(cb Callback) []byte {
	return s.body(cb, map[string]any{"msgtype": "text", "text": map[string]string{"content": cb.Text}})
}

// Push pushes a body as it is, by the command Message or Event, and returns the
// request id, which is that of reqID if it is not empty.
func (s *Server) Push(ctx context.Context, cmd, reqID string, raw []byte) (string, error) {
	return s.push1(ctx, cmd, Callback{ReqID: reqID, Raw: raw}, nil)
}

// ReplyAddress makes a reply address as if somebody had just said something there.
func (s *Server) ReplyAddress(conv string, group bool) string {
	id := s.id("ask")
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.asked[id] = &question{conv: conv, group: group, answer: Respond, streams: map[string]bool{}}
	return "msg:" + id
}

func (s *Server) id(kind string) string {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.nextID++
	return fmt.Sprintf("%s-%d", kind, s.nextID)
}

func (s *Server) push1(ctx context.Context, cmd string, cb Callback, more map[string]any) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	c, err := s.holding()
	if err != nil {
		return "", err
	}
	f, err := s.callback(cmd, cb, more)
	if err != nil {
		return "", err
	}
	return f.Headers.ReqID, c.write(f)
}

// PushBurst pushes bodies of messages in one go, so that they arrive together,
// with the request ids given.
func (s *Server) PushBurst(reqIDs []string, bodies [][]byte) error {
	c, err := s.holding()
	if err != nil {
		return err
	}
	var wire []byte
	for i, b := range bodies {
		f, err := s.callback(Message, Callback{ReqID: reqIDs[i], Raw: b}, nil)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(f)
		if err != nil {
			return err
		}
		// A text frame of a server: not masked, with its length in eight bytes.
		wire = append(binary.BigEndian.AppendUint64(append(wire, 0x81, 127), uint64(len(raw))), raw...)
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	_, err = c.ws.NetConn().Write(wire)
	return err
}

// callback makes the frame of a callback and remembers how it can be answered.
func (s *Server) callback(cmd string, cb Callback, more map[string]any) (frame, error) {
	if cb.ReqID == "" {
		cb.ReqID = s.id("req")
	}
	raw := cb.Raw
	if raw == nil {
		raw = s.body(cb, more)
	}
	var b struct {
		ChatID string `json:"chatid"`
		From   struct {
			UserID string `json:"userid"`
		} `json:"from"`
		Event struct {
			EventType string `json:"eventtype"`
		} `json:"event"`
	}
	if !json.Valid(raw) {
		return frame{}, errNotObject
	}
	_ = json.Unmarshal(raw, &b) // a body may be odd on purpose
	q := &question{conv: b.From.UserID, streams: map[string]bool{}}
	if b.ChatID != "" {
		q.conv, q.group = b.ChatID, true
	}
	switch {
	case cmd == Message:
		q.answer = Respond
	case b.Event.EventType == "enter_chat":
		q.answer = RespondWelcome
	}
	s.state.Mu.Lock()
	s.asked[cb.ReqID] = q
	s.state.Mu.Unlock()
	return frame{Cmd: cmd, Headers: headers{cb.ReqID}, Body: raw}, nil
}

func (s *Server) body(cb Callback, more map[string]any) []byte {
	if cb.MsgID == "" {
		cb.MsgID = s.id("msg")
	}
	if cb.SentAt.IsZero() {
		cb.SentAt = time.Now()
	}
	b := map[string]any{
		"msgid": cb.MsgID, "aibotid": s.BotID, "chattype": "single", "create_time": cb.SentAt.Unix(),
		"from": map[string]string{"userid": cb.User},
	}
	if cb.Group != "" {
		b["chattype"], b["chatid"] = "group", cb.Group
	}
	for k, v := range more {
		b[k] = v
	}
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return raw
}
