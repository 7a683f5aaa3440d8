package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

type note struct {
	Text string   `json:"text"`
	Tags []string `json:"tags,omitempty"`
}

var notes = store.NewTable("test_notes", store.Schema[note]{
	Version: 2,
	Indexes: map[string]func(note) []string{"tag": func(n note) []string { return n.Tags }},
	Upgrade: map[int]func(json.RawMessage) (json.RawMessage, error){
		// Version 1 was a bare string.
		1: func(raw json.RawMessage) (json.RawMessage, error) {
			return append(append([]byte(`{"text":`), raw...), '}'), nil
		},
	},
})

// boards are remembered once they were decoded.
var boards = store.NewTable("test_boards", store.Schema[note]{Version: 1, Copy: func(n note) note {
	n.Tags = slices.Clone(n.Tags)
	return n
}})

var secrets = store.NewTable("test_secrets", store.Schema[note]{Version: 1, Private: true})

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)} }

func openBolt(t *testing.T, path string) kv.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func open(t *testing.T, c *clock) *store.Store {
	t.Helper()
	return openOn(t, c, openBolt(t, filepath.Join(t.TempDir(), "s.db")))
}

func openOn(t *testing.T, c *clock, db kv.DB) *store.Store {
	t.Helper()
	s, err := store.Open(db, store.Options{Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func update(t *testing.T, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func tagged(t *testing.T, s *store.Store, tag string) []string {
	t.Helper()
	var out []string
	err := s.View(t.Context(), func(tx *store.Tx) error {
		out = nil
		return notes.By(tx, "tag", tag, func(key string, n note) (bool, error) {
			out = append(out, key+"="+n.Text)
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOneFailingClosureUndoesOnlyItself fills a group while the committer is
// busy, so that good, failing and panicking closures share one commit.
func TestOneFailingClosureUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	sizes := make(chan int, 100)
	db := openBolt(t, filepath.Join(t.TempDir(), "s.db"))
	s, err := store.Open(db, store.Options{OnCommit: func(n int, _ time.Duration, _ error) { sizes <- n }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	s.Submit(t.Context(), func(*store.Tx) error { close(started); <-release; return nil }, func(error) { wg.Done() })
	<-started
	outcomes := make([]error, 30)
	for i := range outcomes {
		wg.Add(1)
		s.Submit(t.Context(), func(tx *store.Tx) error {
			if err := notes.Put(tx, fmt.Sprintf("k%02d", i), note{Text: "kept"}); err != nil {
				return err
			}
			switch i % 3 {
			case 1:
				return errors.New("refused")
			case 2:
				panic("boom")
			}
			return nil
		}, func(err error) { outcomes[i] = err; wg.Done() })
	}
	close(release)
	wg.Wait()
	if first, second := <-sizes, <-sizes; first != 1 || second != len(outcomes) {
		t.Errorf("commits of %d and %d, want 1 and %d", first, second, len(outcomes))
	}
	err = s.View(t.Context(), func(tx *store.Tx) error {
		for i, outcome := range outcomes {
			_, there, err := notes.Get(tx, fmt.Sprintf("k%02d", i))
			if err != nil {
				return err
			}
			var p *store.PanicError
			if there != (i%3 == 0) || (outcome == nil) != there || errors.As(outcome, &p) != (i%3 == 2) {
				t.Errorf("closure %d: there %v, outcome %v", i, there, outcome)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failingDB fails every commit while bad is set.
type failingDB struct {
	kv.DB
	mu  sync.Mutex
	bad error
}

func (f *failingDB) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return f.DB.Update(ctx, func(tx kv.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.bad
	})
}

func TestAFailedCommitFailsEveryoneInIt(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	db := &failingDB{DB: openBolt(t, filepath.Join(t.TempDir(), "s.db")), bad: full}
	s := openOn(t, newClock(), db)
	ran := false
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		tx.AfterCommit(func() { ran = true })
		return notes.Put(tx, "a", note{})
	})
	if !errors.Is(err, full) || ran {
		t.Fatalf("error %v, after-commit ran: %v", err, ran)
	}
	db.mu.Lock()
	db.bad = nil
	db.mu.Unlock()
	update(t, s, func(tx *store.Tx) error { return notes.Put(tx, "a", note{}) })
}

func TestTryUndoesWhatFailedAndGoesOn(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	var after []string
	update(t, s, func(tx *store.Tx) error {
		after = nil
		if err := notes.Put(tx, "outer", note{Text: "stays"}); err != nil {
			return err
		}
		for _, fail := range []func() error{func() error { return store.Errorf("no") }, func() error { panic("no") }} {
			err := tx.Try(func(tx *store.Tx) error {
				tx.AfterCommit(func() { after = append(after, "undone") })
				if _, err := tx.Enqueue(chat.Outgoing{}); err != nil {
					return err
				}
				if err := errors.Join(notes.Put(tx, "inner", note{}), notes.Delete(tx, "outer")); err != nil {
					return err
				}
				return fail()
			})
			if err == nil {
				t.Error("Try hid the failure")
			}
		}
		tx.AfterCommit(func() { after = append(after, "done") })
		return tx.Try(func(tx *store.Tx) error { return notes.Put(tx, "second", note{}) })
	})
	if !slices.Equal(after, []string{"done"}) {
		t.Errorf("after commit: %q", after)
	}
	err := s.View(t.Context(), func(tx *store.Tx) error {
		for key, want := range map[string]bool{"outer": true, "inner": false, "second": true} {
			if _, ok, err := notes.Get(tx, key); err != nil || ok != want {
				t.Errorf("%s: there %v, error %v", key, ok, err)
			}
		}
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			t.Errorf("outbox has P%d", e.ID)
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarksHoldOnceAcrossRestarts(t *testing.T) {
	t.Parallel()
	path, c := filepath.Join(t.TempDir(), "s.db"), newClock()
	slot := c.Now()
	mark := func() (seen, fired bool) {
		s, err := store.Open(openBolt(t, path), store.Options{Clock: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		update(t, s, func(tx *store.Tx) (err error) {
			if seen, err = tx.MarkSeen("dingtalk", "robot/msg1"); err != nil {
				return err
			}
			fired, err = tx.MarkFired("bulletin", slot)
			return err
		})
		return seen, fired
	}
	for i, want := range []bool{true, false, false} {
		if seen, fired := mark(); seen != want || fired != want {
			t.Errorf("time %d: seen %v, fired %v", i+1, seen, fired)
		}
		c.Advance(12 * time.Hour)
	}
}

func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, c)
	r := store.DefaultRetention()
	first := func() (first bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			first, err = tx.MarkSeen("x", "1")
			return err
		})
		return first
	}
	if !first() {
		t.Fatal("not first")
	}
	deliver(t, s, store.Delivered)
	deliver(t, s, store.Dead)
	c.Advance(24 * time.Hour)
	if _, err := s.Prune(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if first() {
		t.Error("seen mark pruned within 24 hours")
	}
	c.Advance(40 * 24 * time.Hour)
	n, err := s.Prune(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if n != 2 || !first() {
		t.Errorf("pruned %d, want the seen mark and the delivered entry", n)
	}
	err = s.View(t.Context(), func(tx *store.Tx) error {
		dead, err := tx.Troubled(store.Dead)
		if len(dead) != 1 {
			t.Errorf("dead entries: %v", dead)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// deliver puts an entry through the outbox and returns its number.
func deliver(t *testing.T, s *store.Store, how store.State) (id uint64) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		id, err = tx.Enqueue(chat.Outgoing{Target: chat.Target{Channel: "x", User: "u"}, Body: chat.Text("hello")})
		return err
	})
	update(t, s, func(tx *store.Tx) error {
		e, ok, err := tx.Claim(store.Entry{ID: id})
		if err != nil || !ok {
			return fmt.Errorf("claim: %v %w", ok, err)
		}
		if _, again, _ := tx.Claim(store.Entry{ID: id}); again {
			t.Error("claimed twice")
		}
		return tx.Settle(e, store.Outcome{State: how, Reason: "test"})
	})
	return id
}

func TestOutboxKeepsPicturesOnce(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	png := bytes.Repeat([]byte("picture"), 1000)
	body := chat.Text("see").Picture(chat.Picture{Name: "a.png", Data: png})
	var ids []uint64
	update(t, s, func(tx *store.Tx) error {
		ids = nil
		for range 3 {
			id, err := tx.Enqueue(chat.Outgoing{Target: chat.Target{Channel: "x", User: "u"}, Body: body})
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	if body.Blocks[1].Picture.Blob != "" || body.Blocks[1].Picture.Data == nil {
		t.Error("Enqueue changed the caller's body")
	}
	err := s.View(t.Context(), func(tx *store.Tx) error {
		blobs := 0
		if err := tx.Raw("blobs", func(string, []byte) (bool, error) { blobs++; return true, nil }); err != nil {
			return err
		}
		if blobs != 1 {
			t.Errorf("%d blobs", blobs)
		}
		for _, id := range ids {
			e, _, err := tx.PendingEntry(id)
			if err != nil {
				return err
			}
			if e.Out.Body.Blocks[1].Picture.Data != nil {
				t.Error("the entry holds the picture itself")
			}
			if err := tx.LoadBlobs(&e.Out.Body); err != nil {
				return err
			}
			if !bytes.Equal(e.Out.Body.Blocks[1].Picture.Data, png) {
				t.Error("the picture came back changed")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUserErrors(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("wrapped: %w", store.WithHint(store.Errorf("人数对不上：%d", 3), "例：/考勤 全勤"))
	var u *store.UserError
	if !errors.As(err, &u) {
		t.Fatal("not a user error")
	}
	if diff := cmp.Diff(&store.UserError{Text: "人数对不上：3", Hint: "例：/考勤 全勤"}, u); diff != "" {
		t.Error(diff)
	}
	own := errors.New("disk")
	if got := store.WithHint(own, "hint"); !errors.Is(got, own) || strings.Contains(got.Error(), "hint") {
		t.Errorf("hint on our own failure: %v", got)
	}
}
