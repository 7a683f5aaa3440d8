package bot_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/store"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

// platform is a chat.Channel that does what each test tells it.
type platform struct {
	limits chat.Limits
	dedup  bool
	parts  int // wire messages a body takes; 0 is 1
	fail   func(out chat.Outgoing, try int) error

	mu    sync.Mutex
	sent  []string // "lane-user: text" of what arrived
	at    []time.Time
	tries map[string]int
}

func (p *platform) ID() chat.ChannelID                         { return "test" }
func (p *platform) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }
func (p *platform) Limits() chat.Limits                        { return p.limits }
func (p *platform) Idempotent(chat.Outgoing) bool              { return p.dedup }

func (p *platform) Send(_ context.Context, out chat.Outgoing) (chat.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries == nil {
		p.tries = map[string]int{}
	}
	id := fmt.Sprint(out.Key, "/", out.Part)
	p.tries[id]++
	if p.fail != nil {
		if err := p.fail(out, p.tries[id]); err != nil {
			return chat.Receipt{}, err
		}
	}
	text := plain(out.Body)
	if p.parts > 1 {
		text += fmt.Sprintf("（%d/%d）", out.Part+1, p.parts)
	}
	p.sent = append(p.sent, string(out.Target.User)+string(out.Target.Conv)+": "+text)
	p.at = append(p.at, time.Now())
	return chat.Receipt{ID: "r" + id, More: out.Part+1 < p.parts}, nil
}

func (p *platform) arrived() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

// batchPlatform also takes one body for several people.
type batchPlatform struct {
	platform
	size  int
	calls []int
}

func (p *batchPlatform) BatchSize() int { return p.size }

func (p *batchPlatform) SendBatch(ctx context.Context, outs []chat.Outgoing) []chat.SendResult {
	p.mu.Lock()
	p.calls = append(p.calls, len(outs))
	p.mu.Unlock()
	results := make([]chat.SendResult, len(outs))
	for i, out := range outs {
		results[i].Receipt, results[i].Err = p.Send(ctx, out)
	}
	return results
}

func person(user, text string) chat.Outgoing {
	return chat.Outgoing{Target: chat.Target{Channel: "test", User: chat.UserID(user)}, Body: chat.Text(text)}
}

func group(conv, text string) chat.Outgoing {
	return chat.Outgoing{Target: chat.Target{Channel: "test", Conv: chat.ConvID(conv), Group: true}, Body: chat.Text(text)}
}

func enqueue(t *testing.T, s *store.Store, outs ...chat.Outgoing) {
	t.Helper()
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		for _, o := range outs {
			if _, err := tx.Enqueue(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// running runs a sender in a bubble of simulated time until the test ends.
func running(t *testing.T, s *store.Store, ch ...chat.Channel) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- bot.NewSender(s, quietLog, &counts{}, ch...).Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// bubble runs fn in simulated time, with a store without a disk, so that time
// stands still around it.
func bubble(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	bubbleOn(t, storetest.Memory, store.Options{}, fn)
}

// bubbleOn opens the database within the bubble.
func bubbleOn(t *testing.T, open func() kv.DB, o store.Options, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(open(), o)
		if err != nil {
			t.Fatal(err)
		}
		fn(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSenderKeepsOrderWithinALane(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{fail: func(out chat.Outgoing, try int) error {
			// Every third message needs two tries: those behind it wait.
			if strings.HasSuffix(plain(out.Body), "3") && try == 1 {
				return &chat.SendError{Kind: chat.Temporary, Err: errors.New("503")}
			}
			return nil
		}}
		stop := running(t, s, p)
		var outs []chat.Outgoing
		for i := range 10 {
			outs = append(outs, person("a", fmt.Sprint(i)), person("b", fmt.Sprint(i)))
		}
		enqueue(t, s, outs...)
		time.Sleep(time.Minute)
		stop()
		for _, who := range []string{"a", "b"} {
			var got []string
			for _, m := range p.arrived() {
				if strings.HasPrefix(m, who+": ") {
					got = append(got, strings.TrimPrefix(m, who+": "))
				}
			}
			if strings.Join(got, "") != "0123456789" {
				t.Errorf("%s got %q", who, got)
			}
		}
	})
}

func TestWhatBecomesOfAFailedSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  chat.SendKind
		tries int
		state store.State
	}{
		{chat.Final, 1, store.Dead},
		{chat.Unknown, 1, store.Unknown},
		{chat.Temporary, 12, store.Dead},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *store.Store) {
				tries := 0
				p := &platform{fail: func(_ chat.Outgoing, try int) error {
					tries = try
					return &chat.SendError{Kind: c.kind, Code: "x1", Err: errors.New("refused")}
				}}
				stop := running(t, s, p)
				enqueue(t, s, person("a", "text"))
				time.Sleep(2 * time.Hour)
				stop()
				if tries != c.tries {
					t.Errorf("%d tries, want %d", tries, c.tries)
				}
				view(t, s, func(tx *store.Tx) error {
					got, err := tx.Troubled(c.state)
					if len(got) != 1 || !strings.Contains(got[0].Reason, "refused") || got[0].Out == nil {
						t.Errorf("kept as %s: %+v", c.state, got)
					}
					return err
				})
			})
		})
	}
}

func view(t *testing.T, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestARateLimitIsWaitedOutForDaysIfNeedBe(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{fail: func(_ chat.Outgoing, try int) error {
			if try < 40 {
				return &chat.SendError{Kind: chat.Limited, RetryAfter: 10 * time.Minute, Err: errors.New("too fast")}
			}
			return nil
		}}
		stop := running(t, s, p)
		enqueue(t, s, person("a", "text"))
		time.Sleep(8 * time.Hour)
		stop()
		if got := p.arrived(); len(got) != 1 {
			t.Errorf("arrived: %q", got)
		}
	})
}

func TestSenderStaysBelowEveryLimit(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{limits: chat.Limits{App: []chat.Rate{{N: 20, Per: time.Second}}, User: []chat.Rate{{N: 3, Per: time.Minute}}}}
		stop := running(t, s, p)
		var outs []chat.Outgoing
		for i := range 500 {
			outs = append(outs, person(fmt.Sprint("u", i%100), fmt.Sprint(i)))
		}
		enqueue(t, s, outs...)
		time.Sleep(10 * time.Minute)
		stop()
		if len(p.sent) != 500 {
			t.Fatalf("%d of 500 arrived", len(p.sent))
		}
		perUser := map[string][]time.Time{}
		for i, at := range p.at {
			if i >= 20 && at.Sub(p.at[i-20]) < time.Second {
				t.Fatalf("21 messages within %v", at.Sub(p.at[i-20]))
			}
			user, _, _ := strings.Cut(p.sent[i], ":")
			times := slices.Concat(perUser[user], []time.Time{at})
			if n := len(times); n > 3 && at.Sub(times[n-4]) < time.Minute {
				t.Fatalf("%s got 4 messages within %v", user, at.Sub(times[n-4]))
			}
			perUser[user] = times
		}
	})
}

func TestTextsThatWaitBehindAGroupsLimitBecomeOne(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{limits: chat.Limits{Group: []chat.Rate{{N: 2, Per: time.Minute}}}}
		stop := running(t, s, p)
		for i := range 7 {
			enqueue(t, s, group("g", fmt.Sprint(i)))
			synctest.Wait()
		}
		time.Sleep(5 * time.Minute)
		stop()
		got := p.arrived()
		if all := strings.ReplaceAll(strings.Join(got, ""), "g: ", ""); all != "0123456" || len(got) > 3 {
			t.Errorf("arrived: %q", got)
		}
		view(t, s, func(tx *store.Tx) error {
			n, err := tx.Deliveries(tx.Today())
			if n[store.Delivered] != len(got) || n[store.Merged] != 7-len(got) {
				t.Errorf("settled: %v", n)
			}
			return err
		})
	})
}

func TestOneBodyToManyGoesInBatches(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &batchPlatform{size: 20}
		p.fail = func(out chat.Outgoing, _ int) error {
			if out.Target.User == "u7" {
				return &chat.SendError{Kind: chat.Final, Err: errors.New("no such user")}
			}
			return nil
		}
		var outs []chat.Outgoing
		for i := range 45 {
			outs = append(outs, person(fmt.Sprint("u", i), "问卷"))
		}
		outs = append(outs, person("x", "别的"))
		enqueue(t, s, outs...)
		stop := running(t, s, p)
		time.Sleep(time.Minute)
		stop()
		if len(p.sent) != 45 {
			t.Errorf("%d arrived, want all but u7", len(p.sent))
		}
		slices.Sort(p.calls)
		if !slices.Equal(p.calls, []int{5, 20, 20}) {
			t.Errorf("calls of %v", p.calls)
		}
		view(t, s, func(tx *store.Tx) error {
			dead, err := tx.Troubled(store.Dead)
			if len(dead) != 1 {
				t.Errorf("dead: %v", dead)
			}
			return err
		})
	})
}

func TestPartsGoOnWhereTheyStopped(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{parts: 3, fail: func(out chat.Outgoing, try int) error {
			if out.Part == 1 && try == 1 {
				return &chat.SendError{Kind: chat.Temporary, Err: errors.New("503")}
			}
			return nil
		}}
		stop := running(t, s, p)
		enqueue(t, s, person("a", "长"))
		time.Sleep(time.Minute)
		stop()
		if got := p.arrived(); !slices.Equal(got, []string{"a: 长（1/3）", "a: 长（2/3）", "a: 长（3/3）"}) {
			t.Errorf("arrived: %q", got)
		}
	})
}

func TestWhatIsNotDueWaitsAndWhatNoLongerMattersGoesNowhere(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := &platform{}
		stop := running(t, s, p)
		start := time.Now()
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			_, err1 := tx.Enqueue(person("a", "later"), store.NotBefore(tx.Now().Add(3*time.Hour)))
			_, err2 := tx.Enqueue(person("a", "stale"), store.NotBefore(tx.Now().Add(time.Hour)), store.ExpiresAt(tx.Now().Add(time.Minute)))
			_, err3 := tx.Enqueue(person("a", "now"))
			return errors.Join(err1, err2, err3)
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour)
		stop()
		if got := p.arrived(); !slices.Equal(got, []string{"a: now", "a: later"}) {
			t.Fatalf("arrived: %q", got)
		}
		if wait := p.at[1].Sub(start); wait < 3*time.Hour {
			t.Errorf("the later one came after %v", wait)
		}
	})
}

// TestACrashNeverSendsTwiceByItself claims entries as a sender does before it
// sends, then starts another sender on the same file.
func TestACrashNeverSendsTwiceByItself(t *testing.T) {
	t.Parallel()
	for _, dedup := range []bool{false, true} {
		t.Run(fmt.Sprintf("platform with a duplicate check %v", dedup), func(t *testing.T) {
			t.Parallel()
			s := openStore(t, openBolt(t, filepath.Join(t.TempDir(), "s.db")))
			enqueue(t, s, person("a", "in flight"), person("a", "waiting"))
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				_, _, err := tx.Claim(store.Entry{ID: 1})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			p := &platform{dedup: dedup}
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // it drains what is there and stops
			if err := bot.NewSender(s, quietLog, &counts{}, p).Run(ctx); err != nil {
				t.Fatal(err)
			}
			want, unknown := []string{"a: waiting"}, 1
			if dedup {
				want, unknown = []string{"a: in flight", "a: waiting"}, 0
			}
			if got := p.arrived(); !slices.Equal(got, want) {
				t.Errorf("arrived: %q", got)
			}
			view(t, s, func(tx *store.Tx) error {
				got, err := tx.Troubled(store.Unknown)
				if len(got) != unknown {
					t.Errorf("unknown: %v", got)
				}
				return err
			})
		})
	}
}

func TestResend(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		var mended atomic.Bool
		p := &platform{fail: func(chat.Outgoing, int) error {
			if !mended.Load() {
				return errors.New("connection reset") // not a SendError: it may have arrived
			}
			return nil
		}}
		stop := running(t, s, p)
		enqueue(t, s, person("a", "text"))
		time.Sleep(time.Minute)
		mended.Store(true)
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			e, ok, err := tx.SettledEntry(1)
			if err != nil || !ok || e.State != store.Unknown {
				return fmt.Errorf("entry 1: %+v %w", e, err)
			}
			_, err = tx.Resend(e)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		if got := p.arrived(); !slices.Equal(got, []string{"a: text"}) {
			t.Errorf("arrived: %q", got)
		}
		view(t, s, func(tx *store.Tx) error {
			got, err := tx.Troubled(store.Unknown)
			if len(got) != 0 {
				t.Errorf("still in trouble: %v", got)
			}
			return err
		})
	})
}
