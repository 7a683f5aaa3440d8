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

// waitingItem is one thing that waits for a person, with the tap that settles it
// or leads to it.
type waitingItem struct {
	line chat.Line
	tap  chat.Action
}

// waiting are the parts of the office that something can wait in; a new part
// adds one line.
var waiting = []func(*store.Tx, people.Person) ([]waitingItem, error){
	waitingAttendance,
	waitingPatrol,
	waitingSurveys,
	waitingDrafts,
}

// mineMax is how many things /我的 offers a tap for.
const mineMax = 8

func mine() *bot.Command {
	return &bot.Command{
		Name: "我的", Aliases: []string{"待办", "me"}, Summary: "等您处理的事", Usage: []string{"/我的"}, Examples: []string{"/我的"},
		Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			var items []waitingItem
			for _, part := range waiting {
				more, err := part(r.Tx, r.Person)
				if err != nil {
					return err
				}
				items = append(items, more...)
			}
			if len(items) == 0 {
				return r.ReplyPrivately(chat.Text("现在没有等您处理的事。"))
			}
			b := chat.Titled(fmt.Sprintf("等您处理的事　%d 件", len(items)))
			var lines []chat.Line
			for _, it := range items {
				lines = append(lines, it.line)
			}
			b = b.Numbered(lines...)
			for _, it := range items[:min(len(items), mineMax)] {
				b = b.Tap(it.tap.Label, it.tap.Send)
			}
			return r.ReplyPrivately(b)
		},
	}
}

func waitingAttendance(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	day := calendar.Day(tx.Today())
	cal, err := calendar.Load(tx)
	if err != nil {
		return nil, err
	}
	if work, _ := cal.IsWorkday(day); !work {
		return nil, nil
	}
	s, err := attendance.Summarize(tx, day)
	if err != nil {
		return nil, err
	}
	for _, u := range s.Units {
		if u.Unit != p.Unit || u.Reported {
			continue
		}
		asked, err := attendance.Reporters(tx, u.Unit)
		if err != nil {
			return nil, err
		}
		for _, a := range asked {
			if a.ID == p.ID {
				return []waitingItem{{
					line: chat.Line{Strong: "考勤", Text: "　" + u.Unit + "今日还没登记"},
					tap:  chat.Action{Label: "全勤", Send: "/考勤 全勤"},
				}}, nil
			}
		}
	}
	return nil, nil
}

func waitingPatrol(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	today := calendar.Day(tx.Today())
	w := calendar.WeekOf(today)
	d, ok, err := duty.Of(tx, w)
	if err != nil || !ok || !d.Has(p.ID) {
		return nil, err
	}
	seen, err := patrol.Covered(tx, w.From, today)
	if err != nil || len(seen.Unseen) == 0 {
		return nil, err
	}
	return []waitingItem{{
		line: chat.Line{Strong: "巡查", Text: fmt.Sprintf("　本周还有 %d 个单位未巡", len(seen.Unseen))},
		tap:  chat.Action{Label: "巡查进度", Send: "/巡查 进度"},
	}}, nil
}

func waitingSurveys(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	open, err := survey.Waiting(tx, p.ID)
	if err != nil {
		return nil, err
	}
	var items []waitingItem
	for _, s := range open {
		line := report.SurveyLine(s, tx.Now())
		line.Strong = "问卷　" + line.Strong
		items = append(items, waitingItem{line: line, tap: chat.Action{Label: "填写 " + s.ID(), Send: fmt.Sprintf("/问卷 %d", s.No)}})
	}
	return items, nil
}

func waitingDrafts(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	held, err := draft.HeldBy(tx, p.ID)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	w, err := report.NewDrafts(tx)
	if err != nil {
		return nil, err
	}
	var items []waitingItem
	for _, d := range held {
		line := w.Line(d)
		line.Strong = "文稿　" + line.Strong
		items = append(items, waitingItem{line: line, tap: chat.Action{Label: "看 " + d.ID(), Send: fmt.Sprintf("/文稿 查 %d-%d", d.Year, d.No)}})
	}
	return items, nil
}
