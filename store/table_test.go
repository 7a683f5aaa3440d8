package store_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/store"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

func TestTableKeepsItsIndexes(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(kv.DB) kv.DB{
		"bolt":                    func(db kv.DB) kv.DB { return db },
		"every closure run twice": storetest.Twice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openOn(t, newClock(), wrap(openBolt(t, filepath.Join(t.TempDir(), "s.db"))))
			update(t, s, func(tx *store.Tx) error {
				return errors.Join(
					notes.Put(tx, "a", note{"one", []string{"x", "y"}}),
					notes.Put(tx, "b", note{"two", []string{"x"}}),
					notes.Put(tx, "c", note{"three", nil}))
			})
			update(t, s, func(tx *store.Tx) error {
				return errors.Join(notes.Put(tx, "a", note{"uno", []string{"y", "z"}}), notes.Delete(tx, "c"))
			})
			for tag, want := range map[string][]string{"x": {"b=two"}, "y": {"a=uno"}, "z": {"a=uno"}, "none": nil} {
				if got := tagged(t, s, tag); !slices.Equal(got, want) {
					t.Errorf("tag %s: got %q, want %q", tag, got, want)
				}
			}
			update(t, s, func(tx *store.Tx) error { return notes.Delete(tx, "a") })
			if got := tagged(t, s, "y"); got != nil {
				t.Errorf("after delete: %q", got)
			}
		})
	}
}

func TestTableRefusesBadKeysAndValues(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	for name, fn := range map[string]func(tx *store.Tx) error{
		"empty key":     func(tx *store.Tx) error { return notes.Put(tx, "", note{}) },
		"NUL in key":    func(tx *store.Tx) error { return notes.Put(tx, "a\x00b", note{}) },
		"empty index":   func(tx *store.Tx) error { return notes.Put(tx, "a", note{Tags: []string{""}}) },
		"NUL in index":  func(tx *store.Tx) error { return notes.Put(tx, "a", note{Tags: []string{"x\x00"}}) },
		"unknown index": func(tx *store.Tx) error { _, err := notes.AllBy(tx, "colour", "red"); return err },
	} {
		if err := s.Update(t.Context(), fn); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWhatIsRememberedIsNotShared(t *testing.T) {
	t.Parallel()
	s := open(t, newClock())
	update(t, s, func(tx *store.Tx) error { return boards.Put(tx, "a", note{Text: "one", Tags: []string{"x"}}) })
	for range 2 {
		err := s.View(t.Context(), func(tx *store.Tx) error {
			n, ok, err := boards.Get(tx, "a")
			if diff := cmp.Diff(note{Text: "one", Tags: []string{"x"}}, n); !ok || diff != "" {
				t.Errorf("read %v: %s", ok, diff)
			}
			n.Tags[0] = "changed by a reader"
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(tx *store.Tx) error { return boards.Put(tx, "a", note{Text: "two"}) })
	err := s.View(t.Context(), func(tx *store.Tx) error {
		n, _, err := boards.Get(tx, "a")
		if n.Text != "two" || n.Tags != nil {
			t.Errorf("read %v after it was changed", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOldEncodingsAreUpgraded(t *testing.T) {
	t.Parallel()
	db := openBolt(t, filepath.Join(t.TempDir(), "s.db"))
	err := db.Update(t.Context(), func(k kv.Tx) error {
		return errors.Join(
			k.Put("test_notes", []byte("old"), []byte(`{"v":1,"r":"from version one"}`)),
			k.Put("test_notes", []byte("new"), []byte(`{"v":3,"r":{}}`)),
			k.Put("test_notes", []byte("odd"), []byte(`junk`)))
	})
	if err != nil {
		t.Fatal(err)
	}
	s := openOn(t, newClock(), db)
	err = s.View(t.Context(), func(tx *store.Tx) error {
		n, ok, err := notes.Get(tx, "old")
		if err != nil || !ok || n.Text != "from version one" {
			t.Errorf("old: %v %v %v", n, ok, err)
		}
		for _, key := range []string{"new", "odd"} {
			if _, _, err := notes.Get(tx, key); err == nil {
				t.Errorf("%s: no error", key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
