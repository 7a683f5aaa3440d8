package wecom_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
)

// vector is a row of testdata/vectors.json: published values, and constructed ones
// that must be accepted or refused.
type vector struct {
	ID             string
	Platform, Kind string
	Token          string
	EncodingAESKey string
	ReceiveID      string
	Timestamp      string
	Nonce          string
	Signature      string `json:"msg_signature"`
	Encrypt        string
	Plaintext      string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

// channel is a running Channel that lives at the vector's time.
func (v vector) channel(t *testing.T, sink sinkFunc) (*wecomtest.Platform, *wecom.Channel) {
	t.Helper()
	seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	p := wecomtest.Offline(func() time.Time { return time.Unix(seconds, 0) })
	p.CorpID, p.Token, p.EncodingAESKey, p.AgentID = v.ReceiveID, v.Token, v.EncodingAESKey, 218
	c, err := wecom.New(p.Config(quiet()))
	if err != nil {
		t.Fatal(err)
	}
	runHasty(t, p, c, sink)
	return p, c
}

func (v vector) query() url.Values {
	return url.Values{"msg_signature": {v.Signature}, "timestamp": {v.Timestamp}, "nonce": {v.Nonce}}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, v := range vectors(t) {
		switch {
		case v.Platform == "wecom" && v.Kind != "passive-reply", v.Platform == "" && v.ReceiveID != "":
		default:
			continue
		}
		tried++
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			got := make(chan chat.Message, 1)
			p, c := v.channel(t, func(m chat.Message, done func(error)) {
				got <- m
				done(nil)
			})
			if v.Kind == "verify-url" {
				q := v.query()
				q.Set("echostr", v.Encrypt)
				w := httptest.NewRecorder()
				c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/wecom/callback?"+q.Encode(), nil))
				if w.Code != http.StatusOK || w.Body.String() != v.Plaintext {
					t.Errorf("%d %q, want %q", w.Code, w.Body, v.Plaintext)
				}
				return
			}
			a, err := p.Callbacks(c).Post(t.Context(), v.query(), []byte("<xml><Encrypt><![CDATA["+v.Encrypt+"]]></Encrypt></xml>"))
			if err != nil {
				t.Fatal(err)
			}
			want := http.StatusOK
			if strings.HasPrefix(v.ID, "neg-") {
				want = http.StatusForbidden
			}
			if a.Status != want || a.Raw != "" {
				t.Errorf("%d %q, want %d without a word", a.Status, a.Raw, want)
			}
			select {
			case m := <-got:
				if v.Kind != "callback-xml" || m.ID != "4561255354251345929" || m.From != "mycreate" || m.Text != "hello" {
					t.Errorf("message %+v", m)
				}
			default:
				if v.Kind == "callback-xml" {
					t.Error("no message")
				}
			}
		})
	}
	if tried < 9 {
		t.Errorf("%d vectors tried", tried)
	}
}

// What is not from the platform, not lately, or not for this organisation gets a
// status of 4xx and no word, and is heard by nobody.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	heard := atomic.Int64{}
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, func(_ chat.Message, done func(error)) { heard.Add(1); done(nil) })
	now := time.Now()
	msg := p.TextMessage("u1", "/考勤 全勤", "1", now)
	other := wecomtest.Offline(time.Now) // another organisation with the same token and key
	other.CorpID = "wwother"
	wrongKey, wrongToken := wecomtest.Offline(time.Now), wecomtest.Offline(time.Now)
	wrongKey.EncodingAESKey = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
	wrongToken.Token = "guessed"
	type request struct {
		query url.Values
		body  []byte
	}
	seal := func(by *wecomtest.Platform, at time.Time) request {
		q, b := by.Seal(msg, at, "n1")
		return request{q, b}
	}
	with := func(r request, key, value string) request {
		r.query.Set(key, value)
		return r
	}
	tests := map[string]request{
		"other token":        seal(wrongToken, now),
		"other key":          seal(wrongKey, now),
		"other organisation": seal(other, now),
		"old":                seal(p, now.Add(-6*time.Minute)),
		"of the future":      seal(p, now.Add(6*time.Minute)),
		"changed time":       with(seal(p, now.Add(-time.Hour)), "timestamp", strconv.FormatInt(now.Unix(), 10)),
		"changed nonce":      with(seal(p, now), "nonce", "n2"),
		"no signature":       with(seal(p, now), "msg_signature", ""),
		"plain signature":    with(with(seal(p, now), "msg_signature", ""), "signature", "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"),
		"plain text":         {seal(p, now).query, msg},
		"not xml":            {seal(p, now).query, []byte("hello")},
		"json without it":    {seal(p, now).query, []byte(`{"a":1}`)},
		"empty":              {seal(p, now).query, nil},
	}
	half := seal(p, now)
	half.body = half.body[:len(half.body)/2]
	tests["truncated"] = half
	cut := seal(p, now)
	const begin = "<Encrypt><![CDATA["
	at := strings.Index(string(cut.body), begin) + len(begin)
	cut.body = append([]byte(nil), cut.body...)
	cut.body[at] ^= 1 // another letter
	tests["changed text"] = cut
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := p.Callbacks(c).Post(t.Context(), r.query, r.body)
			if err != nil || a.Status < 400 || a.Status > 499 || a.Raw != "" {
				t.Errorf("%+v %v", a, err)
			}
		})
	}
	q, _ := p.Seal(msg, now, "n3")
	if a, err := p.Callbacks(c).Post(t.Context(), q, make([]byte, 1<<20+1)); err != nil || a.Status != http.StatusRequestEntityTooLarge || a.Raw != "" {
		t.Errorf("oversized: %d %v", a.Status, err)
	}
	if heard.Load() != 0 {
		t.Errorf("%d messages were heard", heard.Load())
	}
}

// A nonce or a signature that was seen does not carry other content; the same
// content again is the platform trying once more.
func TestReplay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	heard := atomic.Int64{}
	run(t, p, c, func(_ chat.Message, done func(error)) { heard.Add(1); done(nil) })
	event := func(key string) []byte {
		return []byte("<xml><FromUserName>u1</FromUserName><CreateTime>1790000000</CreateTime><MsgType>event</MsgType><Event>template_card_event</Event><EventKey>" + key + "</EventKey></xml>")
	}
	now := time.Now()
	for i, tt := range []struct {
		key, nonce string
		want       int
	}{{"/a", "n1", 200}, {"/a", "n1", 200}, {"/b", "n1", 403}, {"/b", "n2", 200}} {
		q, body := p.Seal(event(tt.key), now, tt.nonce)
		if a, err := p.Callbacks(c).Post(t.Context(), q, body); err != nil || a.Status != tt.want {
			t.Errorf("step %d: %+v %v, want %d", i, a, err, tt.want)
		}
	}
	if heard.Load() != 3 {
		t.Errorf("heard %d, want 3 (the second is the first again)", heard.Load())
	}
}

func TestVerifyAddress(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	bot := httptest.NewServer(c)
	defer bot.Close()
	a, want, err := p.CallbacksTo(bot.URL+c.CallbackPath(), bot.Client()).Verify(t.Context())
	if err != nil || a.Status != http.StatusOK || a.Raw != want {
		t.Errorf("%+v %v, want %q", a, err, want)
	}
}

// answering is a sink that answers each message as reply says.
func answering(t *testing.T, c **wecom.Channel, reply func(chat.Message) chat.Body) sinkFunc {
	var sends sync.WaitGroup
	t.Cleanup(sends.Wait)
	return func(m chat.Message, done func(error)) {
		done(nil)
		sends.Go(func() { // the engine sends from elsewhere
			to := chat.Target{Channel: m.Channel, Conv: m.Conv, User: m.From, Reply: m.Reply}
			if err := sendAll(t, *c, to, reply(m), string(m.ID)); err != nil {
				t.Errorf("answer: %v", err)
			}
		})
	}
}

// A text goes back in the response, over real HTTP, so that the platform can read
// it; what comes after goes by the API.
func TestPassiveAnswer(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, answering(t, &c, func(m chat.Message) chat.Body {
		return chat.Text("收到：" + m.Text + " <]]>&\n第二行")
	}))
	bot := httptest.NewServer(c)
	defer bot.Close()
	platform := p.CallbacksTo(bot.URL+c.CallbackPath(), bot.Client())
	a, err := platform.Say(t.Context(), "zhangSan", "𠮷田 👍🏽")
	if want := "收到：𠮷田 👍🏽 ＜]]＞&\n第二行"; err != nil || a.Text != want || a.Attempts != 1 {
		t.Errorf("%+v %v, want %q", a, err, want)
	}
	if got := p.SentTo("zhangSan"); len(got) != 1 || got[0].Endpoint != wecomtest.Passive {
		t.Errorf("sent %+v", got)
	}
	if n := p.Calls(wecomtest.Send); n != 0 {
		t.Errorf("%d calls of the API", n)
	}
	// Clicks on the menu are answered in the same way.
	if a, err := platform.Click(t.Context(), "zhangSan", "/帮助"); err != nil || !strings.HasPrefix(a.Text, "收到：/帮助") {
		t.Errorf("click: %+v %v", a, err)
	}
	if a, err := platform.Scan(t.Context(), "zhangSan", "bind-K7M2QX"); err != nil || !strings.HasPrefix(a.Text, "收到：/bind K7M2QX") {
		t.Errorf("scan: %+v %v", a, err)
	}
}

// What is no text cannot go in the response, which ends at once; a tap on the card
// comes back as the line.
func TestPictureAndCardGoByTheAPI(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	heard := make(chan string, 2)
	card := answering(t, &c, func(chat.Message) chat.Body {
		return chat.Body{}.Picture(chat.Picture{Name: "a.png", Data: png(9)}).Tap("全勤", "/考勤 全勤")
	})
	run(t, p, c, func(m chat.Message, done func(error)) {
		heard <- m.Text
		card(m, done)
	})
	a, err := p.Callbacks(c).Say(t.Context(), "u1", "/考勤")
	if err != nil || a.Status != http.StatusOK || a.Raw != "" {
		t.Fatalf("%+v %v", a, err)
	}
	sent, err := p.WaitSent(t.Context(), func(all []wecomtest.Sent) bool { return len(all) > 2 })
	if err != nil || sent[0].Kind != "image" || sent[2].Kind != "template_card" {
		t.Fatalf("%+v %v", sent, err)
	}
	// The tap comes back as the line.
	if a, err := p.Callbacks(c).Tap(t.Context(), "u1", sent[2], "全勤"); err != nil || a.Status != http.StatusOK || a.Raw != "" {
		t.Errorf("tap: %+v %v", a, err)
	}
	if _, err := p.WaitSent(t.Context(), func(all []wecomtest.Sent) bool { return len(all) > 3 }); err != nil {
		t.Error(err)
	}
	if first, second := <-heard, <-heard; first != "/考勤" || second != "/考勤 全勤" {
		t.Errorf("heard %q, %q", first, second)
	}
}

// A text that is followed by buttons: the text in the response, the card after it.
func TestTextThenCard(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, answering(t, &c, func(chat.Message) chat.Body {
		return chat.Titled("全勤名单").Para(strings.Repeat("很长的说明", 40)).Tap("确认", "/确认").Tap("修改", "/修改")
	}))
	a, err := p.Callbacks(c).Say(t.Context(), "u1", "/考勤")
	if err != nil || !strings.HasPrefix(a.Text, "【全勤名单】") || !strings.Contains(a.Text, "看不到按钮的，请直接发：\n/确认\n/修改") {
		t.Fatalf("%+v %v", a, err)
	}
	sent, err := p.WaitSent(t.Context(), func(all []wecomtest.Sent) bool { return len(all) > 1 })
	if err != nil {
		t.Fatal(err)
	}
	// The card may be there before the stand-in has written down the response.
	kinds := map[string]wecomtest.Sent{}
	for _, s := range sent {
		kinds[s.Kind] = s
	}
	if got := kinds["template_card"]; got.Text != "全勤名单" || len(got.Buttons) != 2 || got.Endpoint != wecomtest.Send {
		t.Errorf("card %+v", got)
	}
}

// An answer that comes late goes by the API: the response has ended, empty, before
// the platform gives up.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := wecomtest.Offline(time.Now)
		c, err := wecom.New(p.Config(quiet()))
		if err != nil {
			t.Fatal(err)
		}
		var token chat.ReplyToken
		run(t, p, c, func(m chat.Message, done func(error)) { token = m.Reply; done(nil) })
		began := time.Now()
		a, err := p.Callbacks(c).Say(t.Context(), "u1", "/总结")
		if err != nil || a.Status != http.StatusOK || a.Raw != "" || a.Attempts != 1 {
			t.Errorf("%+v %v", a, err)
		}
		if took := time.Since(began); took != 4500*time.Millisecond {
			t.Errorf("took %v", took)
		}
		to := toUser("u1")
		to.Reply = token
		if err := sendAll(t, c, to, chat.Text("总结"), "k"); err != nil {
			t.Fatal(err)
		}
		if got := p.SentTo("u1"); len(got) != 1 || got[0].Endpoint != wecomtest.Send || got[0].Text != "总结" {
			t.Errorf("sent %+v", got)
		}
	})
}

// While the store is slow the platform tries three times. The bot knows the message
// by its id; its answer goes out once, in the response that still waits.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := wecomtest.Offline(time.Now)
		c, err := wecom.New(p.Config(quiet()))
		if err != nil {
			t.Fatal(err)
		}
		var first func(error)
		ids := map[chat.MessageID]int{}
		run(t, p, c, func(m chat.Message, done func(error)) {
			ids[m.ID]++
			if first == nil {
				first = done // too slow: the platform gives up
				return
			}
			if ids[m.ID] == 2 {
				first(nil)
				to := toUser(m.From)
				to.Reply = m.Reply
				go func() {
					if err := sendAll(t, c, to, chat.Text("已记录：全勤"), "k"); err != nil {
						t.Error(err)
					}
				}()
			}
			done(nil)
		})
		a, err := p.Callbacks(c).Say(t.Context(), "u1", "/考勤 全勤")
		if err != nil || a.Status != http.StatusOK || a.Attempts != 2 {
			t.Errorf("%+v %v", a, err)
		}
		synctest.Wait()
		if got := p.SentTo("u1"); len(got) != 1 || len(ids) != 1 {
			t.Errorf("%d ids, sent %+v", len(ids), got)
		}
	})
}

// An entry without a reply token takes no response that waits for another.
func TestPushTakesNoResponse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	run(t, p, c, func(m chat.Message, done func(error)) {
		done(nil)
		go func() {
			if err := sendAll(t, c, toUser("u1"), chat.Text("推送"), "push"); err != nil {
				t.Error(err)
			}
			to := toUser("u1")
			to.Reply = m.Reply
			if err := sendAll(t, c, to, chat.Text("回答"), "answer"); err != nil {
				t.Error(err)
			}
		}()
	})
	a, err := p.Callbacks(c).Say(t.Context(), "u1", "问")
	if err != nil || a.Text != "回答" {
		t.Errorf("%+v %v", a, err)
	}
	if got := p.SentTo("u1"); len(got) != 2 || got[0].Text != "推送" || got[0].Endpoint != wecomtest.Send {
		t.Errorf("sent %+v", got)
	}
}

// While nobody listens the platform is told to come again.
func TestNotRunning(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	a, err := p.Callbacks(c).Say(t.Context(), "u1", "/帮助")
	if err != nil || a.Status != http.StatusServiceUnavailable || a.Attempts != 3 {
		t.Errorf("%+v %v", a, err)
	}
	hooks := newChannel(t, p, quiet(), func(cfg *wecom.Config) {
		*cfg = wecom.Config{Webhooks: map[string]string{"a": p.AddWebhook("a")}, Log: cfg.Log, HTTP: cfg.HTTP}
	})
	if a, err := p.Callbacks(hooks).Say(t.Context(), "u1", "x"); err != nil || a.Status != http.StatusNotFound {
		t.Errorf("webhooks alone: %+v %v", a, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`<xml><FromUserName><![CDATA[u]]></FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>c</Content><MsgId>1</MsgId></xml>`,
		`<xml><FromUserName>u</FromUserName><MsgType>event</MsgType><Event>scancode_push</Event><ScanCodeInfo><ScanResult>bind-A</ScanResult></ScanCodeInfo></xml>`,
		`{"FromUserName":"u","MsgType":"event","Event":"click","EventKey":"/x","CreateTime":"2"}`, `{`, `<xml>`, ``,
	} {
		f.Add([]byte(seed))
	}
	c, err := wecom.New(wecomtest.Offline(time.Now).Config(quiet()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := wecom.Decode(c, raw)
		if err != nil {
			if len(raw) > 20 && strings.Contains(err.Error(), string(raw)) {
				t.Errorf("the error holds the message: %v", err)
			}
			return
		}
		m := a.Msg
		if m.ID != "" && (m.From == "" || m.Conv == "" || m.SentAt.IsZero()) {
			t.Errorf("%+v", m)
		}
		if a.Slot != "" && m.Reply.Addr != fmt.Sprint("passive:", a.Slot) {
			t.Errorf("slot %q, reply %q", a.Slot, m.Reply.Addr)
		}
	})
}
