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

// closesAt is when attendance closes for reminders that name the hour, unless the
// job that closes it was given another.
const closesAt = calendar.Clock(9*60 + 30)

// attendanceReminder reminds those who report for the units that have not.
func (p Parts) attendanceReminder(_ context.Context, r *Run) error {
	s, err := attendance.Summarize(r.Tx, r.Day())
	if err != nil {
		return err
	}
	left := int(closesAt) - int(calendar.ClockOf(r.Slot))
	closes := closesAt.At(r.Day(), r.Slot.Location())
	for _, unit := range s.Missing() {
		asked, err := attendance.Reporters(r.Tx, unit)
		if err != nil {
			return err
		}
		body := report.AttendanceReminder(unit, closesAt, left)
		for _, who := range asked {
			// It is of no use once attendance is closed.
			if _, err := p.Push.Person(r.Tx, who.ID, push.Reminder, body, store.ExpiresAt(closes.Add(time.Minute))); err != nil {
				return err
			}
		}
	}
	return nil
}

// attendanceClose names the units that have not reported to the office.
func (p Parts) attendanceClose(_ context.Context, r *Run) error {
	s, err := attendance.Summarize(r.Tx, r.Day())
	if err != nil || len(s.Missing()) == 0 {
		return err
	}
	b, err := report.AttendanceClosed(r.Tx, s, r.Late)
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b)
	return err
}
