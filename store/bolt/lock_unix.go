//go:build unix

package bolt

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lock takes the lock that bbolt will ask for again on the same handle: exclusive
// to write, shared to read. It waits up to lockTimeout, then fails with ErrLocked.
func lock(f *os.File, exclusive bool) error {
	how := syscall.LOCK_SH | syscall.LOCK_NB
	if exclusive {
		how = syscall.LOCK_EX | syscall.LOCK_NB
	}
	for deadline := time.Now().Add(lockTimeout); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		case time.Now().After(deadline):
			return ErrLocked
		}
	}
}

// holdPath locks the file at path, if there is one, against every process that
// would open it as a store, until release.
func holdPath(path string) (release func(), exists bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	release = func() { _ = f.Close() } // nothing was written
	if err := lock(f, true); err != nil {
		release()
		return nil, false, err
	}
	return release, true, nil
}

// syncDir makes what was renamed or linked in a folder survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
