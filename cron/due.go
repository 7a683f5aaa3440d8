package cron

import (
	"context"
	"slices"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// due lists the slots to be fired now, in the order of their times. Of each
// job's slots in (seen, now], the latest counts: on time within Grace, else by
// the job's Catchup. One that is too late to matter is recorded as missed.
func (s *Scheduler) due(ctx context.Context, now time.Time) ([]*attempt, error) {
	from := s.seen
	if now.Sub(from) > lookback {
		from = now.Add(-lookback)
	}
	var due []*attempt
	var cal *calendar.Calendar
	for _, j := range s.jobs {
		if !j.enabled || j.next.After(now) {
			continue
		}
		if cal == nil {
			c, err := s.calendar(ctx)
			if err != nil {
				return nil, err
			}
			cal = &c
		}
		slot, ok := latest(j, *cal, from, now)
		if !ok {
			continue
		}
		a := &attempt{job: j, slot: slot}
		switch {
		case now.Sub(slot) <= Grace:
			due = append(due, a)
		case j.Catchup == CatchupSameDay && calendar.DayOf(slot) == calendar.DayOf(now):
			a.late = true
			due = append(due, a)
		default:
			s.miss(ctx, a, now)
		}
	}
	slices.SortStableFunc(due, func(a, b *attempt) int { return a.slot.Compare(b.slot) })
	return due, nil
}

// latest returns a job's last slot in (from, to].
func latest(j *job, cal calendar.Calendar, from, to time.Time) (slot time.Time, ok bool) {
	for t := j.after(from); !t.IsZero() && !t.After(to); t = j.after(t) {
		if j.Days(cal, calendar.DayOf(t)) {
			slot, ok = t, true
		}
	}
	return slot, ok
}

// cameDue says whether a job has a slot between midnight and now.
func (s *Scheduler) cameDue(tx *store.Tx, name string) bool {
	j := s.find(name)
	if j == nil || !j.enabled {
		return false
	}
	cal, err := calendar.Load(tx)
	if err != nil {
		s.log.Error("load calendar", "err", err)
		cal = calendar.Embedded()
	}
	midnight := calendar.Day(tx.Today()).Time(tx.Now().Location())
	_, ok := latest(j, cal, midnight.Add(-time.Second), tx.Now())
	return ok
}

// comesSoon is the time within which the next slot of a job makes up for a
// missed one.
const comesSoon = time.Hour

// miss records a slot that passed unseen, unless it fired before the bot went
// down, or the job comes round again so soon that nothing was missed.
func (s *Scheduler) miss(ctx context.Context, a *attempt, now time.Time) {
	if a.job.after(now).Sub(now) <= comesSoon {
		return
	}
	missed := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		missed = false
		fired, err := tx.Fired(a.job.Name, a.slot)
		if err != nil || fired {
			return err
		}
		missed = true
		return putOutcome(tx, a.job, a.slot, Missed)
	})
	switch {
	case err != nil:
		s.log.Error("record missed job", "job", a.job.Name, "slot", a.slot, "err", err)
	case missed:
		s.log.Warn("job missed", "job", a.job.Name, "slot", a.slot)
		s.metrics.JobSettled(a.job.Name, Missed)
	}
}

func (s *Scheduler) calendar(ctx context.Context) (calendar.Calendar, error) {
	var c calendar.Calendar
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		c, err = calendar.Load(tx)
		return err
	})
	return c, err
}

// Upcoming is the next fire of a job.
type Upcoming struct {
	Name, Title string
	At          time.Time
}

// horizon is how far ahead Next looks: every job comes round within a year.
const horizon = 400 * 24 * time.Hour

// Next lists the next fire of every job that is not switched off, soonest first.
func (s *Scheduler) Next() []Upcoming {
	cal, err := s.calendar(context.Background())
	if err != nil {
		s.log.Error("load calendar for the coming jobs", "err", err)
		cal = calendar.Embedded()
	}
	now := s.store.Now()
	var all []Upcoming
	for _, j := range s.jobs {
		if !j.enabled {
			continue
		}
		for t := j.after(now); !t.IsZero() && t.Sub(now) < horizon; t = j.after(t) {
			if j.Days(cal, calendar.DayOf(t)) {
				all = append(all, Upcoming{Name: j.Name, Title: j.Title, At: t})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Upcoming) int { return a.At.Compare(b.At) })
	return all
}
