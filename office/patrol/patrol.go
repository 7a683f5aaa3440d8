// Package patrol keeps what is found when the offices are walked and the schools
// are visited, in a Book each: every finding with its unit, who recorded it and
// when. Findings are numbered within their day; the number people know (X37-2,
// J11-2) comes when they are published.
package patrol

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Kind is what was found (情形).
type Kind string

// The kinds of finding.
const (
	InOrder     Kind = "正常"
	Absent      Kind = "缺岗"
	Late        Kind = "迟到"
	LeftEarly   Kind = "早退"
	AwayFrom    Kind = "脱岗"
	Order       Kind = "办公秩序"
	Cleanliness Kind = "环境卫生"
	Reception   Kind = "接待服务"
	Praise      Kind = "表扬"
	Other       Kind = "其他"
)

// Kinds lists the kinds in the order in which they are shown.
var Kinds = []Kind{InOrder, Absent, Late, LeftEarly, AwayFrom, Order, Cleanliness, Reception, Praise, Other}

// OfPersons says whether a finding of this kind is about people who were not at
// their desks.
func (k Kind) OfPersons() bool { return slices.Contains([]Kind{Absent, Late, LeftEarly, AwayFrom}, k) }

// Finding is one record of a patrol or of a visit to a school.
type Finding struct {
	Ref               // where it is published; of one that is not, the Book alone
	Day  calendar.Day `json:"day"`
	Seq  int          `json:"seq"` // within the day, from 1
	Unit string       `json:"unit"`
	// UnitKind is what sort of unit it was when the finding was recorded.
	UnitKind people.Kind `json:"unit_kind"`
	Kind     Kind        `json:"kind"`
	Persons  []people.ID `json:"persons,omitempty"`
	Clock    string      `json:"clock,omitempty"` // "9:40", when it was seen
	Note     string      `json:"note,omitempty"`
	// Unverified (未核实) says that it is not known whether it holds. It is published
	// as such and scores nothing.
	Unverified bool `json:"unverified,omitempty"`
	// Confirmed says that whoever recorded it was told that the unit had reported a
	// person in it as away, and recorded it all the same.
	Confirmed bool      `json:"confirmed,omitempty"`
	By        people.ID `json:"by"`
	At        time.Time `json:"at"` // when it was recorded
	// Withdrawn says that it was taken back before it was published. It stays, so
	// that its number does not come twice, and nobody is shown it.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Struck says that an appeal against it was upheld: it stands where it was published,
	// and counts for nothing.
	Struck bool `json:"struck,omitempty"`
}

// ID is the number as shown: X37-2, or the day's running number before it is
// published.
func (f Finding) ID() string {
	if f.Issue == 0 {
		return fmt.Sprintf("%s第%d条", f.Day.Short(), f.Seq)
	}
	return f.Ref.ID()
}

// Published says whether a bulletin or a monthly check holds the finding.
func (f Finding) Published() bool { return f.Issue != 0 }

const maxNote = 200 // runes

// Record keeps a finding of today in the book. Nobody records one on their own unit; a
// leader records while on duty. On somebody whom their unit reported as away, it
// is recorded only when it is Confirmed; else the error is an *Excused.
func (b Book) Record(tx *store.Tx, by people.Person, f Finding) (Finding, error) {
	f.Ref = Ref{Book: b}
	f.Day, f.By, f.At = calendar.Day(tx.Today()), by.ID, tx.Now()
	if err := f.examine(tx, by); err != nil {
		return f, err
	}
	today, err := b.table().All(tx, string(f.Day)+"/")
	if err != nil {
		return f, err
	}
	f.Seq = 1
	if n := len(today); n > 0 {
		f.Seq = today[n-1].Seq + 1
	}
	return f, Put(tx, f)
}

// examine checks a finding before it is kept.
func (f *Finding) examine(tx *store.Tx, by people.Person) error {
	u, _, err := people.GetUnit(tx, f.Unit)
	if err != nil {
		return err
	}
	f.UnitKind = u.Kind
	if err := f.Book.mayRecord(tx, by, f.Unit); err != nil {
		return err
	}
	f.Note = strings.Join(strings.Fields(f.Note), " ") // one line
	if err := f.check(tx); err != nil {
		return err
	}
	return f.excused(tx)
}

func (b Book) mayRecord(tx *store.Tx, by people.Person, unit string) error {
	if err := b.covers(tx, unit); err != nil {
		return err
	}
	if by.Unit == unit {
		return store.Errorf("%s是您所在的单位，请由别的同志记录。", unit)
	}
	may, err := Patrols(tx, by)
	if err == nil && !may {
		err = store.Errorf("本周不是您带班，不能记%s。", b.Title())
	}
	return err
}

func (f Finding) check(tx *store.Tx) error {
	if f.Clock != "" {
		c, err := calendar.ParseClock(f.Clock)
		if err != nil {
			return err
		}
		if now := calendar.ClockOf(tx.Now()); c > now && f.Day == calendar.Day(tx.Today()) {
			return store.Errorf("%s 还没到，现在是 %s。", c, now)
		}
	}
	if len([]rune(f.Note)) > maxNote {
		return store.Errorf("备注请压到 %d 个字以内。", maxNote)
	}
	if f.Kind == InOrder && len(f.Persons) > 0 {
		return store.Errorf("“正常”后面不用写姓名。")
	}
	if f.Unverified && (f.Kind == InOrder || f.Kind == Praise) {
		return store.Errorf("“%s”不能记成未核实。没有看到的，先不要记。", f.Kind)
	}
	if f.Kind == Other && strings.TrimSpace(f.Note) == "" {
		return store.Errorf("“其他”请写明情况。")
	}
	for i, id := range f.Persons {
		p, ok, err := people.Get(tx, id)
		if err != nil {
			return err
		}
		if !ok || p.Unit != f.Unit {
			return store.Errorf("%s不是%s的人。", p.Name, f.Unit)
		}
		if slices.Contains(f.Persons[:i], id) {
			return store.Errorf("%s写了两次。", p.Name)
		}
	}
	return nil
}

// Put keeps a finding in its book, with the number under which it is published.
func Put(tx *store.Tx, f Finding) error { return f.Book.table().Put(tx, key(f.Day, f.Seq), f) }

// Number gives findings their numbers in what publishes them, without keeping
// them: everything but what was in order has a line, from 1.
func Number(found []Finding, year, issue int) []Finding {
	found = slices.Clone(found)
	line := 0
	for i := range found {
		f := &found[i]
		f.Year, f.Issue = year, issue
		if f.Kind != InOrder {
			line++
			f.Line = line
		}
	}
	return found
}
