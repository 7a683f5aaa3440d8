package bolt_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

// TestDriver runs the conformance suite, on the driver as it is and under each of
// the wrappers.
func TestDriver(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(kv.DB) kv.DB{
		"plain":    func(db kv.DB) kv.DB { return db },
		"checked":  kv.Checked,
		"overlaid": storetest.Overlaid,
		"twice":    storetest.Twice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t testing.TB, dir string) kv.DB {
				return wrap(openStore(t, filepath.Join(dir, "test.db")))
			})
		})
	}
}

// openStore opens a store file; the test closes it.
func openStore(t testing.TB, path string) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// closeStore closes a store file.
func closeStore(t testing.TB, db *bolt.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// fill puts n pairs of some hundred bytes, in several buckets and commits.
func fill(t testing.TB, db kv.DB, n int) {
	t.Helper()
	const each = 500
	for from := 0; from < n; from += each {
		err := db.Update(context.Background(), func(tx kv.Tx) error {
			for i := from; i < min(n, from+each); i++ {
				if err := tx.Put(fmt.Sprintf("bucket %d", i%3), key(i), value(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("fill: %v", err)
		}
	}
}

func key(i int) []byte   { return fmt.Appendf(nil, "key %08d", i) }
func value(i int) []byte { return fmt.Appendf(nil, "value %d %0*d", i, i%300, 0) }

// wantFilled checks that db holds just what fill put.
func wantFilled(t testing.TB, db kv.DB, n int) {
	t.Helper()
	err := db.View(context.Background(), func(tx kv.Tx) error {
		for bucket := range 3 {
			i := bucket
			err := tx.Scan(fmt.Sprintf("bucket %d", bucket), nil, nil, func(k, v []byte) (bool, error) {
				if !slices.Equal(k, key(i)) || !slices.Equal(v, value(i)) {
					return false, fmt.Errorf("pair %d is %q = %q", i, k, v)
				}
				i += 3
				return true, nil
			})
			if err != nil {
				return err
			}
			if i < n || i >= n+3 {
				return fmt.Errorf("bucket %d ends at pair %d of %d", bucket, i, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("content: %v", err)
	}
}

func put(db kv.DB, bucket, key, val string) error {
	return db.Update(context.Background(), func(tx kv.Tx) error {
		return tx.Put(bucket, []byte(key), []byte(val))
	})
}

func get(t testing.TB, db kv.DB, bucket, key string) string {
	t.Helper()
	var val []byte
	err := db.View(context.Background(), func(tx kv.Tx) (err error) {
		val, _, err = tx.Get(bucket, []byte(key))
		return err
	})
	if err != nil {
		t.Errorf("Get: %v", err)
	}
	return string(val)
}

// TestWhatGrowsAtItsEndTakesLessRoom: the pages of a bucket whose keys rise are
// kept full.
func TestWhatGrowsAtItsEndTakesLessRoom(t *testing.T) {
	t.Parallel()
	const puts, each = 2000, 10
	size := func(order []int) int64 {
		db, err := bolt.Open(filepath.Join(t.TempDir(), "s.db"), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for keys := range slices.Chunk(order, each) {
			slices.Sort(keys) // as they come from an overlay
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				for _, k := range keys {
					if err := tx.Put("b", fmt.Appendf(nil, "%06d", k), make([]byte, 500)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		st := db.Stats()
		return st.Size - st.Free
	}
	rising := make([]int, puts)
	for i := range rising {
		rising[i] = i
	}
	mixed := slices.Clone(rising)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(puts, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	if a, b := size(rising), size(mixed); a > b*4/5 || a > puts*500*13/10 {
		t.Errorf("%d bytes for rising keys, %d for mixed ones, which hold %d", a, b, puts*500)
	}
}

// TestPutAfterDeletingAll puts a key after every page of its bucket was emptied.
func TestPutAfterDeletingAll(t *testing.T) {
	t.Parallel()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "s.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	key := func(i int) []byte { return fmt.Appendf(nil, "%04d", i) }
	const n = 500
	for round := range 3 {
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			for i := range n + 1 {
				if round == 1 {
					if err := tx.Delete("b", key(i)); err != nil {
						return err
					}
				} else if err := tx.Put("b", key(i), make([]byte, 100)); err != nil {
					return err
				}
			}
			return tx.Put("b", key(n+round), nil)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
