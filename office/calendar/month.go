package calendar

import (
	"fmt"
	"time"
)

// Month is a month, "2026-11". Months compare and sort as strings.
type Month string

const monthLayout = "2006-01"

func monthOf(year int, month time.Month) Month {
	return Month(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Format(monthLayout))
}

// Valid reports whether m is a month.
func (m Month) Valid() bool {
	_, err := time.Parse(monthLayout, string(m))
	return err == nil
}

// First returns the first day of the month.
func (m Month) First() Day {
	if !m.Valid() {
		return ""
	}
	return Day(m + "-01")
}

// Last returns the last day of the month.
func (m Month) Last() Day { return m.Add(1).First().AddDays(-1) }

// Add returns the month n months later, or earlier when n is negative.
func (m Month) Add(n int) Month {
	if !m.Valid() {
		return ""
	}
	t := m.First().Time(time.UTC)
	return monthOf(t.Year(), t.Month()+time.Month(n))
}

// Label returns "2026年11月".
func (m Month) Label() string {
	if !m.Valid() {
		return ""
	}
	t := m.First().Time(time.UTC)
	return fmt.Sprintf("%d年%d月", t.Year(), int(t.Month()))
}

// Short returns "11月".
func (m Month) Short() string {
	if !m.Valid() {
		return ""
	}
	return fmt.Sprintf("%d月", int(m.First().Time(time.UTC).Month()))
}

// Period returns the month as a period.
func (m Month) Period() Period { return Period{From: m.First(), To: m.Last(), Label: m.Label()} }

// Period is a month, a quarter or a year: what tables and sums are asked for.
type Period struct {
	From  Day    // the first day
	To    Day    // the last day
	Label string // "2026年11月", "2026年第三季度", "2026年"
}

// Contains reports whether d lies in the period.
func (p Period) Contains(d Day) bool { return p.From <= d && d <= p.To }

var quarterNames = [...]string{"一", "二", "三", "四"}

// quarterOf returns the quarter q (0 to 3) of a year.
func quarterOf(year, q int) Period {
	first := monthOf(year, time.Month(3*q+1))
	return Period{
		From:  first.First(),
		To:    first.Add(2).Last(),
		Label: fmt.Sprintf("%d年第%s季度", year, quarterNames[q]),
	}
}

// yearOf returns a whole year.
func yearOf(year int) Period {
	return Period{
		From:  monthOf(year, time.January).First(),
		To:    monthOf(year, time.December).Last(),
		Label: fmt.Sprintf("%d年", year),
	}
}

// QuarterOf returns the quarter a day lies in.
func QuarterOf(d Day) Period { return quarterOf(d.Year(), (int(d.Time(time.UTC).Month())-1)/3) }

// YearOf returns the year a day lies in.
func YearOf(d Day) Period { return yearOf(d.Year()) }

// Months lists the months of the period.
func (p Period) Months() []Month {
	var out []Month
	for m := p.From.Month(); m != "" && m <= p.To.Month(); m = m.Add(1) {
		out = append(out, m)
	}
	return out
}
