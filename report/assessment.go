package report

import (
	"fmt"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report/chart"
	"yunzhuan/store"
)

// entriesMax is how many entries a message lists.
const entriesMax = 40

// Assessment explains what somebody, or a unit, has got in a period: each entry with
// its rule, who recorded it and where it was published, and the sum. whose is "" for
// the reader's own.
func Assessment(tx *store.Tx, whose string, s assessment.Sum, p calendar.Period) (chat.Body, error) {
	if whose == "" {
		whose = "我的"
	}
	b := chat.Titled("考核　" + whose + "　" + p.Label)
	if len(s.Entries) == 0 {
		return b.Para("没有记分。").Tap("看规则", "/考核 规则"), nil
	}
	b = b.Strong("合计 "+s.Total().String(), fmt.Sprintf("　扣分 %s　加分 %s", s.Minus, s.Plus))
	var lines []chat.Line
	for i, e := range s.Entries {
		if i == entriesMax {
			lines = append(lines, chat.Line{Text: fmt.Sprintf("还有 %d 条，请分月查看。", len(s.Entries)-i)})
			break
		}
		l, err := entryLine(tx, s.Subject, e)
		if err != nil {
			return b, err
		}
		lines = append(lines, l)
	}
	return b.Bullets(lines...).Tap("看规则", "/考核 规则"), nil
}

// AssessmentTrend adds a picture of how the months went; none where nothing happened.
func AssessmentTrend(b chat.Body, whose string, months []assessment.Monthly) (chat.Body, error) {
	if whose == "" {
		whose = "我的"
	}
	t := chart.Trend{Title: whose + "　各月考核记分", Unit: "分", Series: []chart.Series{{Name: whose}}}
	entries := 0
	for _, m := range months {
		t.Labels = append(t.Labels, m.Month.Short())
		t.Series[0].Values = append(t.Series[0].Values, m.Total().Float())
		entries += len(m.Entries)
	}
	if entries == 0 {
		return b, nil
	}
	png, err := t.PNG()
	if err != nil {
		return b, fmt.Errorf("draw trend of assessment: %w", err)
	}
	return b.Picture(chat.Picture{Name: fileName(t.Title) + ".png", Alt: t.Title, Data: png}), nil
}

// entryLine is an entry in a list.
func entryLine(tx *store.Tx, s assessment.Subject, e assessment.Entry) (chat.Line, error) {
	who, _, err := people.Get(tx, e.Finder)
	var parts []string
	if s.Person != "" {
		parts = append(parts, e.In)
	}
	if e.Times > 1 {
		parts = append(parts, fmt.Sprintf("第 %d 次，按 %d 倍", e.Nth, e.Times))
	}
	parts = append(parts, string(e.Rule)+" 版规则", who.Name+"记录", e.Cause)
	return chat.Line{
		Strong: fmt.Sprintf("%s　%s　%s　%s", e.Number, e.Day.Short(), e.Kind, e.Points),
		Text:   "　" + strings.Join(parts, "，"),
	}, err
}

// AssessmentRules shows the rules that hold on a day, and the versions to come.
func AssessmentRules(r assessment.Rules, today calendar.Day) chat.Body {
	v, ok := r.At(today)
	if !ok {
		return chat.Text("还没有考核规则。")
	}
	b := chat.Titled("考核规则　" + v.From.Long() + "起")
	if v.Note != "" {
		b = b.Para(v.Note)
	}
	var rows [][]string
	for _, k := range patrol.Kinds {
		if rule, has := v.Points[k]; has {
			rows = append(rows, []string{string(k), rule.Person.String(), rule.Unit.String()})
		}
	}
	b = b.Table([]string{"情形", "本人", "单位"}, rows)
	for _, in := range []people.Kind{people.Section, people.Affiliated, people.School} {
		var parts []string
		for _, k := range patrol.Kinds {
			if rule, has := v.UnitTypes[in][k]; has {
				parts = append(parts, fmt.Sprintf("%s 本人 %s、单位 %s", k, rule.Person, rule.Unit))
			}
		}
		if len(parts) > 0 {
			b = b.Strong(string(in)+"另行规定", "　"+strings.Join(parts, "；"))
		}
	}
	if v.Repeated.Times > 0 {
		b = b.Para(v.Repeated.String() + "。")
	}
	b = b.Para("未核实的、申诉采纳的不记分；一条记录涉及几个人，单位按几个人次记。")
	for _, next := range r {
		if next.From > today {
			b = b.Para("另有一版从" + next.From.Long() + "起执行。")
		}
	}
	return b
}

// AssessmentDone tells the office that a month has been summed up.
func AssessmentDone(t assessment.Table) chat.Body {
	units, entries := 0, 0
	for _, u := range t.Units {
		if len(u.Entries) > 0 {
			units++
		}
		entries += len(u.Entries)
	}
	for _, p := range t.Persons {
		entries += len(p.Entries)
	}
	return chat.Text(fmt.Sprintf("%s考核已汇总：%d 个单位、%d 人有记分，共 %d 条。已分别告诉本人、单位负责人和委领导。", t.Period.Label, units, len(t.Persons), entries)).
		Tap("要表格", "/考核 表格 "+t.Period.Label)
}

// UnitAssessment is what a unit has got in a period, with the sums of its people, for
// its heads.
func UnitAssessment(tx *store.Tx, t assessment.Table, u assessment.UnitSum) (chat.Body, error) {
	b, err := Assessment(tx, u.Name, u.Sum, t.Period)
	var rows [][]string
	for _, p := range t.Persons {
		if p.Person.Unit == u.Name {
			rows = append(rows, []string{p.Name, p.Minus.String(), p.Plus.String(), p.Total().String()})
		}
	}
	if len(rows) > 0 {
		b = b.Table([]string{"姓名", "扣分", "加分", "合计"}, rows)
	}
	return b, err
}

// Rankings are all rankings of a period, for the leaders.
func Rankings(t assessment.Table) chat.Body {
	b := chat.Titled("考核排名　" + t.Period.Label)
	for _, part := range []struct {
		title string
		body  chat.Body
	}{{"机关单位", UnitRanking(t, false)}, {"学校", UnitRanking(t, true)}, {"个人", PersonRanking(t)}} {
		b = b.Heading(part.title)
		b.Blocks = append(b.Blocks, part.body.Blocks...)
	}
	return b
}

// rankedMax is how many persons a ranking shows from each end.
const rankedMax = 15

// UnitRanking ranks units, those of the house or the schools, for the leaders.
func UnitRanking(t assessment.Table, schools bool) chat.Body {
	what := "机关单位"
	if schools {
		what = "学校"
	}
	b := chat.Titled("考核排名　" + what + "　" + t.Period.Label)
	var in []assessment.UnitSum
	for _, u := range t.Units {
		if (u.Kind == people.School) == schools {
			in = append(in, u)
		}
	}
	var rows [][]string
	for _, r := range assessment.Rank(in) {
		rows = append(rows, []string{strconv.Itoa(r.Place), r.Of.Name, r.Of.Minus.String(), r.Of.Plus.String(), r.Of.Total().String()})
	}
	if len(rows) == 0 {
		return b.Para("没有参加考核的单位。")
	}
	return b.Table([]string{"名次", "单位", "扣分", "加分", "合计"}, rows)
}

// PersonRanking ranks the persons who have entries, for the leaders.
func PersonRanking(t assessment.Table) chat.Body {
	b := chat.Titled("考核排名　个人　" + t.Period.Label)
	all := assessment.Rank(t.Persons)
	if len(all) == 0 {
		return b.Para("没有个人记分。")
	}
	b = b.Para(fmt.Sprintf("有记分的 %d 人，其余为 0。", len(all)))
	row := func(r assessment.Ranked[assessment.PersonSum]) []string {
		return []string{strconv.Itoa(r.Place), r.Of.Name, r.Of.Person.Unit, r.Of.Total().String()}
	}
	var rows [][]string
	for i, r := range all {
		switch {
		case i < rankedMax || i >= len(all)-rankedMax:
			rows = append(rows, row(r))
		case i == rankedMax:
			rows = append(rows, []string{"…", fmt.Sprintf("其间 %d 人", len(all)-2*rankedMax), "", ""})
		}
	}
	return b.Table([]string{"名次", "姓名", "单位", "合计"}, rows)
}

// RulesTrial says what other rules would have meant for a month, as the command of
// the binary prints it.
func RulesTrial(m calendar.Month, all []assessment.Difference) string {
	if len(all) == 0 {
		return m.Label() + "没有记分，用哪版规则都一样。"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s　现在的记分 → 按这个文件记分\n", m.Label())
	changed := 0
	for _, d := range all {
		mark := ""
		if d.Is != d.Were {
			changed++
			mark = fmt.Sprintf("　（%s）", d.Were-d.Is)
		}
		fmt.Fprintf(&b, "%s　%s → %s%s\n", d.Name, d.Is, d.Were, mark)
	}
	fmt.Fprintf(&b, "共 %d 个单位和个人，其中 %d 个有变化。", len(all), changed)
	return b.String()
}
