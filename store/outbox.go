package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"yunzhuan/chat"
)

// Entry is a message in the outbox: it waits, or it is on its way.
type Entry struct {
	ID        uint64        `json:"id"` // shown as P815
	Out       chat.Outgoing `json:"out"`
	At        time.Time     `json:"at"`                   // when it was put in
	NotBefore time.Time     `json:"not_before,omitzero"`  // quiet hours, a retry's backoff
	ExpiresAt time.Time     `json:"expires_at,omitzero"`  // after this it no longer matters
	Attempts  int           `json:"attempts,omitempty"`   // failed tries
	LastError string        `json:"last_error,omitempty"` // of the last try
	raw       []byte        // as it was read by Pending
	Ephemeral bool          `json:"ephemeral,omitempty"` // see the option of this name
}

// State is how an outbox entry ended.
type State string

// The states of a Settled entry.
const (
	Delivered State = "delivered"
	Dead      State = "dead"    // it did not arrive and is not tried again
	Unknown   State = "unknown" // it may have arrived; not sent again by itself
	Expired   State = "expired" // it no longer mattered before it could go
	Merged    State = "merged"  // its text went out in another entry
)

// Settled is what is kept of an entry once it ended. Out is kept only for what
// someone may have to look at or send again: Dead and Unknown, unless the entry
// was Ephemeral.
type Settled struct {
	ID       uint64         `json:"id"`
	Channel  chat.ChannelID `json:"channel"`
	Lane     string         `json:"lane"`
	Title    string         `json:"title,omitempty"`
	State    State          `json:"state"`
	At       time.Time      `json:"at"`
	Attempts int            `json:"attempts,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Receipt  string         `json:"receipt,omitempty"`
	Into     uint64         `json:"into,omitempty"` // for Merged: the entry that carried it
	Out      *chat.Outgoing `json:"out,omitempty"`
}

// DayCount counts the deliveries of one day by how they ended.
type DayCount struct {
	Day    string        `json:"day"`
	Counts map[State]int `json:"counts"`
}

var (
	outbox = NewTable("outbox", Schema[Entry]{Version: 1, Private: true})

	settled = NewTable("outbox_settled", Schema[Settled]{Version: 1, Private: true,
		Indexes: map[string]func(Settled) []string{
			// Only what calls for attention is indexed.
			"trouble": func(s Settled) []string {
				if s.State == Dead || s.State == Unknown {
					return []string{string(s.State)}
				}
				return nil
			},
		}})

	dayCounts = NewTable("outbox_days", Schema[DayCount]{Version: 1, Private: true})
)

// bucketClaims holds the entries that were handed to a platform and are not
// settled yet. What is found here after a crash may have arrived.
const bucketClaims = "outbox_claims"

func entryKey(id uint64) string { return fmt.Sprintf("%014d", id) }

// EnqueueOption refines Enqueue.
type EnqueueOption func(*Entry)

// NotBefore holds an entry back until t.
func NotBefore(t time.Time) EnqueueOption { return func(e *Entry) { e.NotBefore = t } }

// ExpiresAt drops an entry that could not be sent by t, because it would no
// longer matter.
func ExpiresAt(t time.Time) EnqueueOption { return func(e *Entry) { e.ExpiresAt = t } }

// Ephemeral is for what only its reader may know: once such an entry has arrived,
// nothing is kept that says there was one, and of one that did not, no text.
func Ephemeral() EnqueueOption { return func(e *Entry) { e.Ephemeral = true } }

// Enqueue puts a message into the outbox: once this transaction has committed,
// it will be sent, in order within its lane. An empty Key is filled in from the
// entry's number.
func (tx *Tx) Enqueue(out chat.Outgoing, opts ...EnqueueOption) (uint64, error) {
	id, err := tx.Next("outbox")
	if err != nil {
		return 0, err
	}
	if out.Key == "" {
		out.Key = "p" + strconv.FormatUint(id, 10)
	}
	if err := tx.keepPictures(&out.Body); err != nil {
		return 0, err
	}
	e := Entry{ID: id, Out: out, At: tx.now}
	for _, o := range opts {
		o(&e)
	}
	if err := outbox.Put(tx, entryKey(id), e); err != nil {
		return 0, fmt.Errorf("enqueue: %w", err)
	}
	tx.queued = true
	return id, nil
}

// Amend changes a waiting entry (more text in a merged reminder); false if it is
// no longer waiting.
func (tx *Tx) Amend(id uint64, fn func(*Entry)) (bool, error) {
	e, ok, err := outbox.Get(tx, entryKey(id))
	if err != nil || !ok {
		return false, err
	}
	if _, claimed, err := tx.kv.Get(bucketClaims, be64(id)); err != nil || claimed {
		return false, err
	}
	fn(&e)
	if err := tx.keepPictures(&e.Out.Body); err != nil {
		return false, err
	}
	tx.queued = true
	return true, outbox.Put(tx, entryKey(id), e)
}

// Pending hands out the waiting and claimed entries from id on, in order.
func (tx *Tx) Pending(from uint64, fn func(Entry) (more bool, err error)) error {
	return tx.kv.Scan(outbox.name, []byte(entryKey(from)), nil, func(_, raw []byte) (bool, error) {
		e, err := outbox.decode(raw)
		if err != nil {
			return false, fmt.Errorf("read outbox: %w", err)
		}
		e.raw = raw
		return fn(e)
	})
}

// PendingEntry reads one waiting or claimed entry.
func (tx *Tx) PendingEntry(id uint64) (Entry, bool, error) { return outbox.Get(tx, entryKey(id)) }

// Claim notes that an entry, as Pending gave it, is about to be handed to its
// platform; false if it is gone or claimed already. It returns the entry as it
// stands, for it may have been amended.
func (tx *Tx) Claim(e Entry) (Entry, bool, error) {
	raw, ok, err := tx.kv.Get(outbox.name, []byte(entryKey(e.ID)))
	if err != nil || !ok {
		return e, false, err
	}
	if _, claimed, err := tx.kv.Get(bucketClaims, be64(e.ID)); err != nil || claimed {
		return e, false, err
	}
	if !bytes.Equal(raw, e.raw) {
		if e, err = outbox.decode(raw); err != nil {
			return e, false, fmt.Errorf("read P%d: %w", e.ID, err)
		}
	}
	return e, true, tx.kv.Put(bucketClaims, be64(e.ID), nil)
}

// Claims lists the entries that are claimed.
func (tx *Tx) Claims() ([]uint64, error) {
	var ids []uint64
	err := tx.Pending(0, func(e Entry) (bool, error) {
		_, claimed, err := tx.kv.Get(bucketClaims, be64(e.ID))
		if claimed {
			ids = append(ids, e.ID)
		}
		return true, err
	})
	return ids, err
}

// Release gives a claimed entry back: it waits again, as e says.
func (tx *Tx) Release(e Entry) error {
	if err := tx.kv.Delete(bucketClaims, be64(e.ID)); err != nil {
		return fmt.Errorf("release P%d: %w", e.ID, err)
	}
	tx.queued = true
	return outbox.Put(tx, entryKey(e.ID), e)
}

// Progress notes that a part of a claimed entry has arrived: it stays claimed
// and goes on with the next part.
func (tx *Tx) Progress(e Entry) error { return outbox.Put(tx, entryKey(e.ID), e) }

// Outcome is how an entry ended.
type Outcome struct {
	State   State
	Reason  string
	Receipt string
	Into    uint64
}

// Settle ends an entry.
func (tx *Tx) Settle(e Entry, o Outcome) error {
	if err := tx.kv.Delete(bucketClaims, be64(e.ID)); err != nil {
		return fmt.Errorf("settle P%d: %w", e.ID, err)
	}
	if err := outbox.Delete(tx, entryKey(e.ID)); err != nil {
		return err
	}
	if e.Ephemeral && o.State == Delivered {
		return tx.count(o.State)
	}
	s := Settled{
		ID: e.ID, Channel: e.Out.Target.Channel, Lane: e.Out.Target.Lane(), Title: e.Out.Body.Title,
		State: o.State, At: tx.now, Attempts: e.Attempts, Reason: o.Reason, Receipt: o.Receipt, Into: o.Into,
	}
	switch {
	case e.Ephemeral:
		s.Title = ""
	case o.State == Dead || o.State == Unknown:
		out := e.Out
		out.Target.Reply = chat.ReplyToken{} // it has no use later, and it is a credential
		s.Out = &out
	}
	if err := settled.Put(tx, entryKey(e.ID), s); err != nil {
		return err
	}
	return tx.count(o.State)
}

func (tx *Tx) count(s State) error {
	day := tx.Today()
	c, _, err := dayCounts.Get(tx, day)
	if err != nil {
		return err
	}
	if c.Counts == nil {
		c = DayCount{Day: day, Counts: map[State]int{}}
	}
	c.Counts[s]++
	return dayCounts.Put(tx, day, c)
}

// Deliveries counts how the deliveries of a day ("2006-01-02") ended.
func (tx *Tx) Deliveries(day string) (map[State]int, error) {
	c, _, err := dayCounts.Get(tx, day)
	return c.Counts, err
}

// Troubled lists the entries that ended in the given state (Dead or Unknown).
func (tx *Tx) Troubled(s State) ([]Settled, error) { return settled.AllBy(tx, "trouble", string(s)) }

// SettledEntry reads what is kept of an entry that ended.
func (tx *Tx) SettledEntry(id uint64) (Settled, bool, error) { return settled.Get(tx, entryKey(id)) }

// Resend puts a Dead or Unknown entry into the outbox once more, as a new entry,
// and takes the old one off the list of trouble.
func (tx *Tx) Resend(s Settled) (uint64, error) {
	if s.Out == nil {
		return 0, fmt.Errorf("resend P%d: its text is no longer kept", s.ID)
	}
	out := *s.Out
	id, err := tx.Enqueue(out)
	if err != nil {
		return 0, err
	}
	s.State, s.Into, s.Out = Merged, id, nil
	return id, settled.Put(tx, entryKey(s.ID), s)
}

const bucketBlobs = "blobs"

// keepPictures moves the pictures of a body into the blob store, where each is
// kept once.
func (tx *Tx) keepPictures(b *chat.Body) error {
	for i := range b.Blocks {
		p := b.Blocks[i].Picture
		if p == nil || p.Data == nil {
			continue
		}
		kept := *p
		sum := sha256.Sum256(p.Data)
		kept.Blob, kept.Data = hex.EncodeToString(sum[:]), nil
		if err := tx.kv.Put(bucketBlobs, []byte(kept.Blob), append(be64(uint64(tx.now.Unix())), p.Data...)); err != nil {
			return fmt.Errorf("keep picture: %w", err)
		}
		// The caller's Body may be used again: replace the block, not its content.
		blocks := append([]chat.Block(nil), b.Blocks...)
		blocks[i].Picture = &kept
		b.Blocks = blocks
	}
	return nil
}

// LoadPictures puts the pictures back into a body that comes from the outbox.
func (tx *Tx) LoadPictures(b *chat.Body) error {
	for i := range b.Blocks {
		p := b.Blocks[i].Picture
		if p == nil || p.Blob == "" || p.Data != nil {
			continue
		}
		v, ok, err := tx.kv.Get(bucketBlobs, []byte(p.Blob))
		if err != nil {
			return fmt.Errorf("load picture: %w", err)
		}
		if !ok || len(v) < 8 {
			return fmt.Errorf("load picture: %s is gone", p.Blob)
		}
		loaded := *p
		loaded.Data = v[8:]
		blocks := append([]chat.Block(nil), b.Blocks...)
		blocks[i].Picture = &loaded
		b.Blocks = blocks
	}
	return nil
}
