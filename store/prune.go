package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// Retention says how long what has done its work is kept.
type Retention struct {
	Settled time.Duration // delivered, expired and merged outbox entries
	Trouble time.Duration // dead and unknown ones, with their text
	Fired   time.Duration // marks of fired slots
	Blobs   time.Duration // pictures, after their last use
	Audit   time.Duration // audit lines
}

// DefaultRetention keeps audit lines for 400 days; the law asks for 180 at least.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Settled: 30 * day, Trouble: 90 * day, Fired: 60 * day, Blobs: 30 * day, Audit: 400 * day}
}

// pruneChunk bounds what one transaction removes, so that messages never wait
// long behind it.
const pruneChunk = 1000

// Prune removes what is past its time, in small transactions, and returns how
// many records went.
func (s *Store) Prune(ctx context.Context, r Retention) (int, error) {
	total := 0
	for _, step := range []func(*Tx, Retention) (int, error){expireHeld, pruneSeen, pruneFired, pruneSettled, pruneBatches, pruneBlobs, pruneAudit} {
		for {
			n := 0
			err := s.Update(ctx, func(tx *Tx) (err error) {
				n, err = step(tx, r)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("prune: %w", err)
			}
			total += n
			if n < pruneChunk {
				break
			}
		}
	}
	return total, nil
}

// pruneRaw removes up to pruneChunk keys of a bucket, from its front until keep
// says so.
func (tx *Tx) pruneRaw(bucket string, verdict func(k, v []byte) (remove, goOn bool)) (int, error) {
	var keys [][]byte
	err := tx.kv.Scan(bucket, nil, nil, func(k, v []byte) (bool, error) {
		remove, goOn := verdict(k, v)
		if remove {
			keys = append(keys, k)
		}
		return goOn && len(keys) < pruneChunk, nil
	})
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := tx.kv.Delete(bucket, k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

func pruneSeen(tx *Tx, _ Retention) (int, error) {
	oldest := tx.now.AddDate(0, 0, -1).Format("20060102")
	return tx.pruneRaw(bucketSeen, func(k, _ []byte) (bool, bool) {
		old := string(k[:min(8, len(k))]) < oldest
		return old, old
	})
}

func pruneFired(tx *Tx, r Retention) (int, error) {
	oldest := tx.now.Add(-r.Fired).UTC().Format("20060102150405")
	return tx.pruneRaw(bucketFired, func(k, _ []byte) (bool, bool) {
		old := string(k[:min(14, len(k))]) < oldest
		return old, old
	})
}

// expireHeld ends what has waited for a word of its reader for too long: nobody
// else looks at it.
func expireHeld(tx *Tx, _ Retention) (int, error) {
	var old []Entry
	err := tx.Pending(0, func(e Entry) (bool, error) {
		if e.Held && !e.ExpiresAt.IsZero() && tx.now.After(e.ExpiresAt) {
			old = append(old, e)
		}
		return len(old) < pruneChunk, nil
	})
	for _, e := range old {
		if err == nil {
			err = tx.Settle(e, Outcome{State: Expired, Reason: "its reader said nothing in time"})
		}
	}
	return len(old), err
}

func pruneSettled(tx *Tx, r Retention) (int, error) {
	var gone []Settled
	err := settled.Scan(tx, "", func(_ string, s Settled) (bool, error) {
		age := tx.now.Sub(s.At)
		if age <= min(r.Settled, r.Trouble) {
			return false, nil // entries end roughly in the order of their numbers
		}
		if age > r.Trouble || age > r.Settled && s.State != Dead && s.State != Unknown {
			gone = append(gone, s)
		}
		return len(gone) < pruneChunk, nil
	})
	if err != nil {
		return 0, err
	}
	for _, s := range gone {
		if err := settled.Delete(tx, entryKey(s.ID)); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

func pruneBlobs(tx *Tx, r Retention) (int, error) {
	oldest := tx.now.Add(-r.Blobs).Unix()
	return tx.pruneRaw(bucketBlobs, func(_, v []byte) (bool, bool) {
		return len(v) < 8 || int64(binary.BigEndian.Uint64(v)) < oldest, true
	})
}

// pruneAudit removes old lines from the front of the chain and moves the anchor
// from which verification starts.
func pruneAudit(tx *Tx, r Retention) (int, error) {
	oldest := tx.now.Add(-r.Audit)
	anchor, err := tx.readLink(metaAuditAnchor)
	if err != nil {
		return 0, err
	}
	var bad error
	n, err := tx.pruneRaw(bucketAudit, func(_, raw []byte) (bool, bool) {
		var line AuditLine
		if bad = json.Unmarshal(raw, &line); bad != nil || !line.At.Before(oldest) {
			return false, false
		}
		// A line that does not fit is left standing: pruning must not wipe away
		// the trace of tampering.
		next, err := checkLine(raw, anchor)
		if bad = err; bad != nil {
			return false, false
		}
		anchor = next
		return true, true
	})
	if err != nil {
		return 0, err
	}
	if bad != nil {
		return 0, fmt.Errorf("audit chain: %w", bad)
	}
	if n == 0 {
		return 0, nil
	}
	return n, tx.kv.Put(bucketMeta, []byte(metaAuditAnchor), anchor.bytes())
}
