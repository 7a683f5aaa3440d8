//go:build linux || darwin || freebsd

package app

import (
	"fmt"
	"syscall"
)

// freeSpace is what an ordinary user may still write below dir, in bytes.
func freeSpace(dir string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("查看磁盘 %s：%w", dir, err)
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize), nil
}

// writable says why files cannot be made in dir; nil if they can.
func writable(dir string) error {
	const writeAndEnter = 0o3 // W_OK, X_OK
	return syscall.Access(dir, writeAndEnter)
}
