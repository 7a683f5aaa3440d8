// Package kv is the ordered, transactional key-value interface below the store:
// the little that a database must be able to do to carry the bot.
//
// A driver wraps itself in Checked, which settles what backends disagree on, and
// shows with storetest.Run that it keeps what is written here. Overlay is the one
// way to undo a part of a transaction.
package kv

import (
	"context"
	"errors"
)

// DB is an open database, for any number of goroutines. Buckets come into being
// when something is put in them.
//
// Transactions are not nested: a closure that calls View or Update of its own DB
// may wait for itself for ever.
type DB interface {
	// View runs fn on a consistent snapshot; fn must not write. It may run fn
	// more than once.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a read-write transaction and commits it when fn returns
	// nil; then everything it wrote is durable. When fn, ctx or the commit fails,
	// or fn panics, nothing of it is there. It may run fn more than once, so fn
	// touches nothing but its Tx. Transactions are serial. An error of fn comes
	// back as it is.
	Update(ctx context.Context, fn func(Tx) error) error
	// Close waits for the transactions that run, then closes the database.
	Close() error
}

// Exclusive marks a DB that nobody else writes to while it is open: what was read
// of it stays so until an Update of this very DB.
type Exclusive interface {
	DB
	Exclusive()
}

// Tx is a transaction, for one goroutine, valid until its closure returns.
//
// Keys and bucket names are not empty and at most MaxKey bytes. A value may be
// empty; a nil value is stored as an empty one. Slices that Get and Scan hand out
// are the caller's to keep but not to change; slices given to Put may be changed
// afterwards.
type Tx interface {
	// Get returns the value, and whether the key is there.
	Get(bucket string, key []byte) (val []byte, ok bool, err error)
	Put(bucket string, key, val []byte) error
	// Delete removes a key; one that is not there is no error.
	Delete(bucket string, key []byte) error
	// Scan calls fn in the bytewise order of keys for every from <= key < to
	// until fn returns false or an error; an empty to means to the end of the
	// bucket. fn may write to the same Tx; the scan shows the state as of its
	// beginning or later, each key at most once; a new key that fn puts ahead of
	// it may be shown in its turn. An error of fn comes back as it is.
	Scan(bucket string, from, to []byte, fn func(k, v []byte) (more bool, err error)) error
}

// MaxKey is the length of the longest key in bytes, the least of what the
// drivers can do.
const MaxKey = 1024

// Errors of a Tx, the same for every driver.
var (
	ErrKey      = errors.New("kv: empty or too long key")
	ErrReadOnly = errors.New("kv: write in a read-only transaction")
	ErrTxDone   = errors.New("kv: transaction used after its closure returned")
)

// PrefixEnd returns the least key that is greater than every key with the given
// prefix, to be the end of a Scan over that prefix. It is nil, to the end of the
// bucket, when there is none: for the empty prefix and one of 0xff bytes alone.
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// checkKey says whether a driver can hold the key in the bucket.
func checkKey(bucket string, key []byte) error {
	if len(bucket) == 0 || len(bucket) > MaxKey || len(key) == 0 || len(key) > MaxKey {
		return ErrKey
	}
	return nil
}
