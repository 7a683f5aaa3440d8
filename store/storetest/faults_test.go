package storetest_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

// onUpdate replaces Update.
type onUpdate struct {
	kv.DB
	update func(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error
}

func (d onUpdate) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return d.update(ctx, d.DB, fn)
}

func commitOnError(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	var result error
	err := db.Update(ctx, func(tx kv.Tx) error {
		result = fn(tx)
		return nil
	})
	return errors.Join(err, result)
}

// commitOnPanic keeps the writes of a closure that does not return.
func commitOnPanic(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	var log []func(kv.Tx) error
	returned := false
	defer func() {
		if !returned {
			_ = db.Update(ctx, func(tx kv.Tx) error {
				for _, write := range log {
					_ = write(tx)
				}
				return nil
			})
		}
	}()
	err := db.Update(ctx, func(tx kv.Tx) error { return fn(recording{tx, &log}) })
	returned = true
	return err
}

// recording notes the writes of a Tx.
type recording struct {
	kv.Tx
	log *[]func(kv.Tx) error
}

func (r recording) Put(bucket string, key, val []byte) error {
	*r.log = append(*r.log, func(tx kv.Tx) error { return tx.Put(bucket, key, val) })
	return r.Tx.Put(bucket, key, val)
}

func swallowPanic(ctx context.Context, db kv.DB, fn func(kv.Tx) error) (err error) {
	defer func() { _ = recover() }()
	return db.Update(ctx, fn)
}

func otherError(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	if db.Update(ctx, fn) != nil {
		return errors.New("update failed")
	}
	return nil
}

var mixed sync.Mutex

// overlapping reads in a View and writes in an Update.
func overlapping(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	var log []func(kv.Tx) error
	err := db.View(ctx, func(tx kv.Tx) error { return fn(logOnly{recording{tx, &log}}) })
	if err != nil {
		return err
	}
	mixed.Lock()
	defer mixed.Unlock()
	return db.Update(ctx, func(tx kv.Tx) error {
		for _, write := range log {
			if err := write(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

type logOnly struct{ recording }

func (l logOnly) Put(bucket string, key, val []byte) error {
	_ = l.recording.Put(bucket, key, val) // the View refuses it, the log has it
	return nil
}

// keepSlices stores what the slices of Put hold at the end of the closure.
func keepSlices(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	return db.Update(ctx, func(tx kv.Tx) error {
		var log []func(kv.Tx) error
		err := fn(recording{tx, &log})
		for _, write := range log {
			err = errors.Join(err, write(tx))
		}
		return err
	})
}

// viewsUpdate lets Views write.
type viewsUpdate struct{ kv.DB }

func (d viewsUpdate) View(ctx context.Context, fn func(kv.Tx) error) error { return d.Update(ctx, fn) }

// viewsLatest gives every step of a View a View of its own.
type viewsLatest struct{ kv.DB }

func (d viewsLatest) View(_ context.Context, fn func(kv.Tx) error) error { return fn(latest(d)) }

type latest struct{ kv.DB }

func (l latest) Get(bucket string, key []byte) (val []byte, ok bool, err error) {
	err = l.View(context.Background(), func(tx kv.Tx) (err error) {
		val, ok, err = tx.Get(bucket, key)
		return err
	})
	return val, ok, err
}

func (l latest) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	return l.View(context.Background(), func(tx kv.Tx) error { return tx.Scan(bucket, from, to, fn) })
}

func (latest) Put(string, []byte, []byte) error { return kv.ErrReadOnly }
func (latest) Delete(string, []byte) error      { return kv.ErrReadOnly }

// deaf does not listen to ctx.
type deaf struct{ kv.DB }

func (d deaf) View(_ context.Context, fn func(kv.Tx) error) error {
	return d.DB.View(context.Background(), fn)
}

func (d deaf) Update(_ context.Context, fn func(kv.Tx) error) error {
	return d.DB.Update(context.Background(), fn)
}

// lending overwrites, after each transaction, the values that Get handed out.
type lending struct {
	kv.DB
	mu sync.Mutex
}

func (d *lending) View(ctx context.Context, fn func(kv.Tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := &lent{}
	defer func() {
		for _, val := range l.vals {
			clear(val)
		}
	}()
	return d.DB.View(ctx, func(tx kv.Tx) error {
		l.Tx = tx
		return fn(l)
	})
}

type lent struct {
	kv.Tx
	vals [][]byte
}

func (l *lent) Get(bucket string, key []byte) ([]byte, bool, error) {
	val, ok, err := l.Tx.Get(bucket, key)
	l.vals = append(l.vals, val)
	return val, ok, err
}

// tx returns a wrapper that gives every closure a Tx with a fault.
func tx(fault func(kv.Tx) kv.Tx) func(kv.DB) kv.DB {
	return func(db kv.DB) kv.DB { return faulty{db, fault} }
}

type faulty struct {
	kv.DB
	fault func(kv.Tx) kv.Tx
}

func (d faulty) View(ctx context.Context, fn func(kv.Tx) error) error {
	return d.DB.View(ctx, func(tx kv.Tx) error { return fn(d.fault(tx)) })
}

func (d faulty) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return d.DB.Update(ctx, func(tx kv.Tx) error { return fn(d.fault(tx)) })
}

type nilValues struct{ kv.Tx }

func (t nilValues) Get(bucket string, key []byte) ([]byte, bool, error) {
	val, ok, err := t.Tx.Get(bucket, key)
	if len(val) == 0 {
		val = nil
	}
	return val, ok, err
}

type anyKey struct{ kv.Tx }

func (t anyKey) Put(bucket string, key, val []byte) error {
	if err := t.Tx.Put(bucket, key, val); !errors.Is(err, kv.ErrKey) {
		return err
	}
	return nil
}

type zeroEnds struct{ kv.Tx }

func (t zeroEnds) Put(bucket string, key, val []byte) error {
	if end := slices.Index(key, 0); end > 0 {
		key = key[:end]
	}
	return t.Tx.Put(bucket, key, val)
}

type strictDelete struct{ kv.Tx }

func (t strictDelete) Delete(bucket string, key []byte) error {
	if _, ok, err := t.Get(bucket, key); err != nil || !ok {
		return errors.Join(err, errors.New("not there"))
	}
	return t.Tx.Delete(bucket, key)
}

type noDelete struct{ kv.Tx }

func (noDelete) Delete(string, []byte) error { return nil }

type oneBucket struct{ kv.Tx }

func (t oneBucket) Get(_ string, key []byte) ([]byte, bool, error) { return t.Tx.Get("one", key) }
func (t oneBucket) Put(_ string, key, val []byte) error            { return t.Tx.Put("one", key, val) }

type endIncluded struct{ kv.Tx }

func (t endIncluded) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	if len(to) > 0 {
		to = append(slices.Clone(to), 0)
	}
	return t.Tx.Scan(bucket, from, to, fn)
}

type falling struct{ kv.Tx }

func (t falling) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	var pairs [][2][]byte
	err := t.Tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		pairs = append(pairs, [2][]byte{k, v})
		return true, nil
	})
	for _, p := range slices.Backward(pairs) {
		if more, err := fn(p[0], p[1]); err != nil || !more {
			return err
		}
	}
	return err
}

type goesOn struct{ kv.Tx }

func (t goesOn) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	return t.Tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		_, err := fn(k, v)
		return true, err
	})
}

// skipping leaves out the key after one that was deleted, as an iterator does whose
// tree changes under it.
type skipping struct{ kv.Tx }

func (t skipping) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	skip := false
	return t.Tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		if skip {
			skip = false
			return true, nil
		}
		more, err := fn(k, v)
		if _, ok, _ := t.Get(bucket, k); !ok {
			skip = true
		}
		return more, err
	})
}

type firstOnly struct{ kv.Tx }

func (t firstOnly) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	n := 0
	return t.Tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		n++
		more, err := fn(k, v)
		return more && n < 64, err
	})
}

func openBolt(t testing.TB, dir string) kv.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "test.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// openLate opens a driver that commits to memory, to write it to the file some day.
func openLate(t testing.TB, dir string) kv.DB {
	return &late{DB: openBolt(t, dir), recent: storetest.Memory()}
}

type late struct {
	kv.DB
	recent kv.DB
}

func (d *late) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return d.recent.Update(ctx, fn)
}

// openHalves opens a driver that commits a transaction's writes one by one.
func openHalves(t testing.TB, dir string) kv.DB { return onUpdate{openBolt(t, dir), oneByOne} }

func oneByOne(ctx context.Context, db kv.DB, fn func(kv.Tx) error) error {
	var log []func(kv.Tx) error
	if err := db.View(ctx, func(tx kv.Tx) error { return fn(logOnly{recording{tx, &log}}) }); err != nil {
		return err
	}
	for _, write := range slices.Backward(log) {
		if err := db.Update(ctx, write); err != nil {
			return err
		}
	}
	return nil
}
