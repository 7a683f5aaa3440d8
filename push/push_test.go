package push_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/store"
)

// send pushes a line to J1017 and says whether it could be brought to them.
func send(b *bottest.Bot, c push.Class, text string, opts ...store.EnqueueOption) (ok bool) {
	b.Update(func(tx *store.Tx) (err error) {
		ok, err = b.Push.Person(tx, "J1017", c, chat.Text(text), opts...)
		return err
	})
	return ok
}

// change changes the card of J1017.
func change(b *bottest.Bot, fn func(*people.Person)) {
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1017")
		if err != nil {
			return err
		}
		fn(&p)
		return people.Put(tx, p)
	})
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		now   bottest.At
		own   string
		class push.Class
		until string // "" is at once
	}{
		{"by day", "2026-11-23 12:00", "", push.Notice, ""},
		{"in the evening", "2026-11-23 22:00", "", push.Notice, "2026-11-24 07:00"},
		{"before midnight", "2026-11-23 23:59", "", push.Reminder, "2026-11-24 07:00"},
		{"after midnight", "2026-11-24 00:30", "", push.Notice, "2026-11-24 07:00"},
		{"just over", "2026-11-24 07:00", "", push.Notice, ""},
		{"what was asked for", "2026-11-23 23:30", "", push.Asked, ""},
		{"own hours", "2026-11-23 20:30", "20:00-06:30", push.Notice, "2026-11-24 06:30"},
		{"own hours are the only ones", "2026-11-24 06:45", "20:00-06:30", push.Notice, ""},
		{"own hours at noon", "2026-11-23 12:10", "12:00-14:00", push.Notice, "2026-11-23 14:00"},
		{"the end of a year", "2026-12-31 23:00", "", push.Notice, "2027-01-01 07:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := bottest.New(t, c.now)
			change(b, func(p *people.Person) { p.Quiet = c.own })
			send(b, c.class, "一")
			if c.until == "" {
				if got := b.Pushed("J1017"); len(got) != 1 {
					t.Errorf("not at once: %q", got)
				}
				return
			}
			if got := b.Pushed("J1017"); got != nil {
				t.Errorf("in quiet hours: %q", got)
			}
			b.Clock.Set(c.until)
			b.Clock.Advance(-time.Second)
			if got := b.Pushed("J1017"); got != nil {
				t.Errorf("before their end: %q", got)
			}
			b.Clock.Advance(time.Second)
			if got := b.Pushed("J1017"); len(got) != 1 {
				t.Errorf("at their end: %q", got)
			}
		})
	}
}

func TestParseQuiet(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"22:00-7:00": "22:00-07:00", "２２：００－７：００": "22:00-07:00", "12:00至14:00": "12:00-14:00", "12:00 ~ 14:00": "12:00-14:00",
		"": "", "22:00": "error", "7:00-7:00": "error", "25:00-7:00": "error", "晚上": "error",
	} {
		q, err := push.ParseQuiet(in)
		got := q.String()
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q (%v), want %q", in, got, err, want)
		}
	}
}

// TestBudget: what is over the budget comes in one message at the end of the day.
func TestBudget(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	for i := range 3 {
		send(b, push.Reminder, fmt.Sprintf("第%d条", i+1))
	}
	send(b, push.Notice, "通知不算")
	for i := range 3 {
		b.Clock.Advance(time.Hour)
		send(b, push.Reminder, fmt.Sprintf("多出%d", i+1))
	}
	if got := b.Pushed("J1017"); !slices.Equal(got, []string{"第1条", "第2条", "第3条", "通知不算"}) {
		t.Errorf("within the budget %q", got)
	}
	b.Clock.Set("17:49")
	if got := b.Pushed("J1017"); got != nil {
		t.Errorf("before its time: %q", got)
	}
	b.Clock.Set("17:50")
	if got := b.Pushed("J1017"); !slices.Equal(got, []string{"还有几件事等您处理\n多出1\n多出2\n多出3"}) {
		t.Errorf("merged %q", got)
	}
	b.Clock.Set("18:30")
	send(b, push.Reminder, "晚上1")
	send(b, push.Reminder, "晚上2")
	if got := b.Pushed("J1017"); got != nil {
		t.Errorf("in the evening %q", got)
	}
	b.Clock.Set("2026-11-24 08:00")
	send(b, push.Reminder, "新的一天")
	if got := b.Pushed("J1017"); !slices.Equal(got, []string{"新的一天"}) {
		t.Errorf("a new day %q", got)
	}
	b.Clock.Set("2026-11-24 08:30")
	if got := b.Pushed("J1017"); !slices.Equal(got, []string{"还有几件事等您处理\n晚上1\n晚上2"}) {
		t.Errorf("next morning %q", got)
	}
}

// TestBudgetIsPerPerson: one's reminders do not use up another's.
func TestBudgetIsPerPerson(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	for range 4 {
		send(b, push.Reminder, "提醒")
	}
	b.Update(func(tx *store.Tx) error {
		_, err := b.Push.Person(tx, "J1018", push.Reminder, chat.Text("提醒"))
		return err
	})
	if got := b.Pushed("J1018"); len(got) != 1 {
		t.Errorf("the other one got %q", got)
	}
}

// TestMergedTakesTitlesAndTaps: nothing of a merged reminder is lost.
func TestMergedTakesTitlesAndTaps(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	b.Push.PerDay = 1
	send(b, push.Reminder, "第1条")
	b.Update(func(tx *store.Tx) error {
		for _, body := range []chat.Body{
			chat.Titled("考勤还没登记").Para("9:30 截止").Tap("全勤", "/考勤 全勤"),
			chat.Titled("文稿超期").Para("一份").Tap("看", "/文稿"),
		} {
			if _, err := b.Push.Person(tx, "J1017", push.Reminder, body); err != nil {
				return err
			}
		}
		return nil
	})
	b.Clock.Set("17:50")
	const want = "还有几件事等您处理\n# 考勤还没登记\n9:30 截止\n# 文稿超期\n一份\n[全勤](/考勤 全勤) [看](/文稿)"
	if got := b.Pushed("J1017"); len(got) != 2 || got[1] != want {
		t.Errorf("got %q", got)
	}
}

// TestMergedInTime: a merged reminder comes outside of quiet hours, and before
// what it is about is over; and what else is in it does not expire with it.
func TestMergedInTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 8*60*60))
	t.Run("quiet at the end of the day", func(t *testing.T) {
		t.Parallel()
		b := bottest.New(t, "2026-11-23 09:00")
		b.Push.PerDay = 1
		change(b, func(p *people.Person) { p.Quiet = "17:00-19:00" })
		send(b, push.Reminder, "一")
		send(b, push.Reminder, "二")
		b.Clock.Set("18:59")
		if got := b.Pushed("J1017"); len(got) != 1 {
			t.Errorf("in quiet hours %q", got)
		}
		b.Clock.Set("19:00")
		if got := b.Pushed("J1017"); len(got) != 1 {
			t.Errorf("after them %q", got)
		}
	})
	t.Run("over by noon", func(t *testing.T) {
		t.Parallel()
		b := bottest.New(t, "2026-11-23 09:00")
		b.Push.PerDay = 1
		send(b, push.Reminder, "一")
		send(b, push.Reminder, "二")
		send(b, push.Reminder, "中午截止", store.ExpiresAt(noon))
		send(b, push.Reminder, "三")
		if got := strings.Join(b.Pushed("J1017"), "|"); got != "一|还有几件事等您处理\n二\n中午截止\n三" {
			t.Errorf("at once %q", got)
		}
		send(b, push.Reminder, "四")
		b.Clock.Set("17:50")
		if got := strings.Join(b.Pushed("J1017"), "|"); got != "还有几件事等您处理\n四" {
			t.Errorf("at the end of the day %q", got)
		}
	})
	t.Run("nothing expires with another", func(t *testing.T) {
		t.Parallel()
		b := bottest.New(t, "2026-11-23 09:00")
		b.Push.PerDay = 1
		send(b, push.Reminder, "一")
		send(b, push.Reminder, "六点截止", store.ExpiresAt(noon.Add(6*time.Hour)))
		send(b, push.Reminder, "二")
		b.Clock.Set("18:30") // the platform was down
		if got := strings.Join(b.Pushed("J1017"), "|"); got != "一|还有几件事等您处理\n六点截止\n二" {
			t.Errorf("late %q", got)
		}
	})
}

func TestPruneBudgets(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	count := func() (n int) {
		b.View(func(tx *store.Tx) error {
			n = 0
			return tx.Raw("push_budgets", func(string, []byte) (bool, error) {
				n++
				return true, nil
			})
		})
		return n
	}
	send(b, push.Reminder, "一")
	b.Clock.Set("2026-11-25 09:00")
	b.Update(push.Prune)
	if n := count(); n != 1 {
		t.Errorf("%d budgets after two days", n)
	}
	b.Clock.Set("2026-11-26 09:00")
	b.Update(push.Prune)
	if n := count(); n != 0 {
		t.Errorf("%d budgets after three days", n)
	}
}

// TestRoute: the platform a person used last, else the first that is on.
func TestRoute(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		accounts map[string]string
		last     string
		on       []chat.ChannelID
		want     string // channel:account; "" is nowhere
	}{
		{"the first that is on", map[string]string{"dingtalk": "d", "wecom": "w"}, "", []chat.ChannelID{"dingtalk", "wecom"}, "dingtalk:d"},
		{"the first with an account", map[string]string{"wecom": "w"}, "", []chat.ChannelID{"dingtalk", "wecom"}, "wecom:w"},
		{"used last", map[string]string{"dingtalk": "d", "wecom": "w"}, "wecom", []chat.ChannelID{"dingtalk", "wecom"}, "wecom:w"},
		{"used last, but off now", map[string]string{"dingtalk": "d", "wecom": "w"}, "wecom", []chat.ChannelID{"dingtalk"}, "dingtalk:d"},
		{"used last, but the account is gone", map[string]string{"dingtalk": "d"}, "wecom", []chat.ChannelID{"dingtalk", "wecom"}, "dingtalk:d"},
		{"no account on what is on", map[string]string{"wechat": "o"}, "", []chat.ChannelID{"dingtalk", "wecom"}, ""},
		{"no account", nil, "", []chat.ChannelID{"dingtalk"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := bottest.New(t, "2026-11-23 09:00")
			b.Push.Channels = c.on
			change(b, func(p *people.Person) { p.Accounts = c.accounts })
			b.Update(func(tx *store.Tx) error {
				if c.last == "" {
					return nil
				}
				return people.Touch(tx, "J1017", c.last)
			})
			ok := send(b, push.Notice, "一")
			if got := pending(b); got != c.want || ok != (c.want != "") {
				t.Errorf("went to %q (%t), want %q", got, ok, c.want)
			}
		})
	}
}

// pending says where the messages that wait go to.
func pending(b *bottest.Bot) string {
	var to []string
	b.View(func(tx *store.Tx) error {
		to = nil
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			to = append(to, string(e.Out.Target.Channel)+":"+string(e.Out.Target.User)+string(e.Out.Target.Conv))
			return true, nil
		})
	})
	return strings.Join(to, " ")
}

func TestWhoLeftGetsNothing(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	change(b, func(p *people.Person) { p.Left = true })
	if send(b, push.Notice, "一") || pending(b) != "" {
		t.Errorf("who has left gets %q", pending(b))
	}
}

func TestLayer(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	b.Update(func(tx *store.Tx) error {
		for _, g := range []people.Group{
			{Channel: "webchat", Conv: "second", Layer: "办公室群"},
			{Channel: "webchat", Conv: "gone", Layer: "办公室群", Gone: true},
			{Channel: "dingtalk", Conv: "off", Layer: "办公室群"},
			{Channel: "webchat", Conv: "unbound"},
		} {
			if err := people.PutGroup(tx, g); err != nil {
				return err
			}
		}
		n, err := b.Push.Layer(tx, "办公室群", chat.Text("一"))
		if n != 2 {
			t.Errorf("to %d groups", n)
		}
		return err
	})
	if got := pending(b); got != "webchat:second webchat:办公室群" {
		t.Errorf("went to %q", got)
	}
}
