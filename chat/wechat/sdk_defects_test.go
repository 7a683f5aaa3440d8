package wechat_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	sdkcontext "github.com/silenceper/wechat/v2/officialaccount/context"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/server"
	"github.com/silenceper/wechat/v2/util"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// These tests hold what was found in a widely used SDK (silenceper/wechat v2.1.14)
// against the Channel. Where it is possible, the SDK is shown to fail beside it; the
// day it does not any more, the test says so.

// sdkServer is the SDK's callback server for the account of s.
func sdkServer(s *wechattest.Server, q url.Values, body []byte) (*server.Server, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	srv := server.NewServer(&sdkcontext.Context{Config: &config.Config{AppID: s.AppID, Token: s.Token, EncodingAESKey: s.AESKey}, AccessTokenHandle: fixedToken("t")})
	srv.Writer, srv.Request = w, httptest.NewRequest(http.MethodPost, "/?"+q.Encode(), bytes.NewReader(body))
	return srv, w
}

// fixedToken is an access token that the SDK takes as given.
type fixedToken string

func (f fixedToken) GetAccessToken() (string, error) { return string(f), nil }

// Defect 1: a signed timestamp and nonce, once seen, let any plain message in.
func TestDefectPlaintextDowngrade(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	q, _ := b.good(b.srv.Message(&wechattest.Callback{}))
	seen := url.Values{"timestamp": q["timestamp"], "nonce": q["nonce"], "signature": q["signature"]}
	forged := b.srv.Message(&wechattest.Callback{Fields: map[string]string{"Content": "/删除 全部"}})

	sdk, _ := sdkServer(b.srv, seen, forged)
	heard := ""
	sdk.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
		heard = m.Content
		return nil
	})
	if err := sdk.Serve(); err != nil || heard != "/删除 全部" {
		t.Errorf("the SDK no longer takes it: %v", err)
	}
	for _, extra := range []url.Values{{}, {"encrypt_type": {"raw"}}, {"encrypt_type": {"aes"}}, {"msg_signature": seen["signature"]}} {
		for k, v := range seen {
			extra[k] = v
		}
		if w := request(b.Channel, http.MethodPost, extra, forged); w.Code != http.StatusForbidden || w.Body.Len() > 0 {
			t.Errorf("%v: %d %q", extra, w.Code, w.Body)
		}
	}
	// The compatible mode has the plain text beside the encrypted one: only the latter
	// counts.
	q, body := b.good(b.srv.Message(&wechattest.Callback{Fields: map[string]string{"Content": "真"}}))
	body = bytes.Replace(body, []byte("<Encrypt>"), []byte("<MsgType>text</MsgType><FromUserName>oEvil</FromUserName><Content>假</Content><Encrypt>"), 1)
	if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusOK {
		t.Errorf("compatible: %d", w.Code)
	}
	if got := b.heard(); len(got) != 1 || got[0].Text != "真" || got[0].From != person {
		t.Errorf("heard %+v", got)
	}
}

// Defect 3a: an old request is taken for ever.
func TestDefectReplay(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	q, body := b.good(b.srv.Message(&wechattest.Callback{}))
	clk.move(24 * time.Hour)
	sdk, _ := sdkServer(b.srv, q, body)
	sdk.SetMessageHandler(func(*message.MixMessage) *message.Reply { return nil })
	if err := sdk.Serve(); err != nil {
		t.Errorf("the SDK no longer takes it: %v", err)
	}
	if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusForbidden || len(b.heard()) > 0 {
		t.Errorf("a day later: %d, heard %+v", w.Code, b.heard())
	}
}

// Defect 3b: padding is cut off without being looked at. (That signatures are
// compared in constant time cannot be seen from outside; weixin.Guard uses
// crypto/subtle.)
func TestDefectPadding(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	encrypted := badlyPadded(t, b.srv, b.srv.Message(&wechattest.Callback{}))
	if _, _, err := util.DecryptMsg(b.srv.AppID, encrypted, b.srv.AESKey); err != nil {
		t.Errorf("the SDK no longer takes it: %v", err)
	}
	q, _ := b.good(nil)
	q.Set("msg_signature", util.Signature(b.srv.Token, q.Get("timestamp"), q.Get("nonce"), encrypted))
	w := request(b.Channel, http.MethodPost, q, []byte("<xml><Encrypt>"+encrypted+"</Encrypt></xml>"))
	if w.Code != http.StatusForbidden || len(b.heard()) > 0 {
		t.Errorf("%d, heard %+v", w.Code, b.heard())
	}
}

// badlyPadded encrypts a message with padding whose bytes do not agree.
func badlyPadded(t *testing.T, s *wechattest.Server, message []byte) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(s.AESKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	for (20+len(message)+len(s.AppID))%32 != 0 {
		message = append(message, '\n')
	}
	plain := append([]byte("0123456789abcdef\x00\x00"), byte(len(message)>>8), byte(len(message)))
	plain = append(append(plain, message...), s.AppID...)
	plain = append(plain, make([]byte, 32)...)
	plain[len(plain)-1] = 32
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

// Defect 4a: with nothing to say in safe mode, an encrypted nothing goes out instead
// of "success".
func TestDefectNilReply(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	q, body := b.good(b.srv.Message(&wechattest.Callback{}))
	sdk, w := sdkServer(b.srv, q, body)
	sdk.SetMessageHandler(func(*message.MixMessage) *message.Reply { return nil })
	if err := errors.Join(sdk.Serve(), sdk.Send()); err != nil || w.Body.String() == "success" {
		t.Errorf("the SDK now says %q (%v)", w.Body, err)
	}
	if got := request(b.Channel, http.MethodPost, q, body); got.Body.String() != "success" {
		t.Errorf("response %q", got.Body)
	}
}

// Defect 4b: from the year 2038 no timestamp is understood.
func TestDefectYear2038(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	clk.move(20 * 365 * 24 * time.Hour)
	q, body := b.good(b.srv.Message(&wechattest.Callback{}))
	if n, _ := strconv.ParseInt(q.Get("timestamp"), 10, 64); n <= 1<<31 {
		t.Fatalf("timestamp %d is not that late", n)
	}
	sdk, _ := sdkServer(b.srv, q, body)
	sdk.SetMessageHandler(func(*message.MixMessage) *message.Reply { return nil })
	if err := sdk.Serve(); err == nil {
		t.Error("the SDK now understands it")
	}
	if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusOK || len(b.heard()) != 1 || b.heard()[0].SentAt.Year() != 2046 {
		t.Errorf("%d, heard %+v", w.Code, b.heard())
	}
}

// Defect 5: bodies are read without bound, coming in and coming back.
func TestDefectOversizedBodies(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	q, _ := b.good(nil)
	endless := &counter{}
	r := httptest.NewRequest(http.MethodPost, "/wechat/callback?"+q.Encode(), endless)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || endless.n > 2<<20 {
		t.Errorf("in: %d after %d bytes", w.Code, endless.n)
	}
	b.srv.Allow(person)
	huge := `{"errcode":0,"errmsg":"` + strings.Repeat("x", 9<<20) + `"}`
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: huge})
	if got := b.push(person, "推送"); got != chat.Unknown {
		t.Errorf("back: %q", got)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, huge) }))
	defer srv.Close()
	if raw, err := util.PostJSON(srv.URL, nil); err != nil || len(raw) < 9<<20 {
		t.Errorf("the SDK now reads %d bytes (%v)", len(raw), err)
	}
}

// counter is a body without an end that knows how much of it was read.
type counter struct{ n int }

func (c *counter) Read(p []byte) (int, error) {
	if c.n > 64<<20 {
		return 0, io.EOF
	}
	c.n += len(p)
	return len(p), nil
}

// Defect 6: calls have no timeout and know no context.
func TestDefectTimeouts(t *testing.T) {
	t.Parallel()
	if util.DefaultHTTPClient.Timeout != 0 {
		t.Error("the SDK's client now has a timeout")
	}
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	hung := make(chan struct{})
	defer close(hung)
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Until: hung})
	ctx, cancel := context.WithCancel(b.ctx)
	got := make(chan error, 1)
	go func() {
		_, err := b.Send(ctx, chat.Outgoing{Target: pushTo(person), Body: chat.Text("推送")})
		got <- err
	}()
	if err := b.srv.WaitCalls(b.ctx, wechattest.CustomSend, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-got; chat.KindOf(err) != chat.Unknown { // it had left
		t.Errorf("a call that hangs: %v", err)
	}
}

// Defect 7: an error names the address with the access token in it.
func TestDefectSecretsInErrors(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	if _, err := util.PostJSON(b.srv.URL+"/nowhere?access_token=SECRET", nil); err == nil || !strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the SDK no longer names it: %v", err)
	}
	for _, f := range []wechattest.Fault{{Status: 500}, {Status: 404}, {Drop: true}, {Body: "{"}, {Body: `{"errcode":40003,"errmsg":"invalid access-token-1 正文"}`}} {
		b.srv.Fail(wechattest.CustomSend, 1, f)
		err := b.send(pushTo(person), chat.Text("正文"))
		if err == nil {
			t.Fatalf("%+v: no error", f)
		}
		for _, secret := range []string{"access-token", "access_token", "正文", b.srv.AppSecret, "127.0.0.1"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%+v: the error holds %q: %v", f, secret, err)
			}
		}
	}
}

// Defect 8: a refusal that comes with status 200, or an answer that says nothing,
// counts as success.
func TestDefectErrcodeSwallowed(t *testing.T) {
	t.Parallel()
	if err := util.DecodeWithCommonError([]byte(`{}`), "send"); err != nil {
		t.Errorf("the SDK no longer takes {} for success: %v", err)
	}
	for body, want := range map[string]chat.SendKind{
		`{}`: chat.Unknown, `{"errmsg":"ok"}`: chat.Unknown, `{"errcode":45002}`: chat.Final, `{"errcode":"45002"}`: chat.Final,
		`{"errcode":0}`: "", `{"errcode":"0","errmsg":"ok"}`: "", `ok`: chat.Unknown, ``: chat.Unknown,
	} {
		b, _ := newBot(t, nil, nil)
		b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: body})
		if got := b.push(person, "推送"); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

// Defect 9: a token that the platform refuses is used until its time is over.
func TestDefectTokenKept(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40014", "42001"} {
		b, _ := newBot(t, nil, nil)
		b.srv.Allow(person)
		b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":` + code + `,"errmsg":"invalid credential"}`})
		if got := b.push(person, "推送"); got != "" {
			t.Errorf("%s: %q", code, got)
		}
		if n := b.srv.Calls(wechattest.StableToken); n != 2 {
			t.Errorf("%s: %d calls for tokens, want 2", code, n)
		}
		if n := len(b.srv.Sent()); n != 1 {
			t.Errorf("%s: said %d times", code, n)
		}
	}
}

// Defect 10: an answer of null, and a few arguments, make it panic.
func TestDefectNullBodies(t *testing.T) {
	t.Parallel()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the SDK no longer panics")
			}
		}()
		basic.NewTmpQrRequest(time.Minute, int64(1))
	}()
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	for _, body := range []string{"null", "[]", `"x"`, "0", "true"} {
		for _, e := range []wechattest.Endpoint{wechattest.CustomSend, wechattest.QRCode, wechattest.MenuGet, wechattest.MenuCreate, wechattest.MediaUpload} {
			b.srv.Fail(e, 1, wechattest.Fault{Body: body})
		}
		if got := b.push(person, "推送"); got != chat.Unknown {
			t.Errorf("%s: send: %q", body, got)
		}
		if link, err := b.ScanLink(b.ctx, chat.Scan{Line: "/bind K"}); chat.KindOf(err) != chat.Temporary {
			t.Errorf("%s: code: %q %v", body, link, err)
		}
		if menu, err := b.GetMenu(b.ctx); err == nil {
			t.Errorf("%s: menu: %+v", body, menu)
		}
		if err := b.SetMenu(b.ctx, []wechat.Button{{Name: "帮助", Line: "/帮助"}}); err == nil {
			t.Errorf("%s: the menu counts as set", body)
		}
		if err := b.send(pushTo(person), chat.Body{}.Picture(chat.Picture{Name: "a", Data: []byte(body)})); chat.KindOf(err) != chat.Temporary {
			t.Errorf("%s: picture: %v", body, err)
		}
	}
}

// Defect 12: what stands in an address is not escaped.
func TestDefectEscaping(t *testing.T) {
	t.Parallel()
	const odd = "a+b/c=&d e?%"
	if got := basic.ShowQRCode(&basic.Ticket{Ticket: odd}); !strings.HasSuffix(got, "="+odd) {
		t.Errorf("the SDK now escapes it: %s", got)
	}
	var used string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "stable_token") {
			_, _ = io.WriteString(w, `{"access_token":"`+odd+`","expires_in":7200}`)
			return
		}
		used = r.URL.Query().Get("access_token") + "|" + strconv.Itoa(len(r.URL.Query()))
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	defer srv.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := wechat.New(wechat.Config{
		AppID: "wx", AppSecret: "s", Token: "t", Plaintext: true, APIBase: srv.URL, Log: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), chat.Outgoing{Target: pushTo(person), Body: chat.Text("推送 <&>")}); err != nil {
		t.Fatal(err)
	}
	if used != odd+"|1" {
		t.Errorf("the token arrived as %q", used)
	}
}
