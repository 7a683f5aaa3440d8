package storetest_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.RunTx(t, storetest.OpenMemory)
}

// mutantName is the variable that makes TestMutant run the suite on that mutant.
const mutantName = "STORETEST_MUTANT"

// mutant is a driver with one fault, and the test of the suite that must find it.
type mutant struct {
	caughtBy string
	open     storetest.Open
}

// broken makes a mutant of the driver in memory.
func broken(caughtBy string, wrap func(kv.DB) kv.DB) mutant {
	return mutant{caughtBy, func(testing.TB, string) kv.DB { return wrap(storetest.Memory()) }}
}

var mutants = map[string]mutant{
	"commits in spite of an error":     broken("an error undoes the Update", func(db kv.DB) kv.DB { return onUpdate{db, commitOnError} }),
	"commits in spite of a panic":      broken("a panic undoes the Update", func(db kv.DB) kv.DB { return onUpdate{db, commitOnPanic} }),
	"commits in spite of a Goexit":     broken("a goroutine's end undoes the Update", func(db kv.DB) kv.DB { return onUpdate{db, commitOnPanic} }),
	"swallows the panic":               broken("a panic undoes the Update", func(db kv.DB) kv.DB { return onUpdate{db, swallowPanic} }),
	"another error than the closure's": broken("an error undoes the Update", func(db kv.DB) kv.DB { return onUpdate{db, otherError} }),
	"a random failure is committed":    broken("random operations as in memory", func(db kv.DB) kv.DB { return onUpdate{db, commitOnError} }),
	"Updates overlap":                  broken("Updates are serial", func(db kv.DB) kv.DB { return onUpdate{db, overlapping} }),
	"Views write":                      broken("a View does not write", func(db kv.DB) kv.DB { return viewsUpdate{db} }),
	"Views see the latest":             broken("a View keeps its snapshot", func(db kv.DB) kv.DB { return viewsLatest{db} }),
	"nil for an empty value":           broken("empty and nil values are values", tx(func(tx kv.Tx) kv.Tx { return nilValues{tx} })),
	"the caller's slice is kept":       broken("slices are copies", func(db kv.DB) kv.DB { return onUpdate{db, keepSlices} }),
	"Get lends its slice":              broken("slices are copies", func(db kv.DB) kv.DB { return &lending{DB: db} }),
	"a key of any length":              broken("keys of every length and byte", tx(func(tx kv.Tx) kv.Tx { return anyKey{tx} })),
	"keys end at a zero byte":          broken("keys of every length and byte", tx(func(tx kv.Tx) kv.Tx { return zeroEnds{tx} })),
	"delete of nothing fails":          broken("delete", tx(func(tx kv.Tx) kv.Tx { return strictDelete{tx} })),
	"delete does nothing":              broken("random operations as in memory", tx(func(tx kv.Tx) kv.Tx { return noDelete{tx} })),
	"buckets are one":                  broken("what was put is there", tx(func(tx kv.Tx) kv.Tx { return oneBucket{tx} })),
	"the end is in the scan":           broken("scan bounds", tx(func(tx kv.Tx) kv.Tx { return endIncluded{tx} })),
	"scan falls":                       broken("scan of many and of large pairs", tx(func(tx kv.Tx) kv.Tx { return falling{tx} })),
	"scan goes on":                     broken("scan stops when told", tx(func(tx kv.Tx) kv.Tx { return goesOn{tx} })),
	"scan skips behind a delete":       broken("scan deletes what it shows", tx(func(tx kv.Tx) kv.Tx { return skipping{tx} })),
	"scan stops after 64":              broken("scan of many and of large pairs", tx(func(tx kv.Tx) kv.Tx { return firstOnly{tx} })),
	"a Tx lives on":                    broken("a Tx ends with its closure", func(db kv.DB) kv.DB { return viewsLatest{db} }),
	"ctx is ignored":                   broken("a context that has ended", func(db kv.DB) kv.DB { return deaf{db} }),
	"nothing is kept":                  {"what is committed is there after opening again", storetest.OpenMemory},
	"commits are not yet in the file":  {"killed in mid-commit", openLate},
	"transactions in two halves":       {"killed in mid-commit", openHalves},
}

// TestSuiteCatches runs the suite on each mutant, in a process of its own, and
// wants it to fail where it should.
func TestSuiteCatches(t *testing.T) {
	t.Parallel()
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.count=1", "-test.timeout=60s", "-rapid.nofailfile",
				"-test.run=^TestMutant$/^"+m.caughtBy+"$")
			cmd.Env = append(os.Environ(), mutantName+"="+name)
			out, err := cmd.CombinedOutput()
			want := "--- FAIL: TestMutant/" + strings.ReplaceAll(m.caughtBy, " ", "_")
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), want) {
				t.Errorf("the suite did not fail in %q: %v\n%.2000s", m.caughtBy, err, out)
			}
		})
	}
}

// TestMutant runs the suite on the mutant that TestSuiteCatches asks for.
func TestMutant(t *testing.T) {
	if m, ok := mutants[os.Getenv(mutantName)]; ok {
		storetest.Run(t, m.open)
	}
}
