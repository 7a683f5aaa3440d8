//go:build unix

package control

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// strange is a file of another user.
type strange struct{ fs.FileInfo }

func (s strange) Sys() any {
	stat := *s.FileInfo.Sys().(*syscall.Stat_t)
	stat.Uid++
	return &stat
}

func TestSameOwner(t *testing.T) {
	t.Parallel()
	path := storeFile(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := sameOwner(info, path); err != nil {
		t.Errorf("one owner: %v", err)
	}
	if err := sameOwner(strange{info}, path); !errors.Is(err, errStranger) {
		t.Errorf("two owners: %v", err)
	}
	if err := sameOwner(strange{info}, path+".none"); err != nil {
		t.Errorf("no store file: %v", err)
	}
}
