package cron

import (
	"context"
	"time"

	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

const attendanceClose = "attendance-close"

// AttendanceCloses is the time of day at which attendance closes under the given
// overrides, to be named in the reminders; 0 if it does not.
func AttendanceCloses(overrides map[string]Override) calendar.Clock {
	for _, j := range Table() {
		if j.Name != attendanceClose {
			continue
		}
		made, err := makeJob(withRun(j), overrides[j.Name])
		if err != nil || !made.enabled {
			return 0 // New will say what is wrong
		}
		// Any day will do: midnight's next slot is the first of its day.
		return calendar.ClockOf(made.after(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Second)))
	}
	return 0
}

func withRun(j Job) Job {
	j.Run = func(context.Context, *Run) error { return nil }
	return j
}

// attendanceReminder asks the heads and attendance officers of the units that have
// not reported, and nobody else.
func (p Parts) attendanceReminder(_ context.Context, r *Run) error {
	s, err := attendance.Summarize(r.Tx, r.Day())
	if err != nil || !s.Workday {
		return err
	}
	var opts []store.EnqueueOption
	// It is of no use once attendance is closed.
	if closes := p.AttendanceCloses.At(r.Day(), r.Slot.Location()); closes.After(r.Tx.Now()) {
		opts = append(opts, store.ExpiresAt(closes.Add(time.Minute)))
	}
	for _, unit := range s.Missing() {
		asked, err := attendance.Reporters(r.Tx, unit)
		if err != nil {
			return err
		}
		for _, who := range asked {
			body := report.AttendanceReminder(unit, p.AttendanceCloses, calendar.ClockOf(r.Slot))
			if _, err := p.Push.Person(r.Tx, who.ID, push.Reminder, body, opts...); err != nil {
				return err
			}
		}
	}
	return nil
}

// attendanceClose names the units that have not reported to the office; when all
// have, nobody is disturbed.
func (p Parts) attendanceClose(_ context.Context, r *Run) error {
	s, err := attendance.Summarize(r.Tx, r.Day())
	if err != nil || !s.Workday || len(s.Missing()) == 0 {
		return err
	}
	b, err := report.AttendanceClosed(r.Tx, s, r.Late)
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b)
	return err
}
