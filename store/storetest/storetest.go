// Package storetest is the suite that every kv driver must pass, with a reference
// driver in memory and wrappers that make a driver's life harder.
package storetest

import (
	"context"
	"testing"

	"yunzhuan/store/kv"
)

// Open opens the database that lives in the folder dir, making it at first. The
// suite closes it. It ends the test if it cannot.
type Open func(t testing.TB, dir string) kv.DB

// Run runs the whole suite on a durable driver. One of its tests starts the test
// binary again, with its own name as -test.run, as the process to be killed: under
// that name the caller must get here once more, with the same driver.
func Run(t *testing.T, open Open) {
	RunTx(t, open)
	cases(t, open, durabilityCases)
}

// RunTx runs the part of the suite that asks for no durability: the semantics of
// transactions, by example and at random against Memory.
func RunTx(t *testing.T, open Open) {
	cases(t, open, basicCases)
	cases(t, open, atomicityCases)
	cases(t, open, scanCases)
	cases(t, open, concurrencyCases)
	t.Run("random operations as in memory", func(t *testing.T) {
		t.Parallel()
		RunPair(t, open, OpenMemory)
	})
}

// testCase is one test of the suite.
type testCase struct {
	name string
	run  func(t *testing.T, open Open)
}

func cases(t *testing.T, open Open, list []testCase) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open)
		})
	}
}

// fresh opens an empty database for one test.
func fresh(t *testing.T, open Open) kv.DB {
	t.Helper()
	db := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func update(t *testing.T, db kv.DB, fn func(tx kv.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t *testing.T, db kv.DB, fn func(tx kv.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), fn); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// fill puts pairs, each a key and its value in turn, into a bucket.
func fill(t *testing.T, db kv.DB, bucket string, pairs ...string) {
	t.Helper()
	update(t, db, func(tx kv.Tx) error { return put(tx, bucket, pairs...) })
}

func put(tx kv.Tx, bucket string, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := tx.Put(bucket, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// dump returns the pairs of a range as "key=value".
func dump(tx kv.Tx, bucket string, from, to []byte) ([]string, error) {
	list := []string{}
	err := tx.Scan(bucket, from, to, func(k, v []byte) (bool, error) {
		list = append(list, string(k)+"="+string(v))
		return true, nil
	})
	return list, err
}

// content returns all pairs of a bucket as a new View shows them.
func content(t *testing.T, db kv.DB, bucket string) []string {
	t.Helper()
	var list []string
	view(t, db, func(tx kv.Tx) (err error) {
		list, err = dump(tx, bucket, nil, nil)
		return err
	})
	return list
}
