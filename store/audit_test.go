package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yunzhuan/store"
	"yunzhuan/store/kv"
)

func put(t *testing.T, s *store.Store, person, key, text string) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Person: person, Command: "note"})
		return notes.Put(tx, key, note{Text: text})
	})
}

func TestEveryChangeLeavesALine(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	put(t, s, "J1", "a", "one")
	put(t, s, "J1", "a", "one") // changes nothing, leaves nothing
	update(t, s, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Person: "J2"})
		return errors.Join(notes.Put(tx, "b", note{Text: "draft"}), notes.Put(tx, "b", note{Text: "final"}),
			notes.Delete(tx, "a"), secrets.Put(tx, "s", note{Text: "unheard"}))
	})
	var out bytes.Buffer
	n, err := s.ExportAudit(t.Context(), &out)
	if err != nil || n != 2 {
		t.Fatalf("%d lines, error %v", n, err)
	}
	for _, want := range []string{`"person":"J1"`, `"text":"final"`, `"before":{"v":2,"r":{"text":"one"}}`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, &out)
		}
	}
	for _, bad := range []string{"unheard", `"text":"draft"`} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%s in\n%s", bad, &out)
		}
	}
	rep, err := s.VerifyAudit(t.Context())
	if err != nil || rep.Last != 2 || rep.First != 1 || rep.Head == "" {
		t.Errorf("verify: %+v %v", rep, err)
	}
}

func TestTamperingIsNoticed(t *testing.T) {
	t.Parallel()
	line := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for name, tamper := range map[string]func(k kv.Tx) error{
		"a line changed": func(k kv.Tx) error {
			v, _, err := k.Get("audit", line(3))
			return errors.Join(err, k.Put("audit", line(3), bytes.Replace(v, []byte("text3"), []byte("text9"), 1)))
		},
		"a line taken out":         func(k kv.Tx) error { return k.Delete("audit", line(3)) },
		"the last line taken out":  func(k kv.Tx) error { return k.Delete("audit", line(5)) },
		"the first line taken out": func(k kv.Tx) error { return k.Delete("audit", line(1)) },
		"two lines exchanged": func(k kv.Tx) error {
			a, _, err1 := k.Get("audit", line(2))
			b, _, err2 := k.Get("audit", line(3))
			return errors.Join(err1, err2, k.Put("audit", line(2), b), k.Put("audit", line(3), a))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "s.db")
			s, err := store.Open(openBolt(t, path), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 5 {
				put(t, s, "J1", "k", "text"+string(rune('1'+i)))
			}
			if _, err := s.VerifyAudit(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			db := openBolt(t, path)
			if err := db.Update(t.Context(), tamper); err != nil {
				t.Fatal(err)
			}
			if _, err := openOn(t, newClock(), db).VerifyAudit(t.Context()); err == nil {
				t.Error("not noticed")
			}
		})
	}
}

func TestPrunedChainStillVerifies(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, c)
	put(t, s, "J1", "a", "1")
	put(t, s, "J1", "a", "2")
	c.Advance(401 * 24 * time.Hour)
	put(t, s, "J1", "a", "3")
	if n, err := s.Prune(t.Context(), store.DefaultRetention()); err != nil || n != 2 {
		t.Fatalf("pruned %d, error %v", n, err)
	}
	rep, err := s.VerifyAudit(t.Context())
	if err != nil || rep.First != 3 || rep.Last != 3 {
		t.Errorf("verify: %+v %v", rep, err)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	undo := func(t *testing.T, s *store.Store, person string) error {
		t.Helper()
		return s.Update(t.Context(), func(tx *store.Tx) error {
			tx.SetActor(store.Actor{Person: person, Command: "undo"})
			_, err := tx.Undo(person, 10*time.Minute)
			return err
		})
	}
	text := func(t *testing.T, s *store.Store, key string) (text string) {
		t.Helper()
		err := s.View(t.Context(), func(tx *store.Tx) error {
			n, ok, err := notes.Get(tx, key)
			text = n.Text
			if !ok {
				text = "(none)"
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Run("the last change, indexes and all, once", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		put(t, s, "J1", "a", "one")
		update(t, s, func(tx *store.Tx) error {
			tx.SetActor(store.Actor{Person: "J1"})
			return errors.Join(notes.Put(tx, "a", note{"two", []string{"x"}}), notes.Put(tx, "b", note{}))
		})
		if err := undo(t, s, "J1"); err != nil {
			t.Fatal(err)
		}
		if text(t, s, "a") != "one" || text(t, s, "b") != "(none)" || tagged(t, s, "x") != nil {
			t.Errorf("a=%s b=%s", text(t, s, "a"), text(t, s, "b"))
		}
		if err := undo(t, s, "J1"); !errors.Is(err, store.ErrNothingToUndo) {
			t.Errorf("second undo: %v", err)
		}
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("not what was built upon", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		put(t, s, "J1", "a", "one")
		put(t, s, "J2", "a", "two")
		if err := undo(t, s, "J1"); !errors.Is(err, store.ErrBuiltUpon) {
			t.Errorf("got %v", err)
		}
		if text(t, s, "a") != "two" {
			t.Error("changed all the same")
		}
	})
	t.Run("not after ten minutes", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		put(t, s, "J1", "a", "one")
		c.Advance(11 * time.Minute)
		if err := undo(t, s, "J1"); !errors.Is(err, store.ErrNothingToUndo) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("not what left the house", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		put(t, s, "J1", "a", "one")
		update(t, s, func(tx *store.Tx) error {
			tx.SetActor(store.Actor{Person: "J1"})
			tx.NoUndo()
			return notes.Put(tx, "b", note{})
		})
		if err := undo(t, s, "J1"); !errors.Is(err, store.ErrNothingToUndo) {
			t.Errorf("got %v", err)
		}
	})
}
