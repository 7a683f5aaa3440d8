// Package store keeps the bot's durable state on any kv.DB: typed tables with
// declared indexes, the marks that make things happen once (seen messages, fired
// slots), the outbox, and the audit chain.
//
// Transactions that wait together share one commit ("grouped commits"); each
// runs in an overlay of its own, so that one that fails undoes only itself.
package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"yunzhuan/store/kv"
)

// maxGroup bounds the closures that share a commit, so that one commit stays
// short enough for those who wait behind it.
const maxGroup = 512

// Options of a Store.
type Options struct {
	Clock    func() time.Time // nil: time.Now
	Location *time.Location   // nil: Asia/Shanghai
	// OnCommit, if set, is told of every commit: how many transactions it
	// carried, how long it took, and its error. It must not block.
	OnCommit func(n int, took time.Duration, err error)
}

// Store is safe for use by several goroutines.
type Store struct {
	db       kv.DB
	clock    func() time.Time
	loc      *time.Location
	onCommit func(int, time.Duration, error)

	mu      sync.Mutex
	queue   []*work
	eager   int // of queue, those that are not lazy
	closed  bool
	wake    chan struct{} // buffered by one: there is something in queue
	stopped chan struct{} // closed when the committer has ended

	outboxMu sync.Mutex
	outbox   []chan<- struct{}
}

// work is one closure on its way through the committer.
type work struct {
	ctx   context.Context
	fn    func(*Tx) error
	done  func(error)
	err   error
	lazy  bool     // it can wait a little for others to share a commit with
	queue bool     // it put something into the outbox
	after []func() // what it wants done once it is durable
}

// ErrClosed is returned for work that comes after Close.
var ErrClosed = errors.New("store: closed")

// PanicError is what a transaction that panicked fails with.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Open makes a Store of an open database, which it owns from now on.
func Open(db kv.DB, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Location == nil {
		loc, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			return nil, fmt.Errorf("load time zone: %w", err)
		}
		o.Location = loc
	}
	if o.OnCommit == nil {
		o.OnCommit = func(int, time.Duration, error) {}
	}
	s := &Store{
		db: kv.Checked(db), clock: o.Clock, loc: o.Location, onCommit: o.OnCommit,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	go s.commitLoop()
	return s, nil
}

// Close waits for what was submitted and closes the database.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.signal()
	<-s.stopped
	return s.db.Close()
}

// Now is the store's clock in its time zone.
func (s *Store) Now() time.Time { return s.clock().In(s.loc) }

// View runs fn on a consistent snapshot. fn must not write and may run twice.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return s.db.View(ctx, func(k kv.Tx) error {
		return fn(&Tx{kv: k, now: s.Now()})
	})
}

// Update runs fn in a transaction and returns when it is durable. fn may run
// more than once and touches nothing but its Tx. An error of fn undoes what fn
// did, and only that.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	c := make(chan error, 1)
	s.Submit(ctx, fn, func(err error) { c <- err })
	// Not left on ctx.Done: the caller must learn what became of its write.
	return <-c
}

// Submit is Update without the wait: it queues fn behind what was submitted
// before and returns; done is called with the outcome and must not block. A ctx
// that has ended before fn's turn withdraws it.
func (s *Store) Submit(ctx context.Context, fn func(*Tx) error, done func(error)) {
	s.enqueue(&work{ctx: ctx, fn: fn, done: done})
}

// SubmitLazy is Submit for what nobody waits for: alone, it waits up to
// lazyWait for something to share a commit with.
func (s *Store) SubmitLazy(ctx context.Context, fn func(*Tx) error, done func(error)) {
	s.enqueue(&work{ctx: ctx, fn: fn, done: done, lazy: true})
}

func (s *Store) enqueue(w *work) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		w.done(ErrClosed)
		return
	}
	s.queue = append(s.queue, w)
	if !w.lazy {
		s.eager++
	}
	s.mu.Unlock()
	s.signal()
}

func (s *Store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take removes the next group from the queue; done says that there will be none.
func (s *Store) take() (group []*work, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.queue), maxGroup)
	group = s.queue[:n:n]
	s.queue = s.queue[n:]
	if len(s.queue) == 0 {
		s.queue = nil
	}
	for _, w := range group {
		if !w.lazy {
			s.eager--
		}
	}
	return group, n == 0 && s.closed
}

const (
	// gatherWait is how long a commit waits for as many as the last one carried:
	// after a commit, those it served come back with more within this time.
	gatherWait = 2 * time.Millisecond
	// gatherFrom is the size of a group from which that is worth while.
	gatherFrom = 8
	// lazyWait is how long lazy work waits for company.
	lazyWait = 2 * time.Millisecond
)

// gather waits until a commit is worth its price: at once where the last one was
// small and somebody waits, else until as many have come as before, or for a
// moment. A commit costs much the same for one as for many.
func (s *Store) gather(last int) {
	wait := gatherWait
	if last < gatherFrom {
		wait = lazyWait
	}
	var timer *time.Timer
	for {
		s.mu.Lock()
		n, eager, closed := len(s.queue), s.eager, s.closed
		s.mu.Unlock()
		enough := eager >= last || last < gatherFrom && eager > 0
		if n == 0 || closed || enough {
			break
		}
		if timer == nil {
			timer = time.NewTimer(wait)
			defer timer.Stop()
		}
		select {
		case <-s.wake:
		case <-timer.C:
			return
		}
	}
}

func (s *Store) commitLoop() {
	defer close(s.stopped)
	last := 0 // how many that somebody waits for the last commit carried
	for {
		s.gather(last)
		group, done := s.take()
		if done {
			return
		}
		if len(group) == 0 {
			<-s.wake
			continue
		}
		s.commit(group)
		last = 0
		for _, w := range group {
			if !w.lazy {
				last++
			}
		}
	}
}

// commit runs a group in one transaction of the database and reports to each.
func (s *Store) commit(group []*work) {
	start := time.Now()
	// A group is not abandoned because one of its members was: each member's
	// own ctx is looked at when its turn comes.
	err := s.db.Update(context.Background(), func(k kv.Tx) error {
		for _, w := range group {
			s.runOne(k, w)
		}
		return nil
	})
	s.onCommit(len(group), time.Since(start), err)
	outbox := false
	for _, w := range group {
		if err != nil && w.err == nil {
			w.err = fmt.Errorf("commit: %w", err)
		}
		if w.err == nil {
			outbox = outbox || w.queue
			for _, f := range w.after {
				f()
			}
		}
	}
	if outbox {
		s.wakeSenders()
	}
	for _, w := range group {
		w.done(w.err)
	}
}

// runOne runs one closure in an overlay and flushes it when it succeeded.
func (s *Store) runOne(k kv.Tx, w *work) {
	w.err, w.queue, w.after = w.ctx.Err(), false, nil
	if w.err != nil {
		return
	}
	o := kv.NewOverlay(k)
	tx := &Tx{kv: o, now: s.Now(), writable: true}
	w.err = guarded(func() error {
		if err := w.fn(tx); err != nil {
			return err
		}
		return tx.writeAudit()
	})
	if w.err == nil {
		w.err = o.Flush()
		w.queue, w.after = tx.queued, tx.after
	}
}

// guarded turns a panic into a *PanicError.
func guarded(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// NotifyOutbox has c signalled (without blocking) after every commit that put
// something into the outbox.
func (s *Store) NotifyOutbox(c chan<- struct{}) {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	s.outbox = append(s.outbox, c)
}

func (s *Store) wakeSenders() {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	for _, c := range s.outbox {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
