//go:build unix

package control

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// errStranger says that the socket is not of the user who owns the store, so
// that somebody else may be listening in the temporary directory.
var errStranger = errors.New("control socket belongs to another user than the store")

// sameOwner checks that the socket and the store have one owner. A store that is
// no file has none.
func sameOwner(socket fs.FileInfo, store string) error {
	info, err := os.Stat(store)
	if err != nil {
		return nil //nolint:nilerr // no file, no owner
	}
	a, okA := socket.Sys().(*syscall.Stat_t)
	b, okB := info.Sys().(*syscall.Stat_t)
	if okA && okB && a.Uid != b.Uid {
		return errStranger
	}
	return nil
}
