package patrol

import (
	"fmt"
	"strconv"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// yearKey finds what was found of somebody, or in a unit, in a year.
func yearKey(whom string, d calendar.Day) string { return whom + "/" + strconv.Itoa(d.Year()) }

// OfUnit lists all findings in a unit in the year of a day; the withdrawn ones, too.
func OfUnit(tx *store.Tx, unit string, in calendar.Day) ([]Finding, error) {
	return inBooks(tx, "unit", yearKey(unit, in))
}

// OfPerson lists all findings about a person in the year of a day; the withdrawn ones,
// too.
func OfPerson(tx *store.Tx, id people.ID, in calendar.Day) ([]Finding, error) {
	return inBooks(tx, "person", yearKey(string(id), in))
}

// inBooks lists what an index finds in either book: somebody may have been found in an
// office and, after a move, in a school.
func inBooks(tx *store.Tx, index, val string) ([]Finding, error) {
	var out []Finding
	for _, b := range Books {
		all, err := b.table().AllBy(tx, index, val)
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	return out, nil
}

// Counts says whether a finding counts for or against anybody: a bulletin holds it,
// it is known to be so, and no appeal against it was upheld.
func (f Finding) Counts() bool {
	return f.Published() && f.Kind != InOrder && !f.Unverified && !f.Struck && !f.Withdrawn
}

// Strike notes that an appeal against a finding was upheld.
func Strike(tx *store.Tx, f Finding) (Finding, error) {
	return amend(tx, f, func(now *Finding) { now.Struck = true })
}

// Unpublish takes a finding out of what published it: it waits again.
func Unpublish(tx *store.Tx, f Finding) (Finding, error) {
	return amend(tx, f, func(now *Finding) { now.Ref = Ref{Book: f.Book} })
}

// amend changes a finding as it stands, of which f is as it was published.
func amend(tx *store.Tx, f Finding, change func(*Finding)) (Finding, error) {
	now, ok, err := f.Book.table().Get(tx, key(f.Day, f.Seq))
	if err == nil && !ok {
		err = fmt.Errorf("amend %s: no such finding", f.ID())
	}
	if err != nil {
		return f, err
	}
	change(&now)
	return now, Put(tx, now)
}
