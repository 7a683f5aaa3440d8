//go:build !unix

package bolt

import (
	"errors"
	"io/fs"
	"os"
)

// lock leaves the lock to bbolt: Windows would refuse it to the same handle a
// second time.
func lock(*os.File, bool) error { return nil }

// holdPath holds nothing: Windows does not let a file be replaced that a process
// has open.
func holdPath(path string) (release func(), exists bool, err error) {
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, false, nil
	}
	return func() {}, err == nil, err
}

// syncDir does nothing: Windows has no such call, NTFS journals its folders.
func syncDir(string) error { return nil }
