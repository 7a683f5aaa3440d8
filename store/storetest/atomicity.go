package storetest

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"

	"yunzhuan/store/kv"
)

var atomicityCases = []testCase{
	{"an error undoes the Update", testError},
	{"a panic undoes the Update", testPanic},
	{"a goroutine's end undoes the Update", testGoexit},
	{"an Update without writes", testNoWrites},
}

// before is what stands in bucket b when an Update is about to fail.
var before = []string{"gone=2", "kept=1", "last=3"}

// spoil changes all of it.
func spoil(tx kv.Tx) error {
	return errors.Join(
		put(tx, "b", "kept", "changed", "added", "x"),
		tx.Delete("b", []byte("gone")),
		put(tx, "new bucket", "k", "v"))
}

// wantBefore checks that nothing of a failed Update is there, and that the next one
// works.
func wantBefore(t *testing.T, db kv.DB) {
	t.Helper()
	if got := content(t, db, "b"); !slices.Equal(got, before) {
		t.Errorf("content is %q; want %q", got, before)
	}
	if got := content(t, db, "new bucket"); len(got) > 0 {
		t.Errorf("the new bucket holds %q; want nothing", got)
	}
	fill(t, db, "b", "after", "4")
	if got, want := content(t, db, "b"), append([]string{"after=4"}, before...); !slices.Equal(got, want) {
		t.Errorf("content after another Update is %q; want %q", got, want)
	}
}

func testError(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "kept", "1", "gone", "2", "last", "3")
	failure := errors.New("failure")
	err := db.Update(context.Background(), func(tx kv.Tx) error {
		return errors.Join(spoil(tx), failure)
	})
	if !errors.Is(err, failure) {
		t.Errorf("Update gave %v; want its closure's error", err)
	}
	wantBefore(t, db)
}

func testPanic(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "kept", "1", "gone", "2", "last", "3")
	func() {
		defer func() {
			if got := recover(); got != "on purpose" {
				t.Errorf("Update panicked with %v; want what its closure panicked with", got)
			}
		}()
		_ = db.Update(context.Background(), func(tx kv.Tx) error {
			if err := spoil(tx); err != nil {
				t.Error(err)
			}
			panic("on purpose")
		})
	}()
	wantBefore(t, db)
}

// testGoexit ends the goroutine in a closure, as a test's FailNow does.
func testGoexit(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "kept", "1", "gone", "2", "last", "3")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = db.Update(context.Background(), func(tx kv.Tx) error {
			if err := spoil(tx); err != nil {
				t.Error(err)
			}
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	wantBefore(t, db)
}

func testNoWrites(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "kept", "1", "gone", "2", "last", "3")
	update(t, db, func(tx kv.Tx) error {
		wantGet(t, tx, "b", "kept", "1", true)
		return nil
	})
	wantBefore(t, db)
}
