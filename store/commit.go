package store

import (
	"context"
	"fmt"
	"time"

	"yunzhuan/store/kv"
)

// work is one closure on its way through the commit loop.
type work struct {
	ctx     context.Context
	fn      func(*Tx) error
	done    func(error)
	err     error
	entries []Entry  // what it put into the outbox, or changed there
	after   []func() // what it wants done once it is durable
}

// group is work that shares a commit.
type group struct {
	works   []*work
	writes  *kv.Overlay   // what its closures wrote
	began   time.Time     // since when nothing else is written
	written chan struct{} // closed when it is durable, or has failed, and everyone was told
	err     error         // of the commit; to be read once written is closed
}

func newGroup() *group { return &group{writes: kv.NewOverlay(nil), written: make(chan struct{})} }

const (
	// maxGroup bounds the closures that share a commit, so that one commit stays
	// short enough for those who wait behind it.
	maxGroup = 512
	// chunk is how many closures run before the disk is looked after again.
	chunk = 16
	// A commit costs much the same for one as for many, and those whom one served
	// come back with more: so it waits for up to gatherWait until as many are there
	// as the last one carried, or enough. It is worth while from gatherFrom.
	gatherWait = 4 * time.Millisecond
	gatherFrom = 8
	enough     = 32
)

// commitLoop works off the queue in two stages that run side by side: while one
// group is written to the disk, the closures of the next run on top of it. Where
// others write to the database, too, closures run within its transaction.
func (s *Store) commitLoop() {
	defer close(s.stopped)
	var writing *group // on its way to the disk
	next, last := newGroup(), 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if writing != nil && isClosed(writing.written) {
			if writing.err != nil {
				next = s.again(next)
			}
			writing.writes.Clear()
			writing, next.began = nil, time.Now()
		}
		works, closed := s.take(min(chunk, maxGroup-len(next.works)))
		s.run(works, next, writing)
		free := writing == nil && len(next.works) > 0
		wait := next.worthWaiting(last)
		switch {
		case len(works) == chunk && (!free || len(next.works) < enough):
			continue // there may be more
		case free && (closed || wait <= 0):
			last, writing, next = len(next.works), next, newGroup()
			go s.write(writing)
			continue
		case closed && writing == nil && !free:
			return
		}
		var written <-chan struct{}
		var gathered <-chan time.Time
		if writing != nil {
			written = writing.written
		} else if free {
			timer.Reset(wait)
			gathered = timer.C
		}
		select {
		case <-s.wake:
		case <-written:
		case <-gathered:
		}
	}
}

// worthWaiting says how long a group that could be written should wait for more,
// after one that carried so many.
func (g *group) worthWaiting(last int) time.Duration {
	if last < gatherFrom || len(g.works) >= min(last, enough) {
		return 0
	}
	return gatherWait - time.Since(g.began)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// take removes up to n from the queue; closed says that no more will come and
// none is left.
func (s *Store) take(n int) (works []*work, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(len(s.queue), n)
	works, s.queue = s.queue[:n:n], s.queue[n:]
	if len(s.queue) == 0 {
		s.queue = nil
	}
	return works, s.closed && len(s.queue) == 0
}

// run adds works to a group and runs their closures, on top of what is on its
// way to the disk.
func (s *Store) run(works []*work, g, writing *group) {
	if len(works) == 0 {
		return
	}
	g.works = append(g.works, works...)
	if !s.alone {
		return // write runs them
	}
	err := s.db.View(context.Background(), func(k kv.Tx) error {
		if writing != nil {
			// What is there of it by now does not matter: it reads the same on top of
			// what was there before and of itself.
			writing.writes.Rebase(k)
			k = writing.writes
		}
		g.writes.Rebase(k)
		for _, w := range works {
			s.runOne(g.writes, w)
		}
		return nil
	})
	if err != nil {
		for _, w := range works {
			w.err = err
		}
	}
}

// again runs a group anew whose ground did not hold: the commit below it failed.
func (s *Store) again(g *group) *group {
	fresh := newGroup()
	s.run(g.works, fresh, nil)
	return fresh
}

// write makes a group durable and tells everyone.
func (s *Store) write(g *group) {
	defer close(g.written)
	start := time.Now()
	// A group is not abandoned because one of its members was: each member's own
	// ctx is looked at when its turn comes.
	g.err = s.db.Update(context.Background(), func(k kv.Tx) error {
		if !s.alone {
			g.writes.Clear()
			g.writes.Rebase(k)
			for _, w := range g.works {
				s.runOne(g.writes, w)
			}
		}
		return g.writes.Apply(k)
	})
	s.onCommit(len(g.works), time.Since(start), g.err)
	var entries []Entry
	for _, w := range g.works {
		if g.err != nil && w.err == nil {
			w.err = fmt.Errorf("commit: %w", g.err)
		}
		if w.err == nil {
			entries = append(entries, w.entries...)
			for _, f := range w.after {
				f()
			}
		}
	}
	if len(entries) > 0 {
		s.tellSenders(entries)
	}
	for _, w := range g.works {
		w.done(w.err)
	}
}

// runOne runs one closure; what it wrote is taken back when it fails.
func (s *Store) runOne(o *kv.Overlay, w *work) {
	w.err, w.entries, w.after = w.ctx.Err(), nil, nil
	if w.err != nil {
		return
	}
	tx := &Tx{kv: o, writes: o, now: s.Now(), onRecall: s.tellRecallers}
	w.err = guarded(func() error {
		if err := w.fn(tx); err != nil {
			return err
		}
		return tx.finish()
	})
	if w.err != nil {
		o.Rollback(0)
		return
	}
	o.Keep()
	w.entries, w.after = tx.entries, tx.after
}
