package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Actor is who changes something, and by what.
type Actor struct {
	Person  string `json:"person,omitempty"`  // a person's number; empty: the bot itself
	Channel string `json:"channel,omitempty"` // the platform it was asked on
	Conv    string `json:"conv,omitempty"`    // the conversation it was asked in
	Command string `json:"command,omitempty"` // a command or "job:<name>", without its arguments
}

// SetActor says who is behind the changes of this transaction.
func (tx *Tx) SetActor(a Actor) { tx.actor = a }

// Change is one record before and after; nil means that there was or is none.
type Change struct {
	Table  string          `json:"table"`
	Key    string          `json:"key"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// AuditLine is one link of the audit chain: all that one transaction changed in
// the tables that are not private. Prev is the Hash of the line before; Hash is
// over everything else, so a line cannot be changed or taken out unnoticed.
type AuditLine struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Actor   Actor     `json:"actor"`
	Undoes  uint64    `json:"undoes,omitempty"` // the line that this one takes back
	Changes []Change  `json:"changes"`
	Prev    string    `json:"prev"` // hex SHA-256
	Hash    string    `json:"hash"` // hex SHA-256 of the line with an empty Hash
}

const (
	bucketAudit = "audit"
	bucketMeta  = "meta"
	bucketUndo  = "undo"

	metaAuditHead   = "audit-head"   // the last line: its number and hash
	metaAuditAnchor = "audit-anchor" // the last line that was pruned
)

// link is a point of the chain.
type link struct {
	Seq  uint64
	Hash [sha256.Size]byte
}

func (l link) bytes() []byte { return append(be64(l.Seq), l.Hash[:]...) }

func (tx *Tx) readLink(name string) (link, error) {
	var l link
	v, ok, err := tx.kv.Get(bucketMeta, []byte(name))
	if err != nil || !ok {
		return l, err
	}
	if len(v) != 8+sha256.Size {
		return l, fmt.Errorf("%s: %d bytes", name, len(v))
	}
	l.Seq = binary.BigEndian.Uint64(v)
	copy(l.Hash[:], v[8:])
	return l, nil
}

// appendAudit makes one line of the chain of the changes so far.
func (tx *Tx) appendAudit(undoes uint64) error {
	if len(tx.changes) == 0 {
		return nil
	}
	head, err := tx.readLink(metaAuditHead)
	if err != nil {
		return fmt.Errorf("read audit head: %w", err)
	}
	line := AuditLine{
		Seq: head.Seq + 1, At: tx.now, Actor: tx.actor, Undoes: undoes,
		Changes: netChanges(tx.changes), Prev: hex.EncodeToString(head.Hash[:]),
	}
	raw, sum, err := sealLine(line)
	if err != nil {
		return err
	}
	head = link{Seq: line.Seq, Hash: sum}
	if err := errors.Join(
		tx.kv.Put(bucketAudit, be64(line.Seq), raw),
		tx.kv.Put(bucketMeta, []byte(metaAuditHead), head.bytes()),
	); err != nil {
		return fmt.Errorf("write audit line: %w", err)
	}
	tx.changes = nil
	if tx.actor.Person == "" || undoes != 0 {
		return nil
	}
	mark := be64(line.Seq)
	if tx.noUndo {
		mark = nil
	}
	if err := tx.kv.Put(bucketUndo, []byte(tx.actor.Person), mark); err != nil {
		return fmt.Errorf("write undo mark: %w", err)
	}
	return nil
}

// netChanges makes one change of several to the same record.
func netChanges(changes []Change) []Change {
	net := make([]Change, 0, len(changes))
	at := map[[2]string]int{}
	for _, c := range changes {
		id := [2]string{c.Table, c.Key}
		if i, ok := at[id]; ok {
			net[i].After = c.After
			continue
		}
		at[id] = len(net)
		net = append(net, c)
	}
	return net
}

// sealLine encodes a line with its hash, which stands last: the hash is over the
// encoding with an empty one.
func sealLine(line AuditLine) ([]byte, [sha256.Size]byte, error) {
	changes := line.Changes
	line.Hash, line.Changes = "", nil
	frame, err := json.Marshal(line)
	if err != nil {
		return nil, [sha256.Size]byte{}, fmt.Errorf("encode audit line: %w", err)
	}
	// The records are JSON already: they are put in as they are, where Marshal
	// would parse each of them again.
	const none = `"changes":null`
	at := bytes.Index(frame, []byte(none))
	raw := append(make([]byte, 0, 2<<10), frame[:at]...)
	raw = append(raw, `"changes":[`...)
	for i, c := range changes {
		if i > 0 {
			raw = append(raw, ',')
		}
		if raw, err = c.append(raw); err != nil {
			return nil, [sha256.Size]byte{}, fmt.Errorf("encode audit line: %w", err)
		}
	}
	raw = append(append(raw, ']'), frame[at+len(none):]...)
	sum := sha256.Sum256(raw)
	raw = append(raw[:len(raw)-len(`"}`)], hex.EncodeToString(sum[:])...)
	return append(raw, `"}`...), sum, nil
}

// append appends the change as Marshal would write it.
func (c Change) append(raw []byte) ([]byte, error) {
	head, err := json.Marshal(Change{Table: c.Table, Key: c.Key})
	if err != nil {
		return nil, err
	}
	raw = append(raw, head[:len(head)-1]...)
	if c.Before != nil {
		raw = append(append(raw, `,"before":`...), c.Before...)
	}
	if c.After != nil {
		raw = append(append(raw, `,"after":`...), c.After...)
	}
	return append(raw, '}'), nil
}

// hashEnd is the length of what sealLine put at the end of a line.
const hashEnd = 2*sha256.Size + len(`"}`)

// checkLine verifies an encoded line against the link before it.
func checkLine(raw []byte, prev link) (link, error) {
	var line AuditLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return prev, fmt.Errorf("line after %d: %w", prev.Seq, err)
	}
	if line.Seq != prev.Seq+1 {
		return prev, fmt.Errorf("line %d is missing", prev.Seq+1)
	}
	if line.Prev != hex.EncodeToString(prev.Hash[:]) {
		return prev, fmt.Errorf("line %d does not follow line %d", line.Seq, prev.Seq)
	}
	if len(raw) < hashEnd {
		return prev, fmt.Errorf("line %d is cut short", line.Seq)
	}
	bare := append(bytes.Clone(raw[:len(raw)-hashEnd]), `"}`...)
	sum := sha256.Sum256(bare)
	if hex.EncodeToString(sum[:]) != line.Hash {
		return prev, fmt.Errorf("line %d was changed", line.Seq)
	}
	return link{Seq: line.Seq, Hash: sum}, nil
}

// AuditReport is the outcome of VerifyAudit.
type AuditReport struct {
	First, Last uint64 // the lines that are there; 0, 0 for none
	Head        string // hex hash of the last line: note it elsewhere to prove the chain later
}

// VerifyAudit walks the whole chain and proves that no line was changed, added
// or taken out since pruning's anchor.
func (s *Store) VerifyAudit(ctx context.Context) (AuditReport, error) {
	var rep AuditReport
	err := s.View(ctx, func(tx *Tx) error {
		prev, err := tx.readLink(metaAuditAnchor)
		if err != nil {
			return err
		}
		head, err := tx.readLink(metaAuditHead)
		if err != nil {
			return err
		}
		rep = AuditReport{}
		err = tx.kv.Scan(bucketAudit, nil, nil, func(_, raw []byte) (bool, error) {
			next, err := checkLine(raw, prev)
			if err != nil {
				return false, err
			}
			if rep.First == 0 {
				rep.First = next.Seq
			}
			prev = next
			return true, nil
		})
		if err != nil {
			return err
		}
		if prev != head {
			return fmt.Errorf("the chain ends at line %d, its head says %d", prev.Seq, head.Seq)
		}
		rep.Last, rep.Head = prev.Seq, hex.EncodeToString(prev.Hash[:])
		return nil
	})
	if err != nil {
		return rep, fmt.Errorf("audit chain: %w", err)
	}
	return rep, nil
}

// ExportAudit writes the chain as JSON lines and returns their number.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer) (int, error) {
	n := 0
	err := s.View(ctx, func(tx *Tx) error {
		n = 0
		return tx.kv.Scan(bucketAudit, nil, nil, func(_, raw []byte) (bool, error) {
			n++
			_, err := w.Write(append(bytes.Clone(raw), '\n'))
			return err == nil, err
		})
	})
	return n, err
}

// AuditFrom hands out the lines from seq on, in order.
func (tx *Tx) AuditFrom(seq uint64, fn func(AuditLine) (more bool, err error)) error {
	return tx.kv.Scan(bucketAudit, be64(seq), nil, func(_, raw []byte) (bool, error) {
		var line AuditLine
		if err := json.Unmarshal(raw, &line); err != nil {
			return false, fmt.Errorf("decode audit line: %w", err)
		}
		return fn(line)
	})
}
