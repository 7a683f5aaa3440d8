package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store/kv"
)

// Tx is a transaction, for one goroutine, valid until its closure returns.
type Tx struct {
	kv       kv.Tx
	now      time.Time
	writable bool
	actor    Actor
	changes  []Change
	noUndo   bool
	queued   bool
	after    []func()
}

// Now is the time of the transaction, fixed while it runs, in the store's zone.
func (tx *Tx) Now() time.Time { return tx.now }

// Today is Now's date as "2006-01-02".
func (tx *Tx) Today() string { return tx.now.Format(time.DateOnly) }

// AfterCommit has f called once the transaction is durable. f must not block and
// must not use tx.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Try runs fn within the transaction; when fn fails (or panics), everything it
// did is undone and the error returned, and the transaction goes on.
func (tx *Tx) Try(fn func(*Tx) error) error {
	outer, before := tx.kv, *tx
	o := kv.NewOverlay(outer)
	tx.kv = o
	err := guarded(func() error { return fn(tx) })
	if err != nil {
		*tx = before
		return err
	}
	tx.kv = outer
	return o.Flush()
}

// Probe writes a byte, to show that the store can be written to.
func (tx *Tx) Probe() error {
	return tx.kv.Put(bucketMeta, []byte("probe"), be64(uint64(tx.now.Unix())))
}

const (
	bucketSeq   = "seq"
	bucketSeen  = "seen"
	bucketFired = "fired"
)

// Next raises the named counter by one and returns it; the first is 1. What a
// failed transaction took is given out again, so a counter has no gaps.
func (tx *Tx) Next(name string) (uint64, error) {
	n, err := tx.Last(name)
	if err != nil {
		return 0, err
	}
	n++
	if err := tx.kv.Put(bucketSeq, []byte(name), be64(n)); err != nil {
		return 0, fmt.Errorf("raise counter %s: %w", name, err)
	}
	return n, nil
}

// Last is the number that Next gave out last, 0 for none.
func (tx *Tx) Last(name string) (uint64, error) {
	v, ok, err := tx.kv.Get(bucketSeq, []byte(name))
	if err != nil || !ok {
		return 0, err
	}
	if len(v) != 8 {
		return 0, fmt.Errorf("counter %s: %d bytes", name, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}

// seenDays is how many calendar days back a mark of a seen message is looked
// for: today and two before, hence at least 48 hours.
const seenDays = 3

// MarkSeen notes a message of a platform and says whether it is the first time.
// Marks are kept for at least 48 hours. They are filed by day, so that pruning
// is cutting off the front of the bucket.
func (tx *Tx) MarkSeen(ch chat.ChannelID, id chat.MessageID) (first bool, err error) {
	var today []byte
	for back := range seenDays {
		key := seenKey(tx.now.AddDate(0, 0, -back), ch, id)
		if back == 0 {
			today = key
		}
		_, ok, err := tx.kv.Get(bucketSeen, key)
		if err != nil {
			return false, fmt.Errorf("look up seen mark: %w", err)
		}
		if ok {
			return false, nil
		}
	}
	if err := tx.kv.Put(bucketSeen, today, nil); err != nil {
		return false, fmt.Errorf("mark seen: %w", err)
	}
	return true, nil
}

func seenKey(day time.Time, ch chat.ChannelID, id chat.MessageID) []byte {
	k := make([]byte, 0, 10+len(ch)+len(id))
	k = day.AppendFormat(k, "20060102")
	k = append(k, ch...)
	k = append(k, 0)
	// A platform's id is short; one that is not is cut, for a key has a limit.
	return append(k, id[:min(len(id), kv.MaxKey-len(k))]...)
}

// MarkFired notes that a job fired for a slot and says whether it is the first
// time. Committed together with the job's messages it makes the slot fire once.
func (tx *Tx) MarkFired(job string, slot time.Time) (first bool, err error) {
	key := firedKey(job, slot)
	_, ok, err := tx.kv.Get(bucketFired, key)
	if err != nil {
		return false, fmt.Errorf("look up fired slot: %w", err)
	}
	if ok {
		return false, nil
	}
	if err := tx.kv.Put(bucketFired, key, be64(uint64(tx.now.Unix()))); err != nil {
		return false, fmt.Errorf("mark fired: %w", err)
	}
	return true, nil
}

// Fired says whether MarkFired has been called for a slot.
func (tx *Tx) Fired(job string, slot time.Time) (bool, error) {
	_, ok, err := tx.kv.Get(bucketFired, firedKey(job, slot))
	return ok, err
}

func firedKey(job string, slot time.Time) []byte {
	return []byte(slot.UTC().Format("20060102150405") + job)
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
