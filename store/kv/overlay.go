package kv

import (
	"bytes"
	"slices"

	"github.com/google/btree"
)

// Overlay is a Tx over another: writes stay in memory until Apply hands them
// on; Get and Scan show the parent with the writes on top. What was written
// since a Mark can be taken back, which is how a part of a transaction is undone.
//
// While an overlay is in use nothing else writes to its parent.
type Overlay struct {
	parent Tx
	writes *btree.BTreeG[write] // nil until the first write
	// buckets that were ever written to: most reads are of others.
	buckets []string
	undo    []undo
	// changes counts the writes, so that a scan notices those made under it.
	changes uint64
}

// undo is what stood in the overlay in the place of a write.
type undo struct {
	before write // of the same key; its value does not count if there was none
	was    bool  // there was one
}

// Mark is a point to go back to.
type Mark int

// Mark returns the present point.
func (o *Overlay) Mark() Mark { return Mark(len(o.undo)) }

// Rollback takes back what was written since m.
func (o *Overlay) Rollback(m Mark) {
	for i := len(o.undo) - 1; i >= int(m); i-- {
		if u := o.undo[i]; u.was {
			o.writes.ReplaceOrInsert(u.before)
		} else {
			o.writes.Delete(u.before)
		}
	}
	clear(o.undo[m:])
	o.undo = o.undo[:m]
	o.changes++
}

// Keep forgets every Mark: what was written so far stays.
func (o *Overlay) Keep() {
	clear(o.undo)
	o.undo = o.undo[:0]
}

// write is one key's latest change: its new value, or a deletion when val is nil.
type write struct {
	bucket   string
	key, val []byte
}

func lessWrite(a, b write) bool {
	if a.bucket != b.bucket {
		return a.bucket < b.bucket
	}
	return bytes.Compare(a.key, b.key) < 0
}

// nodes is shared by all overlays, which come and go: most of their cost would be
// the allocation of tree nodes.
var nodes = btree.NewFreeListG[write](1024)

// NewOverlay returns an empty overlay over parent.
func NewOverlay(parent Tx) *Overlay { return &Overlay{parent: parent} }

// Get returns the value of a key, from the overlay's own writes or the parent.
func (o *Overlay) Get(bucket string, key []byte) ([]byte, bool, error) {
	if slices.Contains(o.buckets, bucket) {
		if w, ok := o.writes.Get(write{bucket: bucket, key: key}); ok {
			return w.val, w.val != nil, nil
		}
	}
	return o.parent.Get(bucket, key)
}

// Put sets the value of a key in the overlay.
func (o *Overlay) Put(bucket string, key, val []byte) error {
	if err := checkKey(bucket, key); err != nil {
		return err
	}
	buf := make([]byte, len(key)+len(val)) // both in one allocation
	n := copy(buf, key)
	copy(buf[n:], val)
	o.set(write{bucket: bucket, key: buf[:n:n], val: buf[n:]})
	return nil
}

// Delete removes a key in the overlay.
func (o *Overlay) Delete(bucket string, key []byte) error {
	if err := checkKey(bucket, key); err != nil {
		return err
	}
	o.set(write{bucket: bucket, key: bytes.Clone(key)})
	return nil
}

func (o *Overlay) set(w write) {
	if o.writes == nil {
		o.writes = btree.NewWithFreeListG(16, lessWrite, nodes)
	}
	if !slices.Contains(o.buckets, w.bucket) {
		o.buckets = append(o.buckets, w.bucket)
	}
	before, was := o.writes.ReplaceOrInsert(w)
	if !was {
		before = write{bucket: w.bucket, key: w.key}
	}
	o.undo = append(o.undo, undo{before: before, was: was})
	o.changes++
}

// Rebase puts the overlay on another parent: what it holds stands over that one
// from now on.
func (o *Overlay) Rebase(parent Tx) { o.parent = parent }

// Apply writes to tx what the overlay holds, in the order of the keys. The
// overlay stays as it is: others may read it meanwhile.
func (o *Overlay) Apply(tx Tx) (err error) {
	if o.writes == nil {
		return nil
	}
	o.writes.Ascend(func(w write) bool {
		if w.val == nil {
			err = tx.Delete(w.bucket, w.key)
		} else {
			err = tx.Put(w.bucket, w.key, w.val)
		}
		return err == nil
	})
	return err
}

// Clear empties the overlay.
func (o *Overlay) Clear() {
	if o.writes != nil {
		o.writes.Clear(true)
		o.Keep()
		o.changes++
	}
}

// Scan calls fn for the merge of the parent's keys and the overlay's writes. What
// fn writes to the overlay ahead of the scan is shown.
func (o *Overlay) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	m := merge{o: o, bucket: bucket, from: from, to: to, fn: fn}
	err := o.parent.Scan(bucket, from, to, m.parentPair)
	if err != nil || m.stopped {
		return err
	}
	return m.writesBefore(nil)
}

// merge is one Scan under way. It keeps no iterator into the tree: fn may change
// it. Its next write is looked up afresh whenever the tree has changed, so a scan
// with few writes in its range costs no more than the parent's.
type merge struct {
	o        *Overlay
	bucket   string
	from, to []byte // from moves on: every key below it is settled
	passed   bool   // whether from itself is settled too
	fn       func(k, v []byte) (bool, error)
	stopped  bool

	next    write // the first write not settled yet, if has
	has     bool
	seeked  bool
	changes uint64 // of the overlay when next was looked up
}

// parentPair takes the parent's next pair: first come the writes below it, then
// the pair itself, unless a write of the same key stands for it.
func (m *merge) parentPair(k, v []byte) (bool, error) {
	if err := m.writesBefore(k); err != nil || m.stopped {
		return false, err
	}
	m.seek()
	if m.has && bytes.Equal(m.next.key, k) {
		err := m.emit(m.next)
		return !m.stopped, err
	}
	err := m.emit(write{key: k, val: notNil(v)})
	return !m.stopped, err
}

// writesBefore shows the writes below end, all of them when end is nil.
func (m *merge) writesBefore(end []byte) error {
	for {
		m.seek()
		if !m.has || (end != nil && bytes.Compare(m.next.key, end) >= 0) {
			return nil
		}
		if err := m.emit(m.next); err != nil || m.stopped {
			return err
		}
	}
}

// emit settles a key and shows it unless it is a deletion.
func (m *merge) emit(w write) error {
	m.from, m.passed = w.key, true
	if m.has && bytes.Compare(m.next.key, w.key) <= 0 {
		m.seeked = false
	}
	if w.val == nil {
		return nil
	}
	more, err := m.fn(w.key, w.val)
	m.stopped = !more || err != nil
	return err
}

// seek makes next the first write of the range that is not settled.
func (m *merge) seek() {
	if m.seeked && m.changes == m.o.changes {
		return
	}
	m.has, m.seeked, m.changes = false, true, m.o.changes
	if !slices.Contains(m.o.buckets, m.bucket) {
		return
	}
	m.o.writes.AscendGreaterOrEqual(write{bucket: m.bucket, key: m.from}, func(w write) bool {
		if m.passed && w.bucket == m.bucket && bytes.Equal(w.key, m.from) {
			return true
		}
		if w.bucket == m.bucket && (len(m.to) == 0 || bytes.Compare(w.key, m.to) < 0) {
			m.next, m.has = w, true
		}
		return false
	})
}
