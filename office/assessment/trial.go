package assessment

import (
	"cmp"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Difference is what a subject has got in a month, and would have got by other rules.
type Difference struct {
	Subject
	Name     string
	Is, Were Points
}

// Try says what other rules would have meant for a month: for every unit and person
// that has, or would have had, an entry; the units first, in the order of the
// directory. It changes nothing.
func Try(tx *store.Tx, rules Rules, m calendar.Month) ([]Difference, error) {
	var list []Subject
	for _, book := range patrol.Books {
		found, err := book.Between(tx, m.First(), m.Last())
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			for _, s := range subjects(f) {
				if f.Counts() && !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
		}
	}
	table, err := All(tx, m.Period())
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, u := range table.Units {
		d := Difference{Subject: u.Subject, Name: u.Name, Is: u.Total()}
		if d.Were, err = would(tx, rules, d.Subject, m); err != nil {
			return nil, err
		}
		if len(u.Entries) > 0 || d.Were != 0 {
			out = append(out, d)
		}
	}
	for _, p := range table.Persons {
		if !slices.Contains(list, p.Subject) {
			list = append(list, p.Subject)
		}
	}
	slices.SortFunc(list, func(a, b Subject) int { return cmp.Compare(a.Person, b.Person) })
	for _, s := range list {
		if s.Person == "" {
			continue
		}
		card, _, err := people.Get(tx, s.Person)
		if err != nil {
			return nil, err
		}
		is, err := Of(tx, s, m.Period())
		if err != nil {
			return nil, err
		}
		d := Difference{Subject: s, Name: card.Name + "（" + card.Unit + "）", Is: is.Total()}
		if d.Were, err = would(tx, rules, s, m); err != nil {
			return nil, err
		}
		if d.Is != 0 || d.Were != 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

// would sums up a month by other rules. Repetition counts from the beginning of its
// period, which may lie before the month.
func would(tx *store.Tx, rules Rules, s Subject, m calendar.Month) (Points, error) {
	found, err := findingsOf(tx, s, m.First().Year())
	if err != nil {
		return 0, err
	}
	var sum Points
	for i, d := range score(rules, s, found) {
		if found[i].Day.Month() == m {
			sum += d.points
		}
	}
	return sum, nil
}
