package weixin_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
)

const (
	token    = "QDG6eK"
	key      = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	receiver = "wx5823bf96d3bd56c7"
)

var now = time.Unix(1_790_000_000, 0)

// call is a callback on its way.
type call struct {
	query url.Values
	body  string
}

// sealed makes a callback with another implementation than ours.
func sealed(t testing.TB, msg, nonce string, when time.Time) call {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil {
		t.Fatal(err)
	}
	cipher := util.AESEncryptMsg([]byte("0123456789abcdef"), []byte(msg), receiver, raw)
	encrypted := base64.StdEncoding.EncodeToString(cipher)
	ts := strconv.FormatInt(when.Unix(), 10)
	return call{
		query: url.Values{"timestamp": {ts}, "nonce": {nonce}, "msg_signature": {util.Signature(token, ts, nonce, encrypted)}},
		body:  "<xml><Encrypt><![CDATA[" + encrypted + "]]></Encrypt></xml>",
	}
}

func newGuard(t testing.TB, aesKey string, clock func() time.Time) *weixin.Guard {
	t.Helper()
	g, err := weixin.NewGuard(token, aesKey, receiver, clock)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// plainCall is a callback of the plain mode, which signs no body.
func plainCall(msg, nonce string) call {
	ts := strconv.FormatInt(now.Unix(), 10)
	return call{query: url.Values{"timestamp": {ts}, "nonce": {nonce}, "signature": {util.Signature(token, ts, nonce)}}, body: msg}
}

func TestGuardRefuses(t *testing.T) {
	t.Parallel()
	good := func(t testing.TB) call { return sealed(t, "<xml>a</xml>", "n1", now) }
	for name, change := range map[string]func(t testing.TB, c *call){
		"no signature":     func(_ testing.TB, c *call) { c.query.Del("msg_signature") },
		"forged signature": func(_ testing.TB, c *call) { c.query.Set("msg_signature", strings.Repeat("0", 40)) },
		"upper-case signature": func(_ testing.TB, c *call) {
			c.query.Set("msg_signature", strings.ToUpper(c.query.Get("msg_signature")))
		},
		"another nonce":      func(_ testing.TB, c *call) { c.query.Set("nonce", "n2") },
		"no nonce":           func(_ testing.TB, c *call) { c.query.Del("nonce") },
		"too old":            func(t testing.TB, c *call) { *c = sealed(t, "a", "n1", now.Add(-5*time.Minute-time.Second)) },
		"from the future":    func(t testing.TB, c *call) { *c = sealed(t, "a", "n1", now.Add(5*time.Minute+time.Second)) },
		"truncated":          func(_ testing.TB, c *call) { c.body = c.body[:len(c.body)/2] },
		"empty":              func(_ testing.TB, c *call) { c.body = "" },
		"no xml":             func(_ testing.TB, c *call) { c.body = "hello" },
		"plain in safe mode": func(_ testing.TB, c *call) { *c = plainCall("<xml><Content>a</Content></xml>", "n1") },
		"plain with both signed": func(_ testing.TB, c *call) {
			p := plainCall("<xml><Content>a</Content></xml>", "n1")
			p.query.Set("msg_signature", p.query.Get("signature"))
			*c = p
		},
		"the plain text beside it": func(_ testing.TB, c *call) { c.body = "<xml><Content>forged</Content></xml>" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good(t)
			change(t, &c)
			if msg, err := newGuard(t, key, func() time.Time { return now }).Message(c.query, []byte(c.body)); err == nil {
				t.Errorf("let through %q", msg)
			}
		})
	}
}

// The same once more is the platform trying again; other content with a signature
// or a nonce that was seen is not, for two hours.
func TestReplays(t *testing.T) {
	t.Parallel()
	clock := now
	g := newGuard(t, key, func() time.Time { return clock })
	first := sealed(t, "a", "n1", now)
	for range 2 {
		if msg, err := g.Message(first.query, []byte(first.body)); err != nil || string(msg) != "a" {
			t.Fatalf("%q %v", msg, err)
		}
	}
	clock = now.Add(4 * time.Minute)
	other := sealed(t, "b", "n1", clock)
	if _, err := g.Message(other.query, []byte(other.body)); err == nil {
		t.Error("another message with the same nonce was let through")
	}
	clock = now.Add(2*time.Hour + time.Minute)
	other = sealed(t, "b", "n1", clock)
	if _, err := g.Message(other.query, []byte(other.body)); err != nil {
		t.Errorf("after two hours: %v", err)
	}

	plain := newGuard(t, "", func() time.Time { return now })
	p := plainCall("<xml>a</xml>", "n1")
	if _, err := plain.Message(p.query, []byte(p.body)); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Message(p.query, []byte("<xml>forged</xml>")); err == nil {
		t.Error("plain mode: another body with a signature that was seen was let through")
	}
}

// An answer can be read by another implementation than ours.
func TestSealIsReadByOthers(t *testing.T) {
	t.Parallel()
	out := newGuard(t, key, func() time.Time { return now }).Seal([]byte("<xml>答</xml>"))
	var got struct{ Encrypt, MsgSignature, TimeStamp, Nonce string }
	if err := weixin.Decode(out, &got); err != nil {
		t.Fatal(err)
	}
	_, msg, err := util.DecryptMsg(receiver, got.Encrypt, key)
	if err != nil || string(msg) != "<xml>答</xml>" {
		t.Errorf("%q %v", msg, err)
	}
	if want := util.Signature(token, got.TimeStamp, got.Nonce, got.Encrypt); want != got.MsgSignature {
		t.Errorf("signature %s, want %s", got.MsgSignature, want)
	}
}

// sink takes messages as a test tells it.
type sink func(m chat.Message, done func(error))

func (f sink) Accept(_ context.Context, m chat.Message, done func(error)) { f(m, done) }

// server runs a Callback whose messages are their own text and id.
func server(t *testing.T, s chat.Sink) (addr string, slots *weixin.Slots) {
	t.Helper()
	slots = weixin.NewSlots()
	decode := func(msg []byte) (weixin.Arrival, error) {
		if strings.HasPrefix(string(msg), "bad") {
			return weixin.Arrival{}, errors.New("bad")
		}
		return weixin.Arrival{Msg: chat.Message{ID: chat.MessageID(msg), Text: string(msg)}, Slot: string(msg)}, nil
	}
	c := weixin.NewCallback(newGuard(t, key, func() time.Time { return now }), slots, "success", slog.New(slog.DiscardHandler), time.Now, decode)
	ctx, cancel := context.WithCancel(context.Background())
	ran, listening := make(chan struct{}), make(chan struct{})
	go func() {
		c.Run(ctx, s, func() { close(listening) })
		close(ran)
	}()
	<-listening
	srv := httptest.NewServer(c)
	t.Cleanup(func() {
		cancel()
		<-ran
		srv.Close()
	})
	return srv.URL, slots
}

func post(t *testing.T, addr string, c call) (status int, body string) {
	t.Helper()
	resp, err := http.Post(addr+"?"+c.query.Encode(), "text/xml", strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// What is not right gets a status and no word, and never comes to the sink.
func TestCallbackRefuses(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	addr, _ := server(t, sink(func(_ chat.Message, done func(error)) { reached.Add(1); done(nil) }))
	oversized := sealed(t, "a", "n1", now)
	oversized.body += strings.Repeat(" ", 1<<20)
	for name, c := range map[string]struct {
		call call
		want int
	}{
		"unsigned":   {call{query: url.Values{}, body: "<xml/>"}, http.StatusForbidden},
		"oversized":  {oversized, http.StatusRequestEntityTooLarge},
		"unreadable": {sealed(t, "bad", "n2", now), http.StatusBadRequest},
	} {
		if status, body := post(t, addr, c.call); status != c.want || body != "" {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	resp, err := http.Get(addr + "?echostr=hello&signature=0")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || reached.Load() != 0 {
		t.Errorf("echo: %d; %d reached the sink", resp.StatusCode, reached.Load())
	}
	req, _ := http.NewRequest(http.MethodDelete, addr, nil)
	if resp, err = http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
}

// The answer goes in the response of its message; the platform trying again takes
// the place of the request before, and one that has its answer gets no second.
func TestAnswerInTheResponse(t *testing.T) {
	t.Parallel()
	came := make(chan string, 10)
	addr, slots := server(t, sink(func(m chat.Message, done func(error)) { came <- m.Text; done(nil) }))
	type result struct {
		status int
		body   string
	}
	ask := func(nonce string) chan result {
		out := make(chan result, 1)
		go func() {
			status, body := post(t, addr, sealed(t, "m1", nonce, now))
			out <- result{status, body}
		}()
		<-came
		return out
	}
	first := ask("n1")
	second := ask("n2")
	if got := <-first; got != (result{200, "success"}) {
		t.Errorf("the request before: %+v", got)
	}
	for { // until the second waits
		ok, fault := slots.Answer(t.Context(), "m1", []byte("<xml>答</xml>"), now)
		if fault != nil {
			t.Fatal(fault)
		}
		if ok {
			break
		}
	}
	if got := <-second; got.status != 200 || !strings.Contains(got.body, "<Encrypt>") {
		t.Errorf("the request that waits: %+v", got)
	}
	third := ask("n3")
	if got := <-third; got != (result{200, "success"}) {
		t.Errorf("once more: %+v", got)
	}
	if ok, _ := slots.Answer(t.Context(), "m1", []byte("<xml>again</xml>"), now); ok {
		t.Error("a second answer found a slot")
	}
}

// Nothing to say: the response goes at once.
func TestDecline(t *testing.T) {
	t.Parallel()
	var slots *weixin.Slots
	ready := make(chan struct{})
	addr, s := server(t, sink(func(m chat.Message, done func(error)) {
		<-ready
		slots.Decline(m.Text)
		done(nil)
	}))
	slots = s
	close(ready)
	if status, body := post(t, addr, sealed(t, "m1", "n1", now)); status != 200 || body != "success" {
		t.Errorf("%d %q", status, body)
	}
}

// A message that was kept before, by a bot that has started anew, waits for no answer.
func TestSeenBefore(t *testing.T) {
	t.Parallel()
	addr, _ := server(t, sink(func(_ chat.Message, done func(error)) { done(chat.ErrSeen) }))
	if status, body := post(t, addr, sealed(t, "m1", "n1", now)); status != 200 || body != "success" {
		t.Errorf("%d %q", status, body)
	}
}

func TestManyNoncesAreForgotten(t *testing.T) {
	t.Parallel()
	clock := now
	g := newGuard(t, "", func() time.Time { return clock })
	for i := range 120_000 {
		c := plainCall("a", fmt.Sprint(i))
		if _, err := g.Message(c.query, []byte(c.body)); err != nil {
			t.Fatal(err)
		}
	}
	if n := weixin.Remembered(g); n > 100_001 {
		t.Errorf("%d are remembered", n)
	}
}
