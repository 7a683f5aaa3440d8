package cron

import (
	"context"
	"errors"

	"yunzhuan/notice"
	"yunzhuan/office/calendar"
	"yunzhuan/office/monthly"
	"yunzhuan/office/weekly"
)

// weeklyCheck publishes the week's check of the offices, after the bulletin of the
// same minute.
func (p Parts) weeklyCheck(_ context.Context, r *Run) error {
	how := weekly.How{Week: calendar.WeekOf(r.Day()), Late: r.Late}
	c, sent, err := notice.PublishWeekly(r.Tx, p.Push, how, p.NameFindings)
	switch {
	case errors.Is(err, weekly.ErrPublished):
		return nil
	case err != nil:
		return err
	}
	r.Log.Info("weekly check published", "week", c.Week.Key(), "late", c.Late, "groups", sent.Groups, "people", sent.People)
	return nil
}

// monthlyCheck publishes the check of schools of the month before, and brings that
// month's assessment to whom it concerns.
func (p Parts) monthlyCheck(_ context.Context, r *Run) error {
	how := monthly.How{Month: r.Day().Month().Add(-1), Late: r.Late}
	c, sent, err := notice.PublishMonthly(r.Tx, p.Push, how, p.NameFindings)
	switch {
	case errors.Is(err, monthly.ErrPublished):
		return nil
	case err != nil:
		return err
	}
	// What the check publishes is scored now: the month is complete.
	if err := notice.TellAssessment(r.Tx, p.Push, c.Month); err != nil {
		return err
	}
	r.Log.Info("monthly check published", "month", c.Month, "late", c.Late, "groups", sent.Groups, "people", sent.People)
	return nil
}
