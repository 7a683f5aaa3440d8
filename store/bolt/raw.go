package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"yunzhuan/store/kv"
)

// raw is the driver proper, to be wrapped in kv.Checked.
type raw struct {
	bolt         *bbolt.DB
	path         string
	beforeCommit func() error
	writer       chan struct{} // holds the one running Update; unlike bbolt's lock, waiting for it ends with ctx
	commits      atomic.Uint64
	commitTime   atomic.Int64 // nanoseconds
	failed       atomic.Bool  // see ErrFailed
	close        sync.Once
}

func (r *raw) View(_ context.Context, fn func(kv.Tx) error) error {
	return r.view(func(tx *bbolt.Tx) error { return fn(&boltTx{tx: tx}) })
}

func (r *raw) view(fn func(*bbolt.Tx) error) error {
	tx, err := r.begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it cannot fail on an open read transaction
	return fn(tx)
}

func (r *raw) Update(ctx context.Context, fn func(kv.Tx) error) error {
	select {
	case r.writer <- struct{}{}:
		defer func() { <-r.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := r.begin(true)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			r.rollback(tx)
		}
	}()
	t := &boltTx{tx: tx}
	if err := fn(t); err != nil {
		return err
	}
	if t.err != nil || !t.wrote {
		return t.err
	}
	if r.beforeCommit != nil {
		if err := r.beforeCommit(); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	committed = true
	return r.commit(tx)
}

// begin starts a transaction on bbolt. It is not guarded: a fault here is one on the
// file's first pages and leaves bbolt's locks held; better that the process ends.
func (r *raw) begin(writable bool) (*bbolt.Tx, error) {
	if r.failed.Load() {
		return nil, fmt.Errorf("store %s: %w", r.path, ErrFailed)
	}
	tx, err := r.bolt.Begin(writable)
	if err != nil {
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	return tx, nil
}

// commit commits tx, which is over then in any case.
func (r *raw) commit(tx *bbolt.Tx) error {
	id, start := tx.ID(), time.Now()
	err := guard(tx.Commit)
	if err == nil {
		r.commits.Add(1)
		r.commitTime.Add(int64(time.Since(start)))
		return nil
	}
	if errors.Is(err, ErrCorrupt) {
		r.failed.Store(true) // a panic leaves bbolt's state unknown
		r.rollback(tx)
	} else {
		r.settle(id)
	}
	return fmt.Errorf("commit: %w", explain(err))
}

// settle finds out whether the transaction whose commit failed can be seen all
// the same: its last page was written, but not for certain to the disk. There is
// no way on from there but to read the file afresh.
func (r *raw) settle(id int) {
	err := r.view(func(tx *bbolt.Tx) error {
		if tx.ID() >= id {
			r.failed.Store(true)
		}
		return nil
	})
	if err != nil {
		r.failed.Store(true)
	}
}

// rollback gives tx up. Should bbolt break over it, the DB is of no more use.
func (r *raw) rollback(tx *bbolt.Tx) {
	err := guard(tx.Rollback)
	if err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		r.failed.Store(true)
	}
}

func (r *raw) Close() error {
	var err error
	r.close.Do(func() {
		err = r.bolt.Close()
	})
	if err != nil {
		return fmt.Errorf("close store %s: %w", r.path, err)
	}
	return nil
}
