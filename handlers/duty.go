package handlers

import (
	"context"

	"yunzhuan/bot"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func duties() *bot.Command {
	return &bot.Command{
		Name: "值班", Aliases: []string{"duty"}, Summary: "巡查值班表",
		Usage: []string{"/值班 [本周|下周|<日期>]"}, Examples: []string{"/值班", "/值班 下周"},
		Allow: officials, Run: showDuty,
		Subs: []*bot.Command{{
			Name: "排", Usage: []string{"/值班 排 <周> <领导> [<成员>…]"}, Examples: []string{"/值班 排 下周 领导姓名 成员甲 成员乙"},
			Allow: bot.Roles(people.Office), Run: setDuty,
		}},
	}
}

// week reads the week a command begins with; none is the present one.
func week(r *bot.Request) (calendar.Week, error) {
	today := calendar.Day(r.Tx.Today())
	if r.Args.Len() == 0 {
		return calendar.WeekOf(today), nil
	}
	return calendar.ParseWeek(r.Args.At(0), today)
}

func showDuty(_ context.Context, r *bot.Request) error {
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, "例：/值班 下周")
	}
	d, ok, err := duty.Of(r.Tx, w)
	if err != nil {
		return err
	}
	b, err := report.DutyWeek(r.Tx, w, d, ok)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

const setDutyExample = "例：/值班 排 下周 领导姓名 成员甲 成员乙"

func setDuty(_ context.Context, r *bot.Request) error {
	if r.Args.Len() < 2 {
		return store.WithHint(store.Errorf("请写哪一周和带班领导。"), setDutyExample)
	}
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, setDutyExample)
	}
	if w.To < calendar.Day(r.Tx.Today()) {
		return store.Errorf("%s这一周已经过去了。", w.Label())
	}
	who, err := namedPeople(r, r.Args.From(1))
	if err != nil {
		return err
	}
	d, err := duty.Set(r.Tx, w, who[0], who[1:])
	if err != nil {
		return store.WithHint(err, setDutyExample)
	}
	b, err := report.DutyWeek(r.Tx, w, d, true)
	if err != nil {
		return err
	}
	return r.Reply(b.Para("已排好，周末前会通知到人。").Tap("撤回", "/撤回"))
}
