package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"go.etcd.io/bbolt"
)

// openBolt opens the file at path in bbolt, once it is locked and inspected.
func openBolt(path string, readOnly bool) (*bbolt.DB, error) {
	var opened *os.File
	opts := &bbolt.Options{
		Timeout:         lockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		PageSize:        pageSize,
		InitialMmapSize: mapSize,
		ReadOnly:        readOnly,
		OpenFile: func(path string, flag int, mode os.FileMode) (f *os.File, err error) {
			opened, err = openLocked(path, flag&^os.O_CREATE, mode)
			return opened, err
		},
	}
	if readOnly || runtime.GOOS == "windows" {
		opts.InitialMmapSize = 0 // bbolt makes the file itself that long on Windows
	}
	var b *bbolt.DB
	err := guard(func() (err error) {
		b, err = bbolt.Open(path, 0o600, opts)
		return err
	})
	if err != nil {
		if opened != nil {
			_ = opened.Close() // a panic in bbolt leaves it open, and locked
		}
		return nil, explain(err)
	}
	return b, nil
}

// openLocked opens a store file, waits for its lock and inspects it, for bbolt to
// go on with.
func openLocked(path string, flag int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	err = lock(f, flag&os.O_RDWR != 0)
	if err == nil {
		err = samePath(f, path)
	}
	if err == nil {
		err = inspect(f)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// samePath fails if another file stands at path by now: a restore that held the
// lock has moved f aside.
func samePath(f *os.File, path string) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	theirs, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(mine, theirs) {
		return fmt.Errorf("the file was replaced just now: %w", ErrLocked)
	}
	return nil
}

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
