// Package runs keeps when the bot was started and how it ended, so that the
// office's digest can tell of restarts nobody asked for.
package runs

import (
	"time"

	"yunzhuan/store"
)

// Run is one life of the process.
type Run struct {
	Start time.Time `json:"start"`
	Stop  time.Time `json:"stop,omitzero"` // zero: it runs, or it was cut off
}

var table = store.NewTable("runs", store.Schema[Run]{Version: 1, Private: true})

func key(start time.Time) string { return start.UTC().Format("20060102T150405.000") }

// Began notes a start.
func Began(tx *store.Tx, start time.Time) error { return table.Put(tx, key(start), Run{Start: start}) }

// Ended notes an orderly stop of the run that began at start.
func Ended(tx *store.Tx, start time.Time) error {
	return table.Put(tx, key(start), Run{Start: start, Stop: tx.Now()})
}

// Since counts the starts from t on, and how many of the runs before a start were
// cut off.
func Since(tx *store.Tx, t time.Time) (starts, cutOff int, err error) {
	var before *Run
	err = table.Scan(tx, "", func(_ string, r Run) (bool, error) {
		if !r.Start.Before(t) {
			starts++
			if before != nil && before.Stop.IsZero() {
				cutOff++
			}
		}
		before = &r
		return true, nil
	})
	return starts, cutOff, err
}

// keep is how long a run is remembered.
const keep = 60 * 24 * time.Hour

// Prune removes old runs.
func Prune(tx *store.Tx) error {
	var old []string
	err := table.Scan(tx, "", func(k string, r Run) (bool, error) {
		if tx.Now().Sub(r.Start) <= keep {
			return false, nil
		}
		old = append(old, k)
		return true, nil
	})
	for _, k := range old {
		if err == nil {
			err = table.Delete(tx, k)
		}
	}
	return err
}
