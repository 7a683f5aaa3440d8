package attendance_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// saved has a person report for their unit.
func saved(t *testing.T, b *bottest.Bot, by people.ID, day calendar.Day, list ...attendance.Absence) {
	t.Helper()
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, by)
		if err != nil {
			return err
		}
		_, err = attendance.Save(tx, p, attendance.Claim{Unit: p.Unit, Day: day, Absences: list})
		return err
	})
}

func late(b *bottest.Bot, since string) (out []attendance.Late) {
	b.View(func(tx *store.Tx) error {
		at, err := time.ParseInLocation("2006-01-02 15:04", since, tx.Now().Location())
		if err != nil {
			return err
		}
		out, err = attendance.LateReports(tx, at)
		return err
	})
	for i := range out {
		out[i].At = time.Time{}
	}
	return out
}

func away(id people.ID, r attendance.Reason) attendance.Absence {
	return attendance.Absence{Person: id, Reason: r}
}

func TestTally(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		reasons []attendance.Reason
		want    attendance.Tally
		rate    float64
	}{
		{"all here", nil, attendance.Tally{Expected: 4, Present: 4}, 1},
		{"leave", []attendance.Reason{attendance.Sick, attendance.Personal, attendance.Annual, attendance.Maternity}, attendance.Tally{Expected: 4, Leave: 4}, 0},
		{"duty", []attendance.Reason{attendance.Errand, attendance.Training, attendance.Out}, attendance.Tally{Expected: 4, Present: 1, Duty: 3}, 0.25},
		{"missing", []attendance.Reason{attendance.Truant, attendance.Unexcused}, attendance.Tally{Expected: 4, Present: 2, Missing: 2}, 0.5},
		{"late and early are here", []attendance.Reason{attendance.LateIn, attendance.EarlyOut}, attendance.Tally{Expected: 4, Present: 4, Late: 1, Early: 1}, 1},
	} {
		v := attendance.Version{Expected: 4}
		for i, r := range c.reasons {
			v.Absences = append(v.Absences, away(people.ID(rune('A'+i)), r))
		}
		got := v.Tally()
		if d := cmp.Diff(c.want, got); d != "" || got.Rate() != c.rate {
			t.Errorf("%s: rate %v %s", c.name, got.Rate(), d)
		}
		if got.Expected != got.Present+got.Leave+got.Duty+got.Missing {
			t.Errorf("%s: does not add up: %+v", c.name, got)
		}
	}
	if rate := (attendance.Tally{}).Rate(); rate != 1 {
		t.Errorf("of nobody: %v", rate)
	}
}

func TestParseReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		note   string
		want   attendance.Reason
		remark string
		ok     bool
	}{
		{"", attendance.Unexcused, "", true},
		{"病假", attendance.Sick, "", true},
		{"出差", attendance.Errand, "", true},
		{"病假半天", attendance.Sick, "半天", true},
		{"公差(去市里)", attendance.Errand, "去市里", true},
		{"婚假", "", "", false},
		{"在路上", "", "", false},
	} {
		got, remark, ok := attendance.ParseReason(c.note)
		if got != c.want || remark != c.remark || ok != c.ok {
			t.Errorf("%q: got %q %q %v", c.note, got, remark, ok)
		}
	}
	for _, r := range attendance.Reasons {
		if r.Group() == "" {
			t.Errorf("%s counts in no column", r)
		}
	}
}

// The sections and affiliated units report; the schools and the leaders do not.
func TestUnitsThatReport(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	b.View(func(tx *store.Tx) error {
		units, err := people.OfficeUnits(tx)
		kinds := map[people.Kind]int{}
		for _, u := range units {
			kinds[u.Kind]++
			if u.Name == "委领导" {
				t.Error("the leaders report")
			}
		}
		if d := cmp.Diff(map[people.Kind]int{people.Section: 11, people.Affiliated: 5}, kinds); d != "" {
			t.Error(d)
		}
		return err
	})
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50")
	saved(t, b, "J1017", "2026-11-23", away("J1018", attendance.Sick), away("J1019", attendance.LateIn))
	saved(t, b, "J1023", "2026-11-23", away("J1024", attendance.Truant))
	b.View(func(tx *store.Tx) error {
		s, err := attendance.Summarize(tx, "2026-11-23")
		if err != nil {
			return err
		}
		want := attendance.Tally{Expected: 15, Present: 13, Leave: 1, Missing: 1, Late: 1}
		if d := cmp.Diff(want, s.Total); d != "" || s.Reported != 2 || len(s.Units) != 16 || !s.Workday || len(s.Missing()) != 14 {
			t.Errorf("%d of %d, missing %v %s", s.Reported, len(s.Units), s.Missing(), d)
		}
		s, err = attendance.Summarize(tx, "2026-11-22")
		if s.Workday || s.Reported != 0 {
			t.Errorf("Sunday: %+v", s)
		}
		return err
	})
}

// A unit that is closed later still counts on the days on which it reported.
func TestSummaryKeepsClosedUnits(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50")
	saved(t, b, "J1017", "2026-11-23")
	b.Update(func(tx *store.Tx) error {
		u, _, err := people.GetUnit(tx, "人事科")
		if err != nil {
			return err
		}
		u.Closed = true
		return people.PutUnit(tx, u)
	})
	b.View(func(tx *store.Tx) error {
		s, err := attendance.Summarize(tx, "2026-11-23")
		if s.Reported != 1 || s.Total.Expected != 6 || slices.Contains(s.Missing(), "人事科") {
			t.Errorf("%+v", s.Total)
		}
		s, err2 := attendance.Summarize(tx, "2026-11-24")
		if len(s.Units) != 15 {
			t.Errorf("the day after: %d units", len(s.Units))
		}
		return errors.Join(err, err2)
	})
}

// What comes after the bulletin of its day is a correction of the next one: with
// what the bulletin said, once, and the last of several.
func TestLateReports(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-20 08:50")
	saved(t, b, "J1017", "2026-11-20", away("J1018", attendance.Unexcused))
	b.Clock.Set("17:30")
	b.Update(func(tx *store.Tx) error { return attendance.MarkPublished(tx, "2026-11-20") })
	if got := late(b, "2026-11-01 00:00"); got != nil {
		t.Errorf("nothing was late: %+v", got)
	}
	b.Clock.Set("2026-11-23 08:50")
	saved(t, b, "J1023", "2026-11-20", away("J1024", attendance.Sick)) // 未报 until now
	saved(t, b, "J1017", "2026-11-20", away("J1018", attendance.Sick))
	b.Clock.Set("09:10")
	saved(t, b, "J1017", "2026-11-20", away("J1018", attendance.Errand))
	saved(t, b, "J1017", "2026-11-23") // not late: its bulletin is to come
	want := []attendance.Late{
		{Day: "2026-11-20", Unit: "人事科", Tally: attendance.Tally{Expected: 6, Present: 5, Duty: 1}, Was: &attendance.Tally{Expected: 6, Present: 5, Missing: 1}},
		{Day: "2026-11-20", Unit: "计财科", Tally: attendance.Tally{Expected: 9, Present: 8, Leave: 1}},
	}
	if d := cmp.Diff(want, late(b, "2026-11-20 17:30")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[:1], late(b, "2026-11-23 09:00")); d != "" {
		t.Errorf("since 9:00: %s", d)
	}
	if got := late(b, "2026-11-23 09:10"); got != nil {
		t.Errorf("since 9:10: %+v", got)
	}
}

func TestOfPerson(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50")
	saved(t, b, "J1017", "2026-11-23", attendance.Absence{Person: "J1018", Reason: attendance.Sick, Remark: "半天"})
	b.Clock.Set("2026-11-24 08:50")
	saved(t, b, "J1017", "2026-11-24", away("J1018", attendance.LateIn))
	b.Clock.Set("2026-11-25 08:50")
	saved(t, b, "J1017", "2026-11-25", away("J1018", attendance.Sick))
	saved(t, b, "J1017", "2026-11-25") // corrected: here after all
	b.View(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1018")
		if err != nil {
			return err
		}
		own, err := attendance.OfPerson(tx, p, "2026-11")
		want := attendance.Own{Month: "2026-11", Reported: 3, Records: []attendance.Record{
			{Day: "2026-11-23", Reason: attendance.Sick, Remark: "半天"}, {Day: "2026-11-24", Reason: attendance.LateIn},
		}}
		if d := cmp.Diff(want, own); d != "" || own.Present() != 2 {
			t.Errorf("present %d %s", own.Present(), d)
		}
		return err
	})
}
