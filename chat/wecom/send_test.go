package wecom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
)

// 2500 people are three calls, and who cannot be reached fails alone.
func TestBatch(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.NoSuchUsers("u7", "Gone-1200")
	p.Unlicensed("u2400")
	c := newChannel(t, p, quiet(), nil)
	outs := make([]chat.Outgoing, 2500)
	for i := range outs {
		outs[i] = chat.Outgoing{Target: toUser(chat.UserID(fmt.Sprint("u", i))), Body: chat.Text("通知"), Key: fmt.Sprint("k", i)}
	}
	outs[1200].Target = toUser("Gone-1200") // the platform answers in small letters
	outs[3].Target = toUser("@all")
	outs[4].Target = toUser("u4|u5")
	results := c.SendBatch(t.Context(), outs)
	if n := p.Calls(wecomtest.Send); n != 3 || c.BatchSize() != 1000 || len(results) != len(outs) {
		t.Errorf("%d calls, %d results", n, len(results))
	}
	failed := map[int]string{}
	for i, r := range results {
		var se *chat.SendError
		if errors.As(r.Err, &se) {
			failed[i] = string(se.Kind) + " " + se.Code
		} else if r.Receipt.ID == "" || r.Receipt.More {
			t.Errorf("%d: %+v", i, r)
		}
	}
	want := map[int]string{3: "final ", 4: "final ", 7: "final invaliduser", 1200: "final invaliduser", 2400: "final unlicenseduser"}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	got := 0
	for _, s := range p.Sent() {
		got += len(s.Users)
	}
	if got != 2495 {
		t.Errorf("%d people got it", got)
	}
	// All of them bad: one code for all.
	for _, r := range c.SendBatch(t.Context(), []chat.Outgoing{outs[7], outs[1200]}) {
		if chat.KindOf(r.Err) != chat.Final {
			t.Error(r.Err)
		}
	}
}

func TestTokenRenewedOnce(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	for i := range 3 {
		if i == 1 {
			p.ExpireTokens()
		}
		if err := sendAll(t, c, toUser("u1"), chat.Text("x"), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if tokens, sends := p.Calls(wecomtest.Token), p.Calls(wecomtest.Send); tokens != 2 || sends != 4 {
		t.Errorf("%d tokens, %d calls", tokens, sends)
	}
	// A token that is refused whatever we do ends in a failure that can be tried again.
	p.Fail(wecomtest.Send, 2, wecomtest.Refusal(42001))
	if err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k"); chat.KindOf(err) != chat.Temporary {
		t.Error(err)
	}
	if n := len(p.Sent()); n != 3 {
		t.Errorf("%d messages", n)
	}
}

// One hung gettoken blocks nobody for longer than they want to wait.
func TestHungToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	hung := make(chan struct{})
	p.Fail(wecomtest.Token, 1, wecomtest.Fault{Until: hung, Proceed: true})
	hook := p.AddWebhook("群")
	c := newChannel(t, p, quiet(), func(cfg *wecom.Config) { cfg.Webhooks["群"] = hook })
	first := make(chan error, 1)
	go func() { first <- sendAll(t, c, toUser("u1"), chat.Text("a"), "a") }()
	if err := p.WaitCalls(t.Context(), wecomtest.Token, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Send(ctx, chat.Outgoing{Target: toUser("u2"), Body: chat.Text("b")}); chat.KindOf(err) != chat.Temporary {
		t.Errorf("while it hangs: %v", err)
	}
	// What needs no token goes.
	if err := sendAll(t, c, toGroup(wecom.WebhookConv("群")), chat.Text("c"), "c"); err != nil {
		t.Error(err)
	}
	close(hung)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestMediaUploadedOnce(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddChat("g1")
	c := newChannel(t, p, quiet(), nil)
	body := chat.Titled("图表").Picture(chat.Picture{Name: "chart", Alt: "全勤", Data: png(200)}).File(chat.File{Name: "名单.xlsx", Data: []byte("PK\x03\x04 1234")})
	for i, to := range []chat.Target{toUser("u1"), toUser("u2"), toGroup("g1")} {
		if err := sendAll(t, c, to, body, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.Calls(wecomtest.Media); n != 2 {
		t.Errorf("%d uploads, want one a piece", n)
	}
	kinds := map[string]int{}
	for _, s := range p.Sent() {
		kinds[s.Kind+" "+s.Media.Name]++
	}
	if diff := cmp.Diff(map[string]int{"image chart.png": 3, "file 名单.xlsx": 3}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What is refused is described; what fails for now is tried again.
	p.Fail(wecomtest.Media, 1, wecomtest.Refusal(40006))
	other := chat.Body{}.Picture(chat.Picture{Name: "x.png", Alt: "第二张", Data: png(300)})
	if err := sendAll(t, c, toUser("u3"), other, "k"); err != nil || p.SentTo("u3")[0].Text != "（图片：第二张）" {
		t.Errorf("%v %+v", err, p.SentTo("u3"))
	}
	p.Fail(wecomtest.Media, 1, wecomtest.Fault{Status: 502})
	if err := sendAll(t, c, toUser("u4"), other, "k"); chat.KindOf(err) != chat.Temporary {
		t.Error(err)
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	hook := p.AddWebhook("办公室群")
	c := newChannel(t, p, quiet(), func(cfg *wecom.Config) {
		// Webhooks alone: no application.
		*cfg = wecom.Config{Webhooks: map[string]string{"办公室群": hook}, Log: cfg.Log, HTTP: cfg.HTTP}
	})
	to := toGroup(wecom.WebhookConv("办公室群"))
	text := chat.Text("请交材料 <b> #1").Tap("已交", "/材料 已交")
	text.Mentions = []chat.UserID{"zhangSan", "@all", "a b"}
	markdown := chat.Titled("通报").Table([]string{"单位", "缺"}, [][]string{{"一小", "2"}})
	markdown.Mentions = text.Mentions
	media := chat.Body{}.Picture(chat.Picture{Name: "p", Data: png(100)}).
		Picture(chat.Picture{Name: "big", Data: png(3 << 20)}).
		File(chat.File{Name: "表.xlsx", Data: []byte("1234567")})
	for i, b := range []chat.Body{text, markdown, media} {
		if err := sendAll(t, c, to, b, fmt.Sprint(i)); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	got := p.SentIn("办公室群")
	if len(got) != 5 {
		t.Fatalf("%+v", got)
	}
	if s := got[0]; s.Kind != "text" || s.Text != "请交材料 <b> #1\n\n已交：请在与我的单聊里发 /材料 已交" || !slices.Equal(s.Mentions, []string{"zhangSan"}) {
		t.Errorf("%+v", s)
	}
	if s := got[1]; s.Kind != "markdown" || s.Text != "### 通报\n\n**单位｜缺**\n一小｜2\n\n<@zhangSan>" {
		t.Errorf("%+v", s)
	}
	if got[2].Kind != "image" || len(got[2].Media.Data) != 100 || got[3].Kind != "file" || got[3].Media.Name != "big.png" || got[4].Media.Name != "表.xlsx" {
		t.Errorf("media: %s %s %s", got[2].Kind, got[3].Media.Name, got[4].Media.Name)
	}
	if err := sendAll(t, c, to, media, "again"); err != nil || p.Calls(wecomtest.WebhookUpload) != 2 {
		t.Errorf("%v, %d uploads", err, p.Calls(wecomtest.WebhookUpload))
	}
	// Refusals: the address, the rate, nobody of that name, no application.
	p.Fail(wecomtest.Webhook, 1, wecomtest.Refusal(93000))
	if err := sendAll(t, c, to, text, "k"); chat.KindOf(err) != chat.Final || strings.Contains(err.Error(), "key") {
		t.Error(err)
	}
	p.Fail(wecomtest.Webhook, 1, wecomtest.Refusal(45009))
	var se *chat.SendError
	if err := sendAll(t, c, to, text, "k"); !errors.As(err, &se) || se.Kind != chat.Limited || se.RetryAfter != time.Minute {
		t.Error(err)
	}
	p.Fail(wecomtest.Webhook, 1, wecomtest.Fault{Body: "{}"})
	if err := sendAll(t, c, to, text, "k"); chat.KindOf(err) != chat.Unknown {
		t.Error(err)
	}
	for _, to := range []chat.Target{toGroup(wecom.WebhookConv("别的群")), toGroup("chat1"), toUser("u1")} {
		if err := sendAll(t, c, to, text, "k"); chat.KindOf(err) != chat.Final {
			t.Errorf("%+v: %v", to, err)
		}
	}
	if r := c.SendBatch(t.Context(), []chat.Outgoing{{Target: toUser("u1"), Body: text}}); chat.KindOf(r[0].Err) != chat.Final {
		t.Error(r[0].Err)
	}
	if at, err := c.Probe(t.Context()); err != nil || !at.IsZero() {
		t.Error(at, err)
	}
}

func TestPeakAndLimits(t *testing.T) {
	t.Parallel()
	c := newChannel(t, newPlatform(t), quiet(), nil)
	l := c.Limits()
	for at, want := range map[string]time.Duration{
		"08:00:00": 2 * time.Minute, "08:00:30": 90 * time.Second, "08:01:59": time.Second, "08:02:00": 0,
		"08:29:59": 0, "08:30:00": 2 * time.Minute, "08:31:00": time.Minute, "08:32:00": 0, "08:59:59": 0,
	} {
		now, err := time.Parse(time.TimeOnly, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Peak(now); got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
	if l.Group[0].N != 20 || l.User[0].N != 30 || l.User[1].N != 1000 || l.App[0].N >= 10_000 || l.App[1].N >= 150_000 {
		t.Errorf("%+v", l)
	}
}

// A card that is sent again with its key is shown once; equal texts are each shown.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 21, 8, 10, 0, 0, time.UTC)
	p := wecomtest.Offline(func() time.Time { return now })
	c, err := wecom.New(p.Config(quiet()))
	if err != nil {
		t.Fatal(err)
	}
	cardOf := chat.Titled("确认").Tap("全勤", "/全勤")
	answer := toUser("u1")
	answer.Reply = chat.ReplyToken{Addr: "passive:gone"}
	card := chat.Outgoing{Target: answer, Body: cardOf, Key: "k1", Part: 1} // after its text
	text := chat.Outgoing{Target: answer, Body: chat.Text("已记录：全勤"), Key: "k2"}
	for _, out := range []chat.Outgoing{card, card, text, text} {
		if _, err := c.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
	}
	second := card // another confirmation of the same kind
	second.Key = "k3"
	if _, err := c.Send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, s := range p.SentTo("u1") {
		kinds[s.Kind]++
	}
	if diff := cmp.Diff(map[string]int{"template_card": 2, "text": 2}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Days later the task id is known still.
	now = now.Add(72 * time.Hour)
	if _, err := c.Send(t.Context(), card); chat.KindOf(err) != chat.Final || len(p.SentTo("u1")) != 4 {
		t.Errorf("%v, %d messages", err, len(p.SentTo("u1")))
	}
	push := card
	push.Target, push.Part = toUser("u1"), 0
	for _, tt := range []struct {
		out  chat.Outgoing
		want bool
	}{
		{card, true}, {text, false}, {push, false},
		{chat.Outgoing{Target: toUser("u1"), Body: chat.Text("长").Picture(chat.Picture{Data: png(9)}).Tap("a", "/a"), Key: "k", Part: 3}, true},
		{chat.Outgoing{Target: answer, Body: cardOf}, false},
		{chat.Outgoing{Target: toGroup("g"), Body: cardOf, Key: "k", Part: 1}, false},
		{chat.Outgoing{Target: toGroup(wecom.WebhookConv("g")), Body: cardOf, Key: "k", Part: 1}, false},
	} {
		if got := c.Idempotent(tt.out); got != tt.want {
			t.Errorf("%+v: %v", tt.out, got)
		}
	}
}

// A short message about one page is a card that opens it.
func TestTextCard(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	body := chat.Titled("教育管理意见征集").Para("请于三日内完成。").Link("填写问卷", "https://bot.example.edu.cn/s/abc")
	if _, err := c.Send(t.Context(), chat.Outgoing{Target: toUser("u1"), Body: body}); err != nil {
		t.Fatal(err)
	}
	if s := p.SentTo("u1"); len(s) != 1 || s[0].Kind != "textcard" || s[0].URL != "https://bot.example.edu.cn/s/abc" || s[0].Text != "教育管理意见征集\n请于三日内完成。" {
		t.Errorf("%+v", s)
	}
}

func TestCreateGroup(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	g := wecom.Group{ID: "xiaozhang", Name: "校长群", Owner: "u1", Members: []chat.UserID{"u1", "u2"}}
	if existed, err := c.CreateGroup(t.Context(), g); err != nil || existed {
		t.Error(existed, err)
	}
	if existed, err := c.CreateGroup(t.Context(), g); err != nil || !existed {
		t.Error(existed, err)
	}
	if err := sendAll(t, c, toGroup("xiaozhang"), chat.Text("欢迎"), "k"); err != nil || len(p.SentIn("xiaozhang")) != 1 {
		t.Error(err)
	}
	if err := sendAll(t, c, toGroup("nobody"), chat.Text("欢迎"), "k"); chat.KindOf(err) != chat.Final {
		t.Error(err)
	}
	for name, change := range map[string]func(*wecom.Group){
		"no id":      func(g *wecom.Group) { g.ID = "" },
		"id":         func(g *wecom.Group) { g.ID = "校长" },
		"long id":    func(g *wecom.Group) { g.ID = strings.Repeat("a", 33) },
		"no name":    func(g *wecom.Group) { g.Name = "" },
		"long name":  func(g *wecom.Group) { g.Name = strings.Repeat("群", 51) },
		"one member": func(g *wecom.Group) { g.Members = g.Members[:1] },
		"a crowd":    func(g *wecom.Group) { g.Members = slices.Repeat([]chat.UserID{"u1"}, 2001) },
		"all":        func(g *wecom.Group) { g.Members = []chat.UserID{"u1", "@all"} },
		"owner":      func(g *wecom.Group) { g.Owner = "u3" },
	} {
		bad := g
		change(&bad)
		if _, err := c.CreateGroup(t.Context(), bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if n := p.Calls(wecomtest.ChatCreate); n != 2 {
		t.Errorf("%d calls", n)
	}
	p.Fail(wecomtest.ChatCreate, 1, wecomtest.Refusal(60011))
	g.ID = "g2"
	if _, err := c.CreateGroup(t.Context(), g); err == nil || !strings.Contains(err.Error(), "no right") {
		t.Error(err)
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	departments := []wecom.Department{{ID: 1, Name: "教委", Order: 9}, {ID: 2, Name: "一小", Parent: 1, Order: 5}}
	users := []wecom.User{
		{ID: "zhangSan", Name: "张三", Departments: []int{1, 2}, Position: "主任", Mobile: "13800000000", Status: wecom.UserActive},
		{ID: "liSi", Name: "李四", Departments: []int{2}, Status: wecom.UserInactive},
	}
	p.SetContacts(departments, users)
	var seen []string
	got, err := c.Contacts(t.Context(), func(done, total int) { seen = append(seen, fmt.Sprint(done, "/", total)) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wecom.Contacts{Departments: departments, Users: users}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Join(seen, " ") != "1/2 2/2" {
		t.Error(seen)
	}
	for _, code := range []int{48009, 60011, 48002} {
		p.Fail(wecomtest.Users, 1, wecomtest.Refusal(code))
		if _, err := c.Contacts(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "may not read members") || !strings.Contains(err.Error(), fmt.Sprint(code)) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	at, err := newChannel(t, p, quiet(), nil).Probe(t.Context())
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Error(at, err)
	}
	bad := newChannel(t, p, quiet(), func(cfg *wecom.Config) { cfg.Secret = "guessed-secret" })
	if _, err := bad.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "secret is wrong") || strings.Contains(err.Error(), "guessed-secret") {
		t.Error(err)
	}
	p.Fail(wecomtest.Token, 1, wecomtest.Fault{Body: "{}"})
	if _, err := newChannel(t, p, quiet(), nil).Probe(t.Context()); err == nil {
		t.Error("an empty answer was taken for good")
	}
}

// A machine that is not on the list says so, once a message, and its messages wait.
func TestAddressNotTrusted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.Fail(wecomtest.Token, -1, wecomtest.Refusal(60020))
	c := newChannel(t, p, quiet(), nil)
	var sends sync.WaitGroup
	for range 8 {
		sends.Go(func() {
			var se *chat.SendError
			err := sendAll(t, c, toUser("u1"), chat.Text("x"), "k")
			if !errors.As(err, &se) || se.Kind != chat.Temporary || se.RetryAfter < 15*time.Minute || strings.Count(err.Error(), "企业可信IP") != 1 {
				t.Error(err)
			}
		})
	}
	sends.Wait()
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := wecomtest.Offline(time.Now).Config(quiet())
	hook := "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRETKEY"
	tests := map[string]struct {
		change func(*wecom.Config)
		want   string // in the error; empty: none
	}{
		"good":          {func(*wecom.Config) {}, ""},
		"nothing":       {func(c *wecom.Config) { *c = wecom.Config{} }, "corp id"},
		"webhooks only": {func(c *wecom.Config) { *c = wecom.Config{Webhooks: map[string]string{"a": hook}} }, ""},
		"no agent":      {func(c *wecom.Config) { c.AgentID = 0 }, "agent id"},
		"no secret":     {func(c *wecom.Config) { c.Secret = "" }, "secret is missing"},
		"no token":      {func(c *wecom.Config) { c.Token = "" }, "token is missing"},
		"no key":        {func(c *wecom.Config) { c.EncodingAESKey = "" }, "aes key is missing"},
		"short key":     {func(c *wecom.Config) { c.EncodingAESKey = strings.Repeat("a", 42) }, "43 characters"},
		"long key":      {func(c *wecom.Config) { c.EncodingAESKey = strings.Repeat("a", 44) }, "43 characters"},
		"plain http":    {func(c *wecom.Config) { c.APIBase = "http://qyapi.weixin.qq.com" }, "api base"},
		"plain webhook": {func(c *wecom.Config) { c.Webhooks["a"] = strings.Replace(hook, "https", "http", 1) }, "webhook a"},
		"no hook key":   {func(c *wecom.Config) { c.Webhooks["a"] = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send" }, "webhook a"},
	}
	for name, tt := range tests {
		cfg := good
		cfg.Webhooks = map[string]string{}
		tt.change(&cfg)
		_, err := wecom.New(cfg)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRETKEY") {
			t.Errorf("%s: the error holds the key", name)
		}
	}
}

// The stand-in keeps the platform's rates, in memory and by its own clock.
func TestStandInRates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 21, 8, 0, 0, 0, time.UTC)
	p := wecomtest.Offline(func() time.Time { return now })
	cfg := p.Config(quiet())
	cfg.Webhooks["g"] = p.AddWebhook("g")
	c, err := wecom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		if err := sendAll(t, c, toUser("u1"), chat.Text(fmt.Sprint(i)), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	limited := 0
	for i := range 21 {
		if err := sendAll(t, c, toGroup(wecom.WebhookConv("g")), chat.Text("x"), fmt.Sprint(i)); chat.KindOf(err) == chat.Limited {
			limited++
		}
	}
	if v := p.Violations(); v.Member != 2 || v.Webhook != 1 || limited != 1 || len(p.SentTo("u1")) != 30 || len(p.SentIn("g")) != 20 {
		t.Errorf("%+v, %d limited, %d and %d arrived", v, limited, len(p.SentTo("u1")), len(p.SentIn("g")))
	}
	now = now.Add(time.Minute)
	if err := sendAll(t, c, toUser("u1"), chat.Text("later"), "later"); err != nil || len(p.SentTo("u1")) != 31 {
		t.Error(err)
	}
	resp, err := (&http.Client{Transport: p.Transport()}).Get(p.URL + "/nowhere")
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Fatal(resp, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // only to read to the end
	_ = resp.Body.Close()
}
