package dingtalk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
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
			{Code: "errcode 130101", Want: chat.Limited, MinWait: time.Minute},
			{Code: "errcode 430102", Want: chat.Final},
			{Code: "errcode 310000", Want: chat.Final},
			{Code: "errcode 77777", Want: chat.Final},
			{Code: "shut out", Want: chat.Limited, MinWait: 5 * time.Minute},
			{Code: "page instead of an answer", Want: chat.Limited, MinWait: 5 * time.Minute},
			{Code: "empty answer", Want: chat.Unknown},
		},
	})
}

// newGateway starts a stand-in for a test.
func newGateway(t testing.TB) *dingtalktest.Gateway {
	t.Helper()
	g := dingtalktest.New()
	t.Cleanup(func() {
		g.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections() // the SDK's
	})
	return g
}

// newChannel makes a Channel for g with short waits. change may alter its config.
func newChannel(t testing.TB, g *dingtalktest.Gateway, log *slog.Logger, change func(*dingtalk.Config)) *dingtalk.Channel {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := g.Config(log)
	cfg.HTTP = &http.Client{Transport: transport, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	c, err := dingtalk.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dingtalk.Quicken(c)
	return c
}

func startPlatform(t *testing.T, log *slog.Logger) chattest.Platform {
	g := newGateway(t)
	robot := g.AddRobot("办公室群", "SECstandin")
	c := newChannel(t, g, log, func(cfg *dingtalk.Config) {
		cfg.CustomRobots = map[string]dingtalk.CustomRobot{"办公室群": robot}
	})
	reply := g.ReplyAddress("cid-direct", time.Now().Add(time.Hour))
	return chattest.Platform{
		Channel: c,
		Ready: func(ctx context.Context) error {
			if err := g.WaitConnected(ctx, 1); err != nil {
				return err
			}
			for !c.Status().Connected { // it is told a moment after the server knows
				if ctx.Err() != nil {
					return ctx.Err()
				}
				runtime.Gosched()
			}
			return nil
		},
		Deliver: func(ctx context.Context, callback []byte) (chattest.Ack, error) {
			f, err := frameOf(g, callback)
			if err != nil {
				return chattest.Ack{}, err
			}
			ack, err := g.PushFrame(ctx, f)
			return chattest.Ack{OK: ack.OK(), Raw: ack.Message + ack.Data}, err
		},
		Burst: func(ctx context.Context, callbacks [][]byte) error {
			frames := make([]dingtalktest.Frame, len(callbacks))
			for i, cb := range callbacks {
				f, err := frameOf(g, cb)
				if err != nil {
					return err
				}
				frames[i] = f
			}
			acks, err := g.PushBurst(ctx, frames)
			for _, a := range acks {
				if !a.OK() {
					return fmt.Errorf("not acknowledged: %+v", a)
				}
			}
			return err
		},
		Write: func(in chattest.Inbound) []byte {
			return []byte(g.Frame(dingtalktest.Callback{
				MsgID: in.ID, Conv: in.Conv, Group: in.Group, StaffID: in.From, Nick: in.FromName, Text: in.Text, CreateAt: in.SentAt,
			}).Data)
		},
		Targets: []chat.Target{
			{Channel: c.ID(), Conv: "cid-direct", User: "u1", Reply: chat.ReplyToken{Addr: reply, ExpiresAt: time.Now().Add(time.Hour)}},
			{Channel: c.ID(), Conv: "cid-group", Group: true},
			{Channel: c.ID(), User: "u2"},
			{Channel: c.ID(), Conv: dingtalk.RobotConv("办公室群"), Group: true},
		},
		Heard: func() []string {
			var texts []string
			for _, s := range g.Sent() {
				texts = append(texts, s.Text)
			}
			return texts
		},
		Refuse:  func(code string) { refuseReply(t, g, code) },
		Secrets: []string{g.ClientSecret, "access-token-", "session=", "cid-direct~", "ticket-", "robot-token-", "SECstandin", "access_token="},
		Normalize: func(m *chat.Message) {
			if addr, _, ok := strings.Cut(m.Reply.Addr, "~"); ok {
				m.Reply = chat.ReplyToken{Addr: strings.Replace(addr, g.URL, "{{gateway}}", 1), ExpiresAt: time.Unix(0, 0).UTC()}
			}
		},
	}
}

// refuseReply lets the next call of a reply address fail.
func refuseReply(t *testing.T, g *dingtalktest.Gateway, code string) {
	var f dingtalktest.Fault
	kind, value, _ := strings.Cut(code, " ")
	switch {
	case kind == "http":
		f.Status, _ = strconv.Atoi(value) // of the table above
		f.Header = http.Header{"Retry-After": {"7"}, "Location": {g.URL + "/elsewhere"}}
	case kind == "errcode":
		f.Body = `{"errcode":` + value + `,"errmsg":"keywords 正文 not in content"}`
	case code == "broken after delivery":
		f.Deliver, f.Drop = true, true
	case code == "shut out":
		f.Body = `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}`
	case code == "page instead of an answer":
		f.Body = "<!DOCTYPE html><html>…</html>"
	case code == "empty answer":
		f.Body = "{}"
	default:
		t.Fatalf("no such failure: %s", code)
	}
	g.Fail(dingtalktest.Reply, 1, f)
}

// frameOf makes a frame of a recorded callback: the data of a bot callback, or an
// object with type, topic, headers and data.
func frameOf(g *dingtalktest.Gateway, callback []byte) (dingtalktest.Frame, error) {
	var full struct {
		Type, Topic string
		Headers     map[string]string
		Data        json.RawMessage
	}
	if err := json.Unmarshal(callback, &full); err != nil {
		return dingtalktest.Frame{}, err
	}
	if full.Topic == "" {
		raw := bytes.ReplaceAll(callback, []byte(`"{{expires}}"`), []byte("{{expires}}"))
		return g.Frame(dingtalktest.Callback{Conv: "recorded", Raw: string(raw)}), nil
	}
	return dingtalktest.Frame{Type: full.Type, Topic: full.Topic, Headers: full.Headers, Data: string(full.Data)}, nil
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
