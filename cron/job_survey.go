package cron

import (
	"context"

	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// SurveyReminder is what the job survey-reminder does: it reminds those who have
// not answered 3 days, 1 day and 3 hours before a survey closes, and closes the
// surveys whose time is over, with a word to the office.
func SurveyReminder(p *push.Pusher) func(context.Context, *Run) error {
	return func(_ context.Context, r *Run) error {
		if err := closeOverdue(r, p); err != nil {
			return err
		}
		running, err := survey.Current(r.Tx)
		if err != nil {
			return err
		}
		for _, s := range running {
			due, err := survey.TakeRound(r.Tx, s)
			if err == nil && due {
				err = remindOfSurvey(r, p, s)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func remindOfSurvey(r *Run, p *push.Pusher, s survey.Survey) error {
	who, _, err := s.Remindable(r.Tx)
	if err != nil {
		return err
	}
	body := report.SurveyReminder(s, r.Tx.Now())
	for _, one := range who {
		ok, err := p.Person(r.Tx, one.ID, push.Reminder, body, store.ExpiresAt(s.ClosesAt))
		if err == nil && ok {
			err = s.NoteReminder(r.Tx, one.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func closeOverdue(r *Run, p *push.Pusher) error {
	over, err := survey.Overdue(r.Tx)
	if err != nil {
		return err
	}
	for _, s := range over {
		progress, err := s.Progress(r.Tx)
		if err != nil {
			return err
		}
		if s, err = survey.Close(r.Tx, s); err != nil {
			return err
		}
		body := report.SurveyClosed(s, progress)
		groups, err := p.Layer(r.Tx, people.OfficeLayer, body)
		if err == nil && groups == 0 {
			_, err = p.Person(r.Tx, s.By, push.Notice, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
