package wechat_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// vector is a published or constructed callback.
type vector struct {
	ID, Kind, Token, EncodingAESKey, ReceiveID    string
	Timestamp, Nonce, Signature, Encrypt, Echostr string
	MsgSignature                                  string `json:"msg_signature"`
	Plaintext, Expect                             string
}

// TestVectors: what the platform and others have published is understood, and what
// was constructed to be wrong is refused without a word.
func TestVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			cfg := wechat.Config{
				AppID: v.ReceiveID, AppSecret: "secret", Token: v.Token, EncodingAESKey: v.EncodingAESKey,
				Clock: func() time.Time { return time.Unix(seconds, 0) }, Log: slog.New(slog.DiscardHandler),
			}
			if v.EncodingAESKey == "" {
				cfg.AppID, cfg.Plaintext = "wx", true
			}
			c, err := wechat.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			b := start(t, nil, c, nil)
			q := url.Values{"timestamp": {v.Timestamp}, "nonce": {v.Nonce}}
			if v.Kind == "url-signature" {
				echo := v.Echostr
				if echo == "" {
					echo = "<echo>"
				}
				q.Set("signature", v.Signature)
				q.Set("echostr", echo)
				w := request(c, http.MethodGet, q, nil)
				if w.Code != http.StatusOK || w.Body.String() != echo || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
					t.Errorf("%d %q", w.Code, w.Body)
				}
				return
			}
			q.Set("msg_signature", v.MsgSignature)
			q.Set("encrypt_type", "aes")
			body := "<xml><Encrypt><![CDATA[" + v.Encrypt + "]]></Encrypt></xml>"
			if strings.HasPrefix(v.Plaintext, "{") {
				body = `{"Encrypt":"` + v.Encrypt + `"}`
			}
			w := request(c, http.MethodPost, q, []byte(body))
			b.work.Wait()
			switch {
			case strings.HasPrefix(v.Expect, "reject"):
				if w.Code != http.StatusForbidden || w.Body.Len() > 0 || len(b.heard()) > 0 {
					t.Errorf("%d %q, heard %+v", w.Code, w.Body, b.heard())
				}
			case w.Code != http.StatusOK || w.Body.String() != "success":
				t.Errorf("%d %q", w.Code, w.Body)
			case strings.Contains(v.Plaintext, "abcdteT"):
				if got := b.heard(); len(got) != 1 || got[0].Text != "abcdteT" || got[0].ID != "6054768590064713728" {
					t.Errorf("heard %+v", got)
				}
			}
		})
	}
}

// request makes a request to a Channel.
func request(c http.Handler, method string, q url.Values, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, "/wechat/callback?"+q.Encode(), bytes.NewReader(body)))
	return w
}

// good is a request that would be taken, as its query and its body.
func (b *bot) good(message []byte) (url.Values, []byte) {
	b.t.Helper()
	r, err := b.srv.Request(message)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return r.URL.Query(), body
}

// TestRefused: what is forged, replayed with other content, torn, too large, for
// another account, or old gets a status of 4xx without a word, and nobody hears it.
func TestRefused(t *testing.T) {
	t.Parallel()
	message := func(s *wechattest.Server, text string) []byte {
		return s.Message(&wechattest.Callback{Fields: map[string]string{"Content": text}})
	}
	for name, c := range map[string]struct {
		plain  bool
		status int
		spoil  func(b *bot, clk *clock, q url.Values, body []byte) (url.Values, []byte)
	}{
		"forged signature": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			q.Set("msg_signature", strings.Repeat("0", 40))
			return q, body
		}},
		"signature in capitals": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			q.Set("msg_signature", strings.ToUpper(q.Get("msg_signature")))
			return q, body
		}},
		"no signature": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			q.Del("msg_signature")
			return q, body
		}},
		"other time": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			n, _ := strconv.Atoi(q.Get("timestamp")) // the stand-in's own
			q.Set("timestamp", strconv.Itoa(n+1))
			return q, body
		}},
		"old": {status: 403, spoil: func(_ *bot, clk *clock, q url.Values, body []byte) (url.Values, []byte) {
			clk.move(10 * time.Minute)
			return q, body
		}},
		"from the future": {status: 403, spoil: func(_ *bot, clk *clock, q url.Values, body []byte) (url.Values, []byte) {
			clk.move(-10 * time.Minute)
			return q, body
		}},
		"torn body": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			return q, body[:len(body)/2]
		}},
		"torn text": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			return q, bytes.Replace(body, []byte("]]></Encrypt>"), []byte("A]]></Encrypt>"), 1)
		}},
		"no body": {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) { return q, nil }},
		"null":    {status: 403, spoil: func(_ *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) { return q, []byte("null") }},
		"too large": {status: 413, spoil: func(_ *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			return q, append(body, make([]byte, 1<<20)...)
		}},
		"wrong receiver": {status: 403, spoil: func(b *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) {
			return sealed(b, q, message(b.srv, "x"), "wxother", b.srv.AESKey)
		}},
		"other key": {status: 403, spoil: func(b *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) {
			return sealed(b, q, message(b.srv, "x"), b.srv.AppID, strings.Repeat("k", 43))
		}},
		"no message in it": {status: 400, spoil: func(b *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) {
			return sealed(b, q, []byte("<xml><torn"), b.srv.AppID, b.srv.AESKey)
		}},
		"nonce seen with other content": {status: 403, spoil: func(b *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusOK {
				b.t.Errorf("the first: %d", w.Code)
			}
			return sealed(b, q, message(b.srv, "anderes"), b.srv.AppID, b.srv.AESKey)
		}},
		"signature seen with other content": {plain: true, status: 403, spoil: func(b *bot, _ *clock, q url.Values, body []byte) (url.Values, []byte) {
			if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusOK {
				b.t.Errorf("the first: %d", w.Code)
			}
			return q, message(b.srv, "anderes")
		}},
		"encrypted in the plain mode": {plain: true, status: 403, spoil: func(b *bot, _ *clock, q url.Values, _ []byte) (url.Values, []byte) {
			q, body := sealed(b, q, message(b.srv, "x"), b.srv.AppID, b.srv.AESKey)
			q.Del("signature")
			return q, body
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clk := newServer(t), newClock()
			if c.plain {
				s.Mode = wechattest.Plain
			}
			s.SetClock(clk.Now)
			b := start(t, s, newChannel(t, s, slog.New(slog.DiscardHandler), func(cfg *wechat.Config) { cfg.Clock = clk.Now }), nil)
			q, body := b.good(message(s, "gut"))
			q, body = c.spoil(b, clk, q, body)
			w := request(b.Channel, http.MethodPost, q, body)
			b.work.Wait()
			if w.Code != c.status || w.Body.Len() > 0 {
				t.Errorf("%d %q, want %d without a word", w.Code, w.Body, c.status)
			}
			for _, m := range b.heard() {
				if m.Text != "gut" || !strings.Contains(name, "seen") {
					t.Errorf("heard %q", m.Text)
				}
			}
		})
	}
}

// sealed encrypts and signs a message for a receiver with a key, for a query.
func sealed(b *bot, q url.Values, message []byte, receiver, key string) (url.Values, []byte) {
	b.t.Helper()
	encrypted, err := util.EncryptMsg([]byte("0123456789abcdef"), message, receiver, key)
	if err != nil {
		b.t.Fatal(err)
	}
	q.Set("msg_signature", util.Signature(b.srv.Token, q.Get("timestamp"), q.Get("nonce"), string(encrypted)))
	return q, []byte("<xml><Encrypt><![CDATA[" + string(encrypted) + "]]></Encrypt></xml>")
}

// TestSameAgainIsARetry: the same request once more is the platform trying again,
// not an attack.
func TestSameAgainIsARetry(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	q, body := b.good(b.srv.Message(&wechattest.Callback{Fields: map[string]string{"Content": "一次"}}))
	for range 3 {
		if w := request(b.Channel, http.MethodPost, q, body); w.Code != http.StatusOK || w.Body.String() != "success" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
		b.work.Wait()
	}
	if n := len(b.heard()); n != 1 {
		t.Errorf("acted %d times", n)
	}
}

// TestMethodsAndStates: other methods are not allowed, and while nobody listens the
// platform is asked to try again.
func TestMethodsAndStates(t *testing.T) {
	t.Parallel()
	c, err := wechat.New(wechattest.NewOffline().Config(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	if st := c.Status(); st.Connected {
		t.Errorf("connected before it runs: %+v", st)
	}
	if w := request(c, http.MethodPost, nil, []byte("<xml/>")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before Run: %d", w.Code)
	}
	if w := request(c, http.MethodPut, nil, nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", w.Code)
	}
	if w := request(c, http.MethodGet, url.Values{"echostr": {"<script>"}, "timestamp": {"1"}, "nonce": {"1"}, "signature": {"x"}}, nil); w.Code != http.StatusForbidden || w.Body.Len() > 0 {
		t.Errorf("forged check: %d %q", w.Code, w.Body)
	}
}

// TestNothingOfTheMessageInLogs: neither what was said nor a secret stands in a log
// above debug, whatever comes.
func TestNothingOfTheMessageInLogs(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer // written by one request after the other
	s := wechattest.NewOffline()
	c, err := wechat.New(s.Config(slog.New(slog.NewTextHandler(&buf, nil))))
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, s, c, nil)
	for _, raw := range []string{"<xml><Content>机密正文</Content>", `{"Content":"机密正文"`, "机密正文"} {
		q, body := b.good([]byte(raw))
		request(c, http.MethodPost, q, body)
		q.Set("msg_signature", "x")
		request(c, http.MethodPost, q, body)
	}
	for _, secret := range []string{"机密", s.AppSecret, s.AESKey, s.Token} {
		if strings.Contains(buf.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, buf.String())
		}
	}
}

// FuzzDecode: no callback, however broken, makes the decoder panic, and what it makes
// of one is whole: an id, a conversation, an account, and the same again.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/callbacks/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, ".golden") {
			f.Add(raw)
		}
	}
	f.Add([]byte("null"))
	f.Add([]byte(`{"EventKey":{"a":[1]},"FromUserName":"o","ToUserName":"g","MsgType":"event","Event":"CLICK"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, slot, err := wechat.Parse(raw)
		if err != nil {
			if m.ID != "" {
				t.Errorf("a message beside the error %v", err)
			}
			return
		}
		again, slotAgain, _ := wechat.Parse(raw)
		if again.ID != m.ID || slot != slotAgain {
			t.Errorf("id %q, then %q", m.ID, again.ID)
		}
		if m.ID == "" {
			if slot != "" {
				t.Errorf("a response waits for nothing: %q", slot)
			}
			return
		}
		if m.From == "" || m.Conv != chat.ConvID(m.From) || m.Channel != wechat.ChannelID || m.Group {
			t.Errorf("message %+v", m)
		}
	})
}
