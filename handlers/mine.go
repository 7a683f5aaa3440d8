package handlers

import (
	"context"
	"fmt"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/duty"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/report"
	"yunzhuan/store"
)

// waitingItem is one thing that waits for a person, with the line that settles it
// or leads to it.
type waitingItem struct {
	Line chat.Line
	Tap  chat.Action // its Label names the thing, for all taps stand together
}

// waiting finds what waits for a person in one part of the office.
type waiting func(tx *store.Tx, p people.Person) ([]waitingItem, error)

// allWaiting lists the parts, in the order in which they are shown: what has to be
// done today first.
var allWaiting = []waiting{
	attendanceWaiting,
	patrolWaiting,
	swapsWaiting,
	appealsWaiting,
	surveysWaiting,
	draftsWaiting,
}

func mine() *bot.Command {
	return &bot.Command{
		Name: "我的", Aliases: []string{"me", "待办"}, Summary: "等我处理的事",
		Usage: []string{"/我的"}, Examples: []string{"/我的"}, Allow: bot.Members(), Run: showMine,
	}
}

const (
	mineShown = 12 // lines
	mineTaps  = 6
)

func showMine(_ context.Context, r *bot.Request) error {
	var items []waitingItem
	for _, find := range allWaiting {
		found, err := find(r.Tx, r.Person)
		if err != nil {
			return err
		}
		items = append(items, found...)
	}
	b := mineBody(items)
	// What waits for somebody is nobody else's business.
	if r.Msg.Group {
		if err := r.ReplyPrivately(b); err != nil {
			return err
		}
		return r.Replyf("已私发给您。")
	}
	return r.Reply(b)
}

func mineBody(items []waitingItem) chat.Body {
	if len(items) == 0 {
		return chat.Text("没有等您处理的事。")
	}
	b := chat.Titled(fmt.Sprintf("等您处理的事　%d 件", len(items)))
	var lines []chat.Line
	for _, it := range items[:min(len(items), mineShown)] {
		lines = append(lines, it.Line)
	}
	b = b.Numbered(lines...)
	if len(items) > mineShown {
		b = b.Para(fmt.Sprintf("还有 %d 件，办完前面的再发 /我的 看。", len(items)-mineShown))
	}
	for _, it := range items[:min(len(items), mineTaps)] {
		b = b.Tap(it.Tap.Label, it.Tap.Send)
	}
	return b
}

// attendanceWaiting is today's report of the units a person answers for.
func attendanceWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	today := calendar.Day(tx.Today())
	s, err := attendance.Summarize(tx, today)
	if err != nil || !s.Workday {
		return nil, err
	}
	for _, unit := range s.Missing() {
		if unit != p.Unit {
			continue
		}
		asked, err := attendance.Reporters(tx, unit)
		if err != nil {
			return nil, err
		}
		for _, who := range asked {
			if who.ID == p.ID {
				return []waitingItem{{
					chat.Line{Strong: "考勤", Text: "　" + unit + "今天还没有登记"},
					chat.Action{Label: "考勤：全勤", Send: "/考勤 全勤"},
				}}, nil
			}
		}
	}
	return nil, nil
}

// patrolWaiting is the week's patrol of those on duty, while units are left.
func patrolWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	today := calendar.Day(tx.Today())
	w := calendar.WeekOf(today)
	d, ok, err := duty.Of(tx, w)
	if err != nil || !ok || !d.Has(p.ID) {
		return nil, err
	}
	seen, err := patrol.Offices.Covered(tx, w.From, today)
	if err != nil || len(seen.Unseen) == 0 {
		return nil, err
	}
	return []waitingItem{{
		chat.Line{Strong: "巡查", Text: fmt.Sprintf("　本周还有 %d 个单位未巡", len(seen.Unseen))},
		chat.Action{Label: "巡查进度", Send: "/巡查 进度"},
	}}, nil
}

// surveysWaiting are the surveys a person has not answered.
func surveysWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	open, err := survey.Waiting(tx, p.ID)
	var out []waitingItem
	for _, s := range open {
		line := report.SurveyLine(s, tx.Now())
		line.Strong = "问卷 " + line.Strong
		out = append(out, waitingItem{line, chat.Action{Label: "填写 " + s.ID(), Send: fmt.Sprintf("/问卷 %d", s.No)}})
	}
	return out, err
}

// draftsWaiting are the drafts at a person's desk.
func draftsWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	held, err := draft.HeldBy(tx, p.ID)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	w, err := report.NewDrafts(tx, p)
	if err != nil {
		return nil, err
	}
	var out []waitingItem
	for _, d := range held {
		line := w.HeldLine(d)
		line.Strong = "文稿 " + line.Strong
		out = append(out, waitingItem{line, chat.Action{Label: "看 " + d.ID(), Send: "/文稿 查 " + d.ID()}})
	}
	return out, nil
}
