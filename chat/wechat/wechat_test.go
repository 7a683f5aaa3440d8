package wechat_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuite(t *testing.T) {
	t.Parallel()
	chattest.Run(t, chattest.Harness{
		Start:     startPlatform,
		Callbacks: "testdata/callbacks",
		Failures: []chattest.Failure{
			{Code: "http 429", Want: chat.Limited, MinWait: 7 * time.Second},
			{Code: "http 500", Want: chat.Unknown},
			{Code: "http 502", Want: chat.Unknown},
			{Code: "http 302", Want: chat.Final},
			{Code: "broken after delivery", Want: chat.Unknown},
			{Code: "empty answer", Want: chat.Unknown},
			{Code: "null", Want: chat.Unknown},
			{Code: "page instead of an answer", Want: chat.Unknown},
			{Code: "errcode -1", Want: chat.Temporary},
			{Code: "errcode 40003", Want: chat.Final},
			{Code: "errcode 40164", Want: chat.Temporary, MinWait: time.Minute},
			{Code: "errcode 43004", Want: chat.Final},
			{Code: "errcode 45002", Want: chat.Final},
			{Code: "errcode 45009", Want: chat.Limited, MinWait: time.Hour},
			{Code: "errcode 45011", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 45015", Want: chat.Held},
			{Code: "errcode 45047", Want: chat.Held},
			{Code: "errcode 48001", Want: chat.Held},
			{Code: "errcode 48002", Want: chat.Final},
			{Code: "errcode 77777", Want: chat.Final},
		},
	})
}

// newServer starts a stand-in for a test.
func newServer(t testing.TB) *wechattest.Server {
	t.Helper()
	s := wechattest.New()
	t.Cleanup(s.Close)
	return s
}

// newChannel makes a Channel for s, whose callbacks go to it over HTTP. change may
// alter its config.
func newChannel(t testing.TB, s *wechattest.Server, log *slog.Logger, change func(*wechat.Config)) *wechat.Channel {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := s.Config(log)
	cfg.HTTP = &http.Client{Transport: transport, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	c, err := wechat.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(c.CallbackPath(), c)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	s.ToURL(srv.URL+c.CallbackPath(), &http.Client{Transport: transport})
	return c
}

// ready blocks until callbacks are taken.
func ready(ctx context.Context, c *wechat.Channel) error {
	for {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, c.CallbackPath(), strings.NewReader("<xml/>")))
		if w.Code != http.StatusServiceUnavailable {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// silent is a Channel of a bot that never answers: no response waits.
type silent struct{ *wechat.Channel }

func (c silent) Run(ctx context.Context, sink chat.Sink) error {
	return c.Channel.Run(ctx, sinkFunc(func(ctx context.Context, m chat.Message, done func(error)) {
		wechat.Decline(c.Channel, m.Reply)
		sink.Accept(ctx, m, done)
	}))
}

type sinkFunc func(context.Context, chat.Message, func(error))

func (f sinkFunc) Accept(ctx context.Context, m chat.Message, done func(error)) { f(ctx, m, done) }

func startPlatform(t *testing.T, log *slog.Logger) chattest.Platform {
	s := newServer(t)
	c := newChannel(t, s, log, nil)
	s.Allow("o-1", "o-2", "o-3")
	deliver := func(ctx context.Context, callback []byte) (chattest.Ack, error) {
		a, err := s.Bring(ctx, wechattest.Callback{Raw: callback})
		return chattest.Ack{OK: a.OK(), Raw: a.Body}, err
	}
	return chattest.Platform{
		Channel: silent{c},
		Ready:   func(ctx context.Context) error { return ready(ctx, c) },
		Deliver: deliver,
		Burst: func(ctx context.Context, callbacks [][]byte) error {
			for _, cb := range callbacks {
				if ack, err := deliver(ctx, cb); err != nil || !ack.OK {
					return fmt.Errorf("%+v: %w", ack, err)
				}
			}
			return nil
		},
		Write: func(in chattest.Inbound) []byte {
			return s.Message(&wechattest.Callback{OpenID: in.Conv, MsgID: in.ID, At: in.SentAt, Fields: map[string]string{"Content": in.Text}})
		},
		Targets: []chat.Target{
			{Channel: c.ID(), Conv: "o-1", User: "o-1", Heard: lately},
			{Channel: c.ID(), User: "o-2", Heard: lately},
			{Channel: c.ID(), Conv: "o-3", User: "o-3", Reply: chat.ReplyToken{Addr: "passive:gh_standin/o-3/1", ExpiresAt: time.Now().Add(time.Hour)}},
		},
		Heard: func() []string {
			var texts []string
			for _, m := range s.Sent() {
				texts = append(texts, m.Text)
			}
			return texts
		},
		Refuse:  func(code string) { refuse(t, s, code) },
		Secrets: []string{s.AppSecret, s.AESKey, "access-token-", "access_token=", s.Token + "&"},
		Normalize: func(m *chat.Message) {
			if !m.Reply.ExpiresAt.IsZero() {
				m.Reply.ExpiresAt = time.Unix(0, 0).UTC()
			}
		},
	}
}

// refuse lets the next customer message fail.
func refuse(t *testing.T, s *wechattest.Server, code string) {
	var f wechattest.Fault
	kind, value, _ := strings.Cut(code, " ")
	switch {
	case kind == "http":
		f.Status, _ = strconv.Atoi(value) // of the table above
		f.Header = http.Header{"Retry-After": {"7"}, "Location": {s.URL + "/elsewhere"}}
	case kind == "errcode":
		f.Body = `{"errcode":` + value + `,"errmsg":"正文 of access-token-1 is not good"}`
	case code == "broken after delivery":
		f.Deliver, f.Drop = true, true
	case code == "empty answer":
		f.Body = "{}"
	case code == "null":
		f.Body = "null"
	case code == "page instead of an answer":
		f.Body = "<!DOCTYPE html><html>…</html>"
	default:
		t.Fatalf("no such failure: %s", code)
	}
	s.Fail(wechattest.CustomSend, 1, f)
}
