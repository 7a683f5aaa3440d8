package report

import (
	"fmt"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// AttendanceSaved answers whoever reported: what counts now, and what it
// replaces.
func AttendanceSaved(tx *store.Tx, s attendance.Saved, reader people.Person) (chat.Body, error) {
	done := "已登记"
	if s.Late {
		done = "已补报"
	}
	b, err := reported(tx, chat.Titled(fmt.Sprintf("%s %s考勤%s", s.Unit, s.Day.Short(), done)), s.Version, true)
	switch {
	case err != nil:
		return b, err
	case s.Same:
		return b.Strong("", "与上次登记的相同，没有变动。"), nil
	case s.Before != nil:
		b = b.Strong("", fmt.Sprintf("替换了 %s 的登记（应到 %d　实到 %d），原登记留存。",
			clock(tx, s.Before.At), s.Before.Expected, s.Before.Tally().Present))
	}
	cal, err := calendar.Load(tx)
	if err != nil {
		return b, err
	}
	if work, _ := cal.IsWorkday(s.Day); !work {
		b = b.Strong("", "这天不上班，按值班登记。")
	}
	if s.Late {
		b = b.Strong("", "当天的通报已经发布，这次登记将在下一期更正。")
	}
	b = b.Tap("撤回", "/撤回")
	if len(s.Absences) > 0 {
		b = b.Tap("改为全勤", attendanceLine(tx, s.Unit, s.Day, reader)+"全勤")
	}
	return b, nil
}

// attendanceLine begins a line with which a reader reports for a unit and day.
func attendanceLine(tx *store.Tx, unit string, day calendar.Day, reader people.Person) string {
	line := "/考勤 "
	if unit != reader.Unit {
		line += unit + " "
	}
	if day != calendar.Day(tx.Today()) {
		line += string(day) + " "
	}
	return line
}

// reported adds the numbers, who is away and why, and who reported it when.
func reported(tx *store.Tx, b chat.Body, v attendance.Version, names bool) (chat.Body, error) {
	t := v.Tally()
	b = b.Para(fmt.Sprintf("应到 %d　实到 %d　出勤率 %s", t.Expected, t.Present, percent(t.Rate())))
	away, err := absences(tx, v.Absences, names)
	if err != nil {
		return b, err
	}
	if away != "" {
		b = b.Strong("", away)
	}
	by, _, err := people.Get(tx, v.By)
	if err != nil {
		return b, err
	}
	return b.Strong("", fmt.Sprintf("登记人：%s　%s", by.Name, clock(tx, v.At))), nil
}

// absences lists who is away by reason: "病假 1：甲　公差 2：乙、丙"; without names,
// the numbers alone.
func absences(tx *store.Tx, list []attendance.Absence, withNames bool) (string, error) {
	by := map[attendance.Reason][]string{}
	for _, a := range list {
		p, _, err := people.Get(tx, a.Person)
		if err != nil {
			return "", err
		}
		name := p.Name
		if a.Remark != "" {
			name += "（" + a.Remark + "）"
		}
		by[a.Reason] = append(by[a.Reason], name)
	}
	var parts []string
	for _, r := range attendance.Reasons {
		who := by[r]
		if len(who) == 0 {
			continue
		}
		part := fmt.Sprintf("%s %d", r, len(who))
		if withNames {
			part += "：" + strings.Join(who, "、")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "　"), nil
}

// AttendanceUnit shows a unit's report of a day with its earlier versions. The
// reader, if they may report, can do so by tap.
func AttendanceUnit(tx *store.Tx, unit string, day calendar.Day, reader people.Person, names bool) (chat.Body, error) {
	b := chat.Titled(fmt.Sprintf("%s %s考勤", unit, day.Short()))
	r, ok, err := attendance.Get(tx, day, unit)
	if err != nil {
		return b, err
	}
	if ok {
		if b, err = reported(tx, b, r.Version, names); err != nil {
			return b, err
		}
		return earlier(tx, b, r.Earlier)
	}
	b = b.Para("未报。")
	may, err := attendance.MayReport(tx, reader, unit)
	if err != nil || !may {
		return b, err
	}
	line := attendanceLine(tx, unit, day, reader)
	return b.Strong("", "有人缺勤请回复："+line+"缺 姓名(原因)").Tap("全勤", line+"全勤"), nil
}

func earlier(tx *store.Tx, b chat.Body, list []attendance.Version) (chat.Body, error) {
	var items []chat.Line
	for _, v := range list {
		by, _, err := people.Get(tx, v.By)
		if err != nil {
			return b, err
		}
		items = append(items, chat.Line{Text: fmt.Sprintf("%s　%s：应到 %d　实到 %d", clock(tx, v.At), by.Name, v.Expected, v.Tally().Present)})
	}
	if len(items) > 0 {
		b = b.Para("此前登记过：")
	}
	return b.Bullets(items...), nil
}

// AttendanceTable shows a day's attendance of all units: the numbers, who reported
// them when, and the units that are missing.
func AttendanceTable(tx *store.Tx, s attendance.Summary) (chat.Body, error) {
	b := chat.Titled(fmt.Sprintf("%s %s考勤", s.Day.Short(), s.Day.WeekdayName()))
	if !s.Workday {
		b = b.Para("这天不上班。")
		if s.Reported == 0 {
			return b, nil
		}
	}
	b = b.Strong("", fmt.Sprintf("%d/%d 个单位已报　%s", s.Reported, len(s.Units), Turnout(s)))
	var rows [][]string
	for _, u := range s.Units {
		if !u.Reported {
			continue
		}
		by, _, err := people.Get(tx, u.By)
		if err != nil {
			return b, err
		}
		row := []string{u.Unit}
		for _, n := range []int{u.Tally.Expected, u.Tally.Present, u.Tally.Leave, u.Tally.Duty, u.Tally.Missing} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, by.Name+" "+clock(tx, u.At)))
	}
	if len(rows) > 0 {
		b = b.Table(append(attendanceHeader[:len(attendanceHeader):len(attendanceHeader)], "登记"), rows)
	}
	if missing := s.Missing(); len(missing) > 0 && s.Workday {
		b = b.Para(fmt.Sprintf("未报 %d：%s", len(missing), strings.Join(missing, "、")))
	}
	return b, nil
}

// lastCall is how many minutes before the close a reminder is the last one.
const lastCall = 15

// AttendanceReminder asks those who report for a unit to do so. Closes is when
// attendance closes, 0 for never; now is the time of day.
func AttendanceReminder(unit string, closes, now calendar.Clock) chat.Body {
	b := chat.Body{}
	switch left := int(closes - now); {
	case closes == 0:
		b = b.Strong("今日考勤还没登记", "　"+unit)
	case left > 0 && left <= lastCall:
		b = b.Strong("今日考勤仍未登记", fmt.Sprintf("　%s　还有 %d 分钟截止，过时将报办公室", unit, left))
	default:
		b = b.Strong("今日考勤还没登记", fmt.Sprintf("　%s　%s 截止", unit, closes))
	}
	return b.Strong("", "有人缺勤请回复：/考勤 缺 姓名(原因)").Tap("全勤", "/考勤 全勤")
}

// AttendanceClosed names to the office the units that have not reported, each
// with who should have. Late marks what is caught up on.
func AttendanceClosed(tx *store.Tx, s attendance.Summary, late bool) (chat.Body, error) {
	title := fmt.Sprintf("考勤截止　%s", s.Day.Short())
	if late {
		title += "（补发）"
	}
	missing := s.Missing()
	b := chat.Titled(title).Para(fmt.Sprintf("%d/%d 个单位已报，未报 %d 个：", s.Reported, len(s.Units), len(missing)))
	var items []chat.Line
	for _, unit := range missing {
		asked, err := attendance.Reporters(tx, unit)
		if err != nil {
			return b, err
		}
		var who []string
		for _, p := range asked {
			who = append(who, p.Name)
		}
		text := "　没有负责人，请在名册中补上"
		if len(who) > 0 {
			text = "　" + strings.Join(who, "、")
		}
		items = append(items, chat.Line{Strong: unit, Text: text})
	}
	return b.Bullets(items...).Para("办公室可以代为登记，例：/考勤 "+missing[0]+" 全勤").Tap("看全部", "/考勤 查"), nil
}

// AttendanceMine is a person's own attendance of a month.
func AttendanceMine(own attendance.Own) chat.Body {
	b := chat.Titled("我的考勤　" + own.Month.Label())
	if own.Reported == 0 {
		return b.Para("还没有登记。")
	}
	count := map[attendance.Reason]int{}
	var items []chat.Line
	for _, r := range own.Records {
		count[r.Reason]++
		text := "　" + string(r.Reason)
		if r.Remark != "" {
			text += "（" + r.Remark + "）"
		}
		items = append(items, chat.Line{Strong: r.Day.Short() + " " + r.Day.WeekdayName(), Text: text})
	}
	line := fmt.Sprintf("登记 %d 天　到岗 %d 天", own.Reported, own.Present())
	for _, r := range attendance.Reasons {
		if count[r] > 0 {
			line += fmt.Sprintf("　%s %d", r, count[r])
		}
	}
	return b.Para(line).Bullets(items...)
}
