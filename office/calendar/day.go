// Package calendar is the office's notion of time: days and weeks as it writes
// them, the phrases people use for a day, an hour or a month, and the working
// calendar of the State Council with its holidays and make-up workdays.
package calendar

import (
	"fmt"
	"time"
)

// Day is a calendar day of the office, "2026-11-23". Days compare and sort as
// strings. The zero Day is "", which stands for no day; methods of a Day that
// is not Valid give zero values.
type Day string

const dayLayout = "2006-01-02"

var weekdayNames = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// DayOf returns the day of t in t's own location.
func DayOf(t time.Time) Day { return Day(t.Format(dayLayout)) }

// Valid reports whether d is a day that exists.
func (d Day) Valid() bool {
	_, err := time.Parse(dayLayout, string(d))
	return err == nil
}

// Time returns midnight at the beginning of the day in loc.
func (d Day) Time(loc *time.Location) time.Time {
	t, err := time.ParseInLocation(dayLayout, string(d), loc)
	if err != nil {
		return time.Time{}
	}
	return t
}

// AddDays returns the day n days later, or earlier when n is negative.
func (d Day) AddDays(n int) Day {
	if !d.Valid() {
		return ""
	}
	return DayOf(d.Time(time.UTC).AddDate(0, 0, n))
}

// Sub returns the days from other to d: 1 when d is the day after other.
func (d Day) Sub(other Day) int {
	if !d.Valid() || !other.Valid() {
		return 0
	}
	return int(d.Time(time.UTC).Sub(other.Time(time.UTC)) / (24 * time.Hour))
}

// Before reports whether d is earlier than other.
func (d Day) Before(other Day) bool { return d < other }

// After reports whether d is later than other.
func (d Day) After(other Day) bool { return d > other }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.Time(time.UTC).Weekday() }

// WeekdayName returns "周一".
func (d Day) WeekdayName() string {
	if !d.Valid() {
		return ""
	}
	return weekdayNames[d.Weekday()]
}

// IsWeekend reports whether d is a Saturday or a Sunday, whatever the working
// calendar says about it.
func (d Day) IsWeekend() bool {
	w := d.Weekday()
	return d.Valid() && (w == time.Saturday || w == time.Sunday)
}

// Year returns 2026.
func (d Day) Year() int {
	if !d.Valid() {
		return 0
	}
	return d.Time(time.UTC).Year()
}

// Month returns the month the day lies in.
func (d Day) Month() Month {
	if !d.Valid() {
		return ""
	}
	return Month(d[:len("2006-01")])
}

// Short returns "11月23日".
func (d Day) Short() string {
	if !d.Valid() {
		return ""
	}
	t := d.Time(time.UTC)
	return fmt.Sprintf("%d月%d日", int(t.Month()), t.Day())
}

// Span names the days from one to another where there is little room: "11.23",
// "11.23–29" or "11.30–12.6".
func Span(from, to Day) string {
	if !from.Valid() || !to.Valid() {
		return ""
	}
	switch {
	case from == to:
		return from.Numeric()
	case from.Month() == to.Month():
		return fmt.Sprintf("%s–%d", from.Numeric(), to.Time(time.UTC).Day())
	}
	return from.Numeric() + "–" + to.Numeric()
}

// Numeric returns "11.23".
func (d Day) Numeric() string {
	if !d.Valid() {
		return ""
	}
	t := d.Time(time.UTC)
	return fmt.Sprintf("%d.%d", int(t.Month()), t.Day())
}

// Long returns "2026年11月23日".
func (d Day) Long() string {
	if !d.Valid() {
		return ""
	}
	return fmt.Sprintf("%d年%s", d.Year(), d.Short())
}
