package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

func TestOpenMakesFileAndFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "deep", "test.db")
	db := openStore(t, path)
	fill(t, db, 10)
	if db.Path() != path {
		t.Errorf("Path is %q; want %q", db.Path(), path)
	}
	closeStore(t, db)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("mode of %s is %v; want %v", name, info.Mode(), want)
		}
	}
	wantFiles(t, filepath.Dir(path), "test.db")
	db = openStore(t, path)
	wantFilled(t, db, 10)
	closeStore(t, db)
}

// wantFiles checks what is in a folder: no temporary file stays behind.
func wantFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(want, " "); got != want {
		t.Errorf("%s holds %q; want %q", dir, got, want)
	}
}

func TestOpenLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openStore(t, path)
	fill(t, db, 10)
	if _, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, bolt.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open gave %v; want ErrLocked with the path", err)
	}
	if err := bolt.Verify(path); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("Verify gave %v; want ErrLocked", err)
	}
	wantFilled(t, db, 10)
	closeStore(t, db)
	db = openStore(t, path)
	wantFilled(t, db, 10)
	closeStore(t, db)
}

// TestOpenAtOnce makes one new store from several sides: one gets it, nobody's work
// is written over.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var won []*bolt.DB
	for range 6 {
		wg.Go(func() {
			db, err := bolt.Open(path, bolt.Options{})
			switch {
			case err == nil:
				mu.Lock()
				won = append(won, db)
				mu.Unlock()
			case !errors.Is(err, bolt.ErrLocked):
				t.Errorf("Open gave %v; want ErrLocked", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d have the store open; want 1", len(won))
	}
	fill(t, won[0], 10)
	closeStore(t, won[0])
	wantStore(t, path, 10)
	wantFiles(t, filepath.Dir(path), "test.db")
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	db := openStore(t, filepath.Join(t.TempDir(), "test.db"))
	closeStore(t, db)
	closeStore(t, db)
	if _, err := db.Size(); err == nil {
		t.Error("Size of a closed store gave no error")
	}
	if s := db.Stats(); s.Size != 0 {
		t.Errorf("Stats of a closed store gave %+v", s)
	}
	if _, err := db.WriteTo(&bytes.Buffer{}); err == nil {
		t.Error("WriteTo of a closed store gave no error")
	}
}

func TestBeforeCommit(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan error)
	db, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{
		BeforeCommit: func() error {
			entered <- struct{}{}
			return <-release
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("failure")
	for _, c := range []struct {
		name      string
		err       error
		meanwhile string
		after     string
	}{
		{"a slow disk", nil, "", "a slow disk"},
		{"a failing disk", failure, "a slow disk", "a slow disk"},
		{"a disk that is well again", nil, "a slow disk", "a disk that is well again"},
	} {
		done := make(chan error)
		go func() { done <- put(db, "b", "k", c.name) }()
		<-entered
		if got := get(t, db, "b", "k"); got != c.meanwhile {
			t.Errorf("%s: before the commit a View sees %q; want %q", c.name, got, c.meanwhile)
		}
		release <- c.err
		if err := <-done; !errors.Is(err, c.err) {
			t.Errorf("%s: Update gave %v; want %v", c.name, err, c.err)
		}
		if got := get(t, db, "b", "k"); got != c.after {
			t.Errorf("%s: then a View sees %q; want %q", c.name, got, c.after)
		}
	}
	// An Update without writes commits nothing: this would block.
	if err := db.Update(context.Background(), func(kv.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
	closeStore(t, db)
}

func TestStats(t *testing.T) {
	t.Parallel()
	db := openStore(t, filepath.Join(t.TempDir(), "test.db"))
	defer closeStore(t, db)
	before := db.Stats()
	fill(t, db, 2000)
	filled := db.Stats()
	if n := filled.Commits - before.Commits; n != 4 {
		t.Errorf("Commits rose by %d; want 4", n)
	}
	if filled.CommitTime <= before.CommitTime {
		t.Errorf("CommitTime went from %v to %v", before.CommitTime, filled.CommitTime)
	}
	var copied bytes.Buffer
	n, err := db.WriteTo(&copied)
	if err != nil || n != filled.Size || int64(copied.Len()) != n {
		t.Errorf("WriteTo gave %d, %v and wrote %d bytes; Size is %d", n, err, copied.Len(), filled.Size)
	}
	err = db.Update(context.Background(), func(tx kv.Tx) error {
		for i := range 2000 {
			if err := tx.Delete("bucket 0", key(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := db.Stats(); s.Free < filled.Free+100_000 {
		t.Errorf("Free went from %d to %d by deleting a third", filled.Free, s.Free)
	}
	err = db.View(context.Background(), func(kv.Tx) error {
		if s := db.Stats(); s.OpenViews != 1 {
			t.Errorf("OpenViews in a View is %d; want 1", s.OpenViews)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
