package runs_test

import (
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/runs"
	"yunzhuan/store"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-09-01 08:00")
	life := func(start, stop string) {
		b.Clock.Set(start)
		began := b.Clock.Now()
		b.Update(func(tx *store.Tx) error { return runs.Began(tx, began) })
		if stop != "" {
			b.Clock.Set(stop)
			b.Update(func(tx *store.Tx) error { return runs.Ended(tx, began) })
		}
	}
	since := func(at string, starts, cutOff int) {
		t.Helper()
		now := b.Clock.Now()
		b.Clock.Set(at)
		from := b.Clock.Now()
		b.Clock.Advance(now.Sub(from))
		b.View(func(tx *store.Tx) error {
			s, c, err := runs.Since(tx, from)
			if s != starts || c != cutOff {
				t.Errorf("since %s: %d starts, %d cut off; want %d, %d", at, s, c, starts, cutOff)
			}
			return err
		})
	}
	since("2026-09-01 00:00", 0, 0)
	life("2026-09-01 09:00", "2026-09-20 18:00")
	life("2026-11-22 08:00", "") // cut off
	life("2026-11-22 23:00", "2026-11-23 02:00")
	life("2026-11-23 02:05", "") // it runs
	since("2026-09-01 00:00", 4, 1)
	since("2026-11-22 18:00", 2, 1)
	since("2026-11-23 00:00", 1, 0)
	since("2026-11-23 08:00", 0, 0)

	b.Clock.Set("2026-11-23 12:00")
	b.Update(runs.Prune)
	since("2026-09-01 00:00", 3, 1)
	b.Clock.Advance(100 * 24 * time.Hour)
	b.Update(runs.Prune)
	since("2026-09-01 00:00", 0, 0)
}
