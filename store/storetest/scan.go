package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yunzhuan/store/kv"
)

var scanCases = []testCase{
	{"scan bounds", testScanBounds},
	{"scan stops when told", testScanStops},
	{"scan of many and of large pairs", testScanMany},
	{"scan sees the writes of its Update", testScanOwnWrites},
	{"scan deletes what it shows", testScanDeleting},
	{"scan rewrites what it shows", testScanRewriting},
	{"scan with writes before and after it", testScanInserting},
	{"scan with deletes after it", testScanDeletingAhead},
	{"scan in a scan", testScanNested},
}

func testScanBounds(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "a", "", "ab", "", "ab\x00", "", "abc", "", "b", "", "\xff", "", "\xff\xff", "")
	fill(t, db, "a", "before", "")
	fill(t, db, "c", "after", "")
	all := []string{"a", "ab", "ab\x00", "abc", "b", "\xff", "\xff\xff"}
	for _, c := range []struct {
		name     string
		bucket   string
		from, to []byte
		want     []string
	}{
		{"everything", "b", nil, nil, all},
		{"empty bounds", "b", []byte{}, []byte{}, all},
		{"from a key", "b", []byte("ab"), nil, all[1:]},
		{"from between keys", "b", []byte("aa"), nil, all[1:]},
		{"the end is not in it", "b", nil, []byte("abc"), all[:3]},
		{"to between keys", "b", nil, []byte("abd"), all[:4]},
		{"a prefix", "b", []byte("ab"), kv.PrefixEnd([]byte("ab")), all[1:4]},
		{"a prefix of the last byte", "b", []byte{0xff}, kv.PrefixEnd([]byte{0xff}), all[5:]},
		{"one key", "b", []byte("ab"), []byte("ab\x00"), all[1:2]},
		{"nothing between", "b", []byte("c"), []byte("d"), nil},
		{"after the last", "b", []byte("\xff\xff\x00"), nil, nil},
		{"same bounds", "b", []byte("ab"), []byte("ab"), nil},
		{"bounds crossed", "b", []byte("b"), []byte("a"), nil},
		{"no such bucket", "none", nil, nil, nil},
	} {
		check := func(tx kv.Tx) error {
			list, err := dump(tx, c.bucket, c.from, c.to)
			got := strings.Split(strings.TrimSuffix(strings.Join(list, "\n"), "="), "=\n")
			if len(list) == 0 {
				got = nil
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: Scan gave %q; want %q", c.name, got, c.want)
			}
			return err
		}
		view(t, db, check)
		update(t, db, check)
	}
}

func testScanStops(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "a", "1", "b", "2", "c", "3")
	failure := errors.New("failure")
	for _, c := range []struct {
		name string
		more bool
		err  error
	}{{"false", false, nil}, {"an error", true, failure}} {
		run := func(tx kv.Tx) error {
			var shown []string
			err := tx.Scan("b", nil, nil, func(k, _ []byte) (bool, error) {
				shown = append(shown, string(k))
				if string(k) == "b" {
					return c.more, c.err
				}
				return true, nil
			})
			if err != c.err { //nolint:errorlint // the contract: as it is
				t.Errorf("%s: Scan gave %v; want %v", c.name, err, c.err)
			}
			if !slices.Equal(shown, []string{"a", "b"}) {
				t.Errorf("%s: Scan showed %q; want a, b", c.name, shown)
			}
			return nil
		}
		view(t, db, run)
		update(t, db, run)
	}
}

func testScanMany(t *testing.T, open Open) {
	db := fresh(t, open)
	const n = 1500
	value := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, []int{0, 3, 300, 9000}[i%4]) }
	update(t, db, func(tx kv.Tx) error {
		for i := range n {
			if err := tx.Put("b", fmt.Appendf(nil, "%06d", (i*7919)%n), value((i*7919)%n)); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, db, func(tx kv.Tx) error {
		i := 0
		err := tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
			if want := fmt.Sprintf("%06d", i); string(k) != want || !bytes.Equal(v, value(i)) {
				return false, fmt.Errorf("pair %d is %q with %d bytes", i, k, len(v))
			}
			i++
			return true, nil
		})
		if i != n {
			t.Errorf("Scan gave %d pairs; want %d", i, n)
		}
		return err
	})
}

func testScanOwnWrites(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "b", "1", "d", "2", "f", "3", "h", "4")
	update(t, db, func(tx kv.Tx) error {
		err := errors.Join(
			put(tx, "b", "a", "new", "d", "changed", "e", "new", "z", "new"),
			tx.Delete("b", []byte("b")),
			tx.Delete("b", []byte("h")),
			tx.Delete("b", []byte("z")))
		list, scanErr := dump(tx, "b", nil, nil)
		if want := []string{"a=new", "d=changed", "e=new", "f=3"}; !slices.Equal(list, want) {
			t.Errorf("Scan gave %q; want %q", list, want)
		}
		return errors.Join(err, scanErr)
	})
}

// many are pairs enough for several chunks of whatever a driver reads at once.
func many(t *testing.T, db kv.DB) (keys []string) {
	t.Helper()
	var pairs []string
	for i := range 700 {
		key := fmt.Sprintf("%04d", 2*i)
		keys = append(keys, key)
		pairs = append(pairs, key, "old")
	}
	fill(t, db, "b", pairs...)
	return keys
}

// scanKeys scans bucket b, checks that the keys rise, and returns them.
func scanKeys(tx kv.Tx, each func(k string, v string) error) ([]string, error) {
	var shown []string
	err := tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
		if n := len(shown); n > 0 && shown[n-1] >= string(k) {
			return false, fmt.Errorf("scan showed %q after %q", k, shown[n-1])
		}
		shown = append(shown, string(k))
		return true, each(string(k), string(v))
	})
	return shown, err
}

func testScanDeleting(t *testing.T, open Open) {
	db := fresh(t, open)
	keys := many(t, db)
	update(t, db, func(tx kv.Tx) error {
		shown, err := scanKeys(tx, func(k, _ string) error { return tx.Delete("b", []byte(k)) })
		if !slices.Equal(shown, keys) {
			t.Errorf("Scan showed %d keys; want each of the %d", len(shown), len(keys))
		}
		return err
	})
	if got := content(t, db, "b"); len(got) > 0 {
		t.Errorf("%d pairs are left; want none", len(got))
	}
}

func testScanRewriting(t *testing.T, open Open) {
	db := fresh(t, open)
	keys := many(t, db)
	update(t, db, func(tx kv.Tx) error {
		shown, err := scanKeys(tx, func(k, v string) error { return put(tx, "b", k, v+strings.Repeat("+", 100)) })
		if !slices.Equal(shown, keys) {
			t.Errorf("Scan showed %d keys; want each of the %d", len(shown), len(keys))
		}
		return err
	})
	for _, p := range content(t, db, "b") {
		if want := "=old" + strings.Repeat("+", 100); !strings.HasSuffix(p, want) {
			t.Fatalf("a pair is %q; want it rewritten once", p)
		}
	}
}

func testScanInserting(t *testing.T, open Open) {
	db := fresh(t, open)
	keys := many(t, db)
	update(t, db, func(tx kv.Tx) error {
		shown, err := scanKeys(tx, func(k, v string) error {
			if v != "old" {
				return nil // one of those put ahead of the scan; it may show them
			}
			return put(tx, "b", "!"+k, "behind", k+"+", "ahead")
		})
		old := slices.DeleteFunc(shown, func(k string) bool { return strings.HasSuffix(k, "+") })
		if !slices.Equal(old, keys) {
			t.Errorf("Scan showed %d of the old keys; want each of the %d", len(old), len(keys))
		}
		return err
	})
	if got := content(t, db, "b"); len(got) != 3*len(keys) {
		t.Errorf("%d pairs are there; want %d", len(got), 3*len(keys))
	}
}

func testScanDeletingAhead(t *testing.T, open Open) {
	db := fresh(t, open)
	keys := many(t, db)
	update(t, db, func(tx kv.Tx) error {
		shown, err := scanKeys(tx, func(k, v string) error {
			if v != "old" {
				t.Errorf("Scan showed %q = %q", k, v)
			}
			if k != keys[5] {
				return nil
			}
			for _, later := range keys[6:] {
				if err := tx.Delete("b", []byte(later)); err != nil {
					return err
				}
			}
			return nil
		})
		// What is deleted may still be shown, as of the beginning of the scan.
		if len(shown) < 6 || !slices.Equal(shown[:6], keys[:6]) {
			t.Errorf("Scan showed %q; want at least the first six", shown)
		}
		return err
	})
	if got := content(t, db, "b"); len(got) != 6 {
		t.Errorf("%d pairs are left; want 6", len(got))
	}
}

func testScanNested(t *testing.T, open Open) {
	db := fresh(t, open)
	fill(t, db, "b", "a", "1", "b", "2")
	fill(t, db, "c", "x", "3", "y", "4")
	run := func(tx kv.Tx) error {
		var shown []string
		err := tx.Scan("b", nil, nil, func(k, _ []byte) (bool, error) {
			return true, tx.Scan("c", nil, nil, func(k2, v2 []byte) (bool, error) {
				wantGet(t, tx, "c", string(k2), string(v2), true)
				shown = append(shown, string(k)+string(k2))
				return true, nil
			})
		})
		if want := []string{"ax", "ay", "bx", "by"}; !slices.Equal(shown, want) {
			t.Errorf("the scans showed %q; want %q", shown, want)
		}
		return err
	}
	view(t, db, run)
	update(t, db, run)
}
