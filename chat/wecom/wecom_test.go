package wecom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
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
			{Code: "errcode -1", Want: chat.Temporary},
			{Code: "errcode 45009", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 45033", Want: chat.Limited, MinWait: time.Second},
			{Code: "errcode 60020", Want: chat.Temporary, MinWait: 15 * time.Minute},
			{Code: "errcode 81013", Want: chat.Final},
			{Code: "errcode 40058", Want: chat.Final},
			{Code: "errcode 93000", Want: chat.Final},
			{Code: "errcode 77777", Want: chat.Final},
			{Code: "empty answer", Want: chat.Unknown},
			{Code: "page instead of an answer", Want: chat.Unknown},
		},
	})
}

// newPlatform starts a stand-in for a test.
func newPlatform(t testing.TB) *wecomtest.Platform {
	t.Helper()
	p := wecomtest.New()
	t.Cleanup(p.Close)
	return p
}

// newChannel makes a Channel of p. change may alter its config.
func newChannel(t testing.TB, p *wecomtest.Platform, log *slog.Logger, change func(*wecom.Config)) *wecom.Channel {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := p.Config(log)
	cfg.HTTP = &http.Client{Transport: transport, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	c, err := wecom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func startPlatform(t *testing.T, log *slog.Logger) chattest.Platform {
	p := newPlatform(t)
	p.LiftLimits()
	p.AddChat("banGongShi")
	hook := p.AddWebhook("办公室群")
	c := newChannel(t, p, log, func(cfg *wecom.Config) { cfg.Webhooks["办公室群"] = hook })
	callbacks := p.Callbacks(c)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	reply := wecom.OpenReply(ctx, c, "u1/slot", func(xml []byte) {
		s, err := p.OpenPlain(xml)
		if err != nil {
			t.Errorf("passive answer: %v", err)
		}
		p.Hear(s)
	})
	deliver := func(ctx context.Context, callback []byte) (chattest.Ack, error) {
		a, err := callbacks.Once(ctx, callback)
		return chattest.Ack{OK: a.Status == http.StatusOK, Raw: a.Raw}, err
	}
	return chattest.Platform{
		Channel: wecom.Hasty(c),
		Ready: func(ctx context.Context) error {
			for ctx.Err() == nil {
				runtime.Gosched() // until Run, in its own goroutine, has begun
				if a, err := callbacks.Enter(ctx, "nobody"); err != nil || a.Status == http.StatusOK {
					return err
				}
			}
			return ctx.Err()
		},
		Deliver: deliver,
		Burst: func(ctx context.Context, all [][]byte) error {
			for _, cb := range all {
				if ack, err := deliver(ctx, cb); err != nil || !ack.OK {
					return fmt.Errorf("not acknowledged: %+v %w", ack, err)
				}
			}
			return nil
		},
		Write: func(in chattest.Inbound) []byte {
			// The platform knows direct chats alone: who writes is the conversation.
			return p.TextMessage(in.Conv, in.Text, strings.TrimPrefix(in.ID, "m")+"000", in.SentAt)
		},
		Targets: []chat.Target{
			{Channel: c.ID(), Conv: "u2", User: "u2"},
			{Channel: c.ID(), Conv: "u1", User: "u1", Reply: reply},
			{Channel: c.ID(), Conv: "banGongShi", Group: true},
			{Channel: c.ID(), Conv: wecom.WebhookConv("办公室群"), Group: true},
		},
		Heard: func() []string {
			var texts []string
			for _, s := range p.Sent() {
				texts = append(texts, s.Text)
			}
			return texts
		},
		Refuse:    func(code string) { p.Fail(wecomtest.Send, 1, fault(t, p, code)) },
		Secrets:   []string{p.Secret, p.Token, p.EncodingAESKey, "access-token-", "access_token=", "webhook-key-", "corpsecret="},
		Normalize: func(m *chat.Message) { m.Reply.ExpiresAt = time.Time{} },
	}
}

// fault is a row of the table of refusals as a Fault.
func fault(t *testing.T, p *wecomtest.Platform, code string) wecomtest.Fault {
	kind, value, _ := strings.Cut(code, " ")
	n, _ := strconv.Atoi(value) // of the table above
	switch {
	case kind == "http":
		return wecomtest.Fault{Status: n, Header: http.Header{"Retry-After": {"7"}, "Location": {p.URL + "/elsewhere"}}}
	case kind == "errcode":
		return wecomtest.Fault{Body: `{"errcode":` + value + `,"errmsg":"正文 refused, access_token=access-token-1"}`}
	case code == "broken after delivery":
		return wecomtest.Fault{Deliver: true, Drop: true}
	case code == "empty answer":
		return wecomtest.Fault{Body: "{}"}
	case code == "page instead of an answer":
		return wecomtest.Fault{Body: "<!DOCTYPE html><html>…</html>"}
	}
	t.Fatalf("no such failure: %s", code)
	return wecomtest.Fault{}
}

// sinkFunc is a chat.Sink.
type sinkFunc func(chat.Message, func(error))

func (f sinkFunc) Accept(_ context.Context, m chat.Message, done func(error)) { f(m, done) }

// run runs c with a sink until the test ends.
func run(t testing.TB, p *wecomtest.Platform, c *wecom.Channel, sink sinkFunc) {
	t.Helper()
	runAs(t, p, c, c, sink)
}

// runHasty is run for tests in which nobody answers.
func runHasty(t testing.TB, p *wecomtest.Platform, c *wecom.Channel, sink sinkFunc) {
	t.Helper()
	runAs(t, p, c, wecom.Hasty(c), sink)
}

func runAs(t testing.TB, p *wecomtest.Platform, c *wecom.Channel, as chat.Channel, sink sinkFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- as.Run(ctx, sink) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	for {
		if a, err := p.Callbacks(c).Enter(ctx, "nobody"); err == nil && a.Status == http.StatusOK {
			return
		}
	}
}

// sendAll sends all parts of a body.
func sendAll(t testing.TB, c chat.Channel, to chat.Target, b chat.Body, key string) error {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // an answer may end after its test has seen it
	for part := 0; ; part++ {
		r, err := c.Send(ctx, chat.Outgoing{Target: to, Body: b, Key: key, Part: part})
		if err != nil || !r.More {
			return err
		}
	}
}

func toUser(u chat.UserID) chat.Target {
	return chat.Target{Channel: wecom.ChannelID, Conv: chat.ConvID(u), User: u}
}

func toGroup(conv chat.ConvID) chat.Target {
	return chat.Target{Channel: wecom.ChannelID, Conv: conv, Group: true}
}

// png is a picture of n bytes, as far as anybody looks.
func png(n int) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, n-8)...)
}
