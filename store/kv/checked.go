package kv

import (
	"bytes"
	"context"
	"sync/atomic"
)

// Checked returns db with the rules of this package kept, whatever db itself
// makes of them:
//
//   - a key or bucket name that is empty or too long is ErrKey;
//   - a nil value is stored, and handed out, as an empty one;
//   - a write in a View is ErrReadOnly;
//   - a Tx used after its closure returned is ErrTxDone;
//   - a ctx that has ended stops the transaction at its next step, at the latest
//     before the commit, with the error of ctx.
func Checked(db DB) DB { return checkedDB{db} }

type checkedDB struct{ db DB }

func (c checkedDB) View(ctx context.Context, fn func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.db.View(ctx, func(tx Tx) error { return runChecked(ctx, tx, true, fn) })
}

func (c checkedDB) Update(ctx context.Context, fn func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.db.Update(ctx, func(tx Tx) error { return runChecked(ctx, tx, false, fn) })
}

func (c checkedDB) Close() error { return c.db.Close() }

// runChecked runs fn on tx, checked, and closes the checked Tx however fn ends.
func runChecked(ctx context.Context, tx Tx, readOnly bool, fn func(Tx) error) error {
	c := &checkedTx{tx: tx, ctx: ctx, readOnly: readOnly}
	defer c.done.Store(true)
	if err := fn(c); err != nil {
		return err
	}
	return ctx.Err()
}

type checkedTx struct {
	tx       Tx
	ctx      context.Context // the transaction's, and as short-lived as it
	readOnly bool
	done     atomic.Bool // a goroutine that outlives the closure is the mistake to catch
}

// usable is the check before every step.
func (c *checkedTx) usable() error {
	if c.done.Load() {
		return ErrTxDone
	}
	return c.ctx.Err()
}

// writable is the check before every write.
func (c *checkedTx) writable(bucket string, key []byte) error {
	if err := c.usable(); err != nil {
		return err
	}
	if c.readOnly {
		return ErrReadOnly
	}
	return checkKey(bucket, key)
}

func (c *checkedTx) Get(bucket string, key []byte) ([]byte, bool, error) {
	if err := c.usable(); err != nil {
		return nil, false, err
	}
	if err := checkKey(bucket, key); err != nil {
		return nil, false, err
	}
	val, ok, err := c.tx.Get(bucket, key)
	if err != nil || !ok {
		return nil, false, err
	}
	return notNil(val), true, nil
}

func (c *checkedTx) Put(bucket string, key, val []byte) error {
	if err := c.writable(bucket, key); err != nil {
		return err
	}
	return c.tx.Put(bucket, key, notNil(val))
}

func (c *checkedTx) Delete(bucket string, key []byte) error {
	if err := c.writable(bucket, key); err != nil {
		return err
	}
	return c.tx.Delete(bucket, key)
}

func (c *checkedTx) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	if err := c.usable(); err != nil {
		return err
	}
	if len(bucket) == 0 || len(bucket) > MaxKey {
		return ErrKey
	}
	if len(to) > 0 && bytes.Compare(from, to) >= 0 {
		return nil
	}
	return c.tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		if err := c.usable(); err != nil {
			return false, err
		}
		return fn(k, notNil(v))
	})
}

func notNil(val []byte) []byte {
	if val == nil {
		return []byte{}
	}
	return val
}
