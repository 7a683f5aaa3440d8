package bolt_test

import (
	"path/filepath"
	"testing"

	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

// open opens the store file in a folder.
func open(t testing.TB, dir string) kv.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "test.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestBolt(t *testing.T) { storetest.Run(t, open) }

func TestBoltChecked(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) kv.DB { return kv.Checked(open(t, dir)) })
}

func TestBoltOverlaid(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) kv.DB { return storetest.Overlaid(open(t, dir)) })
}

func TestBoltOverlaidDeep(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) kv.DB {
		return storetest.Overlaid(storetest.Overlaid(open(t, dir)))
	})
}

func TestBoltTwice(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) kv.DB { return storetest.Twice(open(t, dir)) })
}
