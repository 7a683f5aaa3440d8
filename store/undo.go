package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Errors of Undo.
var (
	ErrNothingToUndo = errors.New("nothing to undo")
	ErrBuiltUpon     = errors.New("something was built on the change")
)

// NoUndo says that what this transaction changes cannot be taken back by Undo,
// nor what its actor changed before: something has left the house with it.
func (tx *Tx) NoUndo() { tx.noUndo = true }

// Undo takes back the last change of a person if it is not older than window
// and every record is still as that change left it. It returns the line that was
// taken back. ErrNothingToUndo and ErrBuiltUpon change nothing.
func (tx *Tx) Undo(person string, window time.Duration) (AuditLine, error) {
	line, err := tx.lastChange(person)
	if err != nil {
		return line, err
	}
	if tx.now.Sub(line.At) > window {
		return line, ErrNothingToUndo
	}
	for _, c := range line.Changes {
		now, ok, err := tx.kv.Get(c.Table, []byte(c.Key))
		if err != nil {
			return line, fmt.Errorf("undo: %w", err)
		}
		if ok != (c.After != nil) || !bytes.Equal(now, c.After) {
			return line, ErrBuiltUpon
		}
	}
	for i := len(line.Changes) - 1; i >= 0; i-- {
		c := line.Changes[i]
		if err := tables[c.Table].putRaw(tx, c.Key, c.Before); err != nil {
			return line, fmt.Errorf("undo %s: %w", c.Table, err)
		}
	}
	if err := tx.appendAudit(line.Seq); err != nil {
		return line, err
	}
	if err := tx.kv.Delete(bucketUndo, []byte(person)); err != nil {
		return line, fmt.Errorf("undo: %w", err)
	}
	return line, nil
}

// lastChange finds the line that a person's undo mark points at.
func (tx *Tx) lastChange(person string) (AuditLine, error) {
	var line AuditLine
	v, ok, err := tx.kv.Get(bucketUndo, []byte(person))
	if err != nil {
		return line, fmt.Errorf("read undo mark: %w", err)
	}
	if !ok || len(v) == 0 {
		return line, ErrNothingToUndo
	}
	raw, ok, err := tx.kv.Get(bucketAudit, v)
	if err != nil {
		return line, fmt.Errorf("read audit line: %w", err)
	}
	if !ok {
		return line, ErrNothingToUndo // pruned
	}
	if err := json.Unmarshal(raw, &line); err != nil {
		return line, fmt.Errorf("decode audit line: %w", err)
	}
	return line, nil
}
