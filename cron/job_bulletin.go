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
// patrol.
func (p Parts) bulletinPreview(_ context.Context, r *Run) error {
	day := r.Day()
	_, out, err := bulletin.OfDay(r.Tx, day)
	if err != nil || out {
		return err
	}
	walked, err := bulletin.HasPatrol(r.Tx, day)
	if err != nil || !walked {
		return err
	}
	b, err := bulletin.Preview(r.Tx, day)
	if err != nil {
		return err
	}
	held, err := bulletin.Held(r.Tx, day)
	if err != nil {
		return err
	}
	_, err = p.Push.Layer(r.Tx, people.OfficeLayer, report.BulletinPreview(b, held))
	return err
}

// bulletin publishes the day's bulletin unless it is held back, was published by
// hand, or nobody walked the offices.
func (p Parts) bulletin(_ context.Context, r *Run) error {
	b, err := notice.PublishBulletin(r.Tx, p.Push, notice.Bulletin{Day: r.Day(), Late: r.Late, Names: p.NameFindings})
	switch {
	case errors.Is(err, bulletin.ErrPublished), errors.Is(err, bulletin.ErrNoPatrol):
		return nil
	case errors.Is(err, bulletin.ErrHeld):
		_, err := p.Push.Layer(r.Tx, people.OfficeLayer, report.BulletinHeld(r.Day()))
		return err
	case err != nil:
		return err
	}
	r.Log.Info("bulletin published", "no", b.No, "late", b.Late)
	return nil
}
