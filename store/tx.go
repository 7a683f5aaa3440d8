package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store/kv"
)

// Tx is a transaction, for one goroutine, valid until its closure returns.
type Tx struct {
	kv      kv.Tx
	writes  *kv.Overlay // kv, if it can be written to
	now     time.Time
	actor   Actor
	changes []Change
	noUndo  bool
	claims  claims
	entries []Entry // put into the outbox, or changed there
	after   []func()
	// onRecall wakes whoever takes messages back.
	onRecall func()
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
	before := *tx
	var mark kv.Mark
	if tx.writes != nil {
		mark = tx.writes.Mark()
	}
	err := guarded(func() error { return fn(tx) })
	if err != nil {
		*tx = before
		if tx.writes != nil {
			tx.writes.Rollback(mark)
		}
	}
	return err
}

// finish ends the closure of a transaction: its changes become one line of the
// audit chain.
func (tx *Tx) finish() error {
	if err := tx.writeClaims(); err != nil {
		return err
	}
	return tx.appendAudit(0)
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
func (tx *Tx) Last(name string) (uint64, error) { return tx.counter(bucketSeq, []byte(name)) }

// counter reads a number, 0 for none.
func (tx *Tx) counter(bucket string, key []byte) (uint64, error) {
	v, ok, err := tx.kv.Get(bucket, key)
	if err != nil || !ok {
		return 0, err
	}
	if len(v) != 8 {
		return 0, fmt.Errorf("counter %s: %d bytes", key, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}

// MarkSeen notes a message of a platform and says whether it is the first time.
// Marks are kept for the day and the one after, hence at least 24 hours. They are
// filed by day, so that pruning is cutting off the front of the bucket.
func (tx *Tx) MarkSeen(ch chat.ChannelID, id chat.MessageID) (first bool, err error) {
	// A digest, for the ids of platforms are long, and short marks touch fewer pages.
	sum := sha256.Sum256([]byte(string(ch) + "\x00" + string(id)))
	today, yesterday := seenKey(tx.now, sum), seenKey(tx.now.AddDate(0, 0, -1), sum)
	for _, key := range [][]byte{today, yesterday} {
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

func seenKey(day time.Time, sum [sha256.Size]byte) []byte {
	return append(day.AppendFormat(make([]byte, 0, 8+seenDigest), "20060102"), sum[:seenDigest]...)
}

// seenDigest is how many bytes of SHA-256 tell messages apart: two of a million
// million messages of three days bear the same with a chance of 1 in 10^14.
const seenDigest = 16

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
