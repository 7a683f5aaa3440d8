package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// Verify reads a store file that no process has open for writing, such as a backup:
// every page and key, with bbolt's own check after ours. It changes nothing. A file
// with a fault is ErrCorrupt. A value that was changed where it lies goes unnoticed,
// as bbolt keeps no checksums.
func Verify(path string) error {
	b, err := openBolt(path, true)
	if err == nil {
		err = errors.Join(guard(func() error { return b.View(verifyTx) }), b.Close())
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, explain(err))
	}
	return nil
}

func verifyTx(tx *bbolt.Tx) error {
	var first error
	for err := range tx.Check() { // to its end, or its goroutine stays
		if first == nil {
			first = damaged("%v", err)
		}
	}
	return first
}

// Backup writes a consistent copy of db to file while transactions go on, and
// verifies it before it takes the place of a file of that name. Missing folders
// are made.
func Backup(db *DB, file string) error {
	if err := differ(db.Path(), file); err != nil {
		return fmt.Errorf("backup to %s: %w", file, err)
	}
	return Save(file, func(w io.Writer) error {
		_, err := db.WriteTo(w)
		return err
	})
}

// Save writes a copy of a store to file and verifies it before it takes the place
// of a file of that name; write brings the copy. Missing folders are made.
func Save(file string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the folder of the backup: %w", explain(err))
	}
	err := place(file, os.Rename, func(f *os.File) error {
		if err := write(f); err != nil {
			return err
		}
		if err := syncClose(f); err != nil {
			return err
		}
		return Verify(f.Name())
	})
	if err != nil {
		return fmt.Errorf("backup to %s: %w", file, explain(err))
	}
	return nil
}

// Restore puts a copy of the store file from, once verified, in the place of to,
// which no process may have open. What stood there, sound or not, is kept beside it
// as <to>.before-restore-<time in UTC>. Where to is a symbolic link, it stays one:
// all this befalls the file it points to.
func Restore(from, to string) error {
	if target, err := filepath.EvalSymlinks(to); err == nil {
		to = target
	}
	if err := restore(from, to); err != nil {
		return fmt.Errorf("restore %s: %w", to, explain(err))
	}
	return nil
}

func restore(from, to string) error {
	if err := differ(from, to); err != nil {
		return err
	}
	if err := Verify(from); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	release, exists, err := holdPath(to)
	if err != nil {
		return err
	}
	defer release()
	return place(to, func(tmp, to string) error { return swap(tmp, to, exists) }, func(f *os.File) error {
		if err := copyFile(f, from); err != nil {
			return err
		}
		return Verify(f.Name())
	})
}

// swap moves tmp to to in one step, having kept what was there under another name.
func swap(tmp, to string, keep bool) error {
	if keep {
		aside := to + ".before-restore-" + time.Now().UTC().Format("20060102T150405.000Z")
		if err := os.Link(to, aside); err != nil {
			return fmt.Errorf("keep the old store: %w", err)
		}
	}
	return os.Rename(tmp, to)
}

// copyFile writes the content of the file from to f, to the disk, and closes f.
func copyFile(f *os.File, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // was only read
	if _, err := io.Copy(f, src); err != nil {
		return err
	}
	return syncClose(f)
}

// differ fails if the two paths are one file, or the first is none.
func differ(from, to string) error {
	x, err := os.Stat(from)
	if err != nil {
		return err
	}
	y, err := os.Stat(to)
	if err == nil && os.SameFile(x, y) {
		return errors.New("this is the store itself")
	}
	return nil // to is another file, or not there, or fails when it is written
}
