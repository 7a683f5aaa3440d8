package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// create makes an empty store file at path unless a file is there. It comes into
// place whole: a file cut off by a crash would be taken for a damaged one, and an
// empty file is not a new store but a lost one.
func create(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return place(path, linkNew, func(f *os.File) error {
		if err := f.Close(); err != nil {
			return err
		}
		b, err := bbolt.Open(f.Name(), 0o600, &bbolt.Options{PageSize: pageSize, Timeout: lockTimeout})
		if err != nil {
			return err
		}
		return b.Close()
	})
}

// linkNew gives a file the name to as well, unless another process was faster.
func linkNew(from, to string) error {
	if err := os.Link(from, to); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// place has fill write a file, with mode 0600 and under another name in the folder
// of path, then move put it there, for good.
func place(path string, move func(from, to string) error, fill func(*os.File) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		_ = f.Close() // fill has closed it, unless it failed
		_ = os.Remove(f.Name())
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := move(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncClose makes the content of a file durable and closes it.
func syncClose(f *os.File) error {
	return errors.Join(f.Sync(), f.Close())
}
