package wecom_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/util"
	"github.com/silenceper/wechat/v2/work"
	"github.com/silenceper/wechat/v2/work/config"
	"github.com/silenceper/wechat/v2/work/message"

	"yunzhuan/chat"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
)

// The defects of github.com/silenceper/wechat/v2 v2.1.14 that touch WeCom, shown
// not to be ours, with the SDK beside it. Its settings are global: these tests run
// one after the other.

// sdk is the SDK in front of a server that answers as h does.
func sdk(t *testing.T, p *wecomtest.Platform, h http.HandlerFunc) *work.Work {
	t.Helper()
	srv := httptest.NewServer(h)
	transport := &http.Transport{}
	util.DefaultHTTPClient = &http.Client{Transport: transport}
	util.SetURIModifier(func(uri string) string { return strings.Replace(uri, "https://qyapi.weixin.qq.com", srv.URL, 1) })
	t.Cleanup(func() {
		util.SetURIModifier(nil)
		util.DefaultHTTPClient = http.DefaultClient
		transport.CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
	})
	return work.NewWork(&config.Config{
		CorpID: p.CorpID, CorpSecret: p.Secret, AgentID: "1000002", Cache: cache.NewMemory(), Token: p.Token, EncodingAESKey: p.EncodingAESKey,
	})
}

// sayBySDK sends a text through the SDK.
func sayBySDK(w *work.Work, text string) (*message.SendResponse, error) {
	return w.GetMessage().SendText(message.SendTextRequest{
		SendRequestCommon: &message.SendRequestCommon{ToUser: "u1", AgentID: "1000002"}, Text: message.TextField{Content: text},
	})
}

// tokenThen answers gettoken, and everything else with body.
func tokenThen(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/gettoken") {
			body := `{"errcode":0,"access_token":"access-token-sdk","expires_in":7200}`
			_, _ = io.WriteString(w, body) // the client is there
			return
		}
		_, _ = io.WriteString(w, body) // the client is there
	}
}

// Defect 2: GetCallbackMessage decrypts what nobody has signed.
func TestDefect02UnsignedCallback(t *testing.T) {
	p := newPlatform(t)
	_, body := p.Seal([]byte("<xml><Event>kf_msg_or_event</Event></xml>"), time.Now(), "n")
	kf, err := sdk(t, p, nil).GetKF()
	if err != nil {
		t.Fatal(err)
	}
	if msg, err := kf.GetCallbackMessage(body); err != nil || msg.Event != "kf_msg_or_event" {
		t.Errorf("the SDK checks it by now: %v", err)
	}
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, func(m chat.Message, _ func(error)) { t.Errorf("heard %+v", m) })
	if a, err := p.Callbacks(c).Post(t.Context(), nil, body); err != nil || a.Status != http.StatusForbidden {
		t.Errorf("%+v %v", a, err)
	}
}

// Defect 3: nothing is too old, and padding is not looked at.
func TestDefect03OldAndBadlyPadded(t *testing.T) {
	p := newPlatform(t)
	long := time.Now().Add(-24 * time.Hour)
	q, body := p.Seal(p.TextMessage("u1", "x", "1", long), long, "n")
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, func(m chat.Message, _ func(error)) { t.Errorf("heard %+v", m) })
	if a, err := p.Callbacks(c).Post(t.Context(), q, body); err != nil || a.Status != http.StatusForbidden {
		t.Errorf("a day old: %+v %v", a, err)
	}
	for _, v := range vectors(t) {
		if v.ID == "pos-empty-receiveid-aibot" {
			if _, _, err := util.DecryptMsg("", v.Encrypt, v.EncodingAESKey); err == nil {
				t.Error("the SDK takes an empty receiver by now")
			}
		}
		if v.ID == "neg-pad-33" {
			p, c := v.channel(t, func(m chat.Message, _ func(error)) { t.Errorf("heard %+v", m) })
			if a, err := p.Callbacks(c).Post(t.Context(), v.query(), []byte("<xml><Encrypt>"+v.Encrypt+"</Encrypt></xml>")); err != nil || a.Status != http.StatusForbidden {
				t.Errorf("padding: %+v %v", a, err)
			}
		}
	}
}

// endless answers with more than anybody wants to read.
func endless(w http.ResponseWriter, _ *http.Request) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 8 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// Defect 5: answers are read without limit.
func TestDefect05EndlessAnswer(t *testing.T) {
	p := newPlatform(t)
	sdk(t, p, endless)
	if got, err := util.HTTPGet("https://qyapi.weixin.qq.com/x"); err != nil || len(got) != 8<<20 {
		t.Errorf("the SDK stops after %d bytes by now: %v", len(got), err)
	}
	p.Fail(wecomtest.Send, 1, wecomtest.Fault{Body: strings.Repeat(" ", 8<<20)})
	c := newChannel(t, p, quiet(), nil)
	if err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Unknown {
		t.Error(err)
	}
}

// Defect 6: a hung gettoken holds the lock that every call takes.
func TestDefect06HungToken(t *testing.T) {
	p := newPlatform(t)
	asked, hung := make(chan struct{}, 2), make(chan struct{})
	w := sdk(t, p, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-hung
		tokenThen(`{"errcode":0}`)(w, r)
	})
	ended := make(chan struct{}, 2)
	for range 2 {
		go func() {
			_, _ = sayBySDK(w, "x") // only when it ends matters
			ended <- struct{}{}
		}()
	}
	<-asked
	select {
	case <-ended:
		t.Error("the SDK gives up by now")
	case <-asked:
		t.Error("the SDK asks beside the lock by now")
	default: // the second waits for the first, and neither can be told to stop
	}
	close(hung)
	<-ended
	<-ended
	// Ours: TestHungToken.
}

// Defect 7: the secret and the token stand in errors.
func TestDefect07SecretInErrors(t *testing.T) {
	p := newPlatform(t)
	_, err := sayBySDK(sdk(t, p, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }), "x")
	if err == nil || !strings.Contains(err.Error(), p.Secret) {
		t.Errorf("the SDK hides it by now: %v", err)
	}
	var log bytes.Buffer
	for _, f := range []wecomtest.Fault{{Status: 502}, {Drop: true}, wecomtest.Refusal(40001), {Body: "<html>"}} {
		p.Fail(wecomtest.Token, 1, f)
		c := newChannel(t, p, slog.New(slog.NewTextHandler(&log, nil)), nil)
		err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k")
		_, probeErr := c.Probe(t.Context())
		all := fmt.Sprint(err, probeErr, log.String())
		if err == nil || strings.Contains(all, p.Secret) || strings.Contains(all, "corpsecret") || strings.Contains(all, "access-token-") {
			t.Errorf("%s", all)
		}
	}
}

// Defect 8: a refusal, some who got nothing, and an empty answer pass for success.
func TestDefect08SwallowedErrors(t *testing.T) {
	p := newPlatform(t)
	if info, err := sdk(t, p, tokenThen(`{"errcode":93000}`)).GetRobot().RobotBroadcast("k", map[string]string{}); err != nil || info.ErrCode != 93000 {
		t.Errorf("the SDK tells of a webhook's refusal by now: %v", err)
	}
	if _, err := sayBySDK(sdk(t, p, tokenThen(`{"errcode":0,"invaliduser":"u1"}`)), "x"); err != nil {
		t.Errorf("the SDK tells of an account that does not exist by now: %v", err)
	}
	if _, err := sayBySDK(sdk(t, p, tokenThen(`{}`)), "x"); err != nil {
		t.Errorf("the SDK doubts an empty answer by now: %v", err)
	}
	hook := p.AddWebhook("g")
	c := newChannel(t, p, quiet(), func(cfg *wecom.Config) { cfg.Webhooks["g"] = hook })
	p.Fail(wecomtest.Webhook, 1, wecomtest.Refusal(93000))
	if err := sendAll(t, c, toGroup(wecom.WebhookConv("g")), chat.Text("x"), "k"); chat.KindOf(err) != chat.Final {
		t.Error(err)
	}
	p.Fail(wecomtest.Send, 1, wecomtest.Fault{Body: `{"errcode":0,"invaliduser":"u1"}`})
	if err := sendAll(t, c, toUser("U1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Final {
		t.Error(err)
	}
	p.Fail(wecomtest.Send, 1, wecomtest.Fault{Body: `{}`})
	if err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Unknown {
		t.Error(err)
	}
}

// Defect 9: a token that the platform refuses is kept till its time is over, and
// two applications without agent id share one.
func TestDefect09RefusedTokenKept(t *testing.T) {
	p := newPlatform(t)
	asked := 0
	w := sdk(t, p, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/gettoken") {
			asked++
		}
		tokenThen(`{"errcode":42001,"errmsg":"expired"}`)(w, r)
	})
	for range 3 {
		if _, err := sayBySDK(w, "x"); err == nil {
			t.Error("taken")
		}
	}
	if asked != 1 {
		t.Errorf("the SDK asks anew by now: %d times", asked)
	}
	// Ours renews it: TestTokenRenewedOnce. Two Channels never share a token.
	a, b := newChannel(t, p, quiet(), nil), newChannel(t, p, quiet(), func(cfg *wecom.Config) { cfg.Secret = "of another application" })
	if err := sendAll(t, a, toUser("u1"), chat.Text("x"), "k"); err != nil {
		t.Error(err)
	}
	if err := sendAll(t, b, toUser("u1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Temporary {
		t.Errorf("with a wrong secret: %v", err)
	}
}

// Defect 10: panics where a value is missing.
func TestDefect10Panics(t *testing.T) {
	p := newPlatform(t)
	w := sdk(t, p, tokenThen(`null`))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the SDK does not panic any more")
			}
		}()
		_, _ = w.GetMessage().SendText(message.SendTextRequest{}) // panics
	}()
	c := newChannel(t, p, quiet(), nil)
	for _, out := range []chat.Outgoing{{}, {Target: toUser("u1")}, {Target: toGroup("")}, {Target: toGroup(""), Body: chat.Text("x")}, {Target: toUser("u1"), Body: chat.Text("x"), Part: -1}} {
		var se *chat.SendError
		if _, err := c.Send(t.Context(), out); !errors.As(err, &se) || se.Kind != chat.Final {
			t.Errorf("%+v: %v", out, err)
		}
	}
	for _, answer := range []string{"null", "[]", `""`, "0"} {
		p.Fail(wecomtest.Send, 1, wecomtest.Fault{Body: answer})
		if err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Unknown {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// Defect 12: no Content-Type, < as six bytes that the platform may refuse (40033),
// and the agent id as a string.
func TestDefect12Encoding(t *testing.T) {
	p := newPlatform(t)
	var raw []byte
	var kind string
	w := sdk(t, p, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/message/send") {
			kind = r.Header.Get("Content-Type")
			raw, _ = io.ReadAll(r.Body) // empty fails below
		}
		tokenThen(`{"errcode":0}`)(w, r)
	})
	if _, err := sayBySDK(w, `<a href="https://example.com/?a=1&b=2">x</a>`); err != nil {
		t.Fatal(err)
	}
	if kind != "" || !bytes.Contains(raw, []byte(`\u003c`)) || !bytes.Contains(raw, []byte(`"agentid":"1000002"`)) {
		t.Errorf("the SDK sends as the platform wants by now: %q %s", kind, raw)
	}
	// The stand-in refuses all three of them.
	c := newChannel(t, p, quiet(), nil)
	body := chat.Text("见").Link("表", "https://example.com/?a=1&b=2")
	if err := sendAll(t, c, toUser("u1"), body, "k"); err != nil {
		t.Fatal(err)
	}
	if got := p.SentTo("u1")[0].Text; got != "见\n\n<a href=\"https://example.com/?a=1&b=2\">表</a>" {
		t.Errorf("%q", got)
	}
	if !json.Valid(raw) {
		t.Error("no message")
	}
}
