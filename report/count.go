package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/patrol"
)

// countText says how many findings there are: 5 条（其中未核实 1 条）：缺岗 2、迟到 3.
func countText(c patrol.Count) string {
	if c.Findings == 0 {
		return "没有发现问题。"
	}
	text := fmt.Sprintf("%d 条", c.Findings)
	if c.Unverified > 0 {
		text += fmt.Sprintf("（其中未核实 %d 条）", c.Unverified)
	}
	var kinds []string
	for _, k := range c.Kinds {
		s := fmt.Sprintf("%s %d", k.Kind, k.Findings)
		if k.Unverified > 0 {
			s += fmt.Sprintf("（未核实 %d）", k.Unverified)
		}
		kinds = append(kinds, s)
	}
	return text + "：" + strings.Join(kinds, "、")
}

// changed says how a number differs from the one before: 比上月多 2 所.
func changed(now, before int, measure, when string) string {
	switch d := now - before; {
	case d > 0:
		return fmt.Sprintf("比%s多 %d %s", when, d, measure)
	case d < 0:
		return fmt.Sprintf("比%s少 %d %s", when, -d, measure)
	default:
		return "与" + when + "持平"
	}
}

// countChanges compares the findings of a time with those of the time before.
func countChanges(now, before patrol.Count, when string) []chat.Line {
	text := fmt.Sprintf("　%d 条，%s", now.Findings, changed(now.Findings, before.Findings, "条", when))
	var kinds []string
	for _, k := range patrol.Kinds {
		if a, b := kindCount(now, k), kindCount(before, k); a+b > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %d（%s %d）", k, a, when, b))
		}
	}
	if len(kinds) > 0 {
		text += "：" + strings.Join(kinds, "、")
	}
	return []chat.Line{
		{Strong: "问题", Text: text},
		{Strong: "表扬", Text: fmt.Sprintf("　%d 条，%s", now.Praise, changed(now.Praise, before.Praise, "条", when))},
	}
}

func kindCount(c patrol.Count, k patrol.Kind) int {
	for _, kc := range c.Kinds {
		if kc.Kind == k {
			return kc.Findings
		}
	}
	return 0
}

// unrecorded stands for the numbers of a time of which nothing is known.
const unrecorded = "无记录"
