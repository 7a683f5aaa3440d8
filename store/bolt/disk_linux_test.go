package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

// childDir is the variable that makes a test of this file the child process that
// does its work, in the folder it names.
const childDir = "BOLT_TEST_DIR"

// inChild runs the test that calls it once more, in a process of its own, where
// inChild returns the folder to work in; in the parent it returns "".
func inChild(t *testing.T, attr *syscall.SysProcAttr) string {
	t.Helper()
	if dir := os.Getenv(childDir); dir != "" {
		return dir
	}
	cmd := exec.Command(os.Args[0], "-test.count=1", "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childDir+"="+t.TempDir())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("needs a mount namespace: run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("child: %v\n%s", err, out)
	}
	return ""
}

// TestFullDisk works on a file system of 6 MB, in a mount namespace of its own.
func TestFullDisk(t *testing.T) {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	dir := inChild(t, attr)
	if dir == "" {
		return
	}
	if err := errors.Join(
		syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("none", dir, "tmpfs", 0, "size=6m"),
	); err != nil {
		t.Fatalf("mount: %v", err)
	}
	ballast := filepath.Join(dir, "ballast")
	fullDisk(t, dir,
		func() {
			if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("the disk is not full: %v", err)
			}
		},
		func() {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		})

	// Neither a backup nor a new store leaves anything on a full disk.
	path := filepath.Join(dir, "test.db")
	db := openStore(t, path)
	if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := bolt.Backup(db, filepath.Join(dir, "backup.db")); !errors.Is(err, bolt.ErrFull) {
		t.Errorf("Backup gave %v; want ErrFull", err)
	}
	closeStore(t, db)
	if _, err := bolt.Open(filepath.Join(dir, "new.db"), bolt.Options{}); !errors.Is(err, bolt.ErrFull) {
		t.Errorf("Open of a new store gave %v; want ErrFull", err)
	}
	wantFiles(t, dir, "ballast", "test.db")

	if err := syscall.Mount("none", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatalf("mount read-only: %v", err)
	}
	if _, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "mounted read-only") {
		t.Errorf("Open on a read-only disk gave %v; want an error that says so", err)
	}
}

// TestFileSizeLimit meets the limit a system sets on the length of a file, where
// bbolt lengthens it.
func TestFileSizeLimit(t *testing.T) {
	dir := inChild(t, nil)
	if dir == "" {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	set := func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: limit.Max}); err != nil {
			t.Fatal(err)
		}
	}
	fullDisk(t, dir, func() { set(17 << 20) }, func() { set(limit.Max) })
}

// fullDisk writes to a store until the disk is full, and after that was mended.
func fullDisk(t *testing.T, dir string, fillUp, mend func()) {
	t.Helper()
	path := filepath.Join(dir, "test.db")
	db := openStore(t, path)
	fill(t, db, 1000)
	fillUp()
	large := bytes.Repeat([]byte("large"), 1<<20)
	for range 5 {
		err := db.Update(context.Background(), func(tx kv.Tx) error {
			return errors.Join(
				tx.Put("bucket 0", key(0), []byte("changed")),
				tx.Delete("bucket 1", key(1)),
				tx.Put("large", []byte("k"), bytes.Repeat(large, 4)))
		})
		if !errors.Is(err, bolt.ErrFull) {
			t.Fatalf("Update on a full disk gave %v; want ErrFull", err)
		}
		wantFilled(t, db, 1000)
		if got := get(t, db, "large", "k"); got != "" {
			t.Fatalf("a failed Update left %d bytes", len(got))
		}
		// What needs little room may find it in free pages, or not.
		err = put(db, "small", "k", "v")
		if got := get(t, db, "small", "k"); (err == nil) != (got == "v") {
			t.Fatalf("a small Update gave %v and left %q", err, got)
		}
	}
	closeStore(t, db)
	db = openStore(t, path) // the file is sound as it is
	wantFilled(t, db, 1000)

	mend()
	fill(t, db, 2000)
	if err := put(db, "large", "k", string(large[:1<<20])); err != nil {
		t.Fatalf("Update after room was made: %v", err)
	}
	wantFilled(t, db, 2000)
	closeStore(t, db)
	if err := bolt.Verify(path); err != nil {
		t.Error(err)
	}
}

// asOther runs fn as an account that owns nothing and is no superuser.
func asOther(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn() // modes bind this account already
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(65534); err != nil { // of this thread; it takes the superuser's rights to files, too
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	fn()
}

func TestOpenForbidden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		folder os.FileMode
		file   os.FileMode // 0: none
	}{
		{"a new store in a read-only folder", 0o555, 0},
		{"a read-only file", 0o777, 0o444},
		{"a file that cannot be read", 0o777, 0o200},
		{"a folder that cannot be entered", 0o600, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "forbidden") // t.TempDir's parent is closed to others
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.RemoveAll(dir) }()
			path := filepath.Join(dir, "test.db")
			if c.file != 0 {
				closeStore(t, openStore(t, path))
				if err := os.Chmod(path, c.file); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, c.folder); err != nil {
				t.Fatal(err)
			}
			asOther(t, func() {
				_, err = bolt.Open(path, bolt.Options{})
			})
			if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "chown") || !strings.Contains(err.Error(), dir) {
				t.Errorf("Open gave %v; want a permission error that says what to do", err)
			}
			_ = os.Chmod(dir, 0o700)
			if c.file == 0 {
				wantFiles(t, dir)
			}
		})
	}
}
