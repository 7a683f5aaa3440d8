//go:build unix

package app

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails on a bad address only
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
