package aibot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/chattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuite(t *testing.T) {
	t.Parallel()
	chattest.Run(t, chattest.Harness{
		Start:     startPlatform,
		Callbacks: "testdata/callbacks",
		Failures: []chattest.Failure{
			{Code: "errcode -1", Want: chat.Temporary},
			{Code: "errcode 6000", Want: chat.Temporary},
			{Code: "errcode 45009", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 45033", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 846607", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 846609", Want: chat.Temporary},
			{Code: "errcode 40201", Want: chat.Final},
			{Code: "errcode 77777", Want: chat.Final},
			// These say that the callback can be answered no more: a push says the same.
			{Code: "errcode 846604", Want: ""},
			{Code: "errcode 846605", Want: ""},
			{Code: "errcode 846606", Want: ""},
			{Code: "errcode 846608", Want: ""},
			{Code: "no answer", Want: chat.Unknown},
			{Code: "no answer after delivery", Want: chat.Unknown},
			{Code: "broken before the answer", Want: chat.Unknown},
		},
	})
}

// newServer starts a stand-in for a test.
func newServer(t testing.TB) *aibottest.Server {
	t.Helper()
	s := aibottest.New()
	t.Cleanup(s.Close)
	return s
}

// newChannel makes a Channel for s with short waits. change may alter its config.
func newChannel(t testing.TB, s *aibottest.Server, log *slog.Logger, change func(*aibot.Config)) *aibot.Channel {
	t.Helper()
	cfg := s.Config(log)
	if change != nil {
		change(&cfg)
	}
	c, err := aibot.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	aibot.Quicken(c)
	return c
}

// ready blocks until a Channel knows that it is connected, which is a moment
// after the server does.
func ready(ctx context.Context, s *aibottest.Server, c *aibot.Channel) error {
	if err := s.WaitConnected(ctx); err != nil {
		return err
	}
	for !c.Status().Connected {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		runtime.Gosched()
	}
	return nil
}

// ends hears which callbacks are through.
type ends struct {
	mu    sync.Mutex
	kept  map[string]bool
	heard chan struct{}
}

func listen(c *aibot.Channel) *ends {
	e := &ends{kept: map[string]bool{}, heard: make(chan struct{})}
	aibot.OnThrough(c, func(reqID string, kept bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.kept[reqID] = kept
		close(e.heard)
		e.heard = make(chan struct{})
	})
	return e
}

// wait blocks until the work on a callback has ended.
func (e *ends) wait(ctx context.Context, reqID string) (kept bool, err error) {
	for {
		e.mu.Lock()
		kept, ok := e.kept[reqID]
		heard := e.heard
		e.mu.Unlock()
		if ok {
			return kept, nil
		}
		select {
		case <-heard:
		case <-ctx.Done():
			return false, fmt.Errorf("wait for the end of %s: %w", reqID, ctx.Err())
		}
	}
}

func startPlatform(t *testing.T, log *slog.Logger) chattest.Platform {
	s := newServer(t)
	c := newChannel(t, s, log, nil)
	aibot.SetAckWait(c, 3*time.Second) // for those that get no answer
	through := listen(c)
	reply := chat.ReplyToken{Addr: s.ReplyAddress("u1", false), ExpiresAt: time.Now().Add(time.Hour)}
	groupReply := chat.ReplyToken{Addr: s.ReplyAddress("group", true), ExpiresAt: time.Now().Add(time.Hour)}
	var ids int
	var mu sync.Mutex
	newID := func() string {
		mu.Lock()
		defer mu.Unlock()
		ids++
		return fmt.Sprintf("deliver-%d", ids)
	}
	return chattest.Platform{
		Channel: c,
		Ready:   func(ctx context.Context) error { return ready(ctx, s, c) },
		Deliver: func(ctx context.Context, callback []byte) (chattest.Ack, error) {
			cmd, body := commandOf(callback)
			id := newID()
			if _, err := s.Push(ctx, cmd, id, body); err != nil {
				return chattest.Ack{}, err
			}
			kept, err := through.wait(ctx, id)
			raw := ""
			for _, m := range s.Sent() { // what the channel says by itself
				raw += m.Text
			}
			return chattest.Ack{OK: kept, Raw: raw}, err
		},
		Burst: func(ctx context.Context, callbacks [][]byte) error {
			reqIDs := make([]string, len(callbacks))
			for i := range callbacks {
				reqIDs[i] = newID()
			}
			if err := s.PushBurst(reqIDs, callbacks); err != nil {
				return err
			}
			for _, id := range reqIDs {
				if kept, err := through.wait(ctx, id); err != nil || !kept {
					return fmt.Errorf("%s kept: %v, %w", id, kept, err)
				}
			}
			return nil
		},
		Write: func(in chattest.Inbound) []byte {
			cb := aibottest.Callback{MsgID: in.ID, User: in.Conv, Text: in.Text, SentAt: in.SentAt}
			if in.Group {
				cb.User, cb.Group = in.From, in.Conv
			}
			return s.Body(cb)
		},
		Targets: []chat.Target{
			{Channel: c.ID(), Conv: "u1", User: "u1", Reply: reply},
			{Channel: c.ID(), Conv: "group", Group: true, Reply: groupReply},
			{Channel: c.ID(), Conv: "group-2", Group: true},
			{Channel: c.ID(), User: "u2"},
		},
		Heard: func() []string {
			var texts []string
			for _, m := range s.Sent() {
				texts = append(texts, m.Text)
			}
			return texts
		},
		Refuse:  func(code string) { refuse(t, s, code) },
		Secrets: []string{s.Secret},
		Normalize: func(m *chat.Message) {
			if kind, _, ok := strings.Cut(m.Reply.Addr, ":"); ok {
				m.Reply = chat.ReplyToken{Addr: kind + ":{{request}}", ExpiresAt: time.Unix(0, 0).UTC()}
			}
		},
	}
}

// commandOf is the command that a body comes with.
func commandOf(body []byte) (cmd string, raw []byte) {
	var b struct {
		MsgType string `json:"msgtype"`
	}
	if json.Unmarshal(body, &b) == nil && b.MsgType == "event" {
		return aibottest.Event, body
	}
	return aibottest.Message, body
}

// refuse lets the next answer fail.
func refuse(t *testing.T, s *aibottest.Server, code string) {
	var f aibottest.Fault
	number, isCode := strings.CutPrefix(code, "errcode ")
	switch {
	case isCode:
		f.Code, _ = strconv.Atoi(number) // of the table above
	case code == "no answer":
		f.Silent = true
	case code == "no answer after delivery":
		f.Silent, f.Deliver = true, true
	case code == "broken before the answer":
		f.Drop = true
	default:
		t.Fatalf("no such failure: %s", code)
	}
	s.Fail(aibottest.Respond, 1, f)
}
