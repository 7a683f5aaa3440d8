package handlers

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

const attendanceExample = "例：/考勤 缺 姓名(病假) 姓名(公差)"

func attendances() *bot.Command {
	return &bot.Command{
		Name: "考勤", Aliases: []string{"attendance"}, Summary: "登记和查看机关考勤",
		Usage: []string{
			"/考勤 全勤",
			"/考勤 缺 <姓名>[(<原因>)] …　原因：" + reasonList(),
			"/考勤 [<单位>] 应到 <n> 实到 <n> [缺 …]",
		},
		Examples: []string{"/考勤 全勤", "/考勤 缺 姓名(病假) 姓名(公差)", "/考勤 应到 9 实到 8 缺 姓名(年假)"},
		Allow:    officials, Run: reportAttendance,
		Subs: []*bot.Command{
			{Name: "查", Usage: []string{"/考勤 查 [<单位>] [<日期>]"}, Examples: []string{"/考勤 查", "/考勤 查 人事科 昨天"}, Allow: officials, Run: showAttendance},
			{Name: "我", Usage: []string{"/考勤 我 [<月份>]"}, Examples: []string{"/考勤 我", "/考勤 我 上月"}, Allow: officials, Run: myAttendance},
			{Name: "考勤员", Usage: []string{"/考勤 考勤员 [<单位>] <姓名>|无"}, Examples: []string{"/考勤 考勤员 姓名"}, Allow: bot.Roles(people.Head, people.Office), Run: setClerk},
		},
	}
}

func reasonList() string {
	var out []string
	for _, r := range attendance.Reasons {
		if r != attendance.Unexcused {
			out = append(out, string(r))
		}
	}
	return strings.Join(out, " ")
}

// actions are the words at which a report begins.
var actions = []string{"全勤", "缺", "应到"}

// reportAttendance records a report; with no words it shows the unit's own.
func reportAttendance(_ context.Context, r *bot.Request) error {
	claim := attendance.Claim{Unit: r.Person.Unit, Day: calendar.Day(r.Tx.Today())}
	rest, err := unitAndDay(r, r.Args, &claim.Unit, &claim.Day)
	if err != nil {
		return store.WithHint(err, attendanceExample)
	}
	if rest.Len() == 0 {
		return showUnit(r, claim.Unit, claim.Day)
	}
	word, rest := rest.Cut(actions...)
	switch word {
	case "全勤":
		if rest.Len() > 0 {
			return store.WithHint(store.Errorf("“全勤”后面不用写别的。未作登记。"), "例：/考勤 全勤")
		}
	case "缺":
		claim.Absences, err = absent(r, claim.Unit, rest)
	case "应到":
		err = numbers(r, &claim, rest)
	default:
		err = store.Errorf("没有看懂“%s”。", rest.At(0))
	}
	if err != nil {
		return store.WithHint(err, attendanceExample)
	}
	saved, before, err := attendance.Save(r.Tx, r.Person, claim)
	if err != nil {
		return err
	}
	b, err := report.AttendanceSaved(r.Tx, saved, before, r.Person)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// unitAndDay takes a unit and a day off the front, in either order.
func unitAndDay(r *bot.Request, args cmdline.Args, unit *string, day *calendar.Day) (cmdline.Args, error) {
	today := calendar.Day(r.Tx.Today())
	for range 2 {
		if args.Len() == 0 {
			break
		}
		if word, _ := args.Cut(actions...); word != "" {
			break
		}
		if d, err := calendar.ParsePast(args.At(0), today); err == nil {
			*day = d
		} else {
			u, err := people.FindUnit(r.Tx, args.At(0))
			if err != nil {
				return args, err
			}
			*unit = u.Name
		}
		args = args.From(1)
	}
	return args, nil
}

// absent reads who is not there and why. A reason may stand in brackets or, as
// people type it, behind the name.
func absent(r *bot.Request, unit string, args cmdline.Args) ([]attendance.Absence, error) {
	var out []attendance.Absence
	for _, n := range cmdline.SplitNames(args) {
		if n.Note == "" && attendance.IsReason(n.Name) && len(out) > 0 && out[len(out)-1].Reason == attendance.Unexcused {
			out[len(out)-1].Reason, _, _ = attendance.ParseReason(n.Name)
			continue
		}
		reason, remark, ok := attendance.ParseReason(n.Note)
		if !ok {
			return nil, store.Errorf("没有“%s”这个原因，可以写：%s。未作登记。", n.Note, reasonList())
		}
		p, err := personOf(r, n.Name, unit)
		if err != nil {
			return nil, err
		}
		out = append(out, attendance.Absence{Person: p.ID, Reason: reason, Remark: remark})
	}
	if len(out) == 0 {
		return nil, store.Errorf("请写缺勤人员的姓名。未作登记。")
	}
	return out, nil
}

// personOf finds a person of a unit; who is of another unit is named with it.
func personOf(r *bot.Request, name, unit string) (people.Person, error) {
	p, err := people.Find(r.Tx, name, unit)
	if err == nil || isAmbiguous(err) {
		return p, err
	}
	if other, elsewhere := people.Find(r.Tx, name, ""); elsewhere == nil {
		return p, store.Errorf("“%s”不是%s的人（%s）。未作登记。", other.Name, unit, other.Unit)
	}
	var mistake *store.UserError
	if errors.As(err, &mistake) {
		return p, store.Errorf("%s没有“%s”这个人。未作登记。", unit, name)
	}
	return p, err
}

const numbersExample = "例：/考勤 应到 9 实到 8 缺 姓名(病假)"

// numbers reads “<n> 实到 <n> [缺 …]”.
func numbers(r *bot.Request, c *attendance.Claim, args cmdline.Args) error {
	c.Numbers = true
	var err error
	if c.Expected, err = strconv.Atoi(strings.TrimSuffix(args.At(0), "人")); err != nil {
		return store.WithHint(store.Errorf("“应到”后面请写人数。未作登记。"), numbersExample)
	}
	word, rest := args.From(1).Cut("实到")
	if word == "" {
		return store.WithHint(store.Errorf("还缺“实到”的人数。未作登记。"), numbersExample)
	}
	if c.Present, err = strconv.Atoi(strings.TrimSuffix(rest.At(0), "人")); err != nil {
		return store.WithHint(store.Errorf("“实到”后面请写人数。未作登记。"), numbersExample)
	}
	rest = rest.From(1)
	if rest.Len() == 0 {
		return nil
	}
	if word, rest = rest.Cut("缺"); word == "" {
		return store.WithHint(store.Errorf("没有看懂“%s”。未作登记。", rest.At(0)), numbersExample)
	}
	c.Absences, err = absent(r, c.Unit, rest)
	return err
}

// seesAll may look at the attendance of every unit.
func seesAll(p people.Person) bool { return p.Has(people.Office, people.Leader, people.Inspector) }

func showAttendance(_ context.Context, r *bot.Request) error {
	unit, day := "", calendar.Day(r.Tx.Today())
	rest, err := unitAndDay(r, r.Args, &unit, &day)
	if err == nil && rest.Len() > 0 {
		err = store.Errorf("没有看懂“%s”。", rest.At(0))
	}
	if err != nil {
		return store.WithHint(err, "例：/考勤 查 人事科 昨天")
	}
	if unit == "" && seesAll(r.Person) {
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
	if unit == "" {
		unit = r.Person.Unit
	}
	return showUnit(r, unit, day)
}

// showUnit shows one unit's report. Names are for those who may see them, and
// never for a group of several units.
func showUnit(r *bot.Request, unit string, day calendar.Day) error {
	may, err := attendance.MayReport(r.Tx, r.Person, unit)
	if err != nil {
		return err
	}
	if !may && !seesAll(r.Person) {
		if unit != r.Person.Unit {
			return store.Errorf("您只能查本单位的考勤。查自己的记录发 /考勤 我。")
		}
		return store.Errorf("本单位的考勤由负责人和考勤员查看。查自己的记录发 /考勤 我。")
	}
	b, err := report.AttendanceUnit(r.Tx, unit, day, r.Person, !r.Msg.Group)
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
		if month, err = calendar.ParseMonth(r.Args.At(0), today); err != nil {
			return store.WithHint(err, "例：/考勤 我 上月")
		}
	}
	own, err := attendance.OfPerson(r.Tx, r.Person, month)
	if err != nil {
		return err
	}
	return r.ReplyPrivately(report.AttendanceMine(own))
}

func setClerk(_ context.Context, r *bot.Request) error {
	const example = "例：/考勤 考勤员 姓名"
	unit, args := r.Person.Unit, r.Args
	if args.Len() == 0 {
		return showClerk(r, unit)
	}
	if args.Len() > 1 {
		u, err := people.FindUnit(r.Tx, args.At(0))
		if err != nil {
			return store.WithHint(err, example)
		}
		unit, args = u.Name, args.From(1)
	}
	if args.At(0) == "无" {
		if err := attendance.SetClerk(r.Tx, r.Person, unit, nil); err != nil {
			return err
		}
		return r.Replyf("%s不再设考勤员，由负责人登记。", unit)
	}
	p, err := people.Find(r.Tx, args.At(0), unit)
	if err != nil {
		return store.WithHint(err, example)
	}
	if err := attendance.SetClerk(r.Tx, r.Person, unit, &p); err != nil {
		return err
	}
	return r.Replyf("%s的考勤员是%s，今后可以登记本单位考勤。", unit, p.Name)
}

func showClerk(r *bot.Request, unit string) error {
	p, ok, err := attendance.ClerkOf(r.Tx, unit)
	if err != nil {
		return err
	}
	if !ok {
		return r.Replyf("%s没有设考勤员，由负责人登记。要设请发：/考勤 考勤员 姓名", unit)
	}
	return r.Replyf("%s的考勤员是%s。", unit, p.Name)
}
