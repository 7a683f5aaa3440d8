package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"yunzhuan/store/kv"
)

// TestSettle looks at a commit that failed after its last page was written, which
// no disk does on request: bbolt shows the transaction, but it may not be on disk.
func TestSettle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(tx kv.Tx) error { return tx.Put("b", []byte("k"), []byte("v")) }
	if err := db.Update(context.Background(), write); err != nil {
		t.Fatal(err)
	}
	var last int
	if err := db.raw.view(func(tx *bbolt.Tx) error { last = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}

	db.raw.settle(last + 1) // a commit of which nothing is to be seen
	if err := db.Update(context.Background(), write); err != nil {
		t.Errorf("Update after a commit that failed cleanly: %v", err)
	}

	db.raw.settle(last + 1) // now it is to be seen
	for method, run := range map[string]func(context.Context, func(kv.Tx) error) error{"View": db.View, "Update": db.Update} {
		err := run(context.Background(), func(kv.Tx) error { t.Errorf("%s ran", method); return nil })
		if !errors.Is(err, ErrFailed) {
			t.Errorf("%s gave %v; want ErrFailed", method, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(context.Background(), write); err != nil {
		t.Errorf("Update after opening again: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
