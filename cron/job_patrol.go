package cron

import (
	"context"

	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
)

// dutyNotice sends next week's roster to those on it, on the last workday of the
// week; a roster that is missing is asked for in the office's group.
func (p Parts) dutyNotice(_ context.Context, r *Run) error {
	next := calendar.WeekOf(r.Day()).Add(1)
	if err := duty.NoteNotice(r.Tx, next); err != nil {
		return err
	}
	d, ok, err := duty.Of(r.Tx, next)
	if err != nil {
		return err
	}
	if !ok {
		b, err := report.DutyWeek(r.Tx, next, d, false)
		if err == nil {
			_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b.Para("请排班：/值班 排 下周 领导姓名 成员姓名"))
		}
		return err
	}
	for _, id := range d.Everyone() {
		b, err := report.DutyNotice(r.Tx, next, d, id)
		if err == nil {
			_, err = p.Push.Person(r.Tx, id, push.Notice, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// patrolReminder tells those on duty which units nobody has seen this week.
func (p Parts) patrolReminder(_ context.Context, r *Run) error {
	w := calendar.WeekOf(r.Day())
	d, ok, err := duty.Of(r.Tx, w)
	if err != nil || !ok {
		return err
	}
	seen, err := patrol.Offices.Covered(r.Tx, w.From, r.Day())
	if err != nil || len(seen.Unseen) == 0 {
		return err
	}
	for _, id := range d.Members {
		if _, err := p.Push.Person(r.Tx, id, push.Reminder, report.PatrolReminder(seen)); err != nil {
			return err
		}
	}
	return nil
}
