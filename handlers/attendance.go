package handlers

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

const attendanceExample = "例：/考勤 全勤　或　/考勤 缺 姓名(病假) 姓名(公差)"

func attendances() *bot.Command {
	return &bot.Command{
		Name: "考勤", Aliases: []string{"attendance", "kq"}, Summary: "登记和查看出勤",
		Usage: []string{
			"/考勤 全勤", "/考勤 缺 <姓名>[(<原因>)] …　原因：病假 事假 年假 产假 公差 培训 外出 迟到 早退 旷工，不写为未到",
			"/考勤 [<单位>] [<日期>] 应到 <n> 实到 <n> [缺 …]　迟到、早退算到岗，另行注明；同一天再报一次以最后一次为准",
		},
		Examples: []string{"/考勤 全勤", "/考勤 缺 姓名(病假) 姓名(公差)", "/考勤 应到 9 实到 8 缺 姓名(事假)"},
		Allow:    officials, Run: reportAttendance,
		Subs: []*bot.Command{
			{Name: "查", Aliases: []string{"看", "查看"}, Usage: []string{"/考勤 查 [<单位>] [<日期>]"}, Examples: []string{"/考勤 查", "/考勤 查 人事科 昨天"}, Allow: officials, Run: showAttendance},
			{Name: "我", Aliases: []string{"我的"}, Usage: []string{"/考勤 我 [<月份>]"}, Examples: []string{"/考勤 我", "/考勤 我 上月"}, Allow: officials, Run: myAttendance},
			{Name: "考勤员", Usage: []string{"/考勤 考勤员 [<单位>] [<姓名>|取消]　指定本单位登记考勤的人"}, Examples: []string{"/考勤 考勤员 姓名"}, Allow: bot.Roles(people.Head, people.Office), Run: attendanceClerk},
		},
	}
}

// reportAttendance records a report. Without one it shows what it can, and never
// guesses.
func reportAttendance(_ context.Context, r *bot.Request) error {
	text := strings.Join(r.Args.Words(), " ")
	place, word, rest := cutAttendanceWord(text)
	claim := attendance.Claim{}
	var err error
	if claim.Unit, claim.Day, err = attendancePlace(r, place); err != nil {
		if word == "" {
			return suggestAbsence(r, text, err)
		}
		return store.WithHint(err, attendanceExample)
	}
	switch word {
	case "":
		return showUnit(r, claim.Unit, claim.Day)
	case fullWord:
		err = readFull(r, &claim, place, rest)
	case numbersWord:
		err = readNumbers(r, &claim, rest)
	default:
		claim.Absences, err = readAbsences(r, claim.Unit, rest)
	}
	if err != nil {
		return store.WithHint(err, attendanceExample)
	}
	saved, err := attendance.Save(r.Tx, r.Person, claim)
	if err != nil {
		return err
	}
	b, err := report.AttendanceSaved(r.Tx, saved, r.Person)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// The sorts of report.
const (
	fullWord    = "全勤"
	absentWord  = "缺"
	numbersWord = "应到"
)

// attendanceWords are what people write for them.
var attendanceWords = []struct{ typed, meant string }{
	{"全勤", fullWord}, {"全到", fullWord}, {"满勤", fullWord}, {"到齐", fullWord}, {"都到", fullWord},
	{"缺勤", absentWord}, {"缺席", absentWord}, {"缺", absentWord},
	{"应到", numbersWord}, {"实到", numbersWord},
}

// cutAttendanceWord cuts a text at the first word that says which sort of report
// it is, also where it is written together with others (人事科全勤). The rest of one
// by numbers keeps its words.
func cutAttendanceWord(text string) (place, word, rest string) {
	at := -1
	for _, w := range attendanceWords {
		i := strings.Index(text, w.typed)
		if i < 0 || at >= 0 && i >= at {
			continue
		}
		at, place, word, rest = i, text[:i], w.meant, text[i+len(w.typed):]
		if word == numbersWord {
			rest = text[i:]
		}
	}
	if at < 0 {
		return text, "", ""
	}
	return place, word, rest
}

// dayWords sets the words for a day apart that are written together with others
// (计财科昨天).
var dayWords = strings.NewReplacer("大前天", " 大前天 ", "前天", " 前天 ", "昨天", " 昨天 ", "今天", " 今天 ", "昨日", " 昨日 ", "今日", " 今日 ")

// attendancePlace reads a unit and a day, in any order; without, it is one's own
// unit and today.
func attendancePlace(r *bot.Request, text string) (unit string, day calendar.Day, err error) {
	today := calendar.Day(r.Tx.Today())
	for _, word := range strings.FieldsFunc(dayWords.Replace(text), func(c rune) bool { return c == ' ' || c == ',' || c == '、' || c == ':' }) {
		if d, err := calendar.ParsePast(word, today); err == nil {
			if day != "" {
				return "", "", store.Errorf("日期写了两个：%s 和 %s。", day.Short(), d.Short())
			}
			day = d
			continue
		}
		u, err := people.FindUnit(r.Tx, strings.TrimSuffix(word, "的"))
		if err != nil {
			return "", "", err
		}
		if unit != "" {
			return "", "", store.Errorf("单位写了两个：%s 和 %s。请一个一个登记。", unit, u.Name)
		}
		unit = u.Name
	}
	if unit == "" {
		unit = r.Person.Unit
	}
	if day == "" {
		day = today
	}
	return unit, day, nil
}

// suggestAbsence answers a text without 缺 that reads like a list of those who are
// away: a tap away from being right, but not recorded.
func suggestAbsence(r *bot.Request, text string, mistake error) error {
	if _, err := readAbsences(r, r.Person.Unit, text); err != nil {
		return store.WithHint(mistake, attendanceExample)
	}
	line := "/考勤 缺 " + r.Args.Rest(0)
	return r.Reply(chat.Text("还没有登记。要登记缺勤，请加“缺”字：").Tap(line, line))
}

// readFull takes a unit or a day behind 全勤, and nothing else.
func readFull(r *bot.Request, c *attendance.Claim, place, rest string) error {
	if strings.TrimSpace(rest) == "" {
		return nil
	}
	unit, day, err := attendancePlace(r, place+" "+rest)
	if err != nil {
		if err := ignoreMistake(err); err != nil {
			return err
		}
		return store.Errorf("“全勤”后面还写了“%s”，没有看懂。有人缺勤请写“缺”和姓名。未作登记。", strings.TrimSpace(rest))
	}
	c.Unit, c.Day = unit, day
	return nil
}

var (
	reExpected = regexp.MustCompile(`^\s*应到\s*[:是为]?\s*(\d{1,4})\s*[人名个]?(?:[\s,;、。]+|$|(实到|缺))`)
	rePresent  = regexp.MustCompile(`^\s*实到\s*[:是为]?\s*(\d{1,4})\s*[人名个]?(?:[\s,;、。]+|$|(应到|缺))`)
)

// readNumbers reads "应到 9 实到 7 缺 …", the numbers in either order.
func readNumbers(r *bot.Request, c *attendance.Claim, text string) error {
	c.Numbers = true
	var haveExpected, havePresent bool
	for {
		if n, rest, ok := leadingNumber(reExpected, text); ok && !haveExpected {
			c.Expected, text, haveExpected = n, rest, true
			continue
		}
		if n, rest, ok := leadingNumber(rePresent, text); ok && !havePresent {
			c.Present, text, havePresent = n, rest, true
			continue
		}
		break
	}
	if !haveExpected || !havePresent {
		return store.WithHint(store.Errorf("请把应到和实到的人数都写上，用数字。未作登记。"), "例：/考勤 应到 9 实到 8 缺 姓名(病假)")
	}
	list := strings.TrimSpace(text)
	for _, w := range []string{"缺勤", "缺席", "缺"} {
		if rest, ok := strings.CutPrefix(list, w); ok {
			list = rest
			break
		}
	}
	if strings.TrimSpace(list) == "" {
		return nil
	}
	var err error
	c.Absences, err = readAbsences(r, c.Unit, list)
	return err
}

// leadingNumber reads the number that a pattern finds at the beginning of a text.
// A keyword that follows it without a space stays.
func leadingNumber(re *regexp.Regexp, text string) (n int, rest string, ok bool) {
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		return 0, "", false
	}
	end := m[1]
	if m[4] >= 0 {
		end = m[4]
	}
	n, err := strconv.Atoi(text[m[2]:m[3]])
	return n, text[end:], err == nil
}

func readAbsences(r *bot.Request, unit, list string) ([]attendance.Absence, error) {
	var entries []attendance.Entry
	for _, n := range cmdline.SplitNames(cmdline.Tokenize(list)) {
		entries = append(entries, attendance.Entry{Name: n.Name, Note: n.Note})
	}
	return attendance.Read(r.Tx, unit, entries)
}

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
