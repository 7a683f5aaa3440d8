// Package bolt keeps a kv.DB in one file, on go.etcd.io/bbolt: the default store,
// which needs nothing beside the binary.
//
// Bbolt trusts its file: a truncated or damaged one makes it panic, fault or
// crash. Open therefore inspects the file's structure before bbolt sees it, and
// every step into bbolt is guarded (guard.go).
package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

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

// raw is the driver proper, to be wrapped in kv.Checked.
type raw struct {
	bolt         *bbolt.DB
	path         string
	beforeCommit func() error
	writer       chan struct{} // holds the one running Update; unlike bbolt's lock, waiting for it ends with ctx
	commits      atomic.Uint64
	commitTime   atomic.Int64 // nanoseconds
	failed       atomic.Bool  // see ErrFailed
	close        sync.Once
}

func (r *raw) View(_ context.Context, fn func(kv.Tx) error) error {
	return r.view(func(tx *bbolt.Tx) error { return fn(&boltTx{tx: tx}) })
}

func (r *raw) view(fn func(*bbolt.Tx) error) error {
	tx, err := r.begin(false)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it cannot fail on an open read transaction
	return fn(tx)
}

func (r *raw) Update(ctx context.Context, fn func(kv.Tx) error) error {
	select {
	case r.writer <- struct{}{}:
		defer func() { <-r.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := r.begin(true)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			r.rollback(tx)
		}
	}()
	t := &boltTx{tx: tx}
	if err := fn(t); err != nil {
		return err
	}
	if t.err != nil || !t.wrote {
		return t.err
	}
	if r.beforeCommit != nil {
		if err := r.beforeCommit(); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	committed = true
	return r.commit(tx)
}

// begin starts a transaction on bbolt.
func (r *raw) begin(writable bool) (*bbolt.Tx, error) {
	if r.failed.Load() {
		return nil, fmt.Errorf("store %s: %w", r.path, ErrFailed)
	}
	tx, err := r.bolt.Begin(writable)
	if err != nil {
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	return tx, nil
}

// commit commits tx, which is over then in any case.
func (r *raw) commit(tx *bbolt.Tx) error {
	id, start := tx.ID(), time.Now()
	err := guard(tx.Commit)
	if err == nil {
		r.commits.Add(1)
		r.commitTime.Add(int64(time.Since(start)))
		return nil
	}
	if errors.Is(err, ErrCorrupt) {
		r.failed.Store(true) // a panic leaves bbolt's state unknown
		r.rollback(tx)
	} else {
		r.settle(id)
	}
	return fmt.Errorf("commit: %w", explain(err))
}

// settle finds out whether the transaction whose commit failed can be seen all
// the same: its last page was written, but not for certain to the disk. There is
// no way on from there but to read the file afresh.
func (r *raw) settle(id int) {
	err := r.view(func(tx *bbolt.Tx) error {
		if tx.ID() >= id {
			r.failed.Store(true)
		}
		return nil
	})
	if err != nil {
		r.failed.Store(true)
	}
}

// rollback gives tx up. Should bbolt break over it, the DB is of no more use.
func (r *raw) rollback(tx *bbolt.Tx) {
	err := guard(tx.Rollback)
	if err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		r.failed.Store(true)
	}
}

func (r *raw) Close() error {
	var err error
	r.close.Do(func() {
		err = r.bolt.Close()
	})
	if err != nil {
		return fmt.Errorf("close store %s: %w", r.path, err)
	}
	return nil
}

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
