package aibot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/aibot/aibottest"
)

// asked starts a Channel, lets somebody say something in a group, and returns
// where to answer.
func asked(t *testing.T) (*running, chat.Target) {
	t.Helper()
	heard := make(chan chat.Message, 1)
	r := connected(t, func(m chat.Message, done func(error)) {
		done(nil)
		select {
		case heard <- m:
		default:
		}
	})
	r.say(t, aibottest.Callback{User: "u1", Group: "g1", Text: "@运转 /我的"})
	m := <-heard
	return r, chat.Target{Conv: m.Conv, Group: m.Group, Reply: m.Reply}
}

func TestAnswerThenPush(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	if _, err := r.send(to, chat.Text("好")); err != nil {
		t.Fatal(err)
	}
	to.Reply.ExpiresAt = time.Now().Add(-time.Second)
	if _, err := r.send(to, chat.Text("再见")); err != nil {
		t.Fatal(err)
	}
	if got := r.kinds(); got != "aibot_respond_msg stream, aibot_send_msg markdown" {
		t.Fatalf("said: %s", got)
	}
	for _, m := range r.s.Sent() {
		if m.Conv != "g1" || !m.Group {
			t.Errorf("said elsewhere: %+v", m)
		}
	}
}

// A callback that can be answered no more is not tried again.
func TestSpentCallback(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	r.s.Fail(aibottest.Respond, 1, aibottest.Fault{Code: 846608})
	for range 2 {
		if _, err := r.send(to, chat.Text("好")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.s.Received(aibottest.Respond); n != 1 {
		t.Errorf("answered %d times", n)
	}
	if got := r.kinds(); got != "aibot_send_msg markdown, aibot_send_msg markdown" {
		t.Errorf("said: %s", got)
	}
}

// A late acknowledgement is not taken for that of the next answer, and two answers
// to one callback are not under way together.
func TestLateAck(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	until := make(chan struct{})
	r.s.Fail(aibottest.Respond, 1, aibottest.Fault{Deliver: true, Until: until})
	ctx, cancel := context.WithCancel(r.ctx)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := r.c.Send(ctx, chat.Outgoing{Target: to, Body: chat.Text("一")})
		first <- err
	}()
	if err := r.s.WaitReceived(r.ctx, aibottest.Respond, 1); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := r.send(to, chat.Text("二"))
		second <- err
	}()
	cancel()
	if err := <-first; chat.KindOf(err) != chat.Unknown {
		t.Fatalf("without acknowledgement: %v", err)
	}
	close(until)
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	if n := r.s.Received(aibottest.Respond); n != 1 {
		t.Errorf("answered %d times", n)
	}
}

func TestOutcomeOfWhatWasWritten(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	r.s.Fail(aibottest.Respond, 1, aibottest.Fault{Silent: true})
	ctx, cancel := context.WithCancel(r.ctx)
	sent := make(chan error, 1)
	go func() {
		_, err := r.c.Send(ctx, chat.Outgoing{Target: to, Body: chat.Text("正文")})
		sent <- err
	}()
	if err := r.s.WaitReceived(r.ctx, aibottest.Respond, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-sent; chat.KindOf(err) != chat.Unknown || strings.Contains(err.Error(), "正文") {
		t.Errorf("cancelled after it was written: %v", err)
	}
	r.s.Fail(aibottest.Send, 1, aibottest.Fault{Drop: true, Deliver: true})
	if _, err := r.send(chat.Target{User: "u1"}, chat.Text("正文")); chat.KindOf(err) != chat.Unknown {
		t.Errorf("dropped after it was written: %v", err)
	}
	r.ready(t)
	if _, err := r.send(chat.Target{User: "u1"}, chat.Text("正文")); err != nil && chat.KindOf(err) != chat.Temporary {
		t.Errorf("after that: %v", err)
	}
}

// Buttons come as a card of their own, and a tap says their line.
func TestButtons(t *testing.T) {
	t.Parallel()
	lines := make(chan chat.Message, 4)
	r := connected(t, func(m chat.Message, done func(error)) { lines <- m; done(nil) })
	b := chat.Titled("今天的考勤").Para("请点一个。").Link("看全文", "https://bot.example.edu.cn/b/37?from=(chat)")
	for i := range 8 {
		b = b.Tap(fmt.Sprintf("第%d项很长很长很长很长很长的标签", i), fmt.Sprintf("/考勤 %d", i))
	}
	b = b.Tap("太长", "/说 "+strings.Repeat("长", aibot.MaxKey))
	if parts, err := r.send(chat.Target{User: "u1"}, b); err != nil || parts != 3 {
		t.Fatalf("%d parts, %v", parts, err)
	}
	sent := r.s.Sent()
	if got := r.kinds(); got != "aibot_send_msg markdown, aibot_send_msg template_card, aibot_send_msg template_card" {
		t.Fatalf("said: %s", got)
	}
	if n, m := len(sent[1].Buttons), len(sent[2].Buttons); n != 6 || m != 2 || sent[1].TaskID == sent[2].TaskID {
		t.Errorf("%d and %d buttons, tasks %q and %q", n, m, sent[1].TaskID, sent[2].TaskID)
	}
	if !strings.Contains(sent[0].Text, "太长：发 /说 ") || !strings.Contains(sent[0].Text, "[看全文](https://bot.example.edu.cn/b/37?from=%28chat%29)") {
		t.Errorf("text: %.200s", sent[0].Text)
	}
	id, err := r.s.Tap(r.ctx, aibottest.Callback{User: "u1"}, sent[2].TaskID, sent[2].Buttons[1].Key)
	if err != nil || !r.done(t, id) {
		t.Fatal(err)
	}
	if m := <-lines; m.Text != "/考勤 7" || m.From != "u1" || m.Conv != "u1" || m.Reply.Addr != "" {
		t.Errorf("tapped: %+v", m)
	}
}

func TestWelcome(t *testing.T) {
	t.Parallel()
	entries := make(chan chat.Message, 4)
	r := connected(t, func(m chat.Message, done func(error)) { entries <- m; done(nil) })
	enter := func() chat.Target {
		t.Helper()
		id, err := r.s.Enter(r.ctx, aibottest.Callback{User: "u1"})
		if err != nil || !r.done(t, id) {
			t.Fatal(err)
		}
		m := <-entries
		if m.Event != chat.EventFollowed || m.From != "u1" || m.Conv != "u1" {
			t.Errorf("entry: %+v", m)
		}
		return chat.Target{Conv: m.Conv, User: m.From, Reply: m.Reply}
	}
	body := chat.Titled("您好").Strong("我是运转。", "发 /帮助 看我能做什么。")
	to := enter()
	for range 2 { // the second finds the entry answered
		if _, err := r.send(to, body); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.kinds(); got != "aibot_respond_welcome_msg text, aibot_send_msg markdown" {
		t.Fatalf("said: %s", got)
	}
	if got := r.s.Sent()[0].Text; got != "您好\n我是运转。发 /帮助 看我能做什么。" {
		t.Errorf("welcome: %q", got)
	}
	for name, f := range map[string]func(){
		"refused":  func() { r.s.Fail(aibottest.RespondWelcome, 1, aibottest.Fault{Code: 77777}); to = enter() },
		"too late": func() { to = enter(); to.Reply.ExpiresAt = time.Now() },
		"too long": func() { to = enter(); body = chat.Text(strings.Repeat("长", 1000)) },
	} {
		f()
		before := len(r.s.Sent())
		if _, err := r.send(to, body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if sent := r.s.Sent()[before:]; len(sent) != 1 || sent[0].Cmd != aibottest.Send || sent[0].Conv != "u1" {
			t.Errorf("%s: said %+v", name, sent)
		}
	}
}

func TestMentionsInGroups(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	b := chat.Body{Mentions: []chat.UserID{"zhang.san@corp", "bad> id", "all>"}}.Para("请今天交。")
	if _, err := r.send(to, b); err != nil {
		t.Fatal(err)
	}
	if _, err := r.send(chat.Target{User: "u1"}, b); err != nil {
		t.Fatal(err)
	}
	sent := r.s.Sent()
	if got := sent[0].Text; got != "请今天交。\n\n<@zhang.san@corp>" {
		t.Errorf("in the group: %q", got)
	}
	if got := sent[1].Text; got != "请今天交。" {
		t.Errorf("in the direct chat: %q", got)
	}
}

func TestNothingToSay(t *testing.T) {
	t.Parallel()
	r := connected(t, keep)
	for name, out := range map[string]chat.Outgoing{
		"empty":            {Target: chat.Target{User: "u1"}},
		"blank":            {Target: chat.Target{User: "u1"}, Body: chat.Text(" \n\u200e")},
		"no such part":     {Target: chat.Target{User: "u1"}, Body: chat.Text("一"), Part: 1},
		"no conversation":  {Body: chat.Text("一")},
		"a scan by itself": {Target: chat.Target{User: "u1"}, Body: chat.Body{}.Scan(chat.Scan{Line: "/bind"})},
	} {
		if _, err := r.c.Send(r.ctx, out); chat.KindOf(err) != chat.Final {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An address that nobody minted here does no harm.
	for _, addr := range []string{"https://evil.example/", "msg:", "welcome:", "msg:" + strings.Repeat("x", 300)} {
		to := chat.Target{User: "u1", Reply: chat.ReplyToken{Addr: addr, ExpiresAt: time.Now().Add(time.Hour)}}
		if _, err := r.send(to, chat.Text("好")); err != nil {
			t.Errorf("%.20s: %v", addr, err)
		}
	}
	if n := r.s.Received(aibottest.Respond) + r.s.Received(aibottest.RespondWelcome); n != 0 {
		t.Errorf("%d answers", n)
	}
}
