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
