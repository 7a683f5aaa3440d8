package bulletin

import (
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
)

// ObjectDays is for how many workdays after its publication a finding can be
// objected to.
const ObjectDays = 3

// Issue is what publishes findings, as far as the findings go: a bulletin, or the
// monthly check of schools.
type Issue struct {
	Ref      patrol.Ref   // of its findings, but for the line
	Number   string       // 2026年第37期
	Title    string       // 机关巡查信息
	Day      calendar.Day // the day of its findings, if it is about one day
	ObjectBy calendar.Day // the last day on which a finding can be objected to
	Findings []Finding
}

// Issue is the bulletin as far as its findings go.
func (b Bulletin) Issue() Issue {
	return Issue{
		Ref: patrol.Ref{Book: patrol.Offices, Year: b.Year, Issue: b.No}, Number: b.Number(), Title: Title,
		Day: b.Day, ObjectBy: b.ObjectBy, Findings: b.Findings,
	}
}

// Name is number and title: 2026年第37期《机关巡查信息》.
func (is Issue) Name() string { return is.Number + "《" + is.Title + "》" }

// Line is the finding with a number.
func (is Issue) Line(no int) (Finding, bool) {
	i := slices.IndexFunc(is.Findings, func(f Finding) bool { return no > 0 && f.Line == no })
	if i < 0 {
		return Finding{}, false
	}
	return is.Findings[i], true
}

// Objectionable says whether there is anything one could object to.
func (is Issue) Objectionable() bool {
	return slices.ContainsFunc(is.Findings, func(f Finding) bool { return f.Line > 0 && f.Kind != patrol.Praise })
}
