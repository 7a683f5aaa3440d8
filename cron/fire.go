package cron

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yunzhuan/store"
)

// ErrAlreadyFired is returned by Fire for a slot that has fired before.
var ErrAlreadyFired = errors.New("fired before")

// attempt is a slot on its way to being fired.
type attempt struct {
	job   *job
	slot  time.Time
	late  bool
	tries int
	again time.Time // when to try next, by the monotonic clock
}

// retryDelays are the waits after each failure of a slot; after the last of
// them it is given up. Together they stay within Grace.
var retryDelays = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}

// try fires a slot; when it fails, it is kept for later or given up. One that
// follows a failed one is tried after that.
func (s *Scheduler) try(ctx context.Context, a *attempt) {
	if before := s.followed(a); before != nil {
		a.again = before.again
		s.pending = append(s.pending, a)
		return
	}
	effects, err := s.fire(ctx, a, s.settled())
	switch {
	case err == nil:
		s.effects.Go(func() { _ = s.runEffects(ctx, a, effects) }) // it records its failure
	case errors.Is(err, ErrAlreadyFired):
	case ctx.Err() != nil:
		s.pending = append(s.pending, a) // so that it stays unsettled
	case a.tries < len(retryDelays):
		a.again = time.Now().Add(retryDelays[a.tries])
		a.tries++
		s.pending = append(s.pending, a)
		s.log.Warn("job failed, will be tried again", "job", a.job.Name, "slot", a.slot, "err", err, "stack", stack(err))
	default:
		s.log.Error("job failed", "job", a.job.Name, "slot", a.slot, "err", err, "stack", stack(err))
		s.fail(ctx, a)
	}
}

// followed is the failed slot that an attempt waits for, nil for none.
func (s *Scheduler) followed(a *attempt) *attempt {
	for _, p := range s.pending {
		if a.job.Follows != "" && p.job.Name == a.job.Follows && !p.slot.After(a.slot) {
			return p
		}
	}
	return nil
}

// retry tries the failed slots whose time has come.
func (s *Scheduler) retry(ctx context.Context) {
	waiting := s.pending
	s.pending = nil
	for i, a := range waiting {
		if ctx.Err() != nil {
			s.pending = append(s.pending, waiting[i:]...)
			return
		}
		if time.Until(a.again) > 0 {
			s.pending = append(s.pending, a)
			continue
		}
		s.try(ctx, a)
	}
}

// fire runs a job for a slot in one transaction with the slot's mark. settled,
// unless zero, is saved with it.
func (s *Scheduler) fire(ctx context.Context, a *attempt, settled time.Time) ([]func(context.Context) error, error) {
	var effects []func(context.Context) error
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		first, err := tx.MarkFired(a.job.Name, a.slot)
		if err != nil {
			return err
		}
		if !first {
			return ErrAlreadyFired
		}
		tx.SetActor(store.Actor{Command: "job:" + a.job.Name})
		run := &Run{
			Slot: a.slot, Late: a.late, Tx: tx, Log: s.log.With("job", a.job.Name),
			Due: func(job string) bool { return s.cameDue(tx, job) },
		}
		if err := a.job.Run(ctx, run); err != nil {
			return err
		}
		effects = run.after
		if a.late {
			if err := putOutcome(tx, a.job, a.slot, Late); err != nil {
				return err
			}
		}
		if settled.IsZero() {
			return nil
		}
		return states.Put(tx, stateKey, state{Settled: settled})
	})
	if err != nil {
		return nil, err
	}
	became := Fired
	if a.late {
		became = Late
	}
	s.log.Info("job fired", "job", a.job.Name, "slot", a.slot, "late", a.late)
	s.metrics.JobSettled(a.job.Name, became)
	return effects, nil
}

// runEffects does what a job has left for after the commit.
func (s *Scheduler) runEffects(ctx context.Context, a *attempt, effects []func(context.Context) error) error {
	var errs []error
	for _, fn := range effects {
		errs = append(errs, guarded(ctx, fn))
	}
	err := errors.Join(errs...)
	if err != nil {
		s.log.Error("job failed after its commit", "job", a.job.Name, "slot", a.slot, "err", err)
		s.fail(context.WithoutCancel(ctx), a)
	}
	return err
}

// guarded turns a panic of fn into an error.
func guarded(ctx context.Context, fn func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return fn(ctx)
}

// fail records a slot that is given up.
func (s *Scheduler) fail(ctx context.Context, a *attempt) {
	s.metrics.JobSettled(a.job.Name, Failed)
	err := s.store.Update(ctx, func(tx *store.Tx) error { return putOutcome(tx, a.job, a.slot, Failed) })
	if err != nil {
		s.log.Error("record failed job", "job", a.job.Name, "slot", a.slot, "err", err)
	}
}

// settled returns up to when every slot is settled.
func (s *Scheduler) settled() time.Time {
	t := s.seen
	for _, a := range s.pending {
		if !a.slot.After(t) {
			t = a.slot.Add(-time.Second)
		}
	}
	return t
}

// saveSettled stores how far the slots are settled, for the next start.
func (s *Scheduler) saveSettled(ctx context.Context) error {
	settled := s.settled()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		return states.Put(tx, stateKey, state{Settled: settled})
	})
	if err != nil {
		return fmt.Errorf("save scheduler state: %w", err)
	}
	return nil
}

// Fire fires one job now, whatever its days and times, for the slot at, or for
// now if at is zero; it returns when all of it is done. A slot that has fired is
// ErrAlreadyFired, an unknown name a *store.UserError. It may be called with or
// without a Run.
func (s *Scheduler) Fire(ctx context.Context, name string, at time.Time) error {
	j := s.find(name)
	if j == nil {
		jobs := make([]Job, len(s.jobs))
		for i, k := range s.jobs {
			jobs[i] = k.Job
		}
		return unknownJob(name, jobs)
	}
	now := s.store.Now()
	if at.IsZero() {
		at = now
	}
	at = at.In(now.Location()).Truncate(time.Second)
	a := &attempt{job: j, slot: at, late: now.Sub(at) > Grace}
	effects, err := s.fire(ctx, a, time.Time{})
	if err == nil {
		err = s.runEffects(ctx, a, effects)
	}
	if err != nil {
		return fmt.Errorf("fire %s: %w", name, err)
	}
	return nil
}

// stack returns where a job panicked, for the log.
func stack(err error) string {
	var p *store.PanicError
	if errors.As(err, &p) {
		return string(p.Stack)
	}
	return ""
}
