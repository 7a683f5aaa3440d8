package calendar

import (
	"slices"
	"testing"
	"time"
)

func TestDay(t *testing.T) {
	t.Parallel()
	d := Day("2026-11-23")
	checks := []struct {
		name      string
		got, want any
	}{
		{"of a moment, in its zone", DayOf(time.Date(2026, 11, 23, 23, 59, 0, 0, time.FixedZone("", 8*3600))), d},
		{"valid", d.Valid(), true},
		{"30 February is not", Day("2026-02-30").Valid(), false},
		{"empty is not", Day("").Valid(), false},
		{"add over a year's end", Day("2026-12-31").AddDays(1), Day("2027-01-01")},
		{"subtract over a leap day", Day("2028-03-01").AddDays(-1), Day("2028-02-29")},
		{"sub", Day("2026-12-02").Sub(d), 9},
		{"sub backwards", d.Sub("2026-12-02"), -9},
		{"before", d.Before("2026-11-24"), true},
		{"after", d.After("2026-11-24"), false},
		{"weekday", d.WeekdayName(), "周一"},
		{"weekend", d.IsWeekend(), false},
		{"Sunday", Day("2026-11-29").IsWeekend(), true},
		{"year", d.Year(), 2026},
		{"month", d.Month(), Month("2026-11")},
		{"short", d.Short(), "11月23日"},
		{"short, one digit", Day("2026-01-04").Short(), "1月4日"},
		{"long", d.Long(), "2026年11月23日"},
		{"invalid adds to nothing", Day("x").AddDays(1), Day("")},
		{"invalid has no month", Day("x").Month(), Month("")},
		{"month's last", Month("2028-02").Last(), Day("2028-02-29")},
		{"month before January", Month("2026-01").Add(-1), Month("2025-12")},
		{"month label", Month("2026-03").Label(), "2026年3月"},
		{"clock on a day", Clock(580).At(d, time.UTC), time.Date(2026, 11, 23, 9, 40, 0, 0, time.UTC)},
	}
	for _, c := range checks {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestWeek(t *testing.T) {
	t.Parallel()
	w := WeekOf("2026-11-29") // a Sunday
	if w.From != "2026-11-23" || w.To != "2026-11-29" || w.Key() != "2026-W48" || w.Label() != "11月23日至29日" {
		t.Errorf("week of 29 November: %+v %s %s", w, w.Key(), w.Label())
	}
	if got := w.Add(1).Label(); got != "11月30日至12月6日" {
		t.Errorf("next week: %s", got)
	}
	// The first days of January 2027 belong to the last week of 2026.
	if got := WeekOf("2027-01-01").Key(); got != "2026-W53" {
		t.Errorf("week of New Year: %s", got)
	}
	days := w.Days()
	if len(days) != 7 || days[0] != w.From || days[6] != w.To || !slices.IsSorted(days) {
		t.Errorf("days: %v", days)
	}
	for phrase, want := range map[string]Day{
		"本周": "2026-11-23", "下周": "2026-11-30", "上周": "2026-11-16", "上上周": "2026-11-09", "下个星期": "2026-11-30",
		"12-1": "2026-11-30", "下周三": "2026-11-30", "2026-W53": "2026-12-28", "2027-W01": "2027-01-04",
	} {
		got, err := ParseWeek(phrase, "2026-11-25")
		if err != nil || got.From != want {
			t.Errorf("%s: %v %v, want %s", phrase, got, err, want)
		}
	}
	if _, err := ParseWeek("哪周", "2026-11-25"); err == nil {
		t.Error("nonsense passes for a week")
	}
}
