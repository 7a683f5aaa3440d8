package kv_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

func TestPrefixEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, prefix, want string }{
		{"a letter", "a", "b"},
		{"a word", "day", "daz"},
		{"a separator", "J1001\x00", "J1001\x01"},
		{"a last byte that cannot rise", "a\xff", "b"},
		{"two such", "a\xff\xff", "b"},
		{"nothing can rise", "\xff\xff", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			prefix := []byte(c.prefix)
			got := kv.PrefixEnd(prefix)
			if string(got) != c.want || (got == nil) != (c.want == "") {
				t.Errorf("PrefixEnd(%q) = %q; want %q", c.prefix, got, c.want)
			}
			if string(prefix) != c.prefix {
				t.Errorf("PrefixEnd changed its argument to %q", prefix)
			}
		})
	}
}

// bare is a DB that checks nothing by itself and hands out nil for empty values.
type bare struct {
	kv.Tx // nil: only what Checked lets through is called
	calls []string
}

func (b *bare) View(_ context.Context, fn func(kv.Tx) error) error   { return fn(b) }
func (b *bare) Update(_ context.Context, fn func(kv.Tx) error) error { return fn(b) }
func (b *bare) Close() error                                         { return nil }

func (b *bare) Get(string, []byte) ([]byte, bool, error) { return nil, true, nil }

func (b *bare) Put(_ string, _, val []byte) error {
	if val == nil {
		return errors.New("nil value")
	}
	b.calls = append(b.calls, "Put")
	return nil
}

func (b *bare) Scan(_ string, _, _ []byte, fn func(k, v []byte) (bool, error)) error {
	_, err := fn([]byte("k"), nil)
	return err
}

// TestCheckedKeepsOut looks at what Checked passes on to a driver that would take
// anything.
func TestCheckedKeepsOut(t *testing.T) {
	t.Parallel()
	b := &bare{}
	db := kv.Checked(b)
	long := bytes.Repeat([]byte("x"), kv.MaxKey+1)
	err := db.Update(context.Background(), func(tx kv.Tx) error {
		for _, err := range []error{
			tx.Put("b", nil, nil), tx.Put("b", long, nil), tx.Put(string(long), []byte("k"), nil),
			tx.Delete("b", nil), tx.Delete("", []byte("k")),
			tx.Scan("", nil, nil, nil),
		} {
			if !errors.Is(err, kv.ErrKey) {
				t.Errorf("got %v; want ErrKey", err)
			}
		}
		if err := tx.Put("b", long[1:], nil); err != nil {
			t.Errorf("Put of a nil value under the longest key: %v", err)
		}
		val, _, err := tx.Get("b", []byte("k"))
		if val == nil {
			t.Error("Get passed a nil value on")
		}
		return errors.Join(err,
			tx.Scan("b", []byte("b"), []byte("a"), nil), // crossed bounds never reach the driver
			tx.Scan("b", nil, nil, func(_, v []byte) (bool, error) {
				if v == nil {
					t.Error("Scan passed a nil value on")
				}
				return true, nil
			}))
	})
	if err != nil {
		t.Error(err)
	}
	err = db.View(context.Background(), func(tx kv.Tx) error {
		if err := tx.Put("b", []byte("k"), nil); !errors.Is(err, kv.ErrReadOnly) {
			t.Errorf("Put in a View: %v; want ErrReadOnly", err)
		}
		return nil
	})
	if err != nil || len(b.calls) != 1 {
		t.Errorf("the driver saw %v, %v; want one Put", b.calls, err)
	}
}

func TestChecked(t *testing.T) {
	t.Parallel()
	storetest.RunTx(t, func(testing.TB, string) kv.DB { return kv.Checked(storetest.Memory()) })
}
