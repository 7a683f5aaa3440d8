package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/monthly"
	"yunzhuan/office/patrol"
)

// Monthly is the monthly check of schools as a chat message: with names for those
// who may see them, else in its public form, which names schools and numbers.
func Monthly(c monthly.Check, names bool) chat.Body {
	title := monthly.Title
	if c.Late {
		title += "（补发）"
	}
	return monthlyBody(c, names, chat.Titled(title).
		Para(fmt.Sprintf("%s　%s　%s", c.Month.Label(), c.Issuer, c.On.Short())))
}

func monthlyBody(c monthly.Check, names bool, body chat.Body) chat.Body {
	now := c.Now()
	if c.Empty() {
		return body.Para(c.Month.Label() + "没有校务检查记录。")
	}
	n := section(0)
	if now.Seen == 0 {
		body = lead(body, n.next()+"检查情况", "　本月没有校务检查记录。")
	} else {
		body = lead(body, n.next()+"检查情况", fmt.Sprintf("　全县 %d 所学校，查了 %d 所。", now.Schools, now.Seen))
		var lines []chat.Line
		for _, d := range c.Districts {
			lines = append(lines, districtLine(d, false))
		}
		body = body.Bullets(lines...)
		if good := schoolsInOrder(c); good != "" {
			body = body.Para(good)
		}
	}
	if now.Seen > 0 || now.Findings > 0 {
		body = lead(body, n.next()+"发现的问题", "　"+countText(now.Count)).
			Numbered(recordLines(c.Findings, names, false)...)
	}
	if now.Praise > 0 {
		body = lead(body, n.next()+"表扬", fmt.Sprintf("　%d 条", now.Praise)).
			Numbered(recordLines(c.Findings, names, true)...)
	}
	body = lead(body, n.next()+"与上月比较", "")
	if before := c.Before(); before.Recorded {
		lines := []chat.Line{{Strong: "检查学校", Text: fmt.Sprintf("　%d 所，%s", now.Seen, changed(now.Seen, before.Seen, "所", "上月"))}}
		body = body.Bullets(append(lines, countChanges(now.Count, before.Count, "上月")...)...)
	} else {
		body = body.Bullets(chat.Line{Text: "上月" + unrecorded + "。"})
	}
	body = lead(body, n.next()+"近 6 个月", "").Table([]string{"月份", "检查学校", "问题", "未核实", "表扬"}, monthRows(c.Trend))
	if len(c.Corrections) > 0 {
		var lines []chat.Line
		for _, k := range c.Corrections {
			lines = append(lines, chat.Line{Text: k.Month.Label() + "：" + strings.TrimRight(k.Text, "。") + "。"})
		}
		body = lead(body, n.next()+"更正", "").Bullets(lines...)
	}
	if c.Issue().Objectionable() {
		body = body.Para(fmt.Sprintf("对记录有异议的，由本人或校长在 3 个工作日内（%s前）申诉：/申诉 记录号 理由", c.ObjectBy.Short()))
	}
	return body
}

// recordLines are the records that have a number, with their days: those of praise,
// under a heading that says so, or all others.
func recordLines(found []bulletin.Finding, names, praise bool) []chat.Line {
	var lines []chat.Line
	for _, f := range found {
		if f.Line > 0 && (f.Finding.Kind == patrol.Praise) == praise {
			lines = append(lines, chat.Line{Text: strings.TrimPrefix(findingText("", f, names), "表扬：")})
		}
	}
	return lines
}

// schoolsInOrder names the schools that were in order, and of which nothing else was
// found in the month but praise.
func schoolsInOrder(c monthly.Check) string {
	var good, trouble []string
	for _, f := range c.Findings {
		if f.Kind != patrol.InOrder && f.Kind != patrol.Praise {
			trouble = append(trouble, f.Unit)
		}
	}
	for _, f := range c.Findings {
		if f.Kind == patrol.InOrder && !slices.Contains(trouble, f.Unit) && !slices.Contains(good, f.Unit) {
			good = append(good, f.Unit)
		}
	}
	switch n := len(good); {
	case n == 0:
		return ""
	case n > orderMax:
		return fmt.Sprintf("%s等 %d 所学校：人员在岗，秩序良好。", strings.Join(good[:orderMax], "、"), n)
	default:
		return strings.Join(good, "、") + "：人员在岗，秩序良好。"
	}
}

func monthRows(trend []monthly.Numbers) [][]string {
	var rows [][]string
	for _, m := range trend {
		row := []string{m.Month.Label(), unrecorded, "", "", ""}
		if m.Recorded {
			seen := strconv.Itoa(m.Seen)
			if m.Schools > 0 {
				seen += "/" + strconv.Itoa(m.Schools)
			}
			row = []string{m.Month.Label(), seen, strconv.Itoa(m.Findings), strconv.Itoa(m.Unverified), strconv.Itoa(m.Praise)}
		}
		rows = append(rows, row)
	}
	return rows
}

// MonthlyPreview shows the office a monthly check as it would be now, and says what
// goes out when, and to whom.
func MonthlyPreview(c monthly.Check) chat.Body {
	body := monthlyBody(c, true, chat.Titled("《"+monthly.Title+"》预览").
		Para(fmt.Sprintf("%s　将于%s（当月第一个工作日）自动发布", c.Month.Label(), c.On.Short())))
	if c.Empty() {
		return body.Para("到时还没有记录的，只告诉委领导群和办公室群。")
	}
	return body.Para("委领导群、办公室群收到全文，校长群收到的只写学校和人数。发布以前记的都会载入。")
}

// MonthlyCorrected answers whoever wrote a correction.
func MonthlyCorrected(c monthly.Check, text string) chat.Body {
	return chat.Text(fmt.Sprintf("对%s《%s》的更正已记下，载入下一次：\n%s", c.Month.Label(), monthly.Title, text)).Tap("撤回", "/撤回")
}
