package report

import (
	"fmt"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/attendance"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
)

// Bulletin is the bulletin as a chat message: with names for those who may see
// them, else in its public form, which names units and numbers.
func Bulletin(b bulletin.Bulletin, names bool) chat.Body {
	title := bulletin.Title
	if b.Late {
		title += "（补发）"
	}
	return bulletinBody(b, names, chat.Titled(title).
		Para(fmt.Sprintf("%s　%s　%s", b.Number(), b.Issuer, b.Day.Short())))
}

func bulletinBody(b bulletin.Bulletin, names bool, body chat.Body) chat.Body {
	if len(b.Replaces) > 0 {
		body = body.Para(replaced(b))
	}
	n := section(0)
	if b.Leader.ID != "" {
		body = lead(body, n.next()+"巡查组", "　"+team(b, names))
	}
	body = lead(body, n.next()+"出勤", "　"+Turnout(b.Attendance))
	if b.Attendance.Reported > 0 {
		body = body.Table(attendanceHeader, attendanceRows(b.Attendance))
	}
	body = lead(body, n.next()+"巡查情况", "　"+walked(b)).Numbered(findingLines(b, names)...)
	if missing := b.Attendance.Missing(); len(missing) > 0 && b.Attendance.Workday && b.Attendance.Reported > 0 {
		body = lead(body, n.next()+"未报考勤", "　"+strings.Join(missing, "、"))
	}
	if len(b.Corrections) > 0 {
		body = lead(body, n.next()+"更正", "").Bullets(correctionLines(b)...)
	}
	if b.Issue().Objectionable() {
		body = body.Para(fmt.Sprintf("对记录有异议的，由本人或单位负责人在 3 个工作日内（%s前）申诉：/申诉 记录号 理由", b.ObjectBy.Short()))
	}
	return body
}

// lead adds a paragraph that begins with something strong.
func lead(b chat.Body, strong, text string) chat.Body {
	b.Blocks = append(b.Blocks[:len(b.Blocks):len(b.Blocks)], chat.Block{Lines: []chat.Line{{Strong: strong, Text: text}}})
	return b
}

// sections are the numerals of sections.
const sections = "一二三四五六七八九"

// section counts the sections of a bulletin in Chinese numerals.
type section int

func (s *section) next() string {
	*s++
	return string([]rune(sections)[*s-1]) + "、"
}

// team names the duty team, or in the public form the leader by post and the
// members by unit and number.
func team(b bulletin.Bulletin, names bool) string {
	s := "带班领导：" + b.Leader.Post
	if names {
		s += b.Leader.Name
	}
	var out []string
	count := map[string]int{}
	for _, m := range b.Members {
		switch count[m.Unit]++; {
		case names:
			out = append(out, m.Name)
		case count[m.Unit] == 1:
			out = append(out, m.Unit)
		}
	}
	if len(out) == 0 {
		return s
	}
	if !names {
		for i, unit := range out {
			out[i] = fmt.Sprintf("%s %d 人", unit, count[unit])
		}
	}
	return s + "　成员：" + strings.Join(out, "、")
}

// Turnout is a day's attendance in one line.
func Turnout(s attendance.Summary) string {
	switch {
	case s.Reported > 0:
		return fmt.Sprintf("应到 %d　实到 %d　出勤率 %s", s.Total.Expected, s.Total.Present, percent(s.Total.Rate()))
	case s.Workday:
		return "各单位均未报。"
	default:
		return "当日不上班。"
	}
}

func percent(rate float64) string { return strconv.FormatFloat(rate*100, 'f', 1, 64) + "%" }

var attendanceHeader = []string{"单位", "应到", "实到", "请假", "公差", "未到"}

func attendanceRows(s attendance.Summary) [][]string {
	var rows [][]string
	for _, u := range s.Units {
		if u.Reported {
			t := u.Tally
			rows = append(rows, []string{u.Unit, strconv.Itoa(t.Expected), strconv.Itoa(t.Present),
				strconv.Itoa(t.Leave), strconv.Itoa(t.Duty), strconv.Itoa(t.Missing)})
		}
	}
	return rows
}

// walked says from when on the offices were walked that day, and how many units
// were seen, by kind.
func walked(b bulletin.Bulletin) string {
	seen := map[people.Kind]map[string]bool{}
	first := calendar.Clock(24 * 60)
	for _, f := range b.Findings {
		if f.Day != b.Day {
			continue
		}
		if seen[f.UnitKind] == nil {
			seen[f.UnitKind] = map[string]bool{}
		}
		seen[f.UnitKind][f.Unit] = true
		first = min(first, seenAt(f.Finding))
	}
	var parts []string
	for _, k := range []people.Kind{people.Section, people.Affiliated} {
		if n := len(seen[k]); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d 个", k, n))
		}
	}
	if len(parts) == 0 {
		return "当日未巡查。"
	}
	return first.String() + " 起巡查" + strings.Join(parts, "、")
}

// seenAt is when a finding was seen: as was said, or else when it was recorded.
func seenAt(f patrol.Finding) calendar.Clock {
	if c, err := calendar.ParseClock(f.Clock); err == nil {
		return c
	}
	return calendar.ClockOf(f.At)
}

// orderMax is how many units in order are named before they are only counted.
const orderMax = 3

// findingLines are the findings: first what is in order, as one line, then each
// record with its number.
func findingLines(b bulletin.Bulletin, names bool) []chat.Line {
	var lines []chat.Line
	if units := unitsInOrder(b); len(units) > 0 {
		who := strings.Join(units[:min(len(units), orderMax)], "、")
		if len(units) > orderMax {
			who += fmt.Sprintf("等 %d 个单位", len(units))
		}
		lines = append(lines, chat.Line{Text: who + "：人员在岗，秩序良好。"})
	}
	for _, f := range b.Findings {
		if f.Line > 0 {
			lines = append(lines, chat.Line{Text: findingText(b.Day, f, names)})
		}
	}
	return lines
}

// unitsInOrder are the units that were in order, and of which nothing else was
// found that day but praise: first those of the bulletin's day, then those of an
// earlier one, with the day.
func unitsInOrder(b bulletin.Bulletin) []string {
	place := func(f bulletin.Finding) string { return f.Unit + daySuffix(b.Day, f) }
	trouble := map[string]bool{}
	for _, f := range b.Findings {
		if f.Finding.Kind != patrol.InOrder && f.Finding.Kind != patrol.Praise {
			trouble[place(f)] = true
		}
	}
	var units, earlier []string
	for _, f := range b.Findings {
		switch {
		case f.Finding.Kind != patrol.InOrder || trouble[place(f)]:
			continue
		case f.Day == b.Day:
			units = append(units, place(f))
		default:
			earlier = append(earlier, place(f))
		}
		trouble[place(f)] = true // once
	}
	return append(units, earlier...)
}

func correctionLines(b bulletin.Bulletin) []chat.Line {
	var lines []chat.Line
	for _, c := range b.Corrections {
		issue := ""
		if c.No != 0 {
			issue = fmt.Sprintf("第%d期：", c.No)
			if c.Year != b.Year {
				issue = fmt.Sprintf("%d年第%d期：", c.Year, c.No)
			}
		}
		text := strings.TrimRight(c.Text, "。") + "。"
		if l := c.Late; l != nil {
			word := "补报考勤"
			if l.Was != nil {
				word = "考勤更正"
			}
			t := l.Tally
			text = fmt.Sprintf("%s %s%s：应到 %d，实到 %d，请假 %d，公差 %d，未到 %d。",
				l.Unit, l.Day.Short(), word, t.Expected, t.Present, t.Leave, t.Duty, t.Missing)
		}
		lines = append(lines, chat.Line{Text: issue + text})
	}
	return lines
}
