// Package store keeps the bot's durable state on any kv.DB: typed tables with
// declared indexes, the marks that make things happen once (seen messages, fired
// slots), the outbox, and the audit chain.
//
// Transactions that wait together share one commit ("grouped commits"); one that
// fails undoes only itself. While a group is written to the disk, the next runs.
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
	alone    bool // nobody else writes to db: see kv.Exclusive
	clock    func() time.Time
	loc      *time.Location
	onCommit func(int, time.Duration, error)

	mu      sync.Mutex
	queue   []*work
	closed  bool
	wake    chan struct{} // buffered by one: there is something in queue
	stopped chan struct{} // closed when the committer has ended

	outboxMu  sync.Mutex
	outbox    []func([]Entry)
	recallers []func()
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
	_, alone := db.(kv.Exclusive)
	s := &Store{
		db: kv.Checked(db), alone: alone, clock: o.Clock, loc: o.Location, onCommit: o.OnCommit,
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
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		done(ErrClosed)
		return
	}
	s.queue = append(s.queue, &work{ctx: ctx, fn: fn, done: done})
	s.mu.Unlock()
	s.signal()
}

func (s *Store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
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

// OnOutbox has f called after every commit that put something into the outbox or
// changed what waits there, with those entries in the order in which they were
// put. f must not block, nor change them.
func (s *Store) OnOutbox(f func([]Entry)) {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	s.outbox = append(s.outbox, f)
}

func (s *Store) tellSenders(entries []Entry) {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	for _, f := range s.outbox {
		f(entries)
	}
}
