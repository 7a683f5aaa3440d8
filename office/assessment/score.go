package assessment

import (
	"cmp"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
)

// Subject is who gets points: a person, or a unit.
type Subject struct {
	Person people.ID `json:"person,omitempty"`
	Unit   string    `json:"unit,omitempty"` // "" for a person
}

// due is what a finding is worth to a subject.
type due struct {
	points Points
	rule   calendar.Day // the version, by its first day; "" where none holds
	n      int          // which time within the period of repetition, the last of them for several
	times  int          // by how much the last was multiplied
}

// score says what each of a subject's findings of a year is worth, in their order.
// Only those that count are worth anything.
func score(rules Rules, s Subject, found []patrol.Finding) []due {
	out := make([]due, len(found))
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareFindings(found[a], found[b]) })
	type span struct {
		kind patrol.Kind
		from calendar.Day // of the period
		to   calendar.Day
	}
	seen := map[span]int{}
	for _, i := range order {
		f := found[i]
		v, ok := rules.At(f.Day)
		if !f.Counts() || !ok {
			continue
		}
		each, occurrences := v.Rule(f.Kind, f.UnitKind).Person, 1
		if s.Unit != "" {
			each, occurrences = v.Rule(f.Kind, f.UnitKind).Unit, max(len(f.Persons), 1)
		}
		p := v.period(f.Day)
		at := span{f.Kind, p.From, p.To}
		d := due{rule: v.From}
		for range occurrences {
			seen[at]++
			d.n, d.times = seen[at], v.times(each, seen[at])
			d.points += each * Points(d.times)
		}
		out[i] = d
	}
	return out
}

func compareFindings(a, b patrol.Finding) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Seq, b.Seq))
}

// subjects are whom a finding is worth something to.
func subjects(f patrol.Finding) []Subject {
	out := []Subject{{Unit: f.Unit}}
	for _, id := range f.Persons {
		out = append(out, Subject{Person: id})
	}
	return out
}
