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
		Para(fmt.Sprintf("%s　县教委办公室　%s", b.Number(), b.Day.Short())))
}

func bulletinBody(b bulletin.Bulletin, names bool, body chat.Body) chat.Body {
	n := section(0)
	if b.Leader.ID != "" {
		body = body.Strong(n.next()+"巡查组", "　带班领导："+b.Leader.Post+"　成员："+members(b, names))
	}
	body = body.Strong(n.next()+"出勤", "　"+Turnout(b.Attendance))
	if b.Attendance.Reported > 0 {
		body = body.Table(attendanceHeader, attendanceRows(b.Attendance))
	}
	body = body.Para("").Strong(n.next()+"巡查情况", "　"+walked(b))
	body = body.Numbered(findingLines(b, names)...)
	if missing := b.Attendance.Missing(); len(missing) > 0 {
		body = body.Para("").Strong(n.next()+"未报考勤", "　"+strings.Join(missing, "、"))
	}
	if len(b.Corrections) > 0 {
		body = body.Para("").Strong(n.next()+"更正", "").Bullets(correctionLines(b)...)
	}
	if hasNumbered(b) {
		body = body.Para("对记录有异议的，请在 3 个工作日内向办公室提出，并写明记录号。")
	}
	return dropEmpty(body)
}

// section counts the sections of a bulletin in Chinese numerals.
type section int

func (s *section) next() string {
	*s++
	return string([]rune("一二三四五六七")[*s-1]) + "、"
}

// dropEmpty joins what Para("") kept apart: an empty line at the beginning of a
// paragraph goes.
func dropEmpty(b chat.Body) chat.Body {
	for i, bl := range b.Blocks {
		if len(bl.Lines) > 1 && bl.Lines[0] == (chat.Line{}) {
			b.Blocks[i].Lines = bl.Lines[1:]
		}
	}
	return b
}

// members names the duty team, or in the public form counts them by unit.
func members(b bulletin.Bulletin, names bool) string {
	var out []string
	if names {
		for _, m := range b.Members {
			out = append(out, m.Name)
		}
		return strings.Join(out, "、")
	}
	count := map[string]int{}
	for _, m := range b.Members {
		if count[m.Unit]++; count[m.Unit] == 1 {
			out = append(out, m.Unit)
		}
	}
	for i, unit := range out {
		out[i] = fmt.Sprintf("%s %d 人", unit, count[unit])
	}
	return strings.Join(out, "、")
}

// Turnout is a day's attendance in one line.
func Turnout(s attendance.Summary) string {
	if s.Reported == 0 {
		return "各单位均未报。"
	}
	return fmt.Sprintf("应到 %d　实到 %d　出勤率 %s", s.Total.Expected, s.Total.Present, percent(s.Total.Rate()))
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

// walked says how many units were seen, by kind.
func walked(b bulletin.Bulletin) string {
	seen := map[people.Kind]map[string]bool{}
	for _, f := range b.Findings {
		if seen[f.UnitKind] == nil {
			seen[f.UnitKind] = map[string]bool{}
		}
		seen[f.UnitKind][f.Unit] = true
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
	return "巡查" + strings.Join(parts, "、")
}

func hasNumbered(b bulletin.Bulletin) bool {
	for _, f := range b.Findings {
		if f.Line > 0 {
			return true
		}
	}
	return false
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
			lines = append(lines, chat.Line{Text: findingText(b, f, names)})
		}
	}
	return lines
}

// unitsInOrder are the units of which nothing else than 正常 or 表扬 was found.
func unitsInOrder(b bulletin.Bulletin) []string {
	var units []string
	seen := map[string]bool{}
	for _, f := range b.Findings {
		if f.Finding.Kind == patrol.InOrder && !seen[f.Unit] {
			seen[f.Unit] = true
			units = append(units, f.Unit)
		}
	}
	return units
}

// findingText is one record: with names, or with the number of people.
func findingText(b bulletin.Bulletin, f bulletin.Finding, names bool) string {
	var s strings.Builder
	if f.Finding.Kind == patrol.Praise {
		s.WriteString("表扬：")
	}
	s.WriteString(f.Unit)
	if f.Day != b.Day {
		s.WriteString("（" + f.Day.Short() + "）")
	}
	if f.Finding.Kind != patrol.Praise {
		s.WriteString("：")
	}
	if n := len(f.Persons); n > 0 {
		if names {
			s.WriteString(strings.Join(f.Names, "、"))
		} else {
			fmt.Fprintf(&s, "%d 人", n)
		}
	}
	var rest []string
	if f.Clock != "" {
		rest = append(rest, f.Clock)
	}
	if f.Finding.Kind != patrol.Praise && f.Finding.Kind != patrol.Other {
		rest = append(rest, string(f.Finding.Kind))
	}
	if f.Note != "" && (names || len(f.Persons) == 0) {
		rest = append(rest, f.Note)
	}
	s.WriteString(" " + strings.Join(rest, "，"))
	fmt.Fprintf(&s, "（记录 %s）", f.ID())
	return s.String()
}

func correctionLines(b bulletin.Bulletin) []chat.Line {
	var lines []chat.Line
	for _, l := range b.Corrections {
		t := l.Tally
		lines = append(lines, chat.Line{Text: fmt.Sprintf("%s %s 补报考勤：应到 %d，实到 %d，请假 %d，公差 %d，未到 %d。",
			l.Unit, l.Day.Short(), t.Expected, t.Present, t.Leave, t.Duty, t.Missing)})
	}
	return lines
}

// BulletinPreview shows the office what will go out.
func BulletinPreview(b bulletin.Bulletin, held bool) chat.Body {
	body := chat.Titled("《" + bulletin.Title + "》预览").
		Para(fmt.Sprintf("将为%s　%s", b.Number(), b.Day.Short()))
	body = bulletinBody(b, true, body).
		Para("群里的版本按规定只写单位和人数，姓名只有本人、负责人、委领导和办公室能看到。")
	if held {
		return body.Para("已暂缓，到点不会自动发布。").Tap("恢复自动发布", "/通报 恢复").Tap("现在发布", "/通报 发布")
	}
	return body.Para("到点自动发布。").Tap("现在发布", "/通报 发布").Tap("暂缓", "/通报 暂缓")
}

// BulletinHold answers whoever held a bulletin back, or let it go.
func BulletinHold(day calendar.Day, held bool) chat.Body {
	if held {
		return chat.Text(fmt.Sprintf("%s的通报已暂缓，到点不会自动发布。", day.Short())).
			Tap("恢复自动发布", "/通报 恢复").Tap("现在发布", "/通报 发布")
	}
	return chat.Text(fmt.Sprintf("%s的通报已恢复，到点自动发布。", day.Short())).Tap("暂缓", "/通报 暂缓")
}

// BulletinHeld tells the office that the hour came and nothing went out.
func BulletinHeld(day calendar.Day) chat.Body {
	return chat.Text(fmt.Sprintf("%s的《%s》已暂缓，没有发布。", day.Short(), bulletin.Title)).
		Tap("现在发布", "/通报 发布").Tap("预览", "/通报 预览")
}

// FindingToPerson tells a person what was recorded of them.
func FindingToPerson(b bulletin.Bulletin, f bulletin.Finding) chat.Body {
	text := fmt.Sprintf("%s巡查记录（%s）：%s", when(f), f.ID(), f.Finding.Kind)
	if f.Finding.Kind == patrol.Praise {
		text = fmt.Sprintf("%s巡查中您受到表扬（%s）", when(f), f.ID())
	}
	if f.Note != "" {
		text += "，" + f.Note
	}
	text += "。已载入" + b.Number() + "《" + bulletin.Title + "》。"
	if f.Finding.Kind != patrol.Praise {
		text += "\n有异议请在 3 个工作日内向办公室提出，并写明记录号。"
	}
	return chat.Text(text)
}

// FindingToHead tells a unit's head what was recorded in the unit.
func FindingToHead(b bulletin.Bulletin, f bulletin.Finding) chat.Body {
	return chat.Text(fmt.Sprintf("%s《%s》载有贵单位一条记录：\n%s", b.Number(), bulletin.Title, findingText(b, f, true)))
}

func when(f bulletin.Finding) string {
	if f.Clock == "" {
		return f.Day.Short()
	}
	return f.Day.Short() + " " + f.Clock + " "
}
