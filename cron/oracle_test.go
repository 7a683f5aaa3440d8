package cron

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// The table of the specification, written down a second time: what fires when,
// by words instead of cron specs. The two jobs that look every few minutes look
// every few hours here, to keep the test short.
var spelledOut = []struct {
	name, times, days string
	sameDay           bool
}{
	{"attendance-reminder", "08:40 09:20", "workday", false},
	{"attendance-close", "09:30", "workday", true},
	{"duty-notice", "16:00", "last of the week", true},
	{"patrol-reminder", "09:00 15:00", "workday", false},
	{"bulletin-preview", "17:00", "workday", true},
	{"bulletin", "17:30", "workday", true},
	{"digest", "18:00", "workday", true},
	{"weekly-check", "17:30", "last of the week", true},
	{"monthly-check", "09:00", "first of the month", true},
	{"survey-reminder", "07:05 11:05 15:05 19:05", "any", false},
	{"draft-reminder", "09:00", "workday", true},
	{"task-reminder", "09:00", "workday", true},
	{"meeting-reminder", "00:10 06:10 12:10 18:10", "any", false},
	{"canteen", "07:30", "workday", false},
	{"calendar-warning", "09:30", "weekly from 1 December", true},
	{"backup", "02:30", "any", true},
}

var coarse = map[string]Override{
	"survey-reminder":  {At: "5 7,11,15,19 * * *"},
	"meeting-reminder": {At: "10 */6 * * *"},
}

// worked asks lunar-go, which knows the State Council's calendar by itself.
func worked(t time.Time) bool {
	if h := HolidayUtil.GetHolidayByYmd(t.Year(), int(t.Month()), t.Day()); h != nil {
		return h.IsWork()
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// dueOn spells out the day rules.
func dueOn(rule string, day time.Time) bool {
	switch rule {
	case "workday":
		return worked(day)
	case "last of the week":
		for d := day; worked(day); d = d.AddDate(0, 0, 1) {
			if d.Weekday() == time.Sunday {
				return true
			}
			if worked(d.AddDate(0, 0, 1)) {
				return false
			}
		}
		return false
	case "first of the month":
		for d := 1; d < day.Day(); d++ {
			if worked(time.Date(day.Year(), day.Month(), d, 0, 0, 0, 0, day.Location())) {
				return false
			}
		}
		return worked(day)
	case "weekly from 1 December":
		return day.Month() == time.December && day.Day()%7 == 1
	}
	return true
}

// slot is one entry of the oracle's list.
type slot struct {
	at      time.Time
	job     string
	sameDay bool
}

func (s slot) key() string { return s.at.Format("2006-01-02 15:04 ") + s.job }

// oracle works out, without the scheduler, what must have fired.
type oracle struct {
	slots  []slot // all, by time
	clock  time.Time
	fired  map[string]bool // key → late
	missed int
}

func newOracle(from, to time.Time) *oracle {
	o := &oracle{clock: from, fired: map[string]bool{}}
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		for _, j := range spelledOut {
			if !dueOn(j.days, day) {
				continue
			}
			for hm := range strings.FieldsSeq(j.times) {
				var h, m int
				if _, err := fmt.Sscanf(hm, "%d:%d", &h, &m); err != nil {
					panic(err)
				}
				at := time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, day.Location())
				o.slots = append(o.slots, slot{at, j.name, j.sameDay})
			}
		}
	}
	slices.SortStableFunc(o.slots, func(a, b slot) int { return a.at.Compare(b.at) })
	return o
}

// between returns the slots in (from, to].
func (o *oracle) between(from, to time.Time) []slot {
	first := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(o.slots, t, func(s slot, t time.Time) int {
			if s.at.After(t) {
				return 1
			}
			return -1
		})
		return i
	}
	return o.slots[first(from):first(to)]
}

// observe lets the clock run to a time with the scheduler watching.
func (o *oracle) observe(to time.Time) {
	for _, s := range o.between(o.clock, to) {
		if _, fired := o.fired[s.key()]; !fired {
			o.fired[s.key()] = false
		}
	}
	o.clock = to
}

// skip moves the clock forward with nobody watching.
func (o *oracle) skip(to time.Time) {
	from := o.clock
	if to.Sub(from) > 7*24*time.Hour {
		from = to.Add(-7 * 24 * time.Hour)
	}
	last := map[string]slot{}
	for _, s := range o.between(from, to) {
		last[s.job] = s
	}
	for _, s := range last {
		_, fired := o.fired[s.key()]
		switch {
		case fired:
		case s.sameDay && s.at.YearDay() == to.YearDay():
			o.fired[s.key()] = true
		default:
			o.missed++
		}
	}
	o.clock = to
}

// quiet reports whether nothing is due for ten minutes round a time, so that
// what must happen does not hang on when the scheduler notices a moved clock.
func quiet(t time.Time) bool {
	const margin = 10
	now := t.Hour()*60 + t.Minute()
	for _, j := range spelledOut {
		for hm := range strings.FieldsSeq(j.times + " 00:00 24:00") {
			var h, m int
			if _, err := fmt.Sscanf(hm, "%d:%d", &h, &m); err != nil {
				panic(err)
			}
			if d := now - (60*h + m); -margin <= d && d <= margin {
				return false
			}
		}
	}
	return true
}
