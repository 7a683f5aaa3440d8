package cron

import (
	"context"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
)

// digest sends the office its daily report.
func (p Parts) digest(_ context.Context, r *Run) error {
	outcomes, err := OutcomesOn(r.Tx, r.Day())
	if err != nil {
		return err
	}
	var jobs report.Jobs
	for _, o := range outcomes {
		what := calendar.ClockOf(o.Slot).String() + " " + o.Title
		if o.State == Late {
			jobs.Late = append(jobs.Late, what)
		} else {
			jobs.Missed = append(jobs.Missed, what)
		}
	}
	b, err := report.Digest(r.Tx, r.Day(), r.Late, jobs)
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b)
	return err
}
