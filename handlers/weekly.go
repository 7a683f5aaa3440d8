package handlers

import (
	"context"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/weekly"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

func weeklies(d Deps) *bot.Command {
	return &bot.Command{
		Name: "周报", Aliases: []string{"督查", "weekly"}, Summary: "政务督查周报",
		Usage: []string{"/周报 [本周|上周|<日期>] [图片|Word|PDF]"}, Examples: []string{"/周报", "/周报 上周", "/周报 11-23"},
		Allow: officials, Run: d.showWeekly,
	}
}

// showWeekly shows a weekly check as showBulletin does a bulletin.
func (d Deps) showWeekly(_ context.Context, r *bot.Request) error {
	form, args := formAt(r.Args)
	c, err := askedWeekly(r, args)
	if err != nil {
		return store.WithHint(err, "例：/周报 上周")
	}
	full := d.seesNames(r)
	return inForm(r, form, "/周报 "+c.Week.Key(),
		func() (chat.Body, error) { return report.WeeklyTrend(report.Weekly(c, full), c) },
		func() (document.Document, error) { return report.WeeklyDocument(c, full) })
}

func askedWeekly(r *bot.Request, args cmdline.Args) (weekly.Check, error) {
	if args.Len() == 0 {
		c, ok, err := weekly.Latest(r.Tx)
		if err == nil && !ok {
			err = store.WithHint(store.Errorf("还没有发布过《%s》。", weekly.Title), "每周最后一个工作日下班前自动发出。")
		}
		return c, err
	}
	today := calendar.Day(r.Tx.Today())
	w, err := calendar.ParseWeek(args.Rest(0), today)
	if err != nil {
		return weekly.Check{}, err
	}
	c, ok, err := weekly.Get(r.Tx, w)
	switch {
	case err != nil || ok:
		return c, err
	case w.From > today:
		return c, store.Errorf("%s还没到。", w.Label())
	case w.To >= today:
		return c, store.Errorf("%s（本周）的《%s》还没有发布，一般在本周最后一个工作日下班前发布。", w.Label(), weekly.Title)
	default:
		return c, store.Errorf("没有%s的《%s》。", w.Label(), weekly.Title)
	}
}
