// Package patrol keeps what is found when the offices are walked: each finding
// with its unit, who recorded it and when. Findings are numbered within their
// day; the number people know (X37-2) comes with the bulletin.
package patrol

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
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

// Finding is one record of a patrol.
type Finding struct {
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
	// Withdrawn says that it was taken back before a bulletin held it. It stays, so
	// that its number does not come twice, and nobody is shown it.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Year, Issue and Line are its number in the bulletin that published it.
	Year  int `json:"year,omitempty"`
	Issue int `json:"issue,omitempty"`
	Line  int `json:"line,omitempty"`
	// Struck says that an appeal against it was upheld: it stands in its bulletin, and
	// counts for nothing.
	Struck bool `json:"struck,omitempty"`
}

// ID is the number as shown: X37-2, or the day's running number before the
// bulletin is out.
func (f Finding) ID() string {
	if f.Issue == 0 {
		return fmt.Sprintf("%s第%d条", f.Day.Short(), f.Seq)
	}
	return fmt.Sprintf("X%d-%d", f.Issue, f.Line)
}

// Published says whether a bulletin holds the finding.
func (f Finding) Published() bool { return f.Issue != 0 }

var table = store.NewTable("findings", store.Schema[Finding]{Version: 1,
	Indexes: map[string]func(Finding) []string{
		"unit": func(f Finding) []string { return []string{yearKey(f.Unit, f.Day)} },
		"person": func(f Finding) []string {
			var out []string
			for _, id := range f.Persons {
				out = append(out, yearKey(string(id), f.Day))
			}
			return out
		},
		"unpublished": func(f Finding) []string {
			if f.Published() || f.Withdrawn {
				return nil
			}
			return []string{"unpublished"}
		},
	}})

func key(day calendar.Day, seq int) string { return fmt.Sprintf("%s/%05d", day, seq) }

const maxNote = 200 // runes

// Record keeps a finding of today. Nobody records one on their own unit; a
// leader records while on duty. On somebody whom their unit reported as away, it
// is recorded only when it is Confirmed; else the error is an *Excused.
func Record(tx *store.Tx, by people.Person, f Finding) (Finding, error) {
	f.Day, f.By, f.At = calendar.Day(tx.Today()), by.ID, tx.Now()
	if err := f.examine(tx, by); err != nil {
		return f, err
	}
	today, err := table.All(tx, string(f.Day)+"/")
	if err != nil {
		return f, err
	}
	f.Seq = 1
	if n := len(today); n > 0 {
		f.Seq = today[n-1].Seq + 1
	}
	return f, table.Put(tx, key(f.Day, f.Seq), f)
}

// examine checks a finding before it is kept.
func (f *Finding) examine(tx *store.Tx, by people.Person) error {
	u, _, err := people.GetUnit(tx, f.Unit)
	if err != nil {
		return err
	}
	f.UnitKind = u.Kind
	if err := mayRecord(tx, by, u); err != nil {
		return err
	}
	f.Note = strings.Join(strings.Fields(f.Note), " ") // one line
	if err := f.check(tx); err != nil {
		return err
	}
	return f.excused(tx)
}

func mayRecord(tx *store.Tx, by people.Person, u people.Unit) error {
	unit := u.Name
	in, err := u.InOffice(tx)
	switch {
	case err != nil:
		return err
	case u.Kind == people.School:
		return store.Errorf("%s是学校，机关巡查只记科室和直属单位。", unit)
	case !in:
		return store.Errorf("%s不在巡查范围内。", unit)
	}
	if by.Unit == unit {
		return store.Errorf("%s是您所在的单位，请由别的同志记录。", unit)
	}
	if by.Has(people.Inspector, people.Office) {
		return nil
	}
	day := calendar.Day(tx.Today())
	d, ok, err := duty.Of(tx, calendar.WeekOf(day))
	if err != nil {
		return err
	}
	if !ok || !d.Has(by.ID) {
		return store.Errorf("本周不是您带班，不能记巡查。")
	}
	return nil
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

// On lists the findings of a day, in the order in which they were recorded.
func On(tx *store.Tx, day calendar.Day) ([]Finding, error) {
	all, err := table.All(tx, string(day)+"/")
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Withdrawn }), err
}

// Coverage is which units were seen and which were not.
type Coverage struct{ Seen, Unseen []string }

// Covered tells which units were seen from one day to another, both included,
// in the order of the directory.
func Covered(tx *store.Tx, from, to calendar.Day) (Coverage, error) {
	var c Coverage
	seen := map[string]bool{}
	for day := from; day <= to; day = day.AddDays(1) {
		found, err := On(tx, day)
		if err != nil {
			return c, err
		}
		for _, f := range found {
			seen[f.Unit] = true
		}
	}
	all, err := people.OfficeUnits(tx)
	for _, u := range all {
		if seen[u.Name] {
			c.Seen = append(c.Seen, u.Name)
		} else {
			c.Unseen = append(c.Unseen, u.Name)
		}
	}
	return c, err
}

// Unpublished lists the findings up to a day that no bulletin holds yet: the
// day's own, and what was recorded after the bulletin of an earlier day.
func Unpublished(tx *store.Tx, upTo calendar.Day) ([]Finding, error) {
	all, err := table.AllBy(tx, "unpublished", "unpublished")
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Day > upTo }), err
}

// Put keeps a finding with the number it has in a bulletin.
func Put(tx *store.Tx, f Finding) error { return table.Put(tx, key(f.Day, f.Seq), f) }

// Number gives findings their numbers in a bulletin, without keeping them:
// everything but what was in order has a line, from 1.
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
