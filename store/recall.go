package store

import (
	"fmt"
	"time"

	"yunzhuan/chat"
)

// Revocable makes an entry one of a batch that may have to be taken back together
// (see RecallBatch): what goes where is noted under the batch, every receipt is
// kept, and the entry is never merged with others, for a message is taken back as a
// whole.
func Revocable(batch string) EnqueueOption { return func(e *Entry) { e.Batch = batch } }

// Sent is one entry of a batch.
type Sent struct {
	ID     uint64      `json:"id"`
	Target chat.Target `json:"target"`
	At     time.Time   `json:"at"` // when it was put in
}

var batches = NewTable("outbox_batches", Schema[Sent]{Version: 1, Private: true})

// RecallState is what became of the wish to take a message back.
type RecallState string

// The states of a Recall.
const (
	RecallOpen   RecallState = "open"
	RecallUnsent RecallState = "unsent" // nobody has seen it, nor will
	RecallDone   RecallState = "done"   // the platform took it back
	RecallFailed RecallState = "failed" // it is still there, or may be
)

// Recall is the wish that one entry of a batch be taken back, until and after it
// came to an end. From when it is kept, the entry does not go out any more, unless it
// is on its way already.
type Recall struct {
	ID     uint64      `json:"id"` // the entry
	Batch  string      `json:"batch"`
	Target chat.Target `json:"target"`
	Asked  time.Time   `json:"asked"`
	State  RecallState `json:"state"`
	Ended  time.Time   `json:"ended,omitzero"`
	// Planned says that Left holds the receipts of what is still there; Short says that
	// something of it has none, or was refused, so that Done can not be reached.
	Planned bool     `json:"planned,omitempty"`
	Left    []string `json:"left,omitempty"`
	Short   bool     `json:"short,omitempty"`
	// Reason is that of the last failure; of what was RecallUnsent, the State in which its
	// entry had ended by then, if it had.
	Reason    string    `json:"reason,omitempty"`
	Attempts  int       `json:"attempts,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
}

var recalls = NewTable("outbox_recalls", Schema[Recall]{Version: 1, Private: true,
	Indexes: map[string]func(Recall) []string{
		"open": func(r Recall) []string {
			if r.State != RecallOpen {
				return nil
			}
			return []string{"open"}
		},
	}})

func batchKey(batch string, id uint64) string { return batch + "/" + entryKey(id) }

// noteBatch notes an entry under its batch.
func (tx *Tx) noteBatch(e Entry) error {
	t := e.Out.Target
	t.Reply = chat.ReplyToken{} // a credential, and of no use here
	return batches.Put(tx, batchKey(e.Batch, e.ID), Sent{ID: e.ID, Target: t, At: e.At})
}

// Batch lists the entries of a batch, those included that were put in its place
// elsewhere.
func (tx *Tx) Batch(batch string) ([]Sent, error) { return batches.All(tx, batch+"/") }

// RecallBatch asks for a batch to be taken back. What still waits is taken out of the
// outbox; the rest is up to whoever listens to OnRecall. It must be called once for a
// batch.
func (tx *Tx) RecallBatch(batch string) ([]Recall, error) {
	sent, err := tx.Batch(batch)
	if err != nil {
		return nil, err
	}
	var all []Recall
	for _, s := range sent {
		r := Recall{ID: s.ID, Batch: batch, Target: s.Target, Asked: tx.now, State: RecallOpen}
		where, err := tx.Whereabouts(s.ID)
		if err != nil {
			return nil, err
		}
		if where.Waiting {
			if err := tx.settleWaiting(s.ID); err != nil {
				return nil, err
			}
			if where.Parts == 0 {
				r.State, r.Ended = RecallUnsent, tx.now
			}
		}
		if err := recalls.Put(tx, batchKey(batch, s.ID), r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if tx.onRecall != nil {
		tx.AfterCommit(tx.onRecall)
	}
	return all, nil
}

const recalledReason = "recalled"

// settleWaiting takes a waiting entry out of the outbox.
func (tx *Tx) settleWaiting(id uint64) error {
	e, ok, err := tx.PendingEntry(id)
	if err != nil || !ok {
		return err
	}
	return tx.Settle(e, Outcome{State: Recalled, Reason: recalledReason})
}

// Whereabouts is how far an entry came.
type Whereabouts struct {
	Waiting bool  // in the outbox
	Moving  bool  // handed to its platform; what became of it is not known yet
	State   State // how it ended; empty for neither, and for what is no longer kept
	// Parts is how many of its wire messages arrived for certain, Receipts what the
	// platform said of each of them ("" for nothing).
	Parts    int
	Receipts []string
	At       time.Time // when it ended
}

// Whereabouts finds an entry. One whose text went out in another that is not of its
// batch is where that one is, without receipts: what else that one says must stay.
func (tx *Tx) Whereabouts(id uint64) (Whereabouts, error) {
	e, ok, err := tx.PendingEntry(id)
	if err != nil {
		return Whereabouts{}, err
	}
	if ok {
		claimed, err := tx.isClaimed(id)
		return Whereabouts{Waiting: !claimed, Moving: claimed, Parts: e.Out.Part, Receipts: e.Receipts}, err
	}
	s, ok, err := settled.Get(tx, entryKey(id))
	if err != nil || !ok {
		return Whereabouts{}, err
	}
	w := Whereabouts{State: s.State, Parts: s.Parts, Receipts: s.Receipts, At: s.At}
	if s.State != Merged || s.Into == id {
		return w, nil
	}
	if _, own, err := batches.Get(tx, batchKey(s.Batch, s.Into)); err != nil || own {
		return w, err
	}
	w, err = tx.Whereabouts(s.Into)
	if w.State == Delivered {
		w.Parts = max(w.Parts, 1)
	}
	w.Receipts = nil
	return w, err
}

// Recalled says whether an entry is to be taken back.
func (tx *Tx) Recalled(e Entry) (bool, error) {
	if e.Batch == "" {
		return false, nil
	}
	_, ok, err := recalls.Get(tx, batchKey(e.Batch, e.ID))
	return ok, err
}

// settleRecalled ends a claimed entry that did not arrive if it is to be taken back:
// it is not tried again, neither there nor elsewhere.
func (tx *Tx) settleRecalled(e Entry) (bool, error) {
	ok, err := tx.Recalled(e)
	if err != nil || !ok {
		return false, err
	}
	return true, tx.Settle(e, Outcome{State: Recalled, Reason: recalledReason})
}

// OpenRecalls lists what is to be taken back and is not yet.
func (tx *Tx) OpenRecalls() ([]Recall, error) { return recalls.AllBy(tx, "open", "open") }

// Recalls lists what RecallBatch asked for.
func (tx *Tx) Recalls(batch string) ([]Recall, error) { return recalls.All(tx, batch+"/") }

// GetRecall reads the Recall of an entry.
func (tx *Tx) GetRecall(batch string, id uint64) (Recall, bool, error) {
	return recalls.Get(tx, batchKey(batch, id))
}

// PutRecall keeps how far a Recall came. With its end, the entry is out of the list
// of trouble: nobody is to send it again.
func (tx *Tx) PutRecall(r Recall) error {
	if err := recalls.Put(tx, batchKey(r.Batch, r.ID), r); err != nil || r.State == RecallOpen {
		return err
	}
	if where, err := tx.Whereabouts(r.ID); err != nil {
		return err
	} else if where.Waiting {
		return tx.settleWaiting(r.ID)
	}
	s, ok, err := settled.Get(tx, entryKey(r.ID))
	if err != nil || !ok {
		return err
	}
	if r.State == RecallDone || s.State == Dead || s.State == Unknown {
		s.State, s.Out = Recalled, nil
	}
	return settled.Put(tx, entryKey(r.ID), s)
}

// OnRecall has f called after every commit that asked for something to be taken back.
// f must not block.
func (s *Store) OnRecall(f func()) {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	s.recallers = append(s.recallers, f)
}

func (s *Store) tellRecallers() {
	s.outboxMu.Lock()
	defer s.outboxMu.Unlock()
	for _, f := range s.recallers {
		f()
	}
}

// pruneBatches forgets what can no longer be taken back.
func pruneBatches(tx *Tx, r Retention) (int, error) {
	n, err := pruneTable(tx, batches, func(s Sent) bool { return tx.now.Sub(s.At) > r.Settled })
	if err != nil || n >= pruneChunk {
		return n, err
	}
	more, err := pruneTable(tx, recalls, func(c Recall) bool {
		return c.State != RecallOpen && tx.now.Sub(c.Ended) > r.Settled
	})
	return min(n+more, pruneChunk), err
}

// pruneTable removes up to pruneChunk records of a small table.
func pruneTable[V any](tx *Tx, t *Table[V], old func(V) bool) (int, error) {
	var keys []string
	err := t.Scan(tx, "", func(key string, v V) (bool, error) {
		if old(v) {
			keys = append(keys, key)
		}
		return len(keys) < pruneChunk, nil
	})
	for _, k := range keys {
		if err == nil {
			err = t.Delete(tx, k)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("prune %s: %w", t.name, err)
	}
	return len(keys), nil
}
