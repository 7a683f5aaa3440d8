package cron

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shaky is record for jobs of which one slot in forty fails twice before it
// succeeds, by error or panic.
func shaky(name string, tries *sync.Map) func(context.Context, *Run) error {
	ok := record(name)
	return func(ctx context.Context, r *Run) error {
		if err := ok(ctx, r); err != nil {
			return err
		}
		key := r.Slot.Format(time.RFC3339) + name
		h := fnv.New32()
		_, _ = h.Write([]byte(key)) // never fails
		if h.Sum32()%40 != 0 {
			return nil
		}
		n, _ := tries.LoadOrStore(key, new(int))
		count := n.(*int) // a slot is tried by one goroutine at a time
		*count++
		switch *count {
		case 1:
			return errors.New("shaky")
		case 2:
			panic("shaky")
		}
		return nil
	}
}

// Two years of the real table: every slot fires exactly once and on the right
// days, with restarts, crashes, failing jobs and a clock that is moved about.
func TestTwentyFourMonths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-01-01 00:00:00")
		run := map[string]func(context.Context, *Run) error{}
		var tries sync.Map
		for _, j := range spelledOut {
			run[j.name] = shaky(j.name, &tries)
		}
		jobs, err := Bind(run)
		if err != nil {
			t.Fatal(err)
		}
		start := func() {
			s := b.scheduler(jobs, Options{Overrides: coarse})
			s.recheck = 4 * time.Minute // at 30 s the test would sleep two million times
			b.run(s)
		}
		from := b.at("2026-01-01 00:00:00")
		to := from.AddDate(0, simulatedMonths, 0)
		o := newOracle(from, to)
		rnd := rand.New(rand.NewPCG(2026, 1123))
		count := map[string]int{}
		start()
		for {
			event := []string{"restart", "crash", "forward", "back"}[rnd.IntN(4)]
			when := b.now().Truncate(time.Minute).Add(24*time.Hour + time.Duration(rnd.IntN(12*24*60))*time.Minute)
			by := time.Duration(1+rnd.IntN([]int{90, 600, 600, 2000, 14000}[rnd.IntN(5)])) * time.Minute
			land := when.Add(by)
			if event == "back" {
				land = when.Add(-by)
			}
			if !quiet(when) || !quiet(land) || land.Before(from) {
				continue
			}
			if !when.Before(to) || !land.Before(to) {
				break
			}
			count[event]++
			time.Sleep(when.Sub(b.now()))
			synctest.Wait()
			o.observe(when)
			switch event {
			case "restart", "crash":
				b.restart(by, event == "crash")
				start()
				o.skip(land)
			case "forward":
				b.offset.Add(int64(by))
				o.skip(land)
			case "back":
				b.offset.Add(-int64(by))
				o.clock = land
			}
		}
		end := to.Add(-time.Minute)
		time.Sleep(end.Sub(b.now()))
		synctest.Wait()
		o.observe(end)

		compareFires(t, b, o)
		if got := len(o.slots); len(o.fired) < got*8/10 || o.missed == 0 {
			t.Errorf("of %d slots %d fired and %d were missed: the script is too rough or too smooth", got, len(o.fired), o.missed)
		}
		for _, event := range []string{"restart", "crash", "forward", "back"} {
			if count[event] < simulatedMonths/3 {
				t.Errorf("only %d times: %s", count[event], event)
			}
		}
		t.Logf("%d slots, %d fired, %d missed; %v", len(o.slots), len(o.fired), o.missed, count)
	})
}

// compareFires compares the store with the oracle.
func compareFires(t *testing.T, b *bench, o *oracle) {
	t.Helper()
	left := map[string]bool{}
	for key, late := range o.fired {
		left[key] = late
	}
	makeUp := map[string]bool{}
	for _, f := range b.allFires() {
		key := slot{at: f.Slot.In(b.loc), job: f.Job}.key()
		late, due := left[key]
		delete(left, key)
		switch {
		case f.Times != 1:
			t.Errorf("%s fired %d times", key, f.Times)
		case !due:
			t.Errorf("%s fired, and was not due", key)
		case late != f.Late:
			t.Errorf("%s: late %t, want %t", key, f.Late, late)
		}
		if f.Job == "digest" {
			makeUp[key[:10]] = true
		}
	}
	for key := range left {
		t.Errorf("%s did not fire", key)
	}
	for _, day := range []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"} {
		if !makeUp[day] && day < o.clock.Format(time.DateOnly) {
			t.Errorf("no digest on the make-up workday %s", day)
		}
	}
}
