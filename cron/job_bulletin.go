package cron

import (
	"context"
	"errors"

	"yunzhuan/notice"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/people"
	"yunzhuan/report"
)

// bulletinPreview shows the office what will be published, on a day with a
// patrol. One that comes when the bulletin itself is due has nothing to say.
func (p Parts) bulletinPreview(_ context.Context, r *Run) error {
	if r.Late && r.Due("bulletin") {
		return nil
	}
	_, out, err := bulletin.OfDay(r.Tx, r.Day())
	if err != nil || out {
		return err
	}
	walked, err := bulletin.HasPatrol(r.Tx, r.Day())
	if err != nil || !walked {
		return err
	}
	b, err := report.NewPreview(r.Tx, r.Day())
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, b)
	return err
}

// bulletin publishes the day's bulletin unless it is held back, was published by
// hand, or nobody walked the offices.
func (p Parts) bulletin(_ context.Context, r *Run) error {
	b, sent, err := notice.PublishBulletin(r.Tx, p.Push, bulletin.How{Day: r.Day(), Late: r.Late}, p.NameFindings)
	switch {
	case errors.Is(err, bulletin.ErrPublished), errors.Is(err, bulletin.ErrNoPatrol):
		return nil
	case errors.Is(err, bulletin.ErrHeld):
		if err := bulletin.PassHeld(r.Tx, r.Day()); err != nil {
			return err
		}
		_, err := p.Push.Layer(r.Tx, people.OfficeLayer, report.BulletinHeld(r.Day()))
		return err
	case err != nil:
		return err
	}
	r.Log.Info("bulletin published", "no", b.No, "late", b.Late, "groups", sent.Groups, "people", sent.People)
	return nil
}
