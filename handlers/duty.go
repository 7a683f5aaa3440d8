package handlers

import (
	"context"
	"slices"

	"yunzhuan/bot"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

func duties(d Deps) *bot.Command {
	return &bot.Command{
		Name: "值班", Aliases: []string{"duty"}, Summary: "巡查值班表",
		Usage: []string{"/值班 [本周|下周|<日期>]"}, Examples: []string{"/值班", "/值班 下周"},
		Allow: officials, Run: showDuty,
		Subs: []*bot.Command{{
			Name: "排", Usage: []string{"/值班 排 <周> <领导> [<成员>…]"}, Examples: []string{"/值班 排 下周 领导姓名 成员甲 成员乙"},
			Allow: bot.Roles(people.Office), Run: d.setDuty,
		}, {
			Name: "抽签", Usage: []string{"/值班 抽签 <周> [<领导>] [<n>人] [除 <姓名>…] [重抽 <理由>]"}, Examples: []string{"/值班 抽签 下周", drawExample[len("例："):]},
			Allow: bot.Roles(people.Office), Run: d.drawDuty,
		}, {
			Name: "公示", Usage: []string{"/值班 公示 [<周>]"}, Examples: []string{"/值班 公示 下周"},
			Allow: officials, Run: showDraw,
		}, {
			Name: "换", Usage: []string{"/值班 换 <周> <姓名> [<对方的周>]"}, Examples: []string{"/值班 换 下周 姓名"},
			Allow: patrolStaff, Run: d.proposeSwap,
		}, {
			Name: "同意", Usage: []string{"/值班 同意|不换 <换班号>"}, Examples: []string{"/值班 同意 3"},
			Allow: patrolStaff, Run: d.agreeSwap,
		}, {
			Name: "不换", Aliases: []string{"不同意", "拒绝"}, Allow: patrolStaff, Run: d.declineSwap,
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
	roster, ok, err := duty.Of(r.Tx, w)
	if err != nil {
		return err
	}
	b, err := report.DutyWeek(r.Tx, w, roster, ok)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// patrolStaff are those who can be on duty.
var patrolStaff = bot.Roles(people.Leader, people.Inspector, people.Office)

const setDutyExample = "例：/值班 排 下周 领导姓名 成员甲 成员乙"

func (d Deps) setDuty(_ context.Context, r *bot.Request) error {
	if r.Args.Len() < 2 {
		return store.WithHint(store.Errorf("请写哪一周和带班领导。"), setDutyExample)
	}
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, setDutyExample)
	}
	who, err := namedPeople(r, r.Args.From(1))
	if err != nil {
		return store.WithHint(err, setDutyExample)
	}
	before, _, err := duty.Of(r.Tx, w)
	if err != nil {
		return err
	}
	after, err := duty.Set(r.Tx, w, who[0], who[1:])
	if err != nil {
		return store.WithHint(err, setDutyExample)
	}
	b, err := report.DutyWeek(r.Tx, w, after, true)
	if err != nil {
		return err
	}
	late, err := d.rosterChanged(r, w, before, after)
	if err != nil {
		return err
	}
	if !late {
		return r.Reply(b.Para("已排好，"+noticeToCome).Tap("撤回", "/撤回"))
	}
	r.Tx.NoUndo()
	return r.Reply(b.Para("已排好，有变动的同志已通知到人。"))
}

const noticeToCome = "前一周最后一个工作日通知到人。"

// rosterChanged tells those concerned at once when a roster changes after its
// notice; late says whether it did.
func (d Deps) rosterChanged(r *bot.Request, w calendar.Week, before, after duty.Duty) (late bool, err error) {
	if late, err = duty.Noticed(r.Tx, w); err == nil && late {
		err = d.tellDuty(r, w, before, after)
	}
	return late, err
}

// tellDuty tells those who came on to a roster or off it after its notice.
func (d Deps) tellDuty(r *bot.Request, w calendar.Week, before, after duty.Duty) error {
	tell := func(id people.ID) error {
		b, err := report.DutyNotice(r.Tx, w, after, id)
		if err == nil {
			_, err = d.Push.Person(r.Tx, id, push.Notice, b)
		}
		return err
	}
	for _, id := range after.Everyone() {
		if before.Has(id) && (before.Leader == id) == (after.Leader == id) {
			continue
		}
		if err := tell(id); err != nil {
			return err
		}
	}
	for _, id := range slices.DeleteFunc(before.Everyone(), after.Has) {
		if err := tell(id); err != nil {
			return err
		}
	}
	return nil
}
