// Package cron does what the office's bot does by itself: a table of jobs and
// the scheduler that fires each slot of each job once, whatever happens to the
// process or the clock.
package cron

import (
	"context"
	"log/slog"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// Job is one entry of the table of jobs.
type Job struct {
	Name    string   // as in the config and on the command line: "bulletin"
	Title   string   // as the office reads it
	Specs   []string // when, each as for ParseSpec; a slot is a minute that one of them names
	Days    DayRule  // on which days; nil is Any
	Catchup Catchup
	// Follows names a job that stands before this one in the table. While a slot of
	// it that is not later failed and is being tried again, this job waits, because
	// what it says builds on it; once that is given up, it waits no longer.
	Follows string
	// Run does the work of one slot inside the transaction that marks the slot as
	// fired. It may run more than once, so it touches nothing but the
	// transaction, and hands what must happen outside of it to Run.After. An
	// error or a panic undoes everything and has the slot tried again.
	Run func(context.Context, *Run) error
}

// Run is what a job is given for one slot.
type Run struct {
	Slot time.Time // when it was due, in the zone of the office
	Late bool      // it is caught up on: what goes out is marked 补发
	Tx   *store.Tx
	Log  *slog.Logger
	// Due says whether the time of another job has come today, so that a job that
	// is caught up on knows what follows at its heels. A job that is not there or
	// switched off is never due.
	Due func(job string) bool

	after []func(context.Context) error
}

// Day returns the day of the slot.
func (r *Run) Day() calendar.Day { return calendar.DayOf(r.Slot) }

// After has fn called once the slot is committed, outside of the transaction: to
// copy the store, to write a file. It is tried once; a failure is recorded.
func (r *Run) After(fn func(context.Context) error) { r.after = append(r.after, fn) }

// Catchup says what becomes of a slot that passed while nobody looked: the bot
// was down, or the clock was moved forward over it. Up to Grace it is on time.
type Catchup int

const (
	// CatchupNone drops it: a reminder that no longer matters.
	CatchupNone Catchup = iota
	// CatchupSameDay fires a job's latest missed slot late, if it is today's.
	CatchupSameDay
)

// Grace is how long after its slot a job still counts as on time.
const Grace = 5 * time.Minute

// DayRule says whether a job is due on a day.
type DayRule func(calendar.Calendar, calendar.Day) bool

// Any is every day.
func Any(calendar.Calendar, calendar.Day) bool { return true }

// Workday is every workday of the working calendar.
func Workday(c calendar.Calendar, d calendar.Day) bool {
	work, _ := c.IsWorkday(d)
	return work
}

// LastWorkdayOfWeek is the last workday of each week that has one.
func LastWorkdayOfWeek(c calendar.Calendar, d calendar.Day) bool {
	last, ok := c.LastWorkdayOfWeek(calendar.WeekOf(d))
	return ok && d == last
}

// FirstWorkdayOfMonth is the first workday of each month.
func FirstWorkdayOfMonth(c calendar.Calendar, d calendar.Day) bool {
	return d == c.FirstWorkdayOfMonth(d.Month())
}

// dayRules are the rules that the config may name.
var dayRules = map[string]DayRule{"workday": Workday, "any": Any}

// Override is what the config says about a job; what is empty stays as it is in
// the table.
type Override struct {
	At      string // as for ParseTimes
	Days    string // workday or any
	Enabled *bool  // nil is true
}
