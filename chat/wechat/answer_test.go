package wechat_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// TestAnswerInResponse: an answer that is ready goes in the response, encrypted; the
// stand-in reads it with a public SDK.
func TestAnswerInResponse(t *testing.T) {
	t.Parallel()
	for _, mode := range []wechattest.Mode{wechattest.Safe, wechattest.Compatible, wechattest.Plain} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.Mode = mode
			b := start(t, s, newChannel(t, s, slog.New(slog.DiscardHandler), nil), echo)
			a := b.say(person, "𠮷田 <b> ]]> &amp;")
			if a.Reply == nil || a.Reply.Text != "收到：𠮷田 ＜b＞ ]]＞ &amp;" || a.Reply.To != person {
				t.Errorf("answer: %+v (%s)", a.Reply, a.Body)
			}
			if strings.Contains(a.Body, "收到") != (mode == wechattest.Plain) {
				t.Errorf("in %s the response is %s", mode, a.Body)
			}
			if n := s.Calls(wechattest.CustomSend); n != 0 || b.failed() != nil {
				t.Errorf("%d customer messages, %v", n, b.failed())
			}
			b.kept()
		})
	}
}

// TestNoAnswerIsSuccess: where there is nothing to say, the response is "success".
func TestNoAnswerIsSuccess(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	for _, a := range []wechattest.Answer{b.say(person, "你好"), b.event(person, "VIEW", "https://example.com/"), b.event(person, "unsubscribe", "")} {
		if a.Body != "success" {
			t.Errorf("response %q", a.Body)
		}
	}
}

// TestSlowAnswer: an answer that is not ready in time goes by customer message, and
// the platform hears "success" before it gives up.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		b := offline(t, func(m chat.Message) []chat.Body {
			time.Sleep(8 * time.Second)
			return echo(m)
		})
		a, err := b.srv.Say(b.ctx, person, "慢")
		if err != nil || a.Body != "success" {
			t.Errorf("response %+v %v", a, err)
		}
		if took := time.Since(began); took >= 5*time.Second {
			t.Errorf("the response took %v", took)
		}
		b.work.Wait()
		if diff := cmp.Diff([]string{"custom 收到：慢"}, ways(b.srv.Sent())); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		b.kept()
	})
}

// TestRetryWhileFirstRuns: the platform tries again while the message is worked on:
// one act, and one answer, in the response that waits now.
func TestRetryWhileFirstRuns(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b, _ := newBot(t, nil, func(m chat.Message) []chat.Body {
		<-release
		return echo(m)
	})
	b.again = make(chan chat.Message, 1)
	cb := wechattest.Callback{OpenID: person, MsgID: "23000000000000007", Fields: map[string]string{"Content": "一次"}}
	type result struct {
		a   wechattest.Answer
		err error
	}
	bring := func() chan result {
		c := make(chan result, 1)
		go func() {
			a, err := b.srv.Bring(b.ctx, cb)
			c <- result{a, err}
		}()
		return c
	}
	first := bring()
	for len(b.heard()) == 0 && b.ctx.Err() == nil {
		select {
		case r := <-first:
			t.Fatalf("answered before it was worked on: %+v", r)
		default:
		}
	}
	second := bring()
	<-b.again // its response waits now
	if r := <-first; r.err != nil || r.a.Body != "success" {
		t.Errorf("first response: %+v", r)
	}
	close(release)
	if r := <-second; r.err != nil || r.a.Reply == nil || r.a.Reply.Text != "收到：一次" {
		t.Errorf("second response: %+v", r)
	}
	third := <-bring()
	if third.err != nil || third.a.Body != "success" {
		t.Errorf("response after the answer: %+v", third)
	}
	b.work.Wait()
	if len(b.heard()) != 1 || len(b.srv.Sent()) != 1 {
		t.Errorf("%d acts, said %q", len(b.heard()), ways(b.srv.Sent()))
	}
	b.kept()
}

// TestLongAnswer: the first part goes in the response, the others follow by customer
// message, in order and whole.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "%03d 考勤记录：全勤，无迟到。\n", i)
	}
	b, _ := newBot(t, nil, func(chat.Message) []chat.Body { return []chat.Body{chat.Titled("考勤").Para(text.String())} })
	a := b.say(person, "/考勤")
	sent := b.srv.Sent()
	// The stand-in notes a response once it has read it; by then the next part, which
	// leaves when the response is written, may have come.
	slices.SortStableFunc(sent, func(a, b wechattest.Sent) int {
		return strings.Compare(string(b.Way), string(a.Way))
	})
	if a.Reply == nil || len(sent) < 2 || sent[0].Way != wechattest.Passive || !strings.HasPrefix(sent[0].Text, "【考勤（1/") {
		t.Fatalf("said %q", ways(sent))
	}
	whole := ""
	for i, m := range sent {
		if i > 0 && m.Way != wechattest.Custom || len(m.Text) > 2048 {
			t.Errorf("part %d: %s, %d bytes", i, m.Way, len(m.Text))
		}
		whole += m.Text
	}
	for i := range 100 {
		if !strings.Contains(whole, fmt.Sprintf("%03d 考勤", i)) {
			t.Errorf("line %d is missing", i)
		}
	}
	b.kept()
}

// TestPictures: a picture goes in the response when it is uploaded in time, by
// customer message else, and is uploaded once; its description goes where the
// platform does not take it.
func TestPictures(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n and so on")
	picture := chat.Body{}.Picture(chat.Picture{Name: "图", Alt: "出勤图", Data: png})
	b, clk := newBot(t, nil, func(chat.Message) []chat.Body { return []chat.Body{picture} })
	a := b.say(person, "图")
	if a.Reply == nil || a.Reply.Kind != "image" || string(a.Reply.Picture) != string(png) {
		t.Errorf("in the response: %+v", a.Reply)
	}
	if err := b.send(pushTo(person), picture); err != nil {
		t.Error(err)
	}
	if n := b.srv.Calls(wechattest.MediaUpload); n != 1 {
		t.Errorf("%d uploads", n)
	}
	// The platform has lost it: the next try uploads anew.
	b.srv.ForgetMedia()
	if err := b.send(pushTo(person), picture); chat.KindOf(err) != chat.Temporary {
		t.Errorf("unknown media: %v", err)
	}
	if err := b.send(pushTo(person), picture); err != nil {
		t.Error(err)
	}
	clk.move(72 * time.Hour) // media are kept for three days
	b.srv.Fail(wechattest.MediaUpload, 1, wechattest.Fault{Body: `{"errcode":40009,"errmsg":"invalid image size"}`})
	a = b.say(person, "图")
	if a.Reply == nil || a.Reply.Text != "（图片：出勤图）" {
		t.Errorf("refused picture: %+v", a.Reply)
	}
	b.srv.Fail(wechattest.MediaUpload, 1, wechattest.Fault{Status: 502})
	if err := b.send(pushTo(person), picture); chat.KindOf(err) != chat.Temporary {
		t.Errorf("upload that failed: %v", err)
	}
}

// TestSlotIsForItsAnswerAlone: neither a push nor a reply address of another person
// or of another time gets into a response that waits.
func TestSlotIsForItsAnswerAlone(t *testing.T) {
	t.Parallel()
	var b *bot
	var clk *clock
	b, clk = newBot(t, nil, func(m chat.Message) []chat.Body {
		if m.From == person {
			if got := b.push(person, "推送"); got != "" {
				t.Errorf("push: %s", got)
			}
			foreign := replyTo(m)
			foreign.User, foreign.Conv = "oLi", "oLi"
			if err := b.send(foreign, chat.Text("给别人")); err != nil {
				t.Errorf("foreign: %v", err)
			}
			expired := replyTo(m)
			expired.Reply.ExpiresAt = clk.Now()
			if err := b.send(expired, chat.Text("晚了")); err != nil {
				t.Errorf("expired: %v", err)
			}
		}
		return echo(m)
	})
	b.say("oLi", "先说一句")
	b.say(person, "在")
	want := []string{"passive 收到：先说一句", "custom 推送", "custom 给别人", "custom 晚了", "passive 收到：在"}
	if diff := cmp.Diff(want, ways(b.srv.Sent())); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	if to := b.srv.Sent()[2].To; to != "oLi" {
		t.Errorf("went to %s", to)
	}
	b.kept()
}

// TestCancelledAnswer: an answer whose time is over before it goes leaves the
// response to the next.
func TestCancelledAnswer(t *testing.T) {
	t.Parallel()
	var b *bot
	b, _ = newBot(t, nil, func(m chat.Message) []chat.Body {
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		if _, err := b.Send(ctx, chat.Outgoing{Target: replyTo(m), Body: chat.Text("没发出")}); chat.KindOf(err) != chat.Temporary {
			t.Errorf("cancelled: %v", err)
		}
		return echo(m)
	})
	if a := b.say(person, "在"); a.Reply == nil || a.Reply.Text != "收到：在" {
		t.Errorf("answer: %+v", a)
	}
}

// TestTooLongForAnyMessage: what cannot be cut and is too long is Final, and the
// person sees no broken response.
func TestTooLongForAnyMessage(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, func(chat.Message) []chat.Body {
		return []chat.Body{chat.Body{}.Tap(strings.Repeat("长", 1000), "/x")}
	})
	if a := b.say(person, "长"); a.Body != "success" || chat.KindOf(b.failed()) != chat.Final {
		t.Errorf("%+v, %v", a, b.failed())
	}
}

// TestJSONIsAnsweredByAPI: the response must have the callback's format, and ours is
// XML: who gets JSON hears "success" and is answered by customer message.
func TestJSONIsAnsweredByAPI(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.JSON = true
	b := start(t, s, newChannel(t, s, slog.New(slog.DiscardHandler), nil), echo)
	if a := b.say(person, "你好"); a.Body != "success" {
		t.Errorf("response %q", a.Body)
	}
	b.work.Wait()
	if diff := cmp.Diff([]string{"custom 收到：你好"}, ways(s.Sent())); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	b.kept()
}

// TestFilesAreNamed: a file cannot be a customer message; its name says that it is
// there.
func TestFilesAreNamed(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	b.say(person, "你好")
	if err := b.send(pushTo(person), chat.Text("通报").File(chat.File{Name: "通报.docx", Data: []byte("PK")})); err != nil {
		t.Fatal(err)
	}
	if got := b.srv.Sent(); len(got) != 1 || !strings.Contains(got[0].Text, "通报.docx") {
		t.Errorf("said %q", ways(got))
	}
}

// TestCannotSend: what no official account can send is Final, without a call.
func TestCannotSend(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	for name, out := range map[string]chat.Outgoing{
		"group":   {Target: chat.Target{Group: true, Conv: "g"}, Body: chat.Text("x")},
		"nobody":  {Body: chat.Text("x")},
		"nothing": {Target: pushTo(person)},
		"no part": {Target: pushTo(person), Body: chat.Text("x"), Part: 1},
		"minus":   {Target: pushTo(person), Body: chat.Text("x"), Part: -1},
	} {
		if _, err := b.Send(b.ctx, out); chat.KindOf(err) != chat.Final {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := b.srv.Calls(wechattest.CustomSend); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// TestTaps: an action that sends a line is a link whose tap says exactly that line.
func TestTaps(t *testing.T) {
	t.Parallel()
	lines := []string{"/确认 到岗", "/考勤 缺 𠮷田(病假)、喆", `/x "a"&b=c#d+e%41<f>`, "/同意\u3000１"}
	var body chat.Body
	for i, l := range lines {
		body = body.Tap(fmt.Sprint("第", i), l)
	}
	body = body.Para("请选择").Link("打开", "https://example.com/a?b=c&d=\"e\"")
	b, _ := newBot(t, nil, func(m chat.Message) []chat.Body {
		if m.Text == "菜单" {
			return []chat.Body{body}
		}
		return nil
	})
	a := b.say(person, "菜单")
	if a.Reply == nil {
		t.Fatal("no answer")
	}
	for i, l := range lines {
		if _, err := b.srv.TapLink(b.ctx, person, a.Reply.Text, fmt.Sprint("第", i)); err != nil {
			t.Fatal(err)
		}
		if got := b.heard()[i+1].Text; got != l {
			t.Errorf("a tap said %q, want %q", got, l)
		}
	}
	if plain := wechattest.PlainText(a.Reply.Text); strings.Contains(plain, "weixin:") || !strings.Contains(plain, "打开") {
		t.Errorf("as read: %q", plain)
	}
	for line, want := range map[string]string{"%2F确认%20到岗": "/确认 到岗", "/50%25": "/50%25", "50%": "50%", "a%zz": "a%zz", "你好": "你好"} {
		if got := wechat.Untap(line); got != want {
			t.Errorf("Untap(%q) = %q, want %q", line, got, want)
		}
	}
}
