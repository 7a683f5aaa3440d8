package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"yunzhuan/store/kv"
)

var durabilityCases = []testCase{
	{"what is committed is there after opening again", testReopen},
	{"a closed database refuses", testClosed},
	{"killed in mid-commit", testKill},
}

func testReopen(t *testing.T, open Open) {
	dir := t.TempDir()
	var want []string
	for round := range 4 {
		db := open(t, dir)
		if got := content(t, db, "b"); !slices.Equal(got, want) {
			t.Errorf("round %d begins with %q; want %q", round, got, want)
		}
		key := string(rune('a' + round))
		fill(t, db, "b", key, "1", "gone", "1")
		err := db.Update(context.Background(), func(tx kv.Tx) error {
			return errors.Join(put(tx, "b", key, "failed"), errors.New("failure"))
		})
		if err == nil {
			t.Error("an Update with an error succeeded")
		}
		update(t, db, func(tx kv.Tx) error { return tx.Delete("b", []byte("gone")) })
		want = append(want, key+"=1")
		if err := db.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
}

func testClosed(t *testing.T, open Open) {
	db := open(t, t.TempDir())
	fill(t, db, "b", "k", "v")
	if err := db.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	nothing := func(kv.Tx) error { return nil }
	if db.View(context.Background(), nothing) == nil {
		t.Error("View on a closed database succeeded")
	}
	if db.Update(context.Background(), nothing) == nil {
		t.Error("Update on a closed database succeeded")
	}
}
