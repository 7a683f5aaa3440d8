package bottest

import (
	"context"
	"errors"
	"sync/atomic"

	"yunzhuan/store/kv"
)

// FailCommits has the next n commits fail, after everything in them has run.
func (b *Bot) FailCommits(n int) { b.failures.Store(int32(n)) }

// errDisk is what a commit fails with.
var errDisk = errors.New("disk failed, as the test wanted")

// failing is a database some of whose commits fail.
type failing struct {
	kv.DB
	left *atomic.Int32
}

// Update implements kv.DB.
func (f *failing) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return f.DB.Update(ctx, func(tx kv.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		for n := f.left.Load(); n > 0; n = f.left.Load() {
			if f.left.CompareAndSwap(n, n-1) {
				return errDisk
			}
		}
		return nil
	})
}
