package cron

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// bench is a store on a real file with a clock that can be moved, to be used in
// a synctest bubble.
type bench struct {
	t      *testing.T
	file   string
	loc    *time.Location
	offset atomic.Int64 // of the shown clock to the bubble's, in nanoseconds
	store  *store.Store
	stop   func() // ends the running scheduler
}

// fire is what a job of a test leaves in the store for a slot.
type fire struct {
	Job   string
	Slot  time.Time
	Times int // must be 1
	Late  bool
	At    time.Time
}

var fires = store.NewTable("test_fires", store.Schema[fire]{Version: 1, Private: true})

// record is the Run of a job that notes its fire.
func record(name string) func(context.Context, *Run) error {
	return func(_ context.Context, r *Run) error {
		key := r.Slot.Format("2006-01-02 15:04:05 ") + name
		f, _, err := fires.Get(r.Tx, key)
		if err != nil {
			return err
		}
		return fires.Put(r.Tx, key, fire{Job: name, Slot: r.Slot, Times: f.Times + 1, Late: r.Late, At: r.Tx.Now()})
	}
}

// newBench opens a store whose clock shows the given time in Shanghai.
func newBench(t *testing.T, clock string) *bench {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, file: filepath.Join(benchDir(t), "store.db"), loc: loc}
	b.set(clock)
	b.open()
	t.Cleanup(b.close)
	return b
}

// benchDir is a folder in memory where there is one, for these tests commit
// thousands of times.
func benchDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "cron")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.offset.Load())).In(b.loc) }

// at reads a time of the bench's zone.
func (b *bench) at(clock string) time.Time {
	b.t.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04:05", clock, b.loc)
	if err != nil {
		b.t.Fatal(err)
	}
	return t
}

// set moves the clock; nobody is told.
func (b *bench) set(clock string) { b.offset.Store(int64(time.Until(b.at(clock)))) }

// until lets time pass until the clock shows a time, and what is due then happen.
func (b *bench) until(clock string) {
	b.t.Helper()
	d := b.at(clock).Sub(b.now())
	if d < 0 {
		b.t.Fatalf("%s is over", clock)
	}
	time.Sleep(d)
	synctest.Wait()
}

func (b *bench) open() {
	b.t.Helper()
	db, err := bolt.Open(b.file, bolt.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.store, err = store.Open(db, store.Options{Clock: b.now, Location: b.loc})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) close() {
	b.t.Helper()
	if b.stop != nil {
		b.stop()
	}
	if err := b.store.Close(); err != nil {
		b.t.Error(err)
	}
}

// start runs a scheduler and waits until it sleeps.
func (b *bench) start(jobs []Job, o Options) *Scheduler {
	b.t.Helper()
	s := b.scheduler(jobs, o)
	b.run(s)
	return s
}

func (b *bench) scheduler(jobs []Job, o Options) *Scheduler {
	b.t.Helper()
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := New(b.store, jobs, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) run(s *Scheduler) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	b.stop = func() {
		b.stop = nil
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	}
	synctest.Wait()
}

// restart stops the scheduler, closes the store, lets time pass and opens it
// again; the caller starts a new scheduler. A crash leaves the state as it was
// saved with the last fire.
func (b *bench) restart(down time.Duration, crash bool) {
	b.t.Helper()
	saved := b.savedState()
	b.stop()
	if crash {
		if err := b.store.Update(context.Background(), func(tx *store.Tx) error { return states.Put(tx, stateKey, saved) }); err != nil {
			b.t.Fatal(err)
		}
	}
	b.close()
	time.Sleep(down)
	b.open()
}

func (b *bench) savedState() (saved state) {
	b.t.Helper()
	if err := b.store.View(context.Background(), func(tx *store.Tx) (err error) {
		saved, _, err = states.Get(tx, stateKey)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return saved
}

// fires lists what was fired, in the order of the slots, as "11-23 17:30 bulletin",
// with "late", "3x" and the delay where it is not so.
func (b *bench) fires() []string {
	b.t.Helper()
	var out []string
	for _, f := range b.allFires() {
		line := f.Slot.In(b.loc).Format("01-02 15:04 ") + f.Job
		if f.Late {
			line += " late"
		}
		if f.Times != 1 {
			line += fmt.Sprintf(" %dx", f.Times)
		}
		if delay := f.At.Sub(f.Slot); delay != 0 {
			line += " +" + delay.String()
		}
		out = append(out, line)
	}
	return out
}

func (b *bench) allFires() (all []fire) {
	b.t.Helper()
	if err := b.store.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = fires.All(tx, "")
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return all
}

// outcomes lists the outcomes of a day, as "11-23 17:30 bulletin late".
func (b *bench) outcomes(day string) (out []string) {
	b.t.Helper()
	if err := b.store.View(context.Background(), func(tx *store.Tx) error {
		list, err := OutcomesOn(tx, calendar.Day(day))
		for _, o := range list {
			out = append(out, fmt.Sprintf("%s %s %s", o.Slot.Format("01-02 15:04"), o.Job, o.State))
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// expect compares lists.
func (b *bench) expect(what string, got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}
