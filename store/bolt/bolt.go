// Package bolt keeps a kv.DB in one file, on go.etcd.io/bbolt: the default store,
// which needs nothing beside the binary.
//
// Bbolt trusts its file: a truncated or damaged one makes it panic, fault or
// crash. Open therefore inspects the file's structure before bbolt sees it, and
// every step into bbolt is guarded (guard.go).
//
// Many puts in one transaction should come in the order of their keys, as an
// overlay's Apply hands them on: bbolt splits its pages only at the commit, until
// then a put between others moves all that follow.
package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"yunzhuan/store/kv"
)

// Errors of this package, to be found with errors.Is. Their texts go to whoever
// runs the bot and say what to do.
var (
	// ErrLocked: another process, or another DB of this one, has the file open.
	ErrLocked = errors.New("held by another process; is the bot running on it already?")
	// ErrCorrupt: the file is truncated, damaged or not a store. It was not changed.
	ErrCorrupt = errors.New("not a sound store file; restore a backup")
	// ErrFull: the disk, or what this account may use of it, is full. What was
	// stored before is intact, and the DB works again once there is room.
	ErrFull = errors.New("disk full; make room, nothing stored is lost")
	// ErrFailed: a failing disk has left it open whether a commit took place. The
	// DB refuses all work until the file is opened again, which settles it.
	ErrFailed = errors.New("the disk failed in a commit; check it, then start again")
)

const (
	lockTimeout = time.Second
	// pageSize is fixed, so that a file is the same whatever machine makes it.
	pageSize = 4096
	// mapSize is how far the file can grow before bbolt has to map it anew, which
	// waits for the running Views (a backup is one). It is address space, not
	// memory.
	mapSize = 256 << 20
)

// Options are what a caller may set; the zero value is right for serving.
type Options struct {
	// BeforeCommit, if not nil, is called when a closure that wrote something has
	// returned nil, before its commit, with other Updates waiting. An error fails
	// the commit. It is a hook for tests that need a slow, stuck or failing disk.
	BeforeCommit func() error
}

// DB is an open store file. It is a kv.DB, checked as kv.Checked does.
type DB struct {
	kv.DB // the checked transactions
	raw   *raw
}

// Open opens the store file at path for reading and writing, and makes it when it
// is not there, with mode 0600 in a folder of mode 0700. It waits up to a second
// for another process to let go of the file. The errors are ErrLocked, ErrCorrupt,
// ErrFull and those of the file system.
func Open(path string, opts Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the store: %w", explain(err))
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("make store %s: %w", path, explain(err))
	}
	b, err := openBolt(path, false)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	r := &raw{bolt: b, path: path, beforeCommit: opts.BeforeCommit, writer: make(chan struct{}, 1)}
	return &DB{DB: kv.Checked(r), raw: r}, nil
}

// Exclusive implements kv.Exclusive: the file is locked against other processes.
func (d *DB) Exclusive() {}

// Path is the store file's, as given to Open.
func (d *DB) Path() string { return d.raw.path }

// Size is the number of bytes a backup of the store has: all data and the free
// pages between them. The file itself may be longer, as it grows in steps.
func (d *DB) Size() (int64, error) {
	var size int64
	err := d.raw.view(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	return size, err
}

// WriteTo writes a consistent copy of the store, a store file itself, while
// transactions go on. It returns the number of bytes written.
func (d *DB) WriteTo(w io.Writer) (int64, error) {
	var n int64
	err := d.raw.view(func(tx *bbolt.Tx) (err error) {
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy store: %w", explain(err))
	}
	return n, nil
}

// Stats are numbers for the metrics.
type Stats struct {
	Size       int64         // bytes, see DB.Size
	Free       int64         // bytes of it that are free for new data
	OpenViews  int           // Views that run now
	Commits    uint64        // commits since Open
	CommitTime time.Duration // spent in those, most of it in fsync
}

// Stats returns the numbers as of now; Size is 0 when the DB is closed.
func (d *DB) Stats() Stats {
	size, _ := d.Size() // fails only on a closed DB
	s := d.raw.bolt.Stats()
	return Stats{
		Size:       size,
		Free:       int64(s.FreePageN+s.PendingPageN) * pageSize,
		OpenViews:  s.OpenTxN,
		Commits:    d.raw.commits.Load(),
		CommitTime: time.Duration(d.raw.commitTime.Load()),
	}
}
