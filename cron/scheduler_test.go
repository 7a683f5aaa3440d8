package cron

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// twoJobs are a bulletin that is caught up on and a reminder that is not.
func twoJobs() []Job {
	return []Job{
		{Name: "reminder", Title: "提醒", Specs: []string{"40 8 * * *", "20 11 * * *"}, Days: Workday, Run: record("reminder")},
		{Name: "bulletin", Title: "通报", Specs: []string{"30 17 * * *"}, Days: Workday, Catchup: CatchupSameDay, Run: record("bulletin")},
	}
}

func TestFiresOnTheMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-02-13 08:00:00") // a Friday; Saturday is a make-up day, then the Spring Festival
		s := b.start(twoJobs(), Options{})
		next := fmt.Sprint(s.Next())
		if !strings.HasPrefix(next, "[{reminder 提醒 2026-02-13 08:40:00 +0800 CST} {bulletin 通报 2026-02-13 17:30:00 +0800 CST}]") {
			t.Errorf("next: %s", next)
		}
		b.until("2026-02-24 12:00:00")
		b.expect("fires", b.fires(),
			"02-13 08:40 reminder", "02-13 11:20 reminder", "02-13 17:30 bulletin",
			"02-14 08:40 reminder", "02-14 11:20 reminder", "02-14 17:30 bulletin",
			"02-24 08:40 reminder", "02-24 11:20 reminder")
		b.expect("outcomes", b.outcomes("2026-02-13"))
	})
}

func TestFirstStartCatchesUpOnNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 18:10:00")
		b.start(twoJobs(), Options{})
		b.until("2026-11-24 08:00:00")
		b.expect("fires", b.fires())
		b.expect("outcomes", b.outcomes("2026-11-23"))
	})
}

func TestCatchup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		stopped, up  string
		want, missed []string
	}{
		{"within the grace it is on time", "2026-11-23 17:29:00", "2026-11-23 17:34:30",
			[]string{"11-23 17:30 bulletin +4m30s"}, nil},
		{"the same day it is late", "2026-11-23 17:00:00", "2026-11-23 21:00:00",
			[]string{"11-23 17:30 bulletin late +3h30m0s"}, []string{"11-23 17:30 bulletin late"}},
		{"the next day it is not sent", "2026-11-23 17:00:00", "2026-11-24 07:00:00",
			nil, []string{"11-23 17:30 bulletin missed"}},
		{"of several days, the last counts", "2026-11-20 17:00:00", "2026-11-24 07:00:00",
			nil, []string{"11-23 11:20 reminder missed", "11-23 17:30 bulletin missed"}},
		{"months away, a week is looked at", "2026-03-20 17:00:00", "2026-11-23 07:00:00",
			nil, []string{"11-20 11:20 reminder missed", "11-20 17:30 bulletin missed"}},
		{"a reminder no longer matters", "2026-11-23 11:00:00", "2026-11-23 12:00:00",
			nil, []string{"11-23 11:20 reminder missed"}},
		{"a holiday misses nothing", "2026-10-01 08:00:00", "2026-10-07 20:00:00", nil, nil},
		{"nothing was due", "2026-11-23 12:00:00", "2026-11-23 12:30:00", nil, nil},
	} {
		for _, crash := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, crash %t", c.name, crash), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, c.stopped)
					b.start(twoJobs(), Options{})
					b.restart(b.at(c.up).Sub(b.at(c.stopped)), crash)
					b.start(twoJobs(), Options{})
					time.Sleep(time.Minute)
					synctest.Wait()
					b.expect("fires", b.fires(), c.want...)
					b.expect("outcomes", b.outcomes(c.up[:10]), c.missed...)
				})
			})
		}
	}
}

func TestRestartFiresNothingTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 17:00:00")
		b.start(twoJobs(), Options{})
		b.until("2026-11-23 17:30:00")
		for range 5 {
			b.restart(20*time.Second, true)
			b.start(twoJobs(), Options{})
		}
		b.expect("fires", b.fires(), "11-23 17:30 bulletin")
	})
}

func TestClockSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 08:30:00")
		b.start(twoJobs(), Options{})

		b.set("2026-11-23 08:42:00") // forward over a reminder, within the grace
		b.until("2026-11-23 08:43:00")
		b.expect("small step forward", b.fires(), "11-23 08:40 reminder +2m30s")

		b.set("2026-11-23 08:20:00") // back: it comes again, and does not fire again
		b.until("2026-11-23 09:00:00")
		b.expect("step back", b.fires(), "11-23 08:40 reminder +2m30s")

		b.set("2026-11-23 19:00:00") // forward over all the day
		b.until("2026-11-23 19:01:00")
		b.expect("long step forward", b.fires(), "11-23 08:40 reminder +2m30s", "11-23 17:30 bulletin late +1h30m30s")
		b.expect("outcomes", b.outcomes("2026-11-23"), "11-23 11:20 reminder missed", "11-23 17:30 bulletin late")

		b.set("2026-11-23 11:00:00") // back to the right time: what was missed is due again
		b.until("2026-11-23 20:00:00")
		b.expect("back again", b.fires(), "11-23 08:40 reminder +2m30s", "11-23 11:20 reminder", "11-23 17:30 bulletin late +1h30m30s")

		b.set("2027-11-23 10:00:00") // a year too far, and home again
		b.until("2027-11-23 10:01:00")
		b.set("2026-11-23 20:01:00")
		b.until("2026-11-24 09:00:00")
		b.expect("a year and back", b.fires(), "11-23 08:40 reminder +2m30s", "11-23 11:20 reminder", "11-23 17:30 bulletin late +1h30m30s",
			"11-24 08:40 reminder")
	})
}

func TestRestartWithAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-12-24 18:00:00")
		b.start(twoJobs(), Options{})
		b.restart(time.Second, false)
		b.set("2026-11-23 18:00:00")
		b.start(twoJobs(), Options{})
		b.until("2026-11-24 09:00:00")
		b.expect("fires", b.fires(), "11-23 17:30 bulletin late +30m0s", "11-24 08:40 reminder")
	})
}

// counted is Metrics for a test.
type counted struct{ fired, late, failed, missed atomic.Int64 }

func (c *counted) JobSettled(_ string, s State) {
	map[State]*atomic.Int64{Fired: &c.fired, Late: &c.late, Failed: &c.failed, Missed: &c.missed}[s].Add(1)
}

func TestFailingJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 17:00:00")
		var tries, hopeless atomic.Int64
		ok := record("shaky")
		jobs := []Job{
			{Name: "hopeless", Title: "坏", Specs: []string{"30 17 * * *"}, Catchup: CatchupSameDay, Run: func(ctx context.Context, r *Run) error {
				hopeless.Add(1)
				if err := record("hopeless")(ctx, r); err != nil {
					return err
				}
				return errors.New("no use")
			}},
			{Name: "shaky", Title: "慢", Specs: []string{"30 17 * * *"}, Run: func(ctx context.Context, r *Run) error {
				if n := tries.Add(1); n < 3 {
					if err := ok(ctx, r); err != nil {
						return err
					}
					panic("not yet")
				}
				return ok(ctx, r)
			}},
			{Name: "good", Title: "好", Specs: []string{"30 17 * * *", "32 17 * * *"}, Run: record("good")},
		}
		m := &counted{}
		b.start(jobs, Options{Metrics: m})
		b.until("2026-11-23 17:40:00")
		b.expect("fires", b.fires(), "11-23 17:30 good", "11-23 17:30 shaky +40s", "11-23 17:32 good")
		b.expect("outcomes", b.outcomes("2026-11-23"), "11-23 17:30 hopeless failed")
		if n := hopeless.Load(); n != 5 {
			t.Errorf("the hopeless job was tried %d times", n)
		}
		if m.fired.Load() != 3 || m.failed.Load() != 1 || m.late.Load() != 0 {
			t.Errorf("counted %d fired, %d failed, %d late", m.fired.Load(), m.failed.Load(), m.late.Load())
		}
	})
}

func TestRestartWhileAJobFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 17:00:00")
		var broken atomic.Bool
		broken.Store(true)
		jobs := []Job{
			{Name: "bulletin", Title: "通报", Specs: []string{"30 17 * * *"}, Catchup: CatchupSameDay, Run: func(ctx context.Context, r *Run) error {
				if broken.Load() {
					return errors.New("not now")
				}
				return record("bulletin")(ctx, r)
			}},
			{Name: "minutely", Title: "每分", Specs: []string{"* * * * *"}, Run: nothing},
		}
		b.start(jobs, Options{})
		b.until("2026-11-23 17:31:05") // one later slot has fired; the bulletin is still being tried
		b.restart(time.Hour, false)
		broken.Store(false)
		b.start(jobs, Options{})
		b.expect("fires", b.fires(), "11-23 17:30 bulletin late +1h1m5s")
	})
}

func TestAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 02:00:00")
		var copies atomic.Int64
		jobs := []Job{
			{Name: "backup", Title: "备份", Specs: []string{"30 2 * * *"}, Run: func(_ context.Context, r *Run) error {
				r.After(func(ctx context.Context) error {
					copies.Add(1)
					// The mark is durable and the store free.
					return b.store.View(ctx, func(tx *store.Tx) error {
						if fired, err := tx.Fired("backup", r.Slot); err != nil || !fired {
							return fmt.Errorf("fired %t: %w", fired, err)
						}
						return nil
					})
				})
				return nil
			}},
			{Name: "full", Title: "满", Specs: []string{"30 2 * * *"}, Run: func(_ context.Context, r *Run) error {
				r.After(func(context.Context) error { panic("disk full") })
				return nil
			}},
		}
		s := b.start(jobs, Options{})
		b.until("2026-11-23 03:00:00")
		if n := copies.Load(); n != 1 {
			t.Errorf("%d copies", n)
		}
		b.expect("outcomes", b.outcomes("2026-11-23"), "11-23 02:30 full failed")
		if err := s.Fire(t.Context(), "full", time.Time{}); fmt.Sprint(err) != "fire full: panic: disk full" {
			t.Errorf("fire full: %v", err)
		}
	})
}

func TestFire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-22 17:40:00") // a Sunday: fired by hand all the same
		off := false
		s := b.scheduler(twoJobs(), Options{Overrides: map[string]Override{"reminder": {Enabled: &off}}})
		ctx := t.Context()
		slot := b.at("2026-11-22 17:30:00")
		if err := s.Fire(ctx, "bulletin", slot.UTC()); err != nil {
			t.Fatal(err)
		}
		if err := s.Fire(ctx, "bulletin", slot); !errors.Is(err, ErrAlreadyFired) {
			t.Errorf("again: %v", err)
		}
		if err := s.Fire(ctx, "reminder", time.Time{}); err != nil {
			t.Errorf("a job that is switched off: %v", err)
		}
		// Fired ahead of its time, it does not come again.
		if err := s.Fire(ctx, "bulletin", b.at("2026-11-23 17:30:00")); err != nil {
			t.Fatal(err)
		}
		b.run(s)
		b.until("2026-11-24 12:00:00")
		b.expect("fires", b.fires(), "11-22 17:30 bulletin late +10m0s", "11-22 17:40 reminder", "11-23 17:30 bulletin +-23h50m0s")
		var u *store.UserError
		if err := s.Fire(ctx, "tea", time.Time{}); !errors.As(err, &u) || u.Text != "没有“tea”这个任务，有：reminder bulletin" {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestTwoSchedulersOnOneStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-23 08:00:00")
		b.start(twoJobs(), Options{})
		stopFirst := b.stop
		b.start(twoJobs(), Options{})
		b.until("2026-11-24 08:00:00")
		b.stop()
		stopFirst()
		b.expect("fires", b.fires(), "11-23 08:40 reminder", "11-23 11:20 reminder", "11-23 17:30 bulletin")
	})
}

func TestAnImportedYearCountsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2027-02-01 08:00:00")
		b.start(twoJobs(), Options{})
		b.until("2027-02-01 12:00:00")
		year := calendar.Year{Year: 2027, Days: []calendar.Special{{Day: "2027-02-01", Name: "春节"}}}
		if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return calendar.Save(tx, year) }); err != nil {
			t.Fatal(err)
		}
		b.until("2027-02-02 00:00:00")
		b.expect("fires", b.fires(), "02-01 08:40 reminder", "02-01 11:20 reminder")
	})
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-11-28 07:00:00") // a Saturday
		off := false
		b.start(twoJobs(), Options{Overrides: map[string]Override{
			"reminder": {Enabled: &off},
			"bulletin": {At: "0 9 * * *; 30 9 * * *", Days: "any"},
		}})
		b.until("2026-11-28 20:00:00")
		b.expect("fires", b.fires(), "11-28 09:00 bulletin", "11-28 09:30 bulletin")

		_, err := New(b.store, append(twoJobs(), twoJobs()[0], Job{Name: "idle"}), Options{Overrides: map[string]Override{
			"bulletin": {At: "0 25 * * *"}, "reminder": {Days: "sometimes"}, "tea": {},
		}})
		b.expect("faults", strings.Split(fmt.Sprint(err), "\n"),
			"jobs.bulletin: at: “时”段“25”不对，应为 0–23 或 *，可以用 , - / 组合",
			"jobs.idle: does nothing",
			"jobs.reminder: days: “sometimes”不对，应为 workday 或 any",
			"jobs.reminder: days: “sometimes”不对，应为 workday 或 any",
			"jobs.tea: 没有“tea”这个任务，有：reminder bulletin reminder idle")
		if _, err := New(b.store, append(twoJobs(), twoJobs()[0]), Options{}); fmt.Sprint(err) != "jobs.reminder: twice in the table" {
			t.Errorf("a name twice: %v", err)
		}
	})
}

func TestOldOutcomesGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-03-02 18:00:00")
		s := b.scheduler(twoJobs(), Options{})
		for _, day := range []string{"2026-03-02", "2026-03-03", "2026-05-31"} {
			b.set(day + " 18:00:00")
			if err := s.Fire(t.Context(), "bulletin", b.at(day+" 17:30:00")); err != nil {
				t.Fatal(err)
			}
		}
		b.expect("89 days ago", b.outcomes("2026-03-03"), "03-03 17:30 bulletin late")
		b.expect("90 days ago", b.outcomes("2026-03-02"))
	})
}
