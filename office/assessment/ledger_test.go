package assessment_test

import (
	"fmt"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// bench is an office whose findings are published as they are recorded.
type bench struct {
	*bottest.Bot
	t     *testing.T
	issue int
}

// publish records findings as of a day and publishes them.
func (b *bench) publish(day string, found ...patrol.Finding) (out []patrol.Finding) {
	b.t.Helper()
	b.Clock.Set(day + " 10:00")
	b.issue++
	err := update(b.t, b.Bot, func(tx *store.Tx) error {
		out = nil
		by, err := people.Find(tx, "J1087", "")
		if err != nil {
			return err
		}
		for i, f := range found {
			if f, err = patrol.Offices.Record(tx, by, f); err != nil {
				return err
			}
			f.Year, f.Issue, f.Line = 2026, b.issue, i+1
			if err := patrol.Put(tx, f); err != nil {
				return err
			}
			out = append(out, f)
		}
		return assessment.Settle(tx, out, fmt.Sprintf("第%d期", b.issue))
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) sum(s assessment.Subject, p calendar.Period) (out assessment.Sum) {
	b.t.Helper()
	b.View(func(tx *store.Tx) (err error) {
		out, err = assessment.Of(tx, s, p)
		return err
	})
	return out
}

func (b *bench) wantSum(s assessment.Subject, p calendar.Period, want assessment.Points) {
	b.t.Helper()
	if got := b.sum(s, p).Total(); got != want {
		b.t.Errorf("%+v has %s in %s, want %s: %+v", s, got, p.Label, want, b.sum(s, p).Entries)
	}
}

// newBench has rules by which a person's third of a kind in a month, and a unit's,
// takes double; absent: -1 and -0.5, late: -0.5 and -0.2.
func newBench(t *testing.T) *bench {
	return &bench{Bot: bottest.New(t, "2026-10-12 10:00"), t: t}
}

const (
	lu  people.ID = "J1019"
	luo people.ID = "J1020"
)

var (
	person = assessment.Subject{Person: lu}
	unit   = assessment.Subject{Unit: "人事科"}
)

// An upheld appeal takes back what the finding took, and what later ones took more
// because of it.
func TestRepeatedAndStruck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	absent := patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{lu}}
	first := b.publish("2026-11-02", absent)
	b.publish("2026-11-03", absent, patrol.Finding{Unit: "人事科", Kind: patrol.Late, Persons: []people.ID{lu}})
	b.publish("2026-11-10", absent)
	// 1 + 1 + 2 absent, 0.5 late; the unit half of the first, and a fifth of one.
	b.wantSum(person, november, -450)
	b.wantSum(unit, november, -50-50-100-20)

	before := b.sum(person, november).Entries
	err := update(t, b.Bot, func(tx *store.Tx) error {
		f, err := patrol.Strike(tx, first[0])
		if err != nil {
			return err
		}
		return assessment.Settle(tx, []patrol.Finding{f}, "申诉 A1 采纳")
	})
	if err != nil {
		t.Fatal(err)
	}
	b.wantSum(person, november, -250)
	b.wantSum(unit, november, -50-50-20)
	after := b.sum(person, november).Entries
	if len(after) != len(before)+2 {
		t.Fatalf("%d entries before, %d after", len(before), len(after))
	}
	for _, e := range after[1:2] { // by the day of the finding: against the first
		if e.Points != 100 || e.Number != "X1-1" || e.Cause != "申诉 A1 采纳" || e.Rule != "2026-01-01" {
			t.Errorf("the entry against the first: %+v", e)
		}
	}
	if e := after[len(after)-1]; e.Points != 100 || e.Number != "X3-1" || e.Nth != 2 || e.Times != 1 {
		t.Errorf("the entry that takes the doubling back: %+v", e)
	}
	// Settling again adds nothing.
	err = update(t, b.Bot, func(tx *store.Tx) error {
		return assessment.Settle(tx, first, "又一次")
	})
	if err != nil || len(b.sum(person, november).Entries) != len(after) {
		t.Errorf("settled twice: %v, %d entries", err, len(b.sum(person, november).Entries))
	}
}

// A finding about several weighs on the unit for each of them, as several findings
// would; what was found earlier and published later counts first.
func TestSeveralPersonsAndOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.publish("2026-11-03", patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{lu, luo}},
		patrol.Finding{Unit: "人事科", Kind: patrol.Absent})
	b.wantSum(unit, november, -50-50-100) // the third doubles
	b.wantSum(person, november, -100)
	b.wantSum(assessment.Subject{Person: luo}, november, -100)

	b.publish("2026-12-01", patrol.Finding{Unit: "人事科", Kind: patrol.Absent}) // another month begins anew
	b.wantSum(unit, calendar.Month("2026-12").Period(), -50)
	b.wantSum(unit, calendar.QuarterOf("2026-12-01"), -250)
	b.wantSum(unit, calendar.YearOf("2026-12-01"), -250)
	b.wantSum(unit, calendar.Month("2026-10").Period(), 0)
}

// What is in order, not verified, withdrawn or not published scores nothing; praise
// is never multiplied.
func TestWhatScoresNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	praise := patrol.Finding{Unit: "人事科", Kind: patrol.Praise, Persons: []people.ID{lu}}
	b.publish("2026-11-03",
		patrol.Finding{Unit: "人事科", Kind: patrol.InOrder},
		patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{lu}, Unverified: true},
		patrol.Finding{Unit: "人事科", Kind: patrol.Other, Note: "会议室没关灯"},
		praise, praise, praise)
	b.wantSum(person, november, 300)
	b.wantSum(unit, november, 150)
	err := update(t, b.Bot, func(tx *store.Tx) error {
		by, err := people.Find(tx, "J1087", "")
		if err != nil {
			return err
		}
		f, err := patrol.Offices.Record(tx, by, patrol.Finding{Unit: "人事科", Kind: patrol.Order})
		if err != nil {
			return err
		}
		return assessment.Settle(tx, []patrol.Finding{f}, "没有发布")
	})
	if err != nil {
		t.Fatal(err)
	}
	b.wantSum(unit, november, 150)
	s := b.sum(unit, november)
	if s.Plus != 150 || s.Minus != 0 {
		t.Errorf("sides %s %s", s.Plus, s.Minus)
	}
}

// Each finding is scored by the rules of its day, also when another version holds
// when it is published.
func TestVersions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules, err := assessment.ParseFile("r.yaml", []byte(`versions:
  - {from: 2026-01-01, points: {缺岗: {person: -1}}}
  - {from: 2026-11-10, points: {缺岗: {person: -3}}, repeated: {period: year, from: 2, times: 2}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := update(t, b.Bot, func(tx *store.Tx) error {
		_, err := assessment.Adopt(tx, rules)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	absent := patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{lu}}
	b.publish("2026-11-09", absent)
	b.publish("2026-11-10", absent) // the first of the year by its rules' period, the second of all
	b.wantSum(person, november, -100-300)
	b.publish("2026-11-11", absent)
	b.wantSum(person, november, -100-300-600)
}

// What other rules would have meant is worked out without changing anything.
func TestTry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	absent := patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{lu}}
	b.publish("2026-10-20", absent)
	b.publish("2026-11-02", absent)
	b.publish("2026-11-03", patrol.Finding{Unit: "计财科", Kind: patrol.Cleanliness})
	rules, err := assessment.ParseFile("r.yaml", []byte(`versions:
  - {from: 2026-01-01, points: {缺岗: {person: -2, unit: -1}}, repeated: {period: year, from: 2, times: 2}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var all []assessment.Difference
	b.View(func(tx *store.Tx) (err error) {
		all, err = assessment.Try(tx, rules, "2026-11")
		return err
	})
	got := ""
	for _, d := range all {
		got += fmt.Sprintf("%s %s→%s; ", d.Name, d.Is, d.Were)
	}
	if want := "人事科 -0.5→-2; 计财科 -0.5→0; 卢涵贵（人事科） -1→-4; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	b.wantSum(person, november, -100)
}

func TestRank(t *testing.T) {
	t.Parallel()
	sums := []assessment.Sum{{Minus: -50}, {Plus: 100}, {Minus: -50}, {}}
	var got string
	for _, r := range assessment.Rank(sums) {
		got += fmt.Sprintf("%d:%s ", r.Place, r.Of.Total())
	}
	if want := "1:+1 2:0 3:-0.5 3:-0.5 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
