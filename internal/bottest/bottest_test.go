package bottest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/internal/bottest"
	"yunzhuan/push"
	"yunzhuan/store"
)

// echo answers what it is given, in the group or privately.
var echo = &bot.Command{
	Name: "回声", Allow: bot.Members(),
	Run: func(_ context.Context, r *bot.Request) error {
		if r.Args.Len() == 0 {
			return errors.New("nothing to echo")
		}
		if err := r.ReplyPrivately(chat.Text("只给您：" + r.Args.Rest(0))); err != nil {
			return err
		}
		return r.Reply(chat.Titled(r.Person.Name).Para(r.Args.Rest(0)).Tap("再来", "/回声 再来"))
	},
}

func TestSayReturnsTheRepliesAlone(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50", echo)
	for _, c := range []struct{ name, got, want string }{
		{"direct", b.Say("J1017", "/回声 早"), "只给您：早\n\n周一\n早\n[再来](/回声 再来)"},
		{"group", b.SayIn("办公室群", "J1006", "/回声 早"), "薛涵明\n早\n[再来](/回声 再来)"},
		{"outsider", b.Say("nobody", "/回声 早"), "还不认识您这个账号。请向办公室要一个绑定码，再发 /绑定 <码>。"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
	if got := b.Pushed("J1006"); !slices.Equal(got, []string{"只给您：早"}) {
		t.Errorf("private reply to a group message: %q", got)
	}
	if got := b.Pushed("J1006"); got != nil {
		t.Errorf("taken twice: %q", got)
	}
}

func TestAFailureBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50", echo)
	if got := b.Say("J1017", "/回声"); got != "刚才没有记上，已经留底并通知办公室（编号 E-1）。请过一会儿看结果，不必重发。" {
		t.Errorf("reply %q", got)
	}
	if got := b.PushedTo("办公室群"); len(got) != 1 {
		t.Errorf("the office was told %q", got)
	}
}

// goodNight is a job that tells a group the time of its slot and a person a word
// that matters for twelve hours.
type goodNight struct{ b *bottest.Bot }

func (j goodNight) Fire(ctx context.Context, _ string, at time.Time) error {
	return j.b.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := j.b.Push.Layer(tx, "机关中层群", chat.Text(at.Format("15:04"))); err != nil {
			return err
		}
		_, err := j.b.Push.Person(tx, "J1017", push.Notice, chat.Text("晚安"), store.ExpiresAt(at.Add(12*time.Hour)))
		return err
	})
}

func TestPushesWaitForTheirTime(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 23:10")
	jobs := goodNight{b}
	b.Run(jobs, "duty-notice", "23:20")
	if got := b.PushedTo("机关中层群"); !slices.Equal(got, []string{"23:20"}) {
		t.Errorf("to the group %q", got)
	}
	if got := b.Pushed("J1017"); got != nil {
		t.Errorf("in quiet hours %q", got)
	}
	b.Clock.Set("2026-11-24 07:00")
	if got := b.Pushed("J1017"); !slices.Equal(got, []string{"晚安"}) {
		t.Errorf("after quiet hours %q", got)
	}
	b.Clock.Advance(-7 * time.Hour)
	b.Run(jobs, "duty-notice", "2026-11-24 00:00")
	b.Clock.Set("2026-11-24 12:30")
	if got := b.Pushed("J1017"); got != nil {
		t.Errorf("expired %q", got)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	body := chat.Titled("标题").Para("一\n二").Strong("粗", "细").Heading("节").Bullets(chat.Line{Strong: "甲", Text: "乙"}).
		Numbered(chat.Line{Text: "丙"}).Table([]string{"a", "b"}, [][]string{{"1", "2"}}).
		Picture(chat.Picture{Alt: "图"}).Tap("撤回", "/撤回").Link("网页", "https://example.invalid/")
	const want = "标题\n一\n二\n粗细\n# 节\n· 甲乙\n1. 丙\na | b\n1 | 2\n[picture: 图]\n[撤回](/撤回) [网页](https://example.invalid/)"
	if got := bottest.Text(body); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
