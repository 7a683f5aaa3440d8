package handlers

import (
	"context"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// overseers see the attendance of every unit.
var overseers = []people.Role{people.Office, people.Leader, people.Inspector}

// showAttendance shows the table of a day, or one unit's report.
func showAttendance(_ context.Context, r *bot.Request) error {
	place := strings.Join(r.Args.Words(), " ")
	unit, day, err := attendancePlace(r, place)
	if err != nil {
		return store.WithHint(err, "例：/考勤 查 人事科 昨天")
	}
	if !r.Person.Has(overseers...) {
		return showUnit(r, unit, day)
	}
	// A place that is a day alone asks for all units.
	_, dayOnly := calendar.ParsePast(place, calendar.Day(r.Tx.Today()))
	if place != "" && dayOnly != nil {
		return showUnit(r, unit, day)
	}
	s, err := attendance.Summarize(r.Tx, day)
	if err != nil {
		return err
	}
	b, err := report.AttendanceTable(r.Tx, s)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// showUnit shows a unit's report to those who may see it. Names are for a direct
// chat and the office's own group.
func showUnit(r *bot.Request, unit string, day calendar.Day) error {
	may, err := attendance.MayReport(r.Tx, r.Person, unit)
	if err != nil {
		return err
	}
	if !may && !r.Person.Has(overseers...) {
		return store.WithHint(store.Errorf("您不能查看%s的考勤。", unit), "查自己的：/考勤 我")
	}
	own, err := inOfficeGroup(r)
	if err != nil {
		return err
	}
	b, err := report.AttendanceUnit(r.Tx, unit, day, r.Person, own || !r.Msg.Group)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

func myAttendance(_ context.Context, r *bot.Request) error {
	today := calendar.Day(r.Tx.Today())
	month := today.Month()
	if r.Args.Len() > 0 {
		var err error
		if month, err = calendar.ParseMonth(strings.Join(r.Args.Words(), ""), today); err != nil {
			return store.WithHint(err, "例：/考勤 我 上月")
		}
	}
	own, err := attendance.OfPerson(r.Tx, r.Person, month)
	if err != nil {
		return err
	}
	// Whoever else is in the group need not know why somebody was away.
	if r.Msg.Group {
		if err := r.ReplyPrivately(report.AttendanceMine(own)); err != nil {
			return err
		}
		return r.Replyf("已私发给您。")
	}
	return r.Reply(report.AttendanceMine(own))
}

// attendanceClerk shows or names a unit's attendance officer.
func attendanceClerk(_ context.Context, r *bot.Request) error {
	unit, args := r.Person.Unit, r.Args
	named := args.Len() == 2
	if args.Len() == 1 {
		var err error
		if _, named, err = people.GetUnit(r.Tx, args.At(0)); err != nil {
			return err
		}
	}
	if named {
		u, err := people.FindUnit(r.Tx, args.At(0))
		if err != nil {
			return store.WithHint(err, "例：/考勤 考勤员 姓名")
		}
		unit, args = u.Name, args.From(1)
	}
	switch args.At(0) {
	case "":
		p, ok, err := attendance.ClerkOf(r.Tx, unit)
		if err != nil {
			return err
		}
		if !ok {
			return r.Replyf("%s没有指定考勤员，由负责人登记。指定：/考勤 考勤员 姓名", unit)
		}
		return r.Replyf("%s的考勤员是%s。", unit, p.Name)
	case "取消", "无":
		if err := attendance.SetClerk(r.Tx, r.Person, unit, nil); err != nil {
			return err
		}
		return r.Reply(chat.Text(unit+"不再设考勤员，由负责人登记。").Tap("撤回", "/撤回"))
	}
	p, err := people.Find(r.Tx, args.At(0), "")
	if isAmbiguous(err) {
		p, err = people.Find(r.Tx, args.At(0), unit)
	}
	if err != nil {
		return err
	}
	if err := attendance.SetClerk(r.Tx, r.Person, unit, &p); err != nil {
		return err
	}
	return r.Reply(chat.Text(p.Name+"现在是"+unit+"的考勤员，可以登记本单位的考勤。").Tap("撤回", "/撤回"))
}
