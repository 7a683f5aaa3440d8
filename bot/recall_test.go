package bot_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/store"
)

// taker is a platform that takes messages back from people, not in the group "no".
type taker struct {
	batchPlatform
	calls []string // receipts
	fail  func(receipt string, try int) error
	gate  func(out chat.Outgoing) // a send waits for it
}

func (p *taker) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	if p.gate != nil {
		p.gate(out)
	}
	return p.platform.Send(ctx, out)
}

func (p *taker) Recallable(t chat.Target) time.Duration {
	if t.Conv == "no" {
		return 0
	}
	return time.Hour
}

func (p *taker) Recall(_ context.Context, _ chat.Target, receipt string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, receipt)
	if p.fail == nil {
		return nil
	}
	try := 0
	for _, r := range p.calls {
		if r == receipt {
			try++
		}
	}
	return p.fail(receipt, try)
}

// recalling is a store, a platform and a Recaller that says in which order recalls
// ended.
type recalling struct {
	t     *testing.T
	store *store.Store
	p     *taker
	d     *bot.Recaller
	ended []string
}

func newRecalling(t *testing.T, p *taker) *recalling {
	r := &recalling{t: t, store: openStore(t, openBolt(t, filepath.Join(t.TempDir(), "s.db"))), p: p}
	r.d = bot.NewRecaller(r.store, quietLog, func(_ *store.Tx, c store.Recall) error {
		r.ended = append(r.ended, fmt.Sprintf("P%d %s", c.ID, c.State))
		return nil
	}, p)
	return r
}

func (r *recalling) update(fn func(*store.Tx) error) {
	r.t.Helper()
	if err := r.store.Update(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// put puts an entry of the batch into the outbox.
func (r *recalling) put(to chat.Target) {
	to.Channel = "test"
	r.update(func(tx *store.Tx) error {
		_, err := tx.Enqueue(chat.Outgoing{Target: to, Body: chat.Text("通报")}, store.Revocable("b"))
		return err
	})
}

// settle ends an entry as its platform said.
func (r *recalling) settle(id uint64, o store.Outcome) {
	r.update(func(tx *store.Tx) error {
		e, _, err := tx.Claim(store.Entry{ID: id})
		if err != nil {
			return err
		}
		return tx.Settle(e, o)
	})
}

func (r *recalling) recall() {
	r.update(func(tx *store.Tx) error {
		_, err := tx.RecallBatch("b")
		return err
	})
}

func (r *recalling) pass() time.Duration {
	r.t.Helper()
	wait, err := r.d.Pass(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return wait
}

func (r *recalling) expect(calls []string, ended ...string) {
	r.t.Helper()
	if !slices.Equal(r.p.calls, calls) || !slices.Equal(r.ended, ended) {
		r.t.Errorf("calls %q, ended %q; want %q, %q", r.p.calls, r.ended, calls, ended)
	}
}

// What went to several people under one receipt is taken back by one call; what can
// not be, ends so; what never arrived needs no call.
func TestRecaller(t *testing.T) {
	t.Parallel()
	r := newRecalling(t, &taker{})
	for _, to := range []chat.Target{{User: "a"}, {User: "b"}, {Conv: "g", Group: true}, {Conv: "no", Group: true}, {User: "c"}, {User: "d"}, {User: "e"}} {
		r.put(to)
	}
	for id, o := range []store.Outcome{
		{State: store.Delivered, Receipt: "shared"}, {State: store.Delivered, Receipt: "shared"}, {State: store.Delivered, Receipt: "group"},
		{State: store.Delivered, Receipt: "x"}, {State: store.Dead}, {State: store.Unknown}, {State: store.Delivered},
	} {
		r.settle(uint64(id+1), o)
	}
	r.recall()
	r.pass()
	r.expect([]string{"shared", "group"}, "P4 failed", "P5 unsent", "P6 failed", "P7 failed", "P1 done", "P2 done", "P3 done")
	r.pass()
	if len(r.p.calls) != 2 || len(r.ended) != 7 {
		t.Errorf("a second pass: %q %q", r.p.calls, r.ended)
	}
	if err := r.store.View(t.Context(), func(tx *store.Tx) error {
		s, _, err := tx.SettledEntry(1)
		if s.State != store.Recalled {
			t.Errorf("P1 is %s", s.State)
		}
		unknown, err2 := tx.Troubled(store.Unknown)
		if len(unknown) > 0 {
			t.Error("somebody could still send it again")
		}
		return errors.Join(err, err2)
	}); err != nil {
		t.Fatal(err)
	}
}

// What fails for the time being is tried again until the platform's time is over.
func TestRecallerRetries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  chat.SendKind
		until int // the try that works; 0 for none
		calls int
		ended string
	}{
		"temporary": {chat.Temporary, 3, 3, "P1 done"},
		"unknown":   {chat.Unknown, 2, 2, "P1 done"},
		"limited":   {chat.Limited, 2, 2, "P1 done"},
		"final":     {chat.Final, 0, 1, "P1 failed"},
		"too late":  {chat.Temporary, 0, -1, "P1 failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				p := &taker{fail: func(_ string, try int) error {
					if try == c.until {
						return nil
					}
					return &chat.SendError{Kind: c.kind, RetryAfter: map[bool]time.Duration{true: time.Minute}[c.kind == chat.Limited], Err: errors.New("no")}
				}}
				r := &recalling{t: t, p: p, store: openStore(t, openBolt(t, filepath.Join(dir, "s.db")))}
				r.d = bot.NewRecaller(r.store, quietLog, func(_ *store.Tx, c store.Recall) error {
					r.ended = append(r.ended, fmt.Sprintf("P%d %s", c.ID, c.State))
					return nil
				}, p)
				r.put(chat.Target{User: "a"})
				r.settle(1, store.Outcome{State: store.Delivered, Receipt: "r"})
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- r.d.Run(ctx) }()
				synctest.Wait()
				r.recall()
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				if !slices.Equal(r.ended, []string{c.ended}) || c.calls >= 0 && len(p.calls) != c.calls || c.calls < 0 && len(p.calls) < 12 {
					t.Errorf("%d calls, ended %q", len(p.calls), r.ended)
				}
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// An entry that is on its way is waited for, with all its parts; and one that comes
// back is not sent again.
func TestRecallerWaitsForWhatMoves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := &taker{}
		p.parts, p.size = 3, 1
		p.gate = func(out chat.Outgoing) {
			if out.Part == 1 || out.Target.User == "b" {
				<-release
			}
		}
		p.platform.fail = func(out chat.Outgoing, _ int) error {
			if out.Target.User == "b" {
				return &chat.SendError{Kind: chat.Temporary, Err: errors.New("no")}
			}
			return nil
		}
		r := &recalling{t: t, p: p, store: openStore(t, openBolt(t, filepath.Join(dir, "s.db")))}
		r.d = bot.NewRecaller(r.store, quietLog, func(_ *store.Tx, c store.Recall) error {
			r.ended = append(r.ended, fmt.Sprintf("P%d %s", c.ID, c.State))
			return nil
		}, p)
		sender := bot.NewSender(r.store, quietLog, &counts{}, p)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- sender.Run(ctx) }()
		go func() { done <- r.d.Run(ctx) }()
		r.put(chat.Target{User: "a"})
		r.put(chat.Target{User: "b"})
		r.put(chat.Target{User: "a"}) // waits behind the first
		time.Sleep(time.Second)
		synctest.Wait()
		r.recall()
		time.Sleep(time.Second)
		synctest.Wait()
		r.expect(nil)
		close(release)
		time.Sleep(time.Hour)
		synctest.Wait()
		slices.Sort(r.ended)
		slices.Sort(p.calls)
		r.expect([]string{"rp1/0", "rp1/1", "rp1/2"}, "P1 done", "P2 unsent")
		if n := p.tries["p2/0"]; n != 1 || len(p.arrived()) != 3 {
			t.Errorf("%d tries of what was recalled, arrived %q", n, p.arrived())
		}
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// A crash between the call and its note repeats the call; what it then says counts.
func TestRecallerAfterACrash(t *testing.T) {
	t.Parallel()
	p := &taker{}
	r := newRecalling(t, p)
	r.put(chat.Target{User: "a"})
	r.settle(1, store.Outcome{State: store.Delivered, Receipt: "r"})
	r.recall()
	ctx, crash := context.WithCancel(t.Context())
	p.fail = func(string, int) error { crash(); return nil }
	if _, err := r.d.Pass(ctx); err == nil {
		t.Error("no crash")
	}
	p.fail = nil
	r.pass()
	r.expect([]string{"r", "r"}, "P1 done")
}
