//go:build !linux && !darwin && !freebsd

package app

import "errors"

// freeSpace cannot be told on this system.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }

// writable cannot be told without trying.
func writable(string) error { return nil }
