// Package assessment turns findings into points: for persons and for units, by the
// rules of the office, in a ledger to which entries are only ever added. What an
// upheld appeal takes away is an entry of its own, against the first.
package assessment

import (
	"fmt"
	"slices"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Entry is one line of the ledger.
type Entry struct {
	Seq     uint64 `json:"seq"` // from 1, without a gap
	Subject        // whose points these are
	// Book, Day and FindingSeq are the finding: points count in the month of its day.
	// Number is what it was published under.
	Book       patrol.Book  `json:"book,omitempty"`
	Day        calendar.Day `json:"day"`
	FindingSeq int          `json:"finding_seq"`
	Number     string       `json:"number"` // X37-2
	In         string       `json:"in"`     // the unit of the finding
	Kind       patrol.Kind  `json:"kind"`
	Finder     people.ID    `json:"finder"` // who recorded it
	Points     Points       `json:"points"`
	// Rule is the version of the rules, by its first day; Nth, which time it was within
	// the period of repetition, and Times, by how much that multiplied.
	Rule  calendar.Day `json:"rule"`
	Nth   int          `json:"nth,omitempty"`
	Times int          `json:"times,omitempty"`
	// Cause is what the entry comes from: the bulletin, an appeal.
	Cause string    `json:"cause"`
	At    time.Time `json:"at"`
}

var ledger = store.NewTable("assessment_ledger", store.Schema[Entry]{Version: 1,
	Indexes: map[string]func(Entry) []string{
		"subject": func(e Entry) []string { return []string{monthKey(e.Subject, e.Day.Month())} },
		"finding": func(e Entry) []string { return []string{findingKey(e.Subject, e.Book, e.Day, e.FindingSeq)} },
		"in":      func(e Entry) []string { return []string{string(e.Day.Month())} },
	}})

func ledgerKey(seq uint64) string { return fmt.Sprintf("%010d", seq) }

func (s Subject) key() string {
	if s.Unit != "" {
		return "u/" + s.Unit
	}
	return "p/" + string(s.Person)
}

func monthKey(s Subject, m calendar.Month) string { return s.key() + "/" + string(m) }

func findingKey(s Subject, b patrol.Book, d calendar.Day, seq int) string {
	return fmt.Sprintf("%s/%s/%s/%d", s.key(), b, d, seq)
}

// Settle brings the ledger to what findings are worth now, by adding what is missing
// or too much. It is called whenever findings begin or cease to count; because of
// that, others of the same kind may be worth something else, which it settles, too.
// Cause says what happened (Chinese): 第37期, 申诉 A3 采纳.
func Settle(tx *store.Tx, found []patrol.Finding, cause string) error {
	rules, err := Current(tx)
	if err != nil {
		return err
	}
	type work struct {
		subject Subject
		year    int
	}
	kinds := map[work][]patrol.Kind{}
	var order []work
	var last calendar.Day
	for _, f := range found {
		if f.Kind == patrol.InOrder {
			continue
		}
		last = max(last, f.Day)
		for _, s := range subjects(f) {
			w := work{s, f.Day.Year()}
			if kinds[w] == nil {
				order = append(order, w)
			}
			kinds[w] = append(kinds[w], f.Kind)
		}
	}
	for _, w := range order {
		if err := settleSubject(tx, rules, w.subject, w.year, kinds[w], cause); err != nil {
			return fmt.Errorf("settle %s: %w", w.subject.key(), err)
		}
	}
	return noteScored(tx, last)
}

// noteScored keeps up to which day findings have been scored.
func noteScored(tx *store.Tx, day calendar.Day) error {
	s, _, err := state.Get(tx, stateKey)
	if err != nil || day <= s.Day {
		return err
	}
	return state.Put(tx, stateKey, scored{Day: day})
}

func findingsOf(tx *store.Tx, s Subject, year int) ([]patrol.Finding, error) {
	in := calendar.Day(fmt.Sprintf("%04d-01-01", year))
	if s.Unit != "" {
		return patrol.OfUnit(tx, s.Unit, in)
	}
	return patrol.OfPerson(tx, s.Person, in)
}

func settleSubject(tx *store.Tx, rules Rules, s Subject, year int, kinds []patrol.Kind, cause string) error {
	found, err := findingsOf(tx, s, year)
	if err != nil {
		return err
	}
	for i, d := range score(rules, s, found) {
		f := found[i]
		if !slices.Contains(kinds, f.Kind) {
			continue
		}
		posted, err := ledger.AllBy(tx, "finding", findingKey(s, f.Book, f.Day, f.Seq))
		if err != nil {
			return err
		}
		if err := post(tx, s, f, d, posted, cause); err != nil {
			return err
		}
	}
	return nil
}

// post adds what is missing between what was posted for a finding and what is due.
func post(tx *store.Tx, s Subject, f patrol.Finding, d due, posted []Entry, cause string) error {
	var sum Points
	for _, e := range posted {
		sum += e.Points
	}
	if sum == d.points {
		return nil
	}
	e := Entry{
		Subject: s, Book: f.Book, Day: f.Day, FindingSeq: f.Seq, Number: f.ID(), In: f.Unit, Kind: f.Kind, Finder: f.By,
		Points: d.points - sum, Rule: d.rule, Nth: d.n, Times: d.times, Cause: cause, At: tx.Now(),
	}
	if n := len(posted); n > 0 { // against an earlier entry: it has that one's number and rule
		last := posted[n-1]
		e.Number = last.Number
		if d.rule == "" {
			e.Rule = last.Rule
		}
	}
	var err error
	if e.Seq, err = tx.Next("assessment-entry"); err != nil {
		return err
	}
	return ledger.Put(tx, ledgerKey(e.Seq), e)
}
