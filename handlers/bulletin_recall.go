package handlers

import (
	"context"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/notice"
	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/report"
	"yunzhuan/store"
)

// confirmWord stands before the reason of a recall that is meant.
const confirmWord = "确认"

// recallBulletin recalls an issue: first it shows what would happen.
func (d Deps) recallBulletin(_ context.Context, r *bot.Request) error {
	b, at, err := issueToRecall(r)
	if err != nil {
		return err
	}
	confirmed := r.Args.At(at) == confirmWord
	if confirmed {
		at++
	}
	reason := strings.Join(strings.Fields(r.Args.Rest(at)), " ")
	if err := appeal.MayRecall(r.Tx, b); err != nil {
		return err
	}
	if err := bulletin.CheckRecallReason(r.Tx, reason); reason != "" && err != nil {
		return err
	}
	if !confirmed {
		reach, err := notice.BulletinReach(r.Tx, b, d.recallable)
		if err != nil {
			return err
		}
		return r.Reply(report.RecallPlan(b, reach, reason))
	}
	void, err := notice.RecallBulletin(r.Tx, d.Push, b, r.Person.ID, reason)
	if err != nil {
		return store.WithHint(err, "例：/通报 撤回 第3期 确认 附件有误")
	}
	return r.Reply(report.RecallBegun(b, void, calendar.Day(r.Tx.Today())))
}

// recallable says whether what went to a target can be taken back.
func (d Deps) recallable(t chat.Target) bool { return d.Recallable != nil && d.Recallable(t) }

// issueToRecall is the issue that is named, else today's, and where the words after it
// begin.
func issueToRecall(r *bot.Request) (b bulletin.Bulletin, rest int, err error) {
	if year, no, ok := cmdline.ParseIssueNo(r.Args.At(0)); ok {
		b, err = bulletin.Get(r.Tx, year, no)
		return b, 1, err
	}
	today := calendar.Day(r.Tx.Today())
	b, ok, err := bulletin.OfDay(r.Tx, today)
	if err != nil || ok {
		return b, 0, err
	}
	gone, err := bulletin.RecalledOn(r.Tx, today)
	if err != nil {
		return b, 0, err
	}
	if len(gone) == 0 {
		return b, 0, store.Errorf("今天还没有发布通报，没有可撤回的。")
	}
	last := gone[len(gone)-1]
	b, err = bulletin.Get(r.Tx, last.Year, last.No)
	return b, 0, err
}
