package assessment

import (
	"cmp"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Entries lists a subject's entries whose findings lie in a period, by the day of
// the finding.
func Entries(tx *store.Tx, s Subject, p calendar.Period) ([]Entry, error) {
	var out []Entry
	for _, m := range p.Months() {
		of, err := ledger.AllBy(tx, "subject", monthKey(s, m))
		if err != nil {
			return nil, err
		}
		out = append(out, of...)
	}
	sortEntries(out)
	return out, nil
}

func sortEntries(all []Entry) {
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Book, b.Book), cmp.Compare(a.FindingSeq, b.FindingSeq), cmp.Compare(a.Seq, b.Seq))
	})
}

// Sum is what a subject has got in a period.
type Sum struct {
	Subject
	Plus    Points // praise
	Minus   Points // below zero
	Entries []Entry
}

// Total is all of it.
func (s Sum) Total() Points { return s.Plus + s.Minus }

// add takes an entry in. What an entry takes back of an earlier one is taken from the
// side that had it, so that an upheld appeal leaves no praise behind.
func (s *Sum) add(e Entry) {
	if e.Kind == patrol.Praise {
		s.Plus += e.Points
	} else {
		s.Minus += e.Points
	}
	s.Entries = append(s.Entries, e)
}

// Of sums up a subject's entries of a period.
func Of(tx *store.Tx, s Subject, p calendar.Period) (Sum, error) {
	sum := Sum{Subject: s}
	all, err := Entries(tx, s, p)
	for _, e := range all {
		sum.add(e)
	}
	return sum, err
}

// Monthly is the sum of a month.
type Monthly struct {
	calendar.Month
	Sum
}

// Trend sums up some months of a subject, the last of them given, the oldest first.
func Trend(tx *store.Tx, s Subject, last calendar.Month, months int) ([]Monthly, error) {
	out := make([]Monthly, months)
	for i := range out {
		var err error
		out[i].Month = last.Add(i + 1 - months)
		if out[i].Sum, err = Of(tx, s, out[i].Month.Period()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Table is everybody's sums of a period.
type Table struct {
	Period  calendar.Period
	Units   []UnitSum // in the order of the directory
	Persons []PersonSum
}

// Empty says that nobody got anything.
func (t Table) Empty() bool {
	return len(t.Persons) == 0 && !slices.ContainsFunc(t.Units, func(u UnitSum) bool { return len(u.Entries) > 0 })
}

// UnitSum is the sum of a unit.
type UnitSum struct {
	people.Unit
	Sum
}

// PersonSum is the sum of a person.
type PersonSum struct {
	people.Person
	Sum
}

// All sums up a period: all units, those without an entry, too, and the persons who
// have one.
func All(tx *store.Tx, p calendar.Period) (Table, error) {
	t := Table{Period: p}
	sums := map[Subject]*Sum{}
	var persons []people.ID
	for _, m := range p.Months() {
		of, err := ledger.AllBy(tx, "in", string(m))
		if err != nil {
			return t, err
		}
		sortEntries(of)
		for _, e := range of {
			s := sums[e.Subject]
			if s == nil {
				s = &Sum{Subject: e.Subject}
				sums[e.Subject] = s
				if e.Person != "" {
					persons = append(persons, e.Person)
				}
			}
			s.add(e)
		}
	}
	units, err := people.AllUnits(tx)
	if err != nil {
		return t, err
	}
	for _, u := range units {
		s, has := sums[Subject{Unit: u.Name}]
		in, err := assessed(tx, u)
		switch {
		case err != nil:
			return t, err
		case has:
			t.Units = append(t.Units, UnitSum{u, *s})
		case in:
			t.Units = append(t.Units, UnitSum{u, Sum{Subject: Subject{Unit: u.Name}}})
		}
	}
	slices.Sort(persons)
	for _, id := range persons {
		card, _, err := people.Get(tx, id)
		if err != nil {
			return t, err
		}
		t.Persons = append(t.Persons, PersonSum{card, *sums[Subject{Person: id}]})
	}
	return t, nil
}

// assessed says whether a unit is walked, and so assessed: those of the house that
// the offices' patrol sees, and the schools.
func assessed(tx *store.Tx, u people.Unit) (bool, error) {
	if u.Kind == people.School {
		return !u.Closed, nil
	}
	return u.InOffice(tx)
}

// MaySee says whether a person may see the points of a unit, or those of somebody in
// it, named whose: the leaders, the office, and the unit's heads. One's own everybody
// may see.
func MaySee(who people.Person, unit, whose string) error {
	if who.Has(people.Leader, people.Office) || who.Heads(unit) {
		return nil
	}
	return store.Errorf("%s的考核只有本人、单位负责人、委领导和办公室可以看。", whose)
}

// Ranked is a place in a ranking; equal sums share a place.
type Ranked[T any] struct {
	Place int
	Of    T
}

// Rank orders by total, the highest first; equals stay in their order.
func Rank[T interface{ Total() Points }](all []T) []Ranked[T] {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b T) int { return int(b.Total() - a.Total()) })
	out := make([]Ranked[T], len(sorted))
	for i, one := range sorted {
		out[i] = Ranked[T]{Place: i + 1, Of: one}
		if i > 0 && sorted[i-1].Total() == one.Total() {
			out[i].Place = out[i-1].Place
		}
	}
	return out
}
