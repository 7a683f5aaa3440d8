package handlers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/store"
)

const quietExample = "例：/勿扰 22:00-7:00　/勿扰 关"

func quietHours(d Deps) *bot.Command {
	return &bot.Command{
		Name: "勿扰", Aliases: []string{"quiet", "免打扰"}, Summary: "我的免打扰时间",
		Usage:    []string{"/勿扰 [<起止时间>|关|默认]"},
		Examples: []string{"/勿扰 22:00-7:00", "/勿扰 关"},
		Allow:    bot.Members(), Run: d.setQuiet,
	}
}

// setQuiet shows or sets the hours in which pushes to a person wait.
func (d Deps) setQuiet(_ context.Context, r *bot.Request) error {
	text := strings.Join(r.Args.Words(), "")
	p := r.Person
	switch text {
	case "":
		return d.sayQuiet(r, p, "您的免打扰时间")
	case "关", "关闭", "取消", "无", "off":
		p.Quiet = push.NeverQuiet
	case "默认", "恢复默认":
		p.Quiet = ""
	default:
		q, err := readQuiet(text)
		if err != nil {
			return err
		}
		p.Quiet = q.String()
	}
	if err := people.Put(r.Tx, p); err != nil {
		return err
	}
	return d.sayQuiet(r, p, "已设好，免打扰时间")
}

func (d Deps) sayQuiet(r *bot.Request, p people.Person, lead string) error {
	q := d.Push.Quiet
	if p.Quiet != "" {
		var err error
		if q, err = push.ParseQuiet(p.Quiet); err != nil {
			return fmt.Errorf("quiet hours of %s: %w", p.ID, err)
		}
	}
	if q == (push.Quiet{}) {
		return r.Reply(chat.Text("您没有免打扰时间，通知随时会发。").Tap("恢复默认", "/勿扰 默认"))
	}
	from, to := calendar.Clock(q.From/time.Minute), calendar.Clock(q.To/time.Minute)
	b := chat.Text(fmt.Sprintf("%s：%s 至 %s。这段时间的通知等到 %s 再发，您问的照常回答。", lead, from, to, to))
	if p.Quiet == "" {
		return r.Reply(b.Strong("", "这是默认时间。要改请发：/勿扰 21:00-8:00").Tap("关掉免打扰", "/勿扰 关"))
	}
	return r.Reply(b.Tap("恢复默认", "/勿扰 默认").Tap("关掉免打扰", "/勿扰 关"))
}

// readQuiet reads 22:00-7:00, or the two times as people say them (晚上10点到早上7点).
func readQuiet(text string) (push.Quiet, error) {
	if q, err := push.ParseQuiet(text); err == nil {
		return q, nil
	}
	for _, sep := range []string{"到", "至", "-", "~", "—"} {
		left, right, ok := strings.Cut(text, sep)
		if !ok {
			continue
		}
		from, err1 := calendar.ParseClock(left)
		to, err2 := calendar.ParseClock(right)
		if err1 == nil && err2 == nil && from != to {
			return push.Quiet{From: time.Duration(from) * time.Minute, To: time.Duration(to) * time.Minute}, nil
		}
	}
	return push.Quiet{}, store.WithHint(store.Errorf("没有看懂“%s”。请写起止两个时间。", clipped(text, 20)), quietExample)
}

// clipped keeps what is shown of a text short.
func clipped(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
