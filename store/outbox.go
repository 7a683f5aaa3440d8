package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
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
	raw       []byte        // as it stands in the store
	born      bool          // claimed since it was put in, see Enqueue
	Ephemeral bool          `json:"ephemeral,omitempty"` // see the option of this name
	Fallback  []chat.Target `json:"fallback,omitempty"`  // see the option of this name
	// Held: the platform lets it go only after the one it is for has said something.
	Held bool `json:"held,omitempty"`
	// Batch and Receipts, of the parts that arrived, are those of a Revocable entry.
	Batch    string   `json:"batch,omitempty"`
	Receipts []string `json:"receipts,omitempty"`
}

// State is how an outbox entry ended.
type State string

// The states of a Settled entry.
const (
	Delivered State = "delivered"
	Dead      State = "dead"     // it did not arrive and is not tried again
	Unknown   State = "unknown"  // it may have arrived; not sent again by itself
	Expired   State = "expired"  // it no longer mattered before it could go
	Merged    State = "merged"   // its text went out in another entry
	Diverted  State = "diverted" // it could not arrive there and went elsewhere, as another entry
	Recalled  State = "recalled" // it was to be taken back (see RecallBatch), and did not go or is gone again
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
	Into     uint64         `json:"into,omitempty"` // for Merged and Diverted: the entry that carried it
	Out      *chat.Outgoing `json:"out,omitempty"`
	// Batch, Parts and Receipts are those of a Revocable entry: how many wire messages
	// arrived for certain, and the receipt of each.
	Batch    string   `json:"batch,omitempty"`
	Parts    int      `json:"parts,omitempty"`
	Receipts []string `json:"receipts,omitempty"`
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
)

const (
	// bucketClaims holds, in one list of a few numbers, the entries that were
	// handed to a platform and are not settled yet. What is found here after a
	// crash may have arrived.
	bucketClaims = "outbox_claims"
	// bucketDays counts, by day and state, how deliveries ended.
	bucketDays = "outbox_days"
)

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

// Fallback names, in order, the other places where the person can be reached: the
// message goes to the next of them if the one before can not take it, and once.
func Fallback(targets ...chat.Target) EnqueueOption {
	return func(e *Entry) { e.Fallback = targets }
}

// Enqueue puts a message into the outbox: once this transaction has committed,
// it will be sent, in order within its lane. An empty Key is filled in from the
// entry's number. An answer that a platform waits for is claimed from the start:
// it can go as soon as it is kept, and after a crash it is one that may have gone.
func (tx *Tx) Enqueue(out chat.Outgoing, opts ...EnqueueOption) (uint64, error) {
	id, err := tx.Next("outbox")
	if err != nil {
		return 0, err
	}
	if out.Key == "" {
		out.Key = "p" + strconv.FormatUint(id, 10)
	}
	if err := tx.keepBlobs(&out.Body); err != nil {
		return 0, err
	}
	e := Entry{ID: id, Out: out, At: tx.now}
	for _, o := range opts {
		o(&e)
	}
	if e.Batch != "" {
		if err := tx.noteBatch(e); err != nil {
			return 0, err
		}
	}
	if out.Target.Reply.Awaited && e.NotBefore.IsZero() {
		e.born = true
		if err := tx.addClaim(id); err != nil {
			return 0, err
		}
	}
	return id, tx.putEntry(e)
}

// Claimed says whether the entry is claimed since it was put in: whoever was told
// of it may send it without Claim.
func (e Entry) Claimed() bool { return e.born }

// putEntry writes a waiting entry, and has the senders told.
func (tx *Tx) putEntry(e Entry) (err error) {
	if e.raw, err = outbox.put(tx, entryKey(e.ID), e); err == nil {
		tx.entries = append(tx.entries, e)
	}
	return err
}

// Amend changes a waiting entry (more text in a merged reminder); false if it is
// no longer waiting.
func (tx *Tx) Amend(id uint64, fn func(*Entry)) (bool, error) {
	e, ok, err := outbox.Get(tx, entryKey(id))
	if err != nil || !ok {
		return false, err
	}
	if ids, err := tx.Claims(); err != nil || slices.Contains(ids, id) {
		return false, err
	}
	fn(&e)
	if err := tx.keepBlobs(&e.Out.Body); err != nil {
		return false, err
	}
	return true, tx.putEntry(e)
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

// Claim notes that an entry, as it was handed out, is about to be handed to its
// platform; false if it is gone or claimed already, by others than itself. It
// returns the entry as it stands, for it may have been amended.
func (tx *Tx) Claim(e Entry) (Entry, bool, error) {
	raw, ok, err := tx.kv.Get(outbox.name, []byte(entryKey(e.ID)))
	if err != nil || !ok {
		return e, false, err
	}
	ids, err := tx.Claims()
	if err != nil || slices.Contains(ids, e.ID) {
		return e, err == nil && e.born, err
	}
	if !bytes.Equal(raw, e.raw) {
		if e, err = outbox.decode(raw); err != nil {
			return e, false, fmt.Errorf("read P%d: %w", e.ID, err)
		}
	}
	return e, true, tx.addClaim(e.ID)
}

// addClaim puts an entry on the list.
func (tx *Tx) addClaim(id uint64) error {
	ids, err := tx.Claims()
	if err == nil {
		tx.claims = claims{ids: append(slices.Clip(ids), id), read: true, changed: true}
	}
	return err
}

// claimsKey is the key of the one list in bucketClaims.
var claimsKey = []byte("all")

// claims is the list as a transaction sees it: read when it is first asked for,
// written at the end.
type claims struct {
	ids     []uint64 // not changed in place, for Try may go back to it
	read    bool
	changed bool
}

// Claims lists the entries that are claimed.
func (tx *Tx) Claims() ([]uint64, error) {
	if tx.claims.read {
		return tx.claims.ids, nil
	}
	v, _, err := tx.kv.Get(bucketClaims, claimsKey)
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	if len(v)%8 != 0 {
		return nil, fmt.Errorf("claims: %d bytes", len(v))
	}
	tx.claims = claims{read: true}
	for ; len(v) > 0; v = v[8:] {
		tx.claims.ids = append(tx.claims.ids, binary.BigEndian.Uint64(v))
	}
	return tx.claims.ids, nil
}

func (tx *Tx) isClaimed(id uint64) (bool, error) {
	ids, err := tx.Claims()
	return slices.Contains(ids, id), err
}

// unclaim takes an entry off the list.
func (tx *Tx) unclaim(id uint64) error {
	ids, err := tx.Claims()
	if err == nil && slices.Contains(ids, id) {
		rest := slices.DeleteFunc(slices.Clone(ids), func(other uint64) bool { return other == id })
		tx.claims = claims{ids: rest, read: true, changed: true}
	}
	return err
}

func (tx *Tx) writeClaims() error {
	if !tx.claims.changed {
		return nil
	}
	v := make([]byte, 0, 8*len(tx.claims.ids))
	for _, id := range tx.claims.ids {
		v = binary.BigEndian.AppendUint64(v, id)
	}
	if err := tx.kv.Put(bucketClaims, claimsKey, v); err != nil {
		return fmt.Errorf("write claims: %w", err)
	}
	return nil
}

// Release gives a claimed entry back: it waits again, as e says, unless it is to be
// taken back.
func (tx *Tx) Release(e Entry) error {
	if gone, err := tx.settleRecalled(e); err != nil || gone {
		return err
	}
	if err := tx.unclaim(e.ID); err != nil {
		return err
	}
	return outbox.Put(tx, entryKey(e.ID), e)
}

// heldTime is how long a message waits for its reader to say something, unless it
// expires before.
const heldTime = 30 * 24 * time.Hour

// Hold gives a claimed entry back until the one it is for has said something.
func (tx *Tx) Hold(e Entry) error {
	e.Held = true
	if e.ExpiresAt.IsZero() {
		e.ExpiresAt = e.At.Add(heldTime)
	}
	return tx.Release(e)
}

// Divert ends a claimed entry that did not arrive and puts its message into the
// outbox anew, for the next place in its Fallback.
func (tx *Tx) Divert(e Entry, reason string) error {
	if gone, err := tx.settleRecalled(e); err != nil || gone {
		return err
	}
	out := e.Out
	out.Target, out.Key = e.Fallback[0], ""
	id, err := tx.Enqueue(out, func(n *Entry) {
		n.Fallback, n.ExpiresAt, n.Ephemeral, n.Batch = e.Fallback[1:], e.ExpiresAt, e.Ephemeral, e.Batch
	})
	if err != nil {
		return err
	}
	return tx.Settle(e, Outcome{State: Diverted, Reason: reason, Into: id})
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
	if err := tx.unclaim(e.ID); err != nil {
		return err
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
	if e.Batch != "" {
		s.Batch, s.Parts, s.Receipts = e.Batch, e.Out.Part, e.Receipts
		if o.State == Delivered {
			s.Parts, s.Receipts = s.Parts+1, append(slices.Clip(s.Receipts), o.Receipt)
		}
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
	key := []byte(tx.Today() + "/" + string(s))
	n, err := tx.counter(bucketDays, key)
	if err == nil {
		err = tx.kv.Put(bucketDays, key, be64(n+1))
	}
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	return nil
}

// Deliveries counts how the deliveries of a day ("2006-01-02") ended.
func (tx *Tx) Deliveries(day string) (map[State]int, error) {
	counts := map[State]int{}
	for _, s := range []State{Delivered, Dead, Unknown, Expired, Merged, Diverted, Recalled} {
		n, err := tx.counter(bucketDays, []byte(day+"/"+string(s)))
		if err != nil {
			return nil, fmt.Errorf("read counts of deliveries: %w", err)
		}
		if n > 0 {
			counts[s] = int(n)
		}
	}
	return counts, nil
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
	if gone, err := tx.Recalled(Entry{ID: s.ID, Batch: s.Batch}); err != nil {
		return 0, err
	} else if gone {
		return 0, Errorf("P%d 已撤回，不再重发。", s.ID)
	}
	out := *s.Out
	id, err := tx.Enqueue(out, Revocable(s.Batch))
	if err != nil {
		return 0, err
	}
	s.State, s.Into, s.Out = Merged, id, nil
	return id, settled.Put(tx, entryKey(s.ID), s)
}

const bucketBlobs = "blobs"

// keepBlobs moves the pictures and files of a body into the blob store, where each
// is kept once.
func (tx *Tx) keepBlobs(b *chat.Body) error {
	for i, bl := range b.Blocks {
		data, _, ok := bl.Blob()
		if !ok || data == nil {
			continue
		}
		sum := sha256.Sum256(data)
		key := hex.EncodeToString(sum[:])
		if err := tx.kv.Put(bucketBlobs, []byte(key), append(be64(uint64(tx.now.Unix())), data...)); err != nil {
			return fmt.Errorf("keep blob: %w", err)
		}
		replaceBlock(b, i, bl.WithBlob(nil, key))
	}
	return nil
}

// LoadBlobs puts the pictures and files back into a body that comes from the
// outbox.
func (tx *Tx) LoadBlobs(b *chat.Body) error {
	for i, bl := range b.Blocks {
		data, key, ok := bl.Blob()
		if !ok || key == "" || data != nil {
			continue
		}
		v, ok, err := tx.kv.Get(bucketBlobs, []byte(key))
		if err != nil {
			return fmt.Errorf("load blob: %w", err)
		}
		if !ok || len(v) < 8 {
			return fmt.Errorf("load blob: %s is gone", key)
		}
		replaceBlock(b, i, bl.WithBlob(v[8:], key))
	}
	return nil
}

// replaceBlock puts another block into a body whose blocks others may use, too.
func replaceBlock(b *chat.Body, i int, bl chat.Block) {
	b.Blocks = slices.Clone(b.Blocks)
	b.Blocks[i] = bl
}
