package bolt

import (
	"context"
	"errors"
	"os"
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

// TestReplacedWhileWaiting is an Open that waited for the lock of a file which a
// restore has moved aside meanwhile.
func TestReplacedWhileWaiting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, other := filepath.Join(dir, "test.db"), filepath.Join(dir, "other.db")
	for _, name := range []string{path, other} {
		if err := create(name); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // was only read
	if err := samePath(f, path); err != nil {
		t.Errorf("samePath of the same file: %v", err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if err := samePath(f, path); !errors.Is(err, ErrLocked) {
		t.Errorf("samePath of a replaced file: %v; want ErrLocked", err)
	}
}
