package storetest

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"yunzhuan/store/kv"
)

var concurrencyCases = []testCase{
	{"a View keeps its snapshot", testSnapshot},
	{"Updates are serial", testSerial},
	{"Views see whole Updates", testWhole},
}

// testSnapshot commits an Update in the middle of a View.
func testSnapshot(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "k", "old")
	var once sync.Once
	view(t, db, func(tx kv.Tx) error {
		first, _, err := tx.Get("b", []byte("k"))
		if err != nil {
			return err
		}
		once.Do(func() {
			done := make(chan error)
			go func() { // Updates are not nested in Views of the same goroutine
				done <- db.Update(context.Background(), func(tx kv.Tx) error {
					return put(tx, "b", "k", "new", "k2", "new")
				})
			}()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		wantGet(t, tx, "b", "k", string(first), true)
		list, err := dump(tx, "b", nil, nil)
		if want := map[string]int{"old": 1, "new": 2}[string(first)]; len(list) != want {
			t.Errorf("a View that began with %q sees %q", first, list)
		}
		return err
	})
	if got := content(t, db, "b"); len(got) != 2 {
		t.Errorf("content is %q; want the new state", got)
	}
}

// increment raises a decimal number in the database by one, and lets others run in
// the middle of it.
func increment(tx kv.Tx, key string) error {
	val, _, err := tx.Get("b", []byte(key))
	if err != nil {
		return err
	}
	for range 10 {
		runtime.Gosched()
	}
	n, _ := strconv.Atoi(string(val)) // 0 when it is not there
	return put(tx, "b", key, strconv.Itoa(n+1))
}

func testSerial(t *testing.T, open Open) {
	const workers, each = 8, 15
	db := fresh(t, open)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := db.Update(context.Background(), func(tx kv.Tx) error { return increment(tx, "n") }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	view(t, db, func(tx kv.Tx) error {
		wantGet(t, tx, "b", "n", strconv.Itoa(workers*each), true)
		return nil
	})
}

func testWhole(t *testing.T, open Open) {
	db := fresh(t, open)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			seen := 0
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true // one more look
				default:
				}
				err := db.View(context.Background(), func(tx kv.Tx) (err error) {
					seen, err = wholeSince(tx, seen)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 40 {
		update(t, db, func(tx kv.Tx) error {
			for _, key := range []string{"x", "y", "z"} {
				if err := increment(tx, key); err != nil {
					return err
				}
			}
			return nil
		})
	}
	close(done)
	wg.Wait()
}

// wholeSince checks that x, y and z agree, as every Update leaves them, and are not
// below what was seen before.
func wholeSince(tx kv.Tx, seen int) (int, error) {
	list, err := dump(tx, "b", nil, nil)
	if err != nil || len(list) == 0 {
		return seen, err
	}
	n, err := strconv.Atoi(list[0][len("x="):])
	if err != nil {
		return seen, err
	}
	want := fmt.Sprintf("[x=%d y=%d z=%d]", n, n, n)
	if got := fmt.Sprint(list); got != want || n < seen {
		return n, fmt.Errorf("a View after %d sees %s", seen, got)
	}
	return n, nil
}
