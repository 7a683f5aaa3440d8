package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/weekly"
)

// Weekly is the weekly check of the offices as a chat message: with the records and
// their names for those who may see them, else in its public form, which has units
// and numbers.
func Weekly(c weekly.Check, names bool) chat.Body {
	title := weekly.Title
	if c.Late {
		title += "（补发）"
	}
	return weeklyBody(c, names, chat.Titled(title).Para(fmt.Sprintf("%s　%s　%s", c.Week.Label(), c.Issuer, c.On.Short())))
}

func weeklyBody(c weekly.Check, names bool, body chat.Body) chat.Body {
	n := section(0)
	if c.Empty() {
		body = lead(body, n.next()+"巡查", "　本周没有巡查记录。")
	} else {
		body = weeklyPatrol(c, names, body, &n)
	}
	body = weeklyAttendance(c, body, &n)
	body = lead(body, n.next()+"与上周比较", "").Bullets(weekChanges(c)...)
	return lead(body, n.next()+"近 8 周", "").Table([]string{"周（起）", "巡查单位", "问题", "表扬", "出勤率"}, weekRows(c.Trend))
}

func weeklyPatrol(c weekly.Check, names bool, body chat.Body, n *section) chat.Body {
	now := c.Now()
	text := fmt.Sprintf("　%d 个单位，巡查了 %d 个", now.Units, now.Walked)
	if len(c.Units.Unseen) > 0 {
		text += "，未巡：" + strings.Join(c.Units.Unseen, "、")
	}
	body = lead(body, n.next()+"巡查", text+"。")
	body = lead(body, n.next()+"通报", "　"+weekBulletins(c, names))
	body = lead(body, n.next()+"发现的问题", "　"+countText(now.Count))
	if names {
		body = body.Numbered(recordLines(c.Findings, true, false)...)
	} else {
		body = body.Bullets(unitLines(c)...)
	}
	if len(c.Revoked) > 0 {
		body = body.Para(strings.Join(c.Revoked, "、") + " 经申诉复核已撤销，不计在内。")
	}
	if now.Praise == 0 {
		return body
	}
	body = lead(body, n.next()+"表扬", fmt.Sprintf("　%d 条", now.Praise))
	if names {
		return body.Numbered(recordLines(c.Findings, true, true)...)
	}
	var lines []chat.Line
	for _, u := range c.ByUnit {
		if u.Praise > 0 {
			lines = append(lines, chat.Line{Strong: u.Unit, Text: fmt.Sprintf("　%d 条", u.Praise)})
		}
	}
	return body.Bullets(lines...)
}

// weekBulletins names the bulletins, and to those who see all says what waits for
// one.
func weekBulletins(c weekly.Check, all bool) string {
	waiting := ""
	if all && c.Waiting > 0 {
		waiting = fmt.Sprintf("另有 %d 条记录还没有载入通报，不计在内。", c.Waiting)
	}
	if len(c.Bulletins) == 0 {
		return "本周没有发布通报。" + waiting
	}
	var issues []string
	for _, b := range c.Bulletins {
		issues = append(issues, fmt.Sprintf("第%d期（%s）", b.No, b.Day.Short()))
	}
	return fmt.Sprintf("%d 期：%s。", len(issues), strings.Join(issues, "、")) + waiting
}

func unitLines(c weekly.Check) []chat.Line {
	var lines []chat.Line
	for _, u := range c.ByUnit {
		if u.Findings > 0 {
			lines = append(lines, chat.Line{Strong: u.Unit, Text: "　" + countText(u.Count)})
		}
	}
	return lines
}

func weeklyAttendance(c weekly.Check, body chat.Body, n *section) chat.Body {
	now := c.Now().Turnout
	if now.Reports == 0 {
		return lead(body, n.next()+"考勤", "　"+unrecorded+"。")
	}
	body = lead(body, n.next()+"考勤", "　出勤率 "+percent(now.Rate()))
	var rows [][]string
	var missing []chat.Line
	for _, d := range c.Days {
		rows = append(rows, []string{d.Day.Short(), rate(d.Turnout), fmt.Sprintf("%d/%d", d.Reports, d.Units)})
		if len(d.Missing) > 0 && d.Reports > 0 {
			missing = append(missing, chat.Line{Strong: d.Day.Short() + "未报", Text: "　" + strings.Join(d.Missing, "、")})
		}
	}
	return body.Table([]string{"日期", "出勤率", "已报单位"}, rows).Bullets(missing...)
}

func rate(t weekly.Turnout) string {
	if t.Reports == 0 {
		return unrecorded
	}
	return percent(t.Rate())
}

func weekChanges(c weekly.Check) []chat.Line {
	now, before := c.Now(), c.Before()
	lines := []chat.Line{{Strong: "巡查", Text: "　上周" + unrecorded + "。"}}
	if before.Recorded {
		lines = []chat.Line{{Strong: "巡查单位", Text: fmt.Sprintf("　%d 个，%s", now.Walked, changed(now.Walked, before.Walked, "个", "上周"))}}
		lines = append(lines, countChanges(now.Count, before.Count, "上周")...)
	}
	return append(lines, chat.Line{Strong: "出勤率", Text: "　" + rateChange(now.Turnout, before.Turnout)})
}

// rateChange says how a week's rate of attendance differs from the one before.
func rateChange(now, before weekly.Turnout) string {
	if now.Reports == 0 || before.Reports == 0 {
		return rate(now) + "，上周" + rate(before)
	}
	tenths := int(math.Round(now.Rate()*1000)) - int(math.Round(before.Rate()*1000)) // of a point, as shown
	points := strconv.FormatFloat(math.Abs(float64(tenths))/10, 'f', 1, 64) + " 个百分点"
	switch {
	case tenths > 0:
		return rate(now) + "，比上周高 " + points
	case tenths < 0:
		return rate(now) + "，比上周低 " + points
	default:
		return rate(now) + "，与上周持平"
	}
}

func weekRows(trend []weekly.Numbers) [][]string {
	var rows [][]string
	for _, w := range trend {
		row := []string{w.Week.From.Short(), unrecorded, "", "", rate(w.Turnout)}
		if w.Recorded {
			walked := strconv.Itoa(w.Walked)
			if w.Units > 0 {
				walked += "/" + strconv.Itoa(w.Units)
			}
			row = []string{w.Week.From.Short(), walked, strconv.Itoa(w.Findings), strconv.Itoa(w.Praise), rate(w.Turnout)}
		}
		rows = append(rows, row)
	}
	return rows
}
