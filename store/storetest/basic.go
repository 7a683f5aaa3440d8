package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"yunzhuan/store/kv"
)

var basicCases = []testCase{
	{"what was put is there", testPutGet},
	{"empty and nil values are values", testEmptyValues},
	{"keys of every length and byte", testKeys},
	{"slices are copies", testCopies},
	{"delete", testDelete},
	{"a View does not write", testReadOnly},
	{"a Tx ends with its closure", testTxDone},
	{"a context that has ended", testContext},
	{"waiting for another Update ends with the context", testContextWaiting},
}

// wantGet checks one key, in a Tx.
func wantGet(t *testing.T, tx kv.Tx, bucket, key, want string, wantOK bool) {
	t.Helper()
	val, ok, err := tx.Get(bucket, []byte(key))
	if err != nil || ok != wantOK || string(val) != want {
		t.Errorf("Get(%q, %q) = %q, %v, %v; want %q, %v", bucket, key, val, ok, err, want, wantOK)
	}
}

func testPutGet(t *testing.T, open Open) {
	db := fresh(t, open)
	check := func(tx kv.Tx) error {
		wantGet(t, tx, "a", "k1", "new", true)
		wantGet(t, tx, "a", "k2", "two", true)
		wantGet(t, tx, "b", "k1", "other bucket", true)
		wantGet(t, tx, "b", "k2", "", false)
		wantGet(t, tx, "no such bucket", "k1", "", false)
		return nil
	}
	update(t, db, func(tx kv.Tx) error {
		wantGet(t, tx, "a", "k1", "", false)
		err := errors.Join(
			put(tx, "a", "k1", "old", "k2", "two", "k1", "new"),
			put(tx, "b", "k1", "other bucket"))
		return errors.Join(err, check(tx))
	})
	update(t, db, check)
	view(t, db, check)
}

func testEmptyValues(t *testing.T, open Open) {
	db := fresh(t, open)
	check := func(tx kv.Tx) error {
		for _, key := range []string{"nil", "empty"} {
			val, ok, err := tx.Get("b", []byte(key))
			if !ok || val == nil || len(val) != 0 || err != nil {
				t.Errorf("Get(%q) = %#v, %v, %v; want an empty slice", key, val, ok, err)
			}
		}
		got := 0
		err := tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
			if v == nil || len(v) != 0 {
				t.Errorf("Scan gave %q = %#v; want an empty slice", k, v)
			}
			got++
			return true, nil
		})
		if got != 2 {
			t.Errorf("Scan gave %d pairs; want 2", got)
		}
		return err
	}
	update(t, db, func(tx kv.Tx) error {
		return errors.Join(
			tx.Put("b", []byte("nil"), []byte("full")),
			tx.Put("b", []byte("nil"), nil),
			tx.Put("b", []byte("empty"), []byte{}),
			check(tx))
	})
	view(t, db, check)
}

func testKeys(t *testing.T, open Open) {
	db := fresh(t, open)
	long := bytes.Repeat([]byte{0xff}, kv.MaxKey)
	good := [][]byte{{0}, {0, 0}, {0, 1}, []byte("a"), []byte("a\x00"), []byte("工号"), {0xff}, {0xff, 0xff}, long}
	update(t, db, func(tx kv.Tx) error {
		for i, key := range slices.Backward(good) {
			if err := tx.Put("b", key, []byte{byte(i)}); err != nil {
				t.Errorf("Put of a key of %d bytes: %v", len(key), err)
			}
		}
		for _, key := range [][]byte{nil, {}, append([]byte("x"), long...)} {
			_, _, getErr := tx.Get("b", key)
			for method, err := range map[string]error{"Get": getErr, "Put": tx.Put("b", key, nil), "Delete": tx.Delete("b", key)} {
				if !errors.Is(err, kv.ErrKey) {
					t.Errorf("%s of a key of %d bytes: %v; want ErrKey", method, len(key), err)
				}
			}
		}
		if err := tx.Put("", []byte("k"), nil); !errors.Is(err, kv.ErrKey) {
			t.Errorf("Put into a bucket without a name: %v; want ErrKey", err)
		}
		return nil
	})
	view(t, db, func(tx kv.Tx) error {
		i := 0
		err := tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
			if i < len(good) && (!bytes.Equal(k, good[i]) || !bytes.Equal(v, []byte{byte(i)})) {
				t.Errorf("pair %d is %x = %x; want %x = %x", i, k, v, good[i], i)
			}
			i++
			return true, nil
		})
		if i != len(good) {
			t.Errorf("Scan gave %d pairs; want %d", i, len(good))
		}
		return err
	})
}

func testCopies(t *testing.T, open Open) {
	db := fresh(t, open)
	update(t, db, func(tx kv.Tx) error {
		key, val := []byte("key"), []byte("value")
		if err := tx.Put("b", key, val); err != nil {
			return err
		}
		copy(key, "xxx")
		copy(val, "xxxxx")
		gone := []byte("gone")
		if err := errors.Join(tx.Put("b", gone, nil), tx.Delete("b", gone)); err != nil {
			return err
		}
		copy(gone, "xxxx")
		wantGet(t, tx, "b", "key", "value", true)
		return nil
	})
	if got := content(t, db, "b"); !slices.Equal(got, []string{"key=value"}) {
		t.Errorf("content is %q; want key=value", got)
	}
	var fromGet, fromScan, scannedKey []byte
	view(t, db, func(tx kv.Tx) (err error) {
		fromGet, _, err = tx.Get("b", []byte("key"))
		return errors.Join(err, tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
			scannedKey, fromScan = k, v
			return true, nil
		}))
	})
	for range 3 { // writes over the pages that held it
		fill(t, db, "b", "key", "other")
	}
	if string(fromGet) != "value" || string(fromScan) != "value" || string(scannedKey) != "key" {
		t.Errorf("slices kept after the View are %q, %q, %q; want value, value, key", fromGet, fromScan, scannedKey)
	}
}

func testDelete(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "k1", "1", "k2", "2", "k3", "3")
	update(t, db, func(tx kv.Tx) error {
		err := errors.Join(
			tx.Delete("b", []byte("k1")),
			tx.Delete("b", []byte("k1")),
			tx.Delete("b", []byte("not there")),
			tx.Delete("no such bucket", []byte("k")),
			tx.Delete("b", []byte("k2")),
			tx.Put("b", []byte("k2"), []byte("again")))
		wantGet(t, tx, "b", "k1", "", false)
		wantGet(t, tx, "b", "k2", "again", true)
		return err
	})
	if got, want := content(t, db, "b"), []string{"k2=again", "k3=3"}; !slices.Equal(got, want) {
		t.Errorf("content is %q; want %q", got, want)
	}
}

func testReadOnly(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "k", "v")
	view(t, db, func(tx kv.Tx) error {
		for method, err := range map[string]error{
			"Put":    tx.Put("b", []byte("k"), []byte("new")),
			"Delete": tx.Delete("b", []byte("k")),
		} {
			if !errors.Is(err, kv.ErrReadOnly) {
				t.Errorf("%s in a View: %v; want ErrReadOnly", method, err)
			}
		}
		wantGet(t, tx, "b", "k", "v", true)
		return nil
	})
	if got := content(t, db, "b"); !slices.Equal(got, []string{"k=v"}) {
		t.Errorf("content is %q; want k=v", got)
	}
	failure := errors.New("failure")
	if err := db.View(context.Background(), func(kv.Tx) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("View gave %v; want its closure's error", err)
	}
}

func testTxDone(t *testing.T, open Open) {
	db := fresh(t, open)
	var kept kv.Tx
	keep := func(tx kv.Tx) error {
		kept = tx
		return put(tx, "b", "k", "v")
	}
	for method, end := range map[string]func() error{
		"Update": func() error { return db.Update(context.Background(), keep) },
		"View":   func() error { return db.View(context.Background(), func(tx kv.Tx) error { kept = tx; return nil }) },
		"a panic": func() error {
			defer func() { _ = recover() }()
			return db.Update(context.Background(), func(tx kv.Tx) error { kept = tx; panic("on purpose") })
		},
	} {
		if err := end(); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		_, _, getErr := kept.Get("b", []byte("k"))
		for step, err := range map[string]error{
			"Get":    getErr,
			"Put":    kept.Put("b", []byte("k"), []byte("late")),
			"Delete": kept.Delete("b", []byte("k")),
			"Scan":   kept.Scan("b", nil, nil, func(_, _ []byte) (bool, error) { return true, nil }),
		} {
			if !errors.Is(err, kv.ErrTxDone) {
				t.Errorf("%s after %s: %v; want ErrTxDone", step, method, err)
			}
		}
	}
}

func testContext(t *testing.T, open Open) {
	db := fresh(t, open)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	never := func(kv.Tx) error {
		t.Error("the closure ran although its context had ended")
		return nil
	}
	for method, run := range map[string]func(context.Context, func(kv.Tx) error) error{"View": db.View, "Update": db.Update} {
		if err := run(ended, never); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v; want context.Canceled", method, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := db.Update(ctx, func(tx kv.Tx) error {
		_ = put(tx, "b", "k", "v") // fails in a second run, whose context has ended
		cancel()
		if err := put(tx, "b", "k2", "v"); !errors.Is(err, context.Canceled) {
			t.Errorf("Put after the context ended: %v; want context.Canceled", err)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update whose context ended under way: %v; want context.Canceled", err)
	}
	if got := content(t, db, "b"); len(got) > 0 {
		t.Errorf("content is %q; want nothing", got)
	}
}

// watchedContext tells when somebody begins to wait for its end. A driver that never
// does makes the test wait for ever.
type watchedContext struct {
	context.Context
	once  sync.Once
	asked chan struct{}
}

func (c *watchedContext) Done() <-chan struct{} {
	c.once.Do(func() { close(c.asked) })
	return c.Context.Done()
}

func testContextWaiting(t *testing.T, open Open) {
	db := fresh(t, open)
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	var once sync.Once
	go func() {
		done <- db.Update(context.Background(), func(tx kv.Tx) error {
			once.Do(func() { close(started) })
			<-release
			return put(tx, "b", "k", "first")
		})
	}()
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	waiting := &watchedContext{Context: ctx, asked: make(chan struct{})}
	second := make(chan error)
	go func() {
		second <- db.Update(waiting, func(tx kv.Tx) error { return put(tx, "b", "k", "second") })
	}()
	<-waiting.asked
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting Update gave %v; want context.Canceled", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the running Update gave %v", err)
	}
	if got := content(t, db, "b"); !slices.Equal(got, []string{"k=first"}) {
		t.Errorf("content is %q; want k=first", got)
	}
}
