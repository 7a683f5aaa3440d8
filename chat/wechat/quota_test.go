package wechat_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// pushes pushes n texts and returns the kinds of their failures.
func (b *bot) pushes(openid string, n int) []chat.SendKind {
	kinds := make([]chat.SendKind, n)
	for i := range kinds {
		kinds[i] = b.push(openid, fmt.Sprint("推送", i))
	}
	return kinds
}

// kinds is n successes and then the given failures.
func kinds(n int, then ...chat.SendKind) []chat.SendKind {
	return append(make([]chat.SendKind, n), then...)
}

// TestQuotas: what a message, a tap, a subscription and a scan open is used up, and
// not a call more is made.
func TestQuotas(t *testing.T) {
	t.Parallel()
	const held = chat.Held
	for _, c := range []struct {
		name string
		run  func(b *bot, clk *clock) []chat.SendKind
		want []chat.SendKind
	}{
		{"a message opens five", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			return b.pushes(person, 7)
		}, kinds(5, held, held)},
		{"a message opens five anew", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			got := b.pushes(person, 3)
			b.say(person, "又来")
			return append(got, b.pushes(person, 6)...)
		}, kinds(8, held)},
		{"for 48 hours", func(b *bot, clk *clock) []chat.SendKind {
			b.say(person, "你好")
			clk.move(48*time.Hour - time.Second)
			got := b.pushes(person, 1)
			clk.move(time.Second)
			return append(got, b.pushes(person, 1)...)
		}, kinds(1, held)},
		{"a tap on the menu opens three beside them", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			b.event(person, "CLICK", "/帮助")
			return b.pushes(person, 9)
		}, kinds(8, held)},
		{"for a minute", func(b *bot, clk *clock) []chat.SendKind {
			b.say(person, "你好")
			b.event(person, "CLICK", "/帮助")
			got := b.pushes(person, 2)
			clk.move(time.Minute)
			return append(got, b.pushes(person, 6)...)
		}, kinds(7, held)},
		{"an answer in the response costs nothing", func(b *bot, _ *clock) []chat.SendKind {
			b.answer = echo
			b.say(person, "你好")
			return b.pushes(person, 6)
		}, kinds(5, held)},
		{"what did not arrive costs nothing", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			b.srv.Fail(wechattest.CustomSend, 2, wechattest.Fault{Body: `{"errcode":-1,"errmsg":"busy"}`})
			return b.pushes(person, 8)
		}, append([]chat.SendKind{chat.Temporary, chat.Temporary}, kinds(5, held)...)},
		{"what may have arrived costs", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Deliver: true, Drop: true})
			return b.pushes(person, 6)
		}, append([]chat.SendKind{chat.Unknown}, kinds(4, held)...)},
		{"one is not the other", func(b *bot, _ *clock) []chat.SendKind {
			b.say(person, "你好")
			b.say("oLi", "你好")
			return append(b.pushes(person, 6), b.pushes("oLi", 1)...)
		}, append(kinds(5, held), "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, clk := newBot(t, nil, nil)
			if diff := cmp.Diff(c.want, c.run(b, clk)); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			b.kept()
		})
	}
}

// TestSubscriptionAndScanOpenThree: what follows them, counted alike.
func TestSubscriptionAndScanOpenThree(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"subscribe", "SCAN", "CLICK"} {
		b, _ := newBot(t, nil, nil)
		b.srv.Follow(person)
		b.event(person, event, "bind-K7M2QX")
		if diff := cmp.Diff(kinds(3), b.pushes(person, 3)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
		// Whether a message from before the start is still good, the platform knows: it
		// is asked, once.
		before := b.srv.Calls(wechattest.CustomSend)
		if diff := cmp.Diff(kinds(0, chat.Held, chat.Held), b.pushes(person, 2)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
		if n := b.srv.Calls(wechattest.CustomSend) - before; n != 1 {
			t.Errorf("%s: %d calls", event, n)
		}
	}
}

// TestRetriesOpenNothing: a message that is brought again opens nothing again.
func TestRetriesOpenNothing(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	cb := wechattest.Callback{OpenID: person, MsgID: "23000000000000009", Fields: map[string]string{"Content": "一次"}}
	for range 2 {
		if a, err := b.srv.Bring(b.ctx, cb); err != nil || a.Body != "success" {
			t.Fatalf("%+v %v", a, err)
		}
		b.work.Wait()
		b.pushes(person, 2)
	}
	if diff := cmp.Diff(kinds(1, chat.Held), b.pushes(person, 2)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	b.kept()
}

// TestRefusedWhileOpening: a refusal that arrives after a new message takes nothing
// of what that opened, and adds nothing to it.
func TestRefusedWhileOpening(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"-1", "45047"} {
		b, _ := newBot(t, nil, nil)
		b.say(person, "你好")
		hung := make(chan struct{})
		b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Until: hung, Body: `{"errcode":` + code + `,"errmsg":"x"}`})
		first := make(chan chat.SendKind, 1)
		go func() { first <- b.push(person, "推送") }()
		if err := b.srv.WaitCalls(b.ctx, wechattest.CustomSend, 1); err != nil {
			t.Fatal(err)
		}
		b.say(person, "又来")
		close(hung)
		if got := <-first; got == "" {
			t.Errorf("%s: no failure", code)
		}
		if diff := cmp.Diff(kinds(5, chat.Held), b.pushes(person, 6)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
		b.kept()
	}
}

// TestNotHeardSinceTheStart: the platform is asked once, and its no is remembered
// until the person writes.
func TestNotHeardSinceTheStart(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"45015", "45047"} {
		b, _ := newBot(t, nil, nil)
		b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":` + code + `,"errmsg":"x"}`})
		if diff := cmp.Diff(kinds(0, chat.Held, chat.Held, chat.Held), b.pushes(person, 3)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
		if n := b.srv.Calls(wechattest.CustomSend); n != 1 {
			t.Errorf("%s: %d calls", code, n)
		}
		b.say(person, "在")
		if got := b.push(person, "现在"); got != "" {
			t.Errorf("%s: after a message: %s", code, got)
		}
	}
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	if diff := cmp.Diff(kinds(8), b.pushes(person, 8)); diff != "" {
		t.Errorf("one who may be written to (-want +got):\n%s", diff)
	}
}

// TestHeardBeforeTheStart: of whom others know that they have not been heard for two
// days, or never, the platform is not asked; of whom it is not certain, it is.
func TestHeardBeforeTheStart(t *testing.T) {
	t.Parallel()
	for ago, want := range map[time.Duration]chat.SendKind{
		time.Hour: "", 48*time.Hour + 30*time.Minute: "", 49 * time.Hour: chat.Held, 1000 * time.Hour: chat.Held,
	} {
		b, clk := newBot(t, nil, nil)
		b.srv.Allow(person)
		to := pushTo(person)
		to.Heard = clk.Now().Add(-ago)
		if err := b.send(to, chat.Text("推送")); chat.KindOf(err) != want {
			t.Errorf("heard %v ago: %v", ago, err)
		}
		if n := b.srv.Calls(wechattest.CustomSend); n != 1 && want == "" || n != 0 && want != "" {
			t.Errorf("heard %v ago: %d calls", ago, n)
		}
		never := to
		never.User, never.Heard = "oNever", time.Time{}
		if err := b.send(never, chat.Text("推送")); chat.KindOf(err) != chat.Held {
			t.Errorf("never heard: %v", err)
		}
		b.say(person, "在")
		if err := b.send(to, chat.Text("推送")); err != nil { // we have heard of them since
			t.Errorf("heard %v ago, and now: %v", ago, err)
		}
	}
}

// TestNothingLeftIsHeld: an answer that outlives its response, with nothing left, is
// Held, and so is the rest of one that is too long.
func TestNothingLeftIsHeld(t *testing.T) {
	t.Parallel()
	long := chat.Text(strings.Repeat("这是很长的一行，需要分成许多条消息才能发完。\n", 400))
	b, _ := newBot(t, nil, func(chat.Message) []chat.Body { return []chat.Body{long} })
	b.say(person, "长")
	if got := b.failed(); chat.KindOf(got) != chat.Held {
		t.Errorf("the rest: %v", got)
	}
	if n := len(b.srv.Sent()); n != 6 { // one in the response, five after
		t.Errorf("%d said", n)
	}
	b.kept()
}

// TestNoPermission: an account that may send no customer messages is not tried for
// an hour; answers in the response still go.
func TestNoPermission(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, echo)
	b.srv.Allow(person, "oLi")
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":48001,"errmsg":"api unauthorized"}`})
	if got := append(b.pushes(person, 1), b.pushes("oLi", 2)...); !cmp.Equal(got, kinds(0, chat.Held, chat.Held, chat.Held)) {
		t.Errorf("kinds %q", got)
	}
	if n := b.srv.Calls(wechattest.CustomSend); n != 1 {
		t.Errorf("%d calls", n)
	}
	if a := b.say(person, "在吗"); a.Reply == nil {
		t.Errorf("no answer in the response: %+v", a)
	}
	clk.move(time.Hour)
	if got := b.push(person, "一小时后"); got != "" {
		t.Errorf("after an hour: %s", got)
	}
}

// TestUnfollowed: nothing goes to one who has left, until they are back.
func TestUnfollowed(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	b.say(person, "你好")
	b.event(person, "unsubscribe", "")
	if got := b.heard(); got[1].Event != chat.EventUnfollowed || got[1].Reply.Addr != "" {
		t.Errorf("heard %+v", got[1])
	}
	if diff := cmp.Diff(kinds(0, chat.Final, chat.Final), b.pushes(person, 2)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if n := b.srv.Calls(wechattest.CustomSend); n != 0 {
		t.Errorf("%d calls", n)
	}
	clk.move(time.Second)
	b.event(person, "subscribe", "")
	if got := b.push(person, "欢迎回来"); got != "" {
		t.Errorf("after following again: %s", got)
	}
	// The platform may say so, too.
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":43004,"errmsg":"require subscribe"}`})
	before := b.srv.Calls(wechattest.CustomSend)
	if diff := cmp.Diff(kinds(0, chat.Final, chat.Final), b.pushes(person, 2)); diff != "" || b.srv.Calls(wechattest.CustomSend) != before+1 {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// TestForgets: people whose window has passed are forgotten.
func TestForgets(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	for i := range 20 {
		b.say(fmt.Sprint("o", i), "你好")
	}
	if n := wechat.Known(b.Channel); n != 20 {
		t.Errorf("%d known", n)
	}
	clk.move(49 * time.Hour)
	b.say(person, "你好")
	if n := wechat.Known(b.Channel); n != 1 {
		t.Errorf("%d known after two days", n)
	}
}

// TestTemplate: a push for which no customer message is left goes by template, once
// for its key; an answer does not, and neither does the rest of a message.
func TestTemplate(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, func(cfg *wechat.Config) {
		cfg.Template = &wechat.Template{ID: "tpl-1", TitleKey: "thing1", TextKey: "thing2"}
	}, nil)
	b.srv.AddTemplate("tpl-1", "thing1", "thing2")
	b.srv.Follow(person)
	body := chat.Titled("通报").Para("\n关于进一步加强机关作风建设和考勤管理工作的若干通知\n第二行").Tap("收到", "/收到").Link("打开", "https://example.com/x?a=1&b=2")
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":45015,"errmsg":"x"}`})
	for range 2 { // the outbox may try again
		r, err := b.Send(b.ctx, chat.Outgoing{Target: pushTo(person), Body: body, Key: "entry-1"})
		if err != nil || r.More || r.ID == "" {
			t.Fatalf("%+v %v", r, err)
		}
	}
	sent := b.srv.Sent()
	if len(sent) != 1 {
		t.Fatalf("said %d times", len(sent))
	}
	want := map[string]string{"thing1": "通报", "thing2": "关于进一步加强机关作风建设和考勤管理工…"}
	if diff := cmp.Diff(want, sent[0].Data); diff != "" || sent[0].URL != "https://example.com/x?a=1&b=2" || len(sent[0].ClientMsgID) != 32 {
		t.Errorf("template message %+v (-want +got):\n%s", sent[0], diff)
	}
	reply := pushTo(person)
	reply.Reply = chat.ReplyToken{Addr: "passive:gh_standin/" + person + "/1"}
	if err := b.send(reply, body); chat.KindOf(err) != chat.Held {
		t.Errorf("an answer: %v", err)
	}
	if _, err := b.Send(b.ctx, chat.Outgoing{Target: pushTo(person), Body: chat.Text(strings.Repeat("很长的一行。\n", 400)), Key: "entry-2", Part: 1}); chat.KindOf(err) != chat.Held {
		t.Errorf("a second part: %v", err)
	}
	// Who has unfollowed is told by its code.
	b.srv.Fail(wechattest.TemplateSend, 1, wechattest.Fault{Body: `{"errcode":43004,"errmsg":"require subscribe"}`})
	if diff := cmp.Diff(kinds(0, chat.Final, chat.Final), b.pushes(person, 2)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// TestTemplateThatIsWrong: a template that the platform does not take costs no
// message: it waits for the person.
func TestTemplateThatIsWrong(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]chat.SendKind{"40037": chat.Held, "47003": chat.Held, "40003": chat.Final, "45009": chat.Limited, "-1": chat.Temporary} {
		b, _ := newBot(t, func(cfg *wechat.Config) { cfg.Template = &wechat.Template{ID: "tpl-1", TextKey: "first"} }, nil)
		b.srv.Follow(person)
		b.srv.Fail(wechattest.TemplateSend, 1, wechattest.Fault{Body: `{"errcode":` + code + `,"errmsg":"x"}`})
		if got := b.push(person, "推送"); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

// TestCut: values of data are never empty and never longer than their kind takes.
func TestCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 150)
	for _, c := range []struct {
		value, key string
		want       int
	}{
		{"", "thing1", 3}, {"  ", "first", 3}, {long, "thing12", 20}, {long, "short_thing3", 5},
		{long, "first", 100}, {"短", "thing1", 1}, {strings.Repeat("长", 20), "thing1", 20},
	} {
		if got := []rune(wechat.Cut(c.value, c.key)); len(got) != c.want {
			t.Errorf("Cut(%.10q, %s) = %q, want %d characters", c.value, c.key, string(got), c.want)
		}
	}
}

// TestCrowd: many people at once, without a socket: everybody is answered in the
// response, gets exactly what is open to them, and no rule is broken.
func TestCrowd(t *testing.T) {
	t.Parallel()
	b := offline(t, echo)
	const crowd = 500
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			who := fmt.Sprint("o", i)
			if a, err := b.srv.Say(b.ctx, who, who); err != nil || a.Reply == nil || a.Reply.Text != "收到："+who {
				t.Errorf("%s: %+v %v", who, a, err)
			}
			if diff := cmp.Diff(kinds(5, chat.Held), b.pushes(who, 6)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", who, diff)
			}
		})
	}
	wg.Wait()
	if n := len(b.srv.Sent()); n != 6*crowd {
		t.Errorf("%d said", n)
	}
	b.kept()
}
