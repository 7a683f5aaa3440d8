package cron

import (
	"context"
	"errors"

	"yunzhuan/notice"
	"yunzhuan/office/monthly"
)

// monthlyCheck publishes the check of schools of the month before.
func (p Parts) monthlyCheck(_ context.Context, r *Run) error {
	how := monthly.How{Month: r.Day().Month().Add(-1), Late: r.Late}
	c, sent, err := notice.PublishMonthly(r.Tx, p.Push, how, p.NameFindings)
	switch {
	case errors.Is(err, monthly.ErrPublished):
		return nil
	case err != nil:
		return err
	}
	r.Log.Info("monthly check published", "month", c.Month, "late", c.Late, "groups", sent.Groups, "people", sent.People)
	return nil
}
