package bolt_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

// BenchmarkCommit measures commits of so many closures, each with 15 puts as a
// message has, into a store of 100,000 records. An operation is one closure, so
// the numbers show what grouping saves; "direct" writes to the transaction,
// "overlay" each closure to an overlay of its own.
func BenchmarkCommit(b *testing.B) {
	for _, closures := range []int{1, 64, 256} {
		for name, run := range map[string]func(kv.Tx, func(kv.Tx) error) error{"direct": direct, "overlay": overlaid} {
			b.Run(fmt.Sprintf("closures=%d/%s", closures, name), func(b *testing.B) {
				db := openStore(b, filepath.Join(b.TempDir(), "bench.db"))
				defer closeStore(b, db)
				fill(b, db, 100_000)
				b.ReportAllocs()
				b.ResetTimer()
				for i := 0; i < b.N; {
					err := db.Update(context.Background(), func(tx kv.Tx) error {
						for j := 0; j < closures && i < b.N; j++ {
							i++
							if err := run(tx, message); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// next numbers the log entries.
var next atomic.Uint64

func direct(tx kv.Tx, fn func(kv.Tx) error) error { return fn(tx) }

func overlaid(tx kv.Tx, fn func(kv.Tx) error) error {
	o := kv.NewOverlay(tx)
	if err := fn(o); err != nil {
		return err
	}
	return o.Apply(tx)
}

// message writes what a message does: entries at the end of some buckets, and an
// index entry anywhere.
func message(tx kv.Tx) error {
	val := make([]byte, 300)
	n := rand.Uint64()
	for i := range 12 {
		if err := tx.Put(fmt.Sprintf("log %d", i%3), fmt.Appendf(nil, "%020d", next.Add(1)), val); err != nil {
			return err
		}
	}
	for i := range uint64(3) {
		if err := tx.Put("bucket 0", key(int(n>>(20*i))%100_000), val[:100]); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkOpen measures the start on a store of so many records.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bench.db")
	db := openStore(b, path)
	fill(b, db, 200_000)
	closeStore(b, db)
	b.ResetTimer()
	for b.Loop() {
		db, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		closeStore(b, db)
	}
}

// BenchmarkGroup measures 30,000 random puts in one transaction, which an overlay
// sorts before bbolt sees them. The cost of the direct way is quadratic: 200,000
// take a minute, through an overlay a second.
func BenchmarkGroup(b *testing.B) {
	for name, run := range map[string]func(kv.Tx, func(kv.Tx) error) error{"direct": direct, "overlay": overlaid} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			for i := 0; b.Loop(); i++ {
				db := openStore(b, filepath.Join(dir, fmt.Sprint(i)))
				err := db.Update(context.Background(), func(tx kv.Tx) error { return run(tx, scatter) })
				if err != nil {
					b.Fatal(err)
				}
				closeStore(b, db)
			}
		})
	}
}

func scatter(tx kv.Tx) error {
	for range 30_000 {
		if err := tx.Put("b", fmt.Appendf(nil, "%016x", rand.Uint64()), nil); err != nil {
			return err
		}
	}
	return nil
}
