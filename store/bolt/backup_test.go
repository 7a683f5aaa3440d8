package bolt_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

// TestBackupUnderWay takes backups while transactions change two numbers together.
func TestBackupUnderWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openStore(t, filepath.Join(dir, "test.db"))
	fill(t, db, 2000)
	ctx, stop := context.WithCancel(context.Background())
	first, done := make(chan struct{}), make(chan error)
	go func() {
		for i := 0; ; i++ {
			err := db.Update(ctx, func(tx kv.Tx) error {
				n := []byte(strconv.Itoa(i))
				return errors.Join(tx.Put("numbers", []byte("x"), n), tx.Put("numbers", []byte("y"), n))
			})
			if err != nil {
				done <- err
				return
			}
			if i == 0 {
				close(first)
			}
		}
	}()
	<-first
	for i := range 5 {
		file := filepath.Join(dir, "backups", "backup.db") // written over each time
		if err := bolt.Backup(db, file); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, filepath.Dir(file), "backup.db")
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
			t.Errorf("backup %d has mode %v, %v; want 0600", i, info.Mode(), err)
		}
		backup := openStore(t, file)
		wantFilled(t, backup, 2000)
		if x, y := get(t, backup, "numbers", "x"), get(t, backup, "numbers", "y"); x != y || x == "" {
			t.Errorf("backup %d holds half a transaction: x=%q, y=%q", i, x, y)
		}
		closeStore(t, backup)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Update during the backups: %v", err)
	}
	closeStore(t, db)
}

func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "test.db")
	db := openStore(t, path)
	fill(t, db, 100)
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, link, filepath.Join(path, "under a file")} {
		if err := bolt.Backup(db, file); err == nil {
			t.Errorf("Backup to %s gave no error", file)
		}
	}
	wantFilled(t, db, 100)
	closeStore(t, db)
	if err := bolt.Backup(db, filepath.Join(dir, "closed.db")); err == nil {
		t.Error("Backup of a closed store gave no error")
	}
	wantFiles(t, dir, "link.db", "test.db")
}

// stores makes a store with 300 pairs to restore to, and a backup with 500.
func stores(t *testing.T) (dir, from, to string) {
	t.Helper()
	dir = t.TempDir()
	from, to = filepath.Join(dir, "backup.db"), filepath.Join(dir, "test.db")
	for path, n := range map[string]int{from: 500, to: 300} {
		db := openStore(t, path)
		fill(t, db, n)
		closeStore(t, db)
	}
	return dir, from, to
}

// aside returns the one file that was kept aside.
func aside(t *testing.T, to string) string {
	t.Helper()
	list, err := filepath.Glob(to + ".before-restore-*Z")
	if err != nil || len(list) != 1 {
		t.Fatalf("kept aside: %q, %v; want one file", list, err)
	}
	return list[0]
}

func wantStore(t *testing.T, path string, n int) {
	t.Helper()
	db := openStore(t, path)
	wantFilled(t, db, n)
	closeStore(t, db)
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dir, from, to := stores(t)
	if err := bolt.Restore(from, to); err != nil {
		t.Fatal(err)
	}
	old := aside(t, to)
	wantFiles(t, dir, "backup.db", "test.db", filepath.Base(old))
	wantStore(t, to, 500)
	wantStore(t, from, 500)
	wantStore(t, old, 300)
	if info, err := os.Stat(to); err != nil || info.Mode() != 0o600 {
		t.Errorf("the restored store has mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestRestoreOverDamaged(t *testing.T) {
	t.Parallel()
	_, from, to := stores(t)
	if err := os.WriteFile(to, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Restore(from, to); err != nil {
		t.Fatal(err)
	}
	wantStore(t, to, 500)
	if kept, err := os.ReadFile(aside(t, to)); err != nil || string(kept) != "damaged" {
		t.Errorf("kept aside is %q, %v; want the damaged file", kept, err)
	}
}

func TestRestoreThroughLink(t *testing.T) {
	t.Parallel()
	dir, from, to := stores(t)
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(to, link); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Restore(from, link); err != nil {
		t.Fatal(err)
	}
	wantStore(t, to, 500)
	wantStore(t, aside(t, to), 300)
	if target, err := os.Readlink(link); err != nil || target != to {
		t.Errorf("the link points to %q, %v; want %q", target, err, to)
	}
}

func TestRestoreToNothing(t *testing.T) {
	t.Parallel()
	dir, from, _ := stores(t)
	to := filepath.Join(dir, "new", "test.db")
	if err := bolt.Restore(from, to); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, filepath.Dir(to), "test.db")
	wantStore(t, to, 500)
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, from, to string) (restoreFrom string)
		want    error
	}{
		{"a damaged backup", func(t *testing.T, from, _ string) string {
			content, err := os.ReadFile(from)
			if err == nil {
				err = os.WriteFile(from, content[:3*pageSize], 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			return from
		}, bolt.ErrCorrupt},
		{"no backup", func(_ *testing.T, from, _ string) string { return from + ".missing" }, os.ErrNotExist},
		{"a backup in use", func(t *testing.T, from, _ string) string {
			db := openStore(t, from)
			t.Cleanup(func() { closeStore(t, db) })
			return from
		}, bolt.ErrLocked},
		{"a store in use", func(t *testing.T, from, to string) string {
			db := openStore(t, to)
			t.Cleanup(func() { closeStore(t, db) })
			return from
		}, bolt.ErrLocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, from, to := stores(t)
			from = c.prepare(t, from, to)
			before, err := os.ReadFile(to)
			if err != nil {
				t.Fatal(err)
			}
			if err := bolt.Restore(from, to); !errors.Is(err, c.want) {
				t.Errorf("Restore gave %v; want %v", err, c.want)
			}
			if after, _ := os.ReadFile(to); string(after) != string(before) {
				t.Error("the store was changed")
			}
			wantFiles(t, dir, "backup.db", "test.db")
		})
	}
	_, from, _ := stores(t)
	if err := bolt.Restore(from, from); err == nil || !strings.Contains(err.Error(), "itself") {
		t.Errorf("Restore onto itself gave %v", err)
	}
}

func TestVerifyChangesNothing(t *testing.T) {
	t.Parallel()
	dir, from, _ := stores(t)
	before, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(from, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Verify(from); err != nil {
		t.Error(err)
	}
	after, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if !after.ModTime().Equal(before.ModTime()) || after.Size() != before.Size() {
		t.Errorf("the file went from %v, %d bytes to %v, %d", before.ModTime(), before.Size(), after.ModTime(), after.Size())
	}
	wantFiles(t, dir, "backup.db", "test.db")
	if err := bolt.Verify(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Verify of no file gave %v", err)
	}
	wantFiles(t, dir, "backup.db", "test.db")
}
