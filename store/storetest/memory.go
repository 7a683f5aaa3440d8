package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"yunzhuan/store/kv"
)

// Memory returns an empty database in memory, the reference the drivers are
// compared with: plain maps, copied before they are changed, so that it is plainly
// right, and slow where a bucket is large. It forgets everything with the process.
func Memory() kv.DB {
	m := &memory{writer: make(chan struct{}, 1)}
	m.state.Store(&buckets{})
	return kv.Checked(m)
}

// OpenMemory is an Open for Memory.
func OpenMemory(testing.TB, string) kv.DB { return Memory() }

// buckets is a committed state; it is never changed.
type buckets map[string]map[string]string

type memory struct {
	state  atomic.Pointer[buckets]
	writer chan struct{} // holds the one running Update
	closed atomic.Bool
}

func (m *memory) View(_ context.Context, fn func(kv.Tx) error) error {
	if m.closed.Load() {
		return errors.New("memory: closed")
	}
	return fn(&memoryTx{state: *m.state.Load()})
}

func (m *memory) Update(ctx context.Context, fn func(kv.Tx) error) error {
	select {
	case m.writer <- struct{}{}:
		defer func() { <-m.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if m.closed.Load() {
		return errors.New("memory: closed")
	}
	tx := &memoryTx{state: maps.Clone(*m.state.Load()), own: map[string]bool{}}
	if err := fn(tx); err != nil {
		return err
	}
	m.state.Store(&tx.state)
	return nil
}

func (m *memory) Close() error {
	m.writer <- struct{}{}
	m.closed.Store(true)
	<-m.writer
	return nil
}

type memoryTx struct {
	state buckets
	own   map[string]bool // the buckets whose map is this transaction's
}

// bucket returns a bucket's map to write to.
func (tx *memoryTx) bucket(name string) map[string]string {
	if !tx.own[name] {
		tx.own[name] = true
		tx.state[name] = maps.Clone(tx.state[name])
		if tx.state[name] == nil {
			tx.state[name] = map[string]string{}
		}
	}
	return tx.state[name]
}

func (tx *memoryTx) Get(bucket string, key []byte) ([]byte, bool, error) {
	val, ok := tx.state[bucket][string(key)]
	return []byte(val), ok, nil
}

func (tx *memoryTx) Put(bucket string, key, val []byte) error {
	tx.bucket(bucket)[string(key)] = string(val)
	return nil
}

func (tx *memoryTx) Delete(bucket string, key []byte) error {
	delete(tx.bucket(bucket), string(key))
	return nil
}

// Scan shows the state as of its beginning.
func (tx *memoryTx) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	pairs := maps.Clone(tx.state[bucket])
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		if key < string(from) || len(to) > 0 && key >= string(to) {
			continue
		}
		if more, err := fn([]byte(key), []byte(pairs[key])); err != nil || !more {
			return err
		}
	}
	return nil
}
