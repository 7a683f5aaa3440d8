package bolt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"yunzhuan/store/kv"
)

// TestInspectAcceptsWhatBboltWrites grows and shrinks a store in every manner and
// inspects the file after each commit: a store must never be refused for nothing.
func TestInspectAcceptsWhatBboltWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 60 {
		bucket := fmt.Sprintf("bucket %d", r.IntN(40))
		err := db.Update(context.Background(), func(tx kv.Tx) error { return churn(tx, r, bucket) })
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := inspect(f); err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		_ = f.Close() // was only read
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Verify(path); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// churn makes one sort of change, many times.
func churn(tx kv.Tx, r *rand.Rand, bucket string) error {
	n, size := 1+r.IntN(400), []int{0, 10, 300, 5000}[r.IntN(4)]
	kind, start := r.IntN(6), r.IntN(100_000)
	for i := range n {
		key := fmt.Appendf(nil, "%06d", start+i) // rising
		switch kind {
		case 1:
			key = fmt.Appendf(nil, "%06d", max(0, start-i)) // falling
		case 2, 3:
			key = fmt.Appendf(nil, "%06d", r.IntN(100_000))
		}
		if kind < 3 {
			if err := tx.Put(bucket, key, make([]byte, size)); err != nil {
				return err
			}
		}
	}
	if kind < 4 {
		return nil
	}
	// Delete a part, or everything.
	from := fmt.Appendf(nil, "%06d", start)
	if kind == 5 {
		from = nil
	}
	return tx.Scan(bucket, from, nil, func(k, _ []byte) (bool, error) {
		return true, tx.Delete(bucket, k)
	})
}
