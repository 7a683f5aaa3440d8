package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
)

// daySuffix names the day of a finding that is not of the day of its issue, if that
// has one.
func daySuffix(day calendar.Day, f bulletin.Finding) string {
	if f.Day == day {
		return ""
	}
	return "（" + f.Day.Short() + "）"
}

// findingText is one record of an issue that is about a day, or about none: with
// names, or with the number of people.
func findingText(day calendar.Day, f bulletin.Finding, names bool) string {
	note := f.Note
	if f.NoteNames && !names {
		note = ""
	}
	who := strings.Join(f.Names, "、")
	if !names && who != "" {
		who = fmt.Sprintf("%d 人", len(f.Persons))
	}
	text := f.Unit + daySuffix(day, f) + "："
	switch kind := f.Finding.Kind; {
	case kind == patrol.Praise && who == "": // 表扬：安全稳定科接待来访耐心细致
		text = "表扬：" + f.Unit + daySuffix(day, f) + note
	case kind == patrol.Praise && names:
		text = "表扬：" + f.Unit + daySuffix(day, f) + who + note
	case kind == patrol.Praise:
		text = "表扬：" + comma(f.Unit+daySuffix(day, f)+" "+who, note)
	case kind == patrol.Other && note != "":
		text += comma(joined(who, f.Clock), note)
	default:
		text += comma(joined(who, f.Clock, string(kind)), note)
	}
	mark := ""
	if f.Unverified {
		mark = "，未核实"
	}
	return strings.TrimRight(text, "。") + "（记录 " + f.ID() + mark + "）。"
}

// comma puts what is there of two texts into one.
func comma(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "，" + b
}

// joined puts words beside each other, with spaces.
func joined(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// FindingToPerson tells a person what was recorded of them.
func FindingToPerson(is bulletin.Issue, f bulletin.Finding) chat.Body {
	when := joined(f.Day.Short(), f.Clock)
	if f.Finding.Kind == patrol.Praise {
		return chat.Text(sentence(fmt.Sprintf("%s%s中您受到表扬（%s）", when, f.Book.Title(), f.ID()), f.Note) + inIssue(is))
	}
	unverified := ""
	if f.Unverified {
		unverified = "这条还没有核实，不计入考核。"
	}
	return chat.Text(sentence(fmt.Sprintf("%s %s记录（%s）：%s", when, f.Book.Title(), f.ID(), f.Finding.Kind), f.Note)+unverified+inIssue(is)+
		fmt.Sprintf("\n有异议的，%s前可以申诉：/申诉 %s 理由", is.ObjectBy.Short(), f.ID())).Tap("申诉", "/申诉 "+f.ID())
}

func sentence(s, note string) string { return comma(s, strings.TrimRight(note, "。")) + "。" }

func inIssue(is bulletin.Issue) string { return "已载入" + is.Name() + "。" }

// FindingsToHead tells a unit's head what was recorded in the unit.
func FindingsToHead(is bulletin.Issue, found []bulletin.Finding) chat.Body {
	whose := "贵单位"
	if is.Ref.Book == patrol.Schools {
		whose = "贵校"
	}
	body := chat.Text(fmt.Sprintf("%s载有%s %d 条记录：", is.Name(), whose, len(found)))
	var items []chat.Line
	objection := false
	for _, f := range found {
		items = append(items, chat.Line{Text: findingText(is.Day, f, true)})
		objection = objection || f.Finding.Kind != patrol.Praise
	}
	body = body.Bullets(items...)
	if objection {
		body = body.Para(fmt.Sprintf("有异议的，您或本人在 %s前可以申诉：/申诉 记录号 理由", is.ObjectBy.Short()))
	}
	return body
}
