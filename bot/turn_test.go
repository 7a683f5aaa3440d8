package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

// slowPlatform takes a moment for each message.
type slowPlatform struct{ platform }

func (p *slowPlatform) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	time.Sleep(50 * time.Millisecond)
	return p.platform.Send(ctx, out)
}

// TestAnswersStandBackForACrowd: while many write, few answers go; but a crowd that
// does not end does not keep them back.
func TestAnswersStandBackForACrowd(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &slowPlatform{}
		stop := running(t, s, p)
		start := time.Now()
		for range 400 { // two seconds
			var outs []chat.Outgoing
			for i := range 10 {
				outs = append(outs, person(fmt.Sprint("p", i), "."))
			}
			enqueue(t, s, outs...)
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		during := func(from, to time.Duration) (n int) {
			for _, at := range p.at {
				if d := at.Sub(start); d >= from && d < to {
					n++
				}
			}
			return n
		}
		if n := during(0, time.Second); n < 20 || n > 60 {
			t.Errorf("%d answers in the first second of a crowd, want two at a time", n)
		}
		if n := during(1100*time.Millisecond, 1900*time.Millisecond); n < 120 {
			t.Errorf("%d answers in 0.8 s after that, want ten at a time", n)
		}
	})
}

// TestAnEntryThatIsWantedEarlierGoesEarlier: what waits can be changed, and the
// sender hears of it.
func TestAnEntryThatIsWantedEarlierGoesEarlier(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{}
		stop := running(t, s, p)
		start := time.Now()
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Enqueue(person("a", "one"), store.NotBefore(tx.Now().Add(3*time.Hour)))
			return err
		})
		time.Sleep(time.Hour)
		err = errors.Join(err, s.Update(context.Background(), func(tx *store.Tx) error {
			ok, err := tx.Amend(1, func(e *store.Entry) {
				e.Out.Body = e.Out.Body.Para("two")
				e.NotBefore = tx.Now().Add(time.Minute)
			})
			if !ok {
				t.Error("no longer waiting")
			}
			return err
		}))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour)
		stop()
		if got := p.arrived(); !slices.Equal(got, []string{"a: onetwo"}) || p.at[0].Sub(start) > 62*time.Minute {
			t.Errorf("arrived: %q at %v", got, p.at)
		}
	})
}

// TestALaneGoesOnInTheTurnThatSettles: one commit an entry, and one to begin with.
func TestALaneGoesOnInTheTurnThatSettles(t *testing.T) {
	t.Parallel()
	var commits atomic.Int32
	count := store.Options{OnCommit: func(int, time.Duration, error) { commits.Add(1) }}
	bubbleOn(t, storetest.Memory, count, func(t *testing.T, s *store.Store) {
		p := &platform{}
		enqueue(t, s, person("a", "1"), person("a", "2"), person("a", "3"), person("a", "4"))
		commits.Store(-1) // that of the claims at the start
		stop := running(t, s, p)
		synctest.Wait()
		if got := p.arrived(); !slices.Equal(got, []string{"a: 1", "a: 2", "a: 3", "a: 4"}) || commits.Load() != 5 {
			t.Errorf("arrived %q in %d commits", got, commits.Load())
		}
		stop()
	})
}

// TestATurnThatFailsChangesNothing fails every second commit: nothing is lost,
// turned round or sent twice.
func TestATurnThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	db := &flaky{}
	open := func() kv.DB {
		db.DB = storetest.Memory()
		return db
	}
	var failed atomic.Int32
	count := store.Options{OnCommit: func(_ int, _ time.Duration, err error) {
		if err != nil {
			failed.Add(1)
		}
	}}
	bubbleOn(t, open, count, func(t *testing.T, s *store.Store) {
		var want []string
		for i := range 10 {
			enqueue(t, s, person("a", fmt.Sprint(i)), person("b", fmt.Sprint(i)))
			want = append(want, fmt.Sprint("a: ", i), fmt.Sprint("b: ", i))
		}
		p := &platform{fail: func(chat.Outgoing, int) error {
			db.bad.Store(1) // the commit after each send
			return nil
		}}
		stop := running(t, s, p)
		time.Sleep(10 * time.Minute)
		stop()
		got := p.arrived()
		lane := func(a, b string) int { return strings.Compare(a[:1], b[:1]) }
		slices.SortStableFunc(got, lane)
		slices.SortStableFunc(want, lane)
		if !slices.Equal(got, want) || failed.Load() < 10 {
			t.Errorf("arrived %q, with %d failed commits", got, failed.Load())
		}
	})
}
