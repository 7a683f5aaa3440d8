package cron

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// Options of a Scheduler.
type Options struct {
	Log       *slog.Logger
	Overrides map[string]Override // by job name
	Metrics   Metrics             // nil: nobody counts
}

// Metrics is told what became of every slot. It must not block.
type Metrics interface {
	JobSettled(job string, state State)
}

// Scheduler fires jobs by the clock and in the zone of its store.
type Scheduler struct {
	store   *store.Store
	log     *slog.Logger
	metrics Metrics
	jobs    []*job // in the order of the table

	recheck time.Duration // the longest sleep, so that a moved clock is noticed
	effects sync.WaitGroup

	// The rest belongs to Run's goroutine.
	seen    time.Time  // every slot up to here was looked at
	pending []*attempt // failed slots that will be tried again
}

// job is a Job with the overrides applied.
type job struct {
	Job
	times   []Schedule
	enabled bool
	next    time.Time // its first candidate after Scheduler.seen
}

// after returns the first time after t that one of the specs names, whatever the
// day rule says about it.
func (j *job) after(t time.Time) time.Time {
	var first time.Time
	for _, s := range j.times {
		if n := s.Next(t); first.IsZero() || n.Before(first) {
			first = n
		}
	}
	return first
}

// New checks jobs and overrides, all faults at once, and makes a Scheduler.
func New(s *store.Store, jobs []Job, o Options) (*Scheduler, error) {
	sched := &Scheduler{store: s, log: o.Log, metrics: o.Metrics, recheck: 30 * time.Second}
	if sched.metrics == nil {
		sched.metrics = uncounted{}
	}
	var faults []error
	for _, j := range jobs {
		made, err := makeJob(j, o.Overrides[j.Name])
		if err == nil && sched.find(j.Name) != nil {
			err = errors.New("twice in the table")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("jobs.%s: %w", j.Name, err))
			continue
		}
		sched.jobs = append(sched.jobs, made)
	}
	for name := range o.Overrides {
		if !slices.ContainsFunc(jobs, func(j Job) bool { return j.Name == name }) {
			faults = append(faults, fmt.Errorf("jobs.%s: %w", name, unknownJob(name, jobs)))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return sched, nil
}

// makeJob applies an override.
func makeJob(j Job, o Override) (*job, error) {
	if j.Run == nil {
		return nil, errors.New("does nothing")
	}
	at := strings.Join(j.Specs, ";")
	if o.At != "" {
		at = o.At
	}
	times, err := ParseTimes(at)
	if err != nil {
		return nil, fmt.Errorf("at: %w", err)
	}
	if o.Days != "" {
		rule, ok := dayRules[o.Days]
		if !ok {
			return nil, fmt.Errorf("days: %w", store.Errorf("“%s”不对，应为 workday 或 any", cut(o.Days)))
		}
		j.Days = rule
	}
	if j.Days == nil {
		j.Days = Any
	}
	return &job{Job: j, times: times, enabled: o.Enabled == nil || *o.Enabled}, nil
}

func unknownJob(name string, jobs []Job) error {
	names := make([]string, len(jobs))
	for i, j := range jobs {
		names[i] = j.Name
	}
	return store.Errorf("没有“%s”这个任务，有：%s", cut(name), strings.Join(names, " "))
}

func (s *Scheduler) find(name string) *job {
	for _, j := range s.jobs {
		if j.Name == name {
			return j
		}
	}
	return nil
}

// Run fires what is due until ctx ends; it first looks at what was due while
// nobody did. Of two that run at once, on one database, each slot fires in one.
func (s *Scheduler) Run(ctx context.Context) error {
	defer s.effects.Wait()
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("start scheduler: %w", err)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.saveSettled(context.WithoutCancel(ctx))
		case <-timer.C:
		}
		s.step(ctx)
		timer.Reset(s.pause())
	}
}

// start finds out from where on slots are to be looked at.
func (s *Scheduler) start(ctx context.Context) error {
	now := s.store.Now()
	var before state
	var known bool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		before, known, err = states.Get(tx, stateKey)
		return err
	})
	if err != nil {
		return err
	}
	s.pending = nil
	switch settled := before.Settled.In(now.Location()); {
	case !known: // the first start: nothing was due before
		s.setSeen(now)
		return s.saveSettled(ctx)
	case settled.After(now): // the clock was ahead; today's marks say what fired
		s.setSeen(calendar.DayOf(now).Time(now.Location()))
	case now.Sub(settled) > lookback:
		s.setSeen(now.Add(-lookback))
	default:
		s.setSeen(settled)
	}
	return nil
}

// lookback is how far back missed slots are looked for.
const lookback = 7 * 24 * time.Hour

// setSeen moves seen, forward or back.
func (s *Scheduler) setSeen(t time.Time) {
	s.seen = t
	for _, j := range s.jobs {
		j.next = j.after(t)
	}
}

// step fires what has become due since the last step.
func (s *Scheduler) step(ctx context.Context) {
	now := s.store.Now()
	if now.Before(s.seen) {
		// The clock was moved back, up to one sleep ago. Its slots come again;
		// the marks keep those that fired from firing twice.
		s.log.Warn("clock moved back", "by", s.seen.Sub(now).String())
		s.setSeen(now.Add(-s.recheck))
	}
	due, err := s.due(ctx, now)
	if err != nil {
		s.log.Error("look for due jobs", "err", err)
		return // seen stays, so that nothing is lost
	}
	for _, a := range due {
		s.try(ctx, a)
	}
	if ctx.Err() != nil {
		return // what was not tried stays unsettled
	}
	s.seen = now
	for _, j := range s.jobs {
		if !j.next.After(now) {
			j.next = j.after(now)
		}
	}
	s.retry(ctx)
}

// pause returns how long to sleep: to the next slot or the next attempt, but
// never so long that a moved clock goes unnoticed.
func (s *Scheduler) pause() time.Duration {
	wait := s.recheck
	now := s.store.Now()
	for _, j := range s.jobs {
		if j.enabled {
			wait = min(wait, j.next.Sub(now))
		}
	}
	for _, a := range s.pending {
		wait = min(wait, time.Until(a.again))
	}
	if wait <= 0 { // looking for due jobs has failed: do not spin
		wait = time.Second
	}
	return wait
}

// uncounted is Metrics for nobody.
type uncounted struct{}

func (uncounted) JobSettled(string, State) {}
