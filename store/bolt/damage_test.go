package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

const pageSize = 4096

// sound returns the bytes of a sound store file that fill has put n pairs in.
func sound(t testing.TB, n int) []byte {
	t.Helper()
	db := openStore(t, filepath.Join(t.TempDir(), "sound.db"))
	defer closeStore(t, db)
	fill(t, db, n)
	// Free pages and large values belong to it too.
	if err := put(db, "large", "k", strings.Repeat("x", 20_000)); err != nil {
		t.Fatal(err)
	}
	if err := put(db, "large", "k", strings.Repeat("y", 30_000)); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := db.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// damagedFile writes a file, to be opened.
func damagedFile(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantCorrupt checks that a file is refused, and not changed by that.
func wantCorrupt(t testing.TB, path string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if db, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Open gave %v; want ErrCorrupt", err)
		if err == nil {
			closeStore(t, db)
		}
	}
	if err := bolt.Verify(path); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Verify gave %v; want ErrCorrupt", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	wantFiles(t, filepath.Dir(path), filepath.Base(path))
}

func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	file := sound(t, 1000)
	twoPages := bytes.Repeat([]byte("工号,姓名,单位\n"), 1000)
	for _, c := range []struct {
		name    string
		content []byte
	}{
		{"empty", nil},
		{"a text file", twoPages},
		{"a short text file", []byte("hello\n")},
		{"zeros", make([]byte, 16*pageSize)},
		{"another database", append([]byte("SQLite format 3\x00"), make([]byte, 8*pageSize)...)},
		{"cut in half", file[:len(file)/2]},
		{"cut by a page", file[:len(file)-pageSize]},
		{"cut by a byte", file[:len(file)-1]},
		{"cut to the header", file[:2*pageSize]},
		{"cut in the header", file[:pageSize+100]},
		{"cut in the first page", file[:50]},
		{"without header", file[2*pageSize:]},
		{"header overwritten", append(make([]byte, 2*pageSize), file[2*pageSize:]...)},
		{"shifted by a byte", append([]byte{0}, file...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantCorrupt(t, damagedFile(t, c.content))
		})
	}
}

func TestOpenOneHeaderDamaged(t *testing.T) {
	t.Parallel()
	file := sound(t, 1000)
	for page := range 2 {
		damaged := bytes.Clone(file)
		clear(damaged[page*pageSize : (page+1)*pageSize])
		db := openStore(t, damagedFile(t, damaged))
		wantFilled(t, db, 1000)
		closeStore(t, db)
	}
}

// TestOpenPageDamaged spoils every page in turn. A free page may be anything; the
// loss of any other must be noticed.
func TestOpenPageDamaged(t *testing.T) {
	t.Parallel()
	file := sound(t, 500)
	garbage := make([]byte, pageSize)
	for i := range garbage {
		garbage[i] = byte(rand.IntN(256))
	}
	path := damagedFile(t, file)
	for name, spoil := range map[string][]byte{"zeros": make([]byte, pageSize), "ones": bytes.Repeat([]byte{0xff}, pageSize), "garbage": garbage} {
		refused := 0
		for at := 2 * pageSize; at < len(file); at += pageSize {
			damaged := bytes.Clone(file)
			copy(damaged[at:], spoil)
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := bolt.Open(path, bolt.Options{})
			if err == nil {
				wantFilled(t, db, 500)
				closeStore(t, db)
				continue
			}
			refused++
			if !errors.Is(err, bolt.ErrCorrupt) {
				t.Errorf("page %d with %s: %v; want ErrCorrupt", at/pageSize, name, err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, damaged) {
				t.Errorf("page %d with %s: the file was changed", at/pageSize, name)
			}
		}
		if pages := len(file)/pageSize - 2; refused < pages/2 {
			t.Errorf("%d of %d pages with %s were refused; want most", refused, pages, name)
		}
	}
}

// TestOpenLeafEmptied: a page that has lost its keys is noticed. Bbolt leaves none
// empty, and would look for the last key among empty ones for ever.
func TestOpenLeafEmptied(t *testing.T) {
	t.Parallel()
	file := sound(t, 500)
	path := damagedFile(t, file)
	leaves, refused := 0, 0
	for at := 2 * pageSize; at < len(file); at += pageSize {
		const leaf = 0x02
		if file[at+8] != leaf || file[at+10] == 0 && file[at+11] == 0 {
			continue
		}
		leaves++
		damaged := bytes.Clone(file)
		damaged[at+10], damaged[at+11] = 0, 0 // the number of its keys
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if db, err := bolt.Open(path, bolt.Options{}); errors.Is(err, bolt.ErrCorrupt) {
			refused++
		} else if err == nil {
			closeStore(t, db) // it was the root of a bucket, or free
		}
	}
	if leaves < 10 || refused < leaves*3/4 {
		t.Errorf("%d of %d leaves without keys were refused; want most", refused, leaves)
	}
}

// FuzzDamaged overwrites some bytes anywhere behind the header. Whatever they are,
// the store is refused, or works without a crash.
func FuzzDamaged(f *testing.F) {
	file := sound(f, 300)
	for i := range 100 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		// Mostly the first bytes of a page: its header, and where its elements lie.
		at := (2+r.IntN(len(file)/pageSize-2))*pageSize + r.IntN(200)
		f.Add(uint(at), []byte{byte(r.IntN(256)), byte(r.IntN(256))}[:1+i%2])
	}
	f.Fuzz(func(t *testing.T, at uint, by []byte) {
		if at < 2*pageSize || at >= uint(len(file)) {
			t.Skip()
		}
		damaged := bytes.Clone(file)
		copy(damaged[at:], by)
		path := damagedFile(t, damaged)
		verified := bolt.Verify(path)
		db, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			if !errors.Is(err, bolt.ErrCorrupt) || verified == nil {
				t.Errorf("Open gave %v; want ErrCorrupt; Verify gave %v", err, verified)
			}
			return
		}
		defer closeStore(t, db)
		err = db.Update(context.Background(), func(tx kv.Tx) error {
			for _, bucket := range []string{"bucket 0", "bucket 1", "bucket 2", "large", "new"} {
				err := tx.Scan(bucket, nil, nil, func(k, v []byte) (bool, error) { return true, tx.Put(bucket, k, v) })
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("a store that opened failed: %v", err)
		}
	})
}

// TestCutUnderWay cuts the file off under the running store, as a bad script or a
// failing disk does: the mapped pages fault.
func TestCutUnderWay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openStore(t, path)
	fill(t, db, 2000)
	if err := os.Truncate(path, 2*pageSize); err != nil {
		t.Fatal(err)
	}
	err := db.View(context.Background(), func(tx kv.Tx) error {
		_, _, err := tx.Get("bucket 0", key(0))
		return err
	})
	if !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Get gave %v; want ErrCorrupt", err)
	}
	err = db.Update(context.Background(), func(tx kv.Tx) error {
		_ = tx.Put("bucket 0", key(0), nil) // even a closure that does not look commits nothing
		return nil
	})
	if !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Update gave %v; want ErrCorrupt", err)
	}
	closeStore(t, db)
}

// TestCutInCommit cuts the file off where the commit is about to begin. What bbolt
// holds in memory then is not to be trusted.
func TestCutInCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	closeStore(t, openStore(t, path))
	db, err := bolt.Open(path, bolt.Options{BeforeCommit: func() error { return os.Truncate(path, 2*pageSize) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := put(db, "b", "k", "v"); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Update gave %v; want ErrCorrupt", err)
	}
	if err := put(db, "b", "k", "v"); !errors.Is(err, bolt.ErrFailed) {
		t.Errorf("the next Update gave %v; want ErrFailed", err)
	}
	closeStore(t, db)
}
