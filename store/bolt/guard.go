package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

// guard runs a step into bbolt and makes an ErrCorrupt of its panics and of the
// memory fault that reading a mapped file gives where the disk fails or the file
// was cut off under way.
func guard(step func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
	}()
	return step()
}

// explain adds to an error of bbolt or the file system what there is to do.
func explain(err error) error {
	switch {
	case errors.Is(err, ErrLocked), errors.Is(err, ErrCorrupt), errors.Is(err, ErrFull):
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w (%w)", ErrLocked, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case isAny(err, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG):
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case isAny(err, syscall.EROFS):
		return fmt.Errorf("the disk is mounted read-only; keep the store on one that can be written: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this account may not write here; give it the folder and the file (chown), or run as their owner: %w", err)
	}
	return err
}

// isAny says whether err is or, as bbolt cuts the chain in places, names one of
// the errors.
func isAny(err error, targets ...syscall.Errno) bool {
	for _, target := range targets {
		if errors.Is(err, target) || strings.Contains(err.Error(), target.Error()) {
			return true
		}
	}
	return false
}
