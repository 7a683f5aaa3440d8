package cron

import (
	"context"

	"yunzhuan/office/people"
	"yunzhuan/report"
)

// digest sends the office its daily report.
func (p Parts) digest(_ context.Context, r *Run) error {
	outcomes, err := OutcomesOn(r.Tx, r.Day())
	if err != nil {
		return err
	}
	var missed []string
	for _, o := range outcomes {
		if o.State == Failed || o.State == Missed {
			missed = append(missed, o.Slot.In(r.Slot.Location()).Format("15:04")+" "+o.Title)
		}
	}
	b, err := report.Digest(r.Tx, r.Day(), r.Late, missed)
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b)
	return err
}
