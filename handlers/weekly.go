package handlers

import (
	"context"

	"yunzhuan/bot"
	"yunzhuan/office/calendar"
	"yunzhuan/office/weekly"
	"yunzhuan/report"
	"yunzhuan/store"
)

func weeklies(d Deps) *bot.Command {
	return &bot.Command{
		Name: "周报", Aliases: []string{"weekly"}, Summary: "政务督查周报",
		Usage: []string{"/周报 [本周|上周|<日期>]"}, Examples: []string{"/周报", "/周报 上周", "/周报 11-23"},
		Allow: officials, Run: d.showWeekly,
	}
}

// showWeekly shows a weekly check as showBulletin does a bulletin.
func (d Deps) showWeekly(_ context.Context, r *bot.Request) error {
	c, err := askedWeekly(r)
	if err != nil {
		return store.WithHint(err, "例：/周报 上周")
	}
	return r.Reply(report.Weekly(c, d.seesNames(r)))
}

func askedWeekly(r *bot.Request) (weekly.Check, error) {
	if r.Args.Len() == 0 {
		c, ok, err := weekly.Latest(r.Tx)
		if err == nil && !ok {
			err = store.Errorf("还没有发布过《%s》。", weekly.Title)
		}
		return c, err
	}
	today := calendar.Day(r.Tx.Today())
	w, err := calendar.ParseWeek(r.Args.At(0), today)
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
