package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
)

// Recaller takes messages back where the platform can: what the store's RecallBatch
// asked for, one wire message at a time, tried again for as long as the platform
// allows. What it did is written down after the call; a crash between the two repeats
// the call, which does no harm.
type Recaller struct {
	store    *store.Store
	channels map[chat.ChannelID]chat.Channel
	log      *slog.Logger
	ended    func(*store.Tx, store.Recall) error
	wake     chan struct{}
}

// NewRecaller makes a Recaller for the given channels. ended is called in the
// transaction in which a Recall came to an end, after that was written; what it puts
// into the outbox goes out once.
func NewRecaller(s *store.Store, log *slog.Logger, ended func(*store.Tx, store.Recall) error, channels ...chat.Channel) *Recaller {
	d := &Recaller{store: s, log: log, ended: ended, channels: map[chat.ChannelID]chat.Channel{}, wake: make(chan struct{}, 1)}
	for _, c := range channels {
		d.channels[c.ID()] = c
	}
	s.OnRecall(func() {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	})
	return d
}

// Recallable says whether what went to a target can be taken back.
func Recallable(t chat.Target, channels ...chat.Channel) bool {
	i := slices.IndexFunc(channels, func(c chat.Channel) bool { return c.ID() == t.Channel })
	if i < 0 {
		return false
	}
	c, ok := channels[i].(chat.Recaller)
	return ok && c.Recallable(t) > 0
}

// recallFault is how long Run waits when the store refused.
const recallFault = 5 * time.Second

// movingWait is how long it waits for an entry that is on its way.
const movingWait = 500 * time.Millisecond

// Run takes messages back until ctx ends.
func (d *Recaller) Run(ctx context.Context) error {
	for {
		wait, err := d.Pass(ctx)
		if err != nil && ctx.Err() == nil {
			d.log.Error("recalls not worked on", "error", err)
			wait = recallFault
		}
		timer := time.NewTimer(wait)
		select {
		case <-d.wake:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// Pass works once on everything that is due, and says how long nothing will be.
func (d *Recaller) Pass(ctx context.Context) (time.Duration, error) {
	due, wait, err := d.due(ctx)
	if err != nil {
		return 0, err
	}
	paused := map[chat.ChannelID]bool{} // that just said: not now
	for _, c := range due {
		if paused[c.target.Channel] {
			wait = min(wait, time.Second)
			continue
		}
		err := d.channels[c.target.Channel].(chat.Recaller).Recall(ctx, c.target, c.receipt)
		if ctx.Err() != nil {
			return 0, ctx.Err() // it is called again at the next start
		}
		if err != nil {
			d.log.Warn("recall failed", "no", c.ids[0], "channel", c.target.Channel, "error", err)
		}
		paused[c.target.Channel] = retryable(err)
		next, err := d.note(ctx, c, err)
		if err != nil {
			return 0, err
		}
		wait = min(wait, next)
	}
	return wait, nil
}

// recallCall is one call: a receipt, and the entries that it stands for.
type recallCall struct {
	target  chat.Target
	receipt string
	batch   string
	ids     []uint64
}

// same says whether one call serves both: in a group every message has a receipt of
// its own, while people may share one.
func (c recallCall) same(r store.Recall, receipt string) bool {
	return c.receipt == receipt && c.batch == r.Batch && c.target.Channel == r.Target.Channel &&
		c.target.Group == r.Target.Group && (!c.target.Group || c.target.Conv == r.Target.Conv)
}

// due plans what is new, ends what needs no call, and lists the calls that are due.
func (d *Recaller) due(ctx context.Context) (calls []recallCall, wait time.Duration, err error) {
	idle := false
	err = d.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenRecalls()
		idle = len(open) == 0
		return err
	})
	if err != nil || idle {
		return nil, idlePause, err
	}
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		calls, wait = nil, idlePause
		open, err := tx.OpenRecalls()
		if err != nil {
			return err
		}
		for _, r := range open {
			if !r.Planned {
				moving, err := d.plan(tx, &r)
				if err != nil {
					return err
				}
				if moving {
					wait = min(wait, movingWait)
					continue
				}
			}
			if r.State != store.RecallOpen {
				continue
			}
			if pause := r.NotBefore.Sub(tx.Now()); pause > 0 {
				wait = min(wait, pause)
				continue
			}
			for _, receipt := range r.Left {
				i := slices.IndexFunc(calls, func(c recallCall) bool { return c.same(r, receipt) })
				if i < 0 {
					i = len(calls)
					calls = append(calls, recallCall{target: r.Target, receipt: receipt, batch: r.Batch})
				}
				calls[i].ids = append(calls[i].ids, r.ID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("plan recalls: %w", err)
	}
	return calls, wait, nil
}

// Reasons why something is not taken back.
const (
	cannotRecall = "the platform takes nothing back there"
	noReceipt    = "the platform gave no receipt"
	tooLate      = "the platform's time for it is over"
)

// plan works out what of an entry is there to be taken back; moving says that it is
// on its way and nothing is known yet.
func (d *Recaller) plan(tx *store.Tx, r *store.Recall) (moving bool, err error) {
	where, err := tx.Whereabouts(r.ID)
	if err != nil || where.Moving {
		return err == nil, err
	}
	r.Planned = true
	r.Short = where.State == store.Unknown // its last part may be there
	for i := range where.Parts {
		if i < len(where.Receipts) && where.Receipts[i] != "" {
			r.Left = append(r.Left, where.Receipts[i])
		} else {
			r.Short = true
		}
	}
	if r.Short {
		r.Reason = noReceipt
	}
	if where.Parts > 0 || r.Short {
		if c, ok := d.channels[r.Target.Channel].(chat.Recaller); !ok || c.Recallable(r.Target) <= 0 {
			r.Left, r.Short, r.Reason = nil, true, cannotRecall
		}
	} else {
		r.Reason = string(where.State)
		return false, d.end(tx, r, store.RecallUnsent)
	}
	return false, d.put(tx, r)
}

// put keeps a Recall, and ends it if there is nothing left to do.
func (d *Recaller) put(tx *store.Tx, r *store.Recall) error {
	switch {
	case len(r.Left) > 0:
		return tx.PutRecall(*r)
	case r.Short:
		return d.end(tx, r, store.RecallFailed)
	}
	return d.end(tx, r, store.RecallDone)
}

func (d *Recaller) end(tx *store.Tx, r *store.Recall, s store.RecallState) error {
	r.State, r.Ended, r.Left = s, tx.Now(), nil
	if err := tx.PutRecall(*r); err != nil {
		return err
	}
	return d.ended(tx, *r)
}

func retryable(err error) bool {
	switch chat.KindOf(err) {
	case chat.Temporary, chat.Limited, chat.Unknown:
		return true
	}
	return false
}

// note writes down what a call came to, for all entries that it stands for, and says
// how long until they are due again.
func (d *Recaller) note(ctx context.Context, c recallCall, callErr error) (wait time.Duration, err error) {
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		wait = idlePause
		for _, id := range c.ids {
			r, ok, err := tx.GetRecall(c.batch, id)
			if err != nil {
				return err
			}
			if !ok || r.State != store.RecallOpen {
				continue
			}
			if pause := d.judge(tx.Now(), &r, c.receipt, callErr); pause > 0 {
				wait = min(wait, pause)
			}
			if err := d.put(tx, &r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("note recall: %w", err)
	}
	return wait, nil
}

// judge works out what a call means for a Recall, and how long it waits for the next
// try; 0 for none.
func (d *Recaller) judge(now time.Time, r *store.Recall, receipt string, err error) time.Duration {
	if err != nil {
		r.Reason = err.Error()
	}
	if retryable(err) {
		wait := backoff(r.Attempts)
		var se *chat.SendError
		if errors.As(err, &se) && se.RetryAfter > 0 {
			wait = se.RetryAfter
		}
		// Asked is later than it was sent by minutes at most, of the hours that platforms
		// allow; past their time they refuse by themselves.
		if now.Add(wait).Before(r.Asked.Add(d.window(r.Target))) {
			r.Attempts++
			r.NotBefore = now.Add(wait)
			return wait
		}
		r.Reason = tooLate
	}
	r.Short = r.Short || err != nil
	r.Left = slices.DeleteFunc(r.Left, func(s string) bool { return s == receipt })
	return 0
}

func (d *Recaller) window(t chat.Target) time.Duration {
	if c, ok := d.channels[t.Channel].(chat.Recaller); ok {
		return c.Recallable(t)
	}
	return 0
}
