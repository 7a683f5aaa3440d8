package kv_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"
)

func TestOverlay(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(kv.DB) kv.DB{
		"one":             storetest.Overlaid,
		"over an overlay": func(db kv.DB) kv.DB { return storetest.Overlaid(storetest.Overlaid(db)) },
		"run twice":       func(db kv.DB) kv.DB { return storetest.Twice(storetest.Overlaid(db)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunTx(t, func(testing.TB, string) kv.DB { return wrap(storetest.Memory()) })
		})
	}
}

// inUpdate runs fn in an Update of an empty database, where bucket b holds pairs.
func inUpdate(t testing.TB, pairs map[string]string, fn func(tx kv.Tx) error) {
	t.Helper()
	err := storetest.Memory().Update(context.Background(), func(tx kv.Tx) error {
		for k, v := range pairs {
			if err := tx.Put("b", []byte(k), []byte(v)); err != nil {
				return err
			}
		}
		return fn(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// flush hands an overlay's writes to its parent and leaves it empty.
func flush(o *kv.Overlay, parent kv.Tx) error {
	defer o.Clear()
	return o.Apply(parent)
}

// dump returns the pairs of bucket b as "k=v k=v".
func dump(t testing.TB, tx kv.Tx) string {
	t.Helper()
	var list []string
	err := tx.Scan("b", nil, nil, func(k, v []byte) (bool, error) {
		list = append(list, string(k)+"="+string(v))
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func wantDump(t testing.TB, what string, tx kv.Tx, want string) {
	t.Helper()
	if got := dump(t, tx); got != want {
		t.Errorf("%s holds %q; want %q", what, got, want)
	}
}

func TestOverlayFlush(t *testing.T) {
	t.Parallel()
	inUpdate(t, map[string]string{"a": "1", "b": "2"}, func(tx kv.Tx) error {
		o := kv.NewOverlay(tx)
		err := errors.Join(
			o.Put("b", []byte("a"), []byte("new")), o.Put("b", []byte("c"), nil), o.Delete("b", []byte("b")))
		wantDump(t, "overlay", o, "a=new c=")
		wantDump(t, "parent before Flush", tx, "a=1 b=2")
		err = errors.Join(err, flush(o, tx))
		wantDump(t, "parent", tx, "a=new c=")
		wantDump(t, "overlay after Flush", o, "a=new c=")
		// It goes on empty: a second Flush does not repeat the first.
		err = errors.Join(err, tx.Put("b", []byte("a"), []byte("newer")), flush(o, tx))
		wantDump(t, "parent after a second Flush", tx, "a=newer c=")
		err = errors.Join(err, o.Put("b", []byte("d"), nil), flush(o, tx), flush(kv.NewOverlay(tx), tx))
		wantDump(t, "parent after a third Flush", tx, "a=newer c= d=")
		return err
	})
}

func TestOverlayDropped(t *testing.T) {
	t.Parallel()
	inUpdate(t, map[string]string{"a": "1"}, func(tx kv.Tx) error {
		outer := kv.NewOverlay(tx)
		err := outer.Put("b", []byte("kept"), []byte("2"))
		for i := range 3 {
			inner := kv.NewOverlay(outer)
			err = errors.Join(err, inner.Delete("b", []byte("a")), inner.Put("b", []byte("kept"), fmt.Append(nil, i)))
			wantDump(t, "inner overlay", inner, fmt.Sprintf("kept=%d", i))
		}
		wantDump(t, "outer overlay", outer, "a=1 kept=2")
		inner := kv.NewOverlay(outer)
		err = errors.Join(err, inner.Delete("b", []byte("a")), flush(inner, outer))
		wantDump(t, "outer overlay after the inner's Flush", outer, "kept=2")
		wantDump(t, "parent", tx, "a=1")
		return err
	})
}

func TestOverlayRefusesKeys(t *testing.T) {
	t.Parallel()
	inUpdate(t, nil, func(tx kv.Tx) error {
		o := kv.NewOverlay(tx)
		long := make([]byte, kv.MaxKey+1)
		_, _, getErr := o.Get("b", nil)
		for i, err := range []error{o.Put("b", nil, nil), o.Put("b", long, nil), o.Delete("b", nil), o.Put("", []byte("k"), nil), getErr} {
			if !errors.Is(err, kv.ErrKey) {
				t.Errorf("step %d gave %v; want ErrKey at once, not at Flush", i, err)
			}
		}
		return flush(o, tx)
	})
}

// failing is a Tx whose writes fail from the n-th on.
type failing struct {
	kv.Tx
	n    int
	seen []string
}

var errFailing = errors.New("write failed")

func (f *failing) Put(bucket string, key, _ []byte) error { return f.write(bucket, key) }
func (f *failing) Delete(bucket string, key []byte) error { return f.write(bucket, key) }
func (f *failing) write(bucket string, key []byte) error {
	f.seen = append(f.seen, bucket+string(key))
	if len(f.seen) == f.n {
		return errFailing
	}
	return nil
}

func TestOverlayFlushFails(t *testing.T) {
	t.Parallel()
	parent := &failing{n: 3}
	o := kv.NewOverlay(parent)
	err := errors.Join(
		o.Put("y", []byte("1"), nil), o.Put("x", []byte("2"), nil), o.Put("x", []byte("1"), nil), o.Delete("x", []byte("3")))
	if err != nil {
		t.Fatal(err)
	}
	if err := flush(o, parent); !errors.Is(err, errFailing) {
		t.Errorf("Flush gave %v; want the parent's error", err)
	}
	if want := []string{"x1", "x2", "x3"}; !slices.Equal(parent.seen, want) {
		t.Errorf("the parent saw %q; want %q: in order, and none after the failure", parent.seen, want)
	}
}

// TestOverlayNesting opens, flushes and drops overlays at random and compares with
// plain maps.
func TestOverlayNesting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		inUpdate(t, nil, func(tx kv.Tx) error {
			n := &nest{txs: []kv.Tx{tx}, models: []map[string]string{{}}}
			for range rapid.IntRange(1, 60).Draw(rt, "steps") {
				if err := n.step(rt); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// nest is a stack of overlays, each with what it should show, and in the topmost
// the marks to go back to.
type nest struct {
	txs    []kv.Tx
	models []map[string]string
	marks  []kv.Mark
	before []map[string]string // the top's model at each of marks
}

// mark makes a mark in the top, or goes back to the last one.
func (n *nest) mark(back bool) {
	top := len(n.txs) - 1
	o, ok := n.txs[top].(*kv.Overlay)
	last := len(n.marks) - 1
	switch {
	case !ok:
	case !back:
		n.marks, n.before = append(n.marks, o.Mark()), append(n.before, maps.Clone(n.models[top]))
	case last >= 0:
		o.Rollback(n.marks[last])
		n.models[top] = n.before[last]
		n.marks, n.before = n.marks[:last], n.before[:last]
	}
}

func (n *nest) step(rt *rapid.T) error {
	top := len(n.txs) - 1
	key := rapid.SampledFrom([]string{"a", "a\x00", "b", "c", "cc", "d", "\xff"}).Draw(rt, "key")
	step := rapid.SampledFrom([]string{"put", "put", "delete", "scan", "mark", "back", "keep", "open", "flush", "drop"}).Draw(rt, "step")
	switch step {
	case "put":
		val := rapid.StringN(0, 3, -1).Draw(rt, "val")
		n.models[top][key] = val
		return n.txs[top].Put("b", []byte(key), []byte(val))
	case "delete":
		delete(n.models[top], key)
		return n.txs[top].Delete("b", []byte(key))
	case "mark", "back":
		n.mark(step == "back")
	case "keep":
		if o, ok := n.txs[top].(*kv.Overlay); ok {
			o.Keep()
		}
		n.marks, n.before = nil, nil
	case "open":
		n.marks, n.before = nil, nil
		n.txs = append(n.txs, kv.NewOverlay(n.txs[top]))
		n.models = append(n.models, maps.Clone(n.models[top]))
	case "flush":
		if top == 0 {
			return nil
		}
		n.marks, n.before = nil, nil
		if err := flush(n.txs[top].(*kv.Overlay), n.txs[top-1]); err != nil {
			return err
		}
		n.models[top-1] = n.models[top]
		n.txs, n.models = n.txs[:top], n.models[:top]
	case "drop":
		if top > 0 {
			n.marks, n.before = nil, nil
			n.txs, n.models = n.txs[:top], n.models[:top]
		}
	}
	n.compare(rt, key)
	return nil
}

// compare compares the top of the stack with its model, from a key on.
func (n *nest) compare(rt *rapid.T, from string) {
	tx, model := n.txs[len(n.txs)-1], n.models[len(n.models)-1]
	var got, want []string
	err := tx.Scan("b", []byte(from), nil, func(k, v []byte) (bool, error) {
		got = append(got, string(k)+"="+string(v))
		return true, nil
	})
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k >= from {
			want = append(want, k+"="+model[k])
		}
	}
	if err != nil || !slices.Equal(got, want) {
		rt.Fatalf("scan gave %q, %v; want %q", got, err, want)
	}
	val, ok, err := tx.Get("b", []byte(from))
	if wantVal, wantOK := model[from]; err != nil || ok != wantOK || string(val) != wantVal {
		rt.Fatalf("Get(%q) gave %q, %v, %v; want %q, %v", from, val, ok, err, wantVal, wantOK)
	}
}

// nothing is a parent that holds nothing and takes everything.
type nothing struct{ kv.Tx }

func (nothing) Get(string, []byte) ([]byte, bool, error) { return nil, false, nil }
func (nothing) Put(string, []byte, []byte) error         { return nil }
func (nothing) Delete(string, []byte) error              { return nil }
func (nothing) Scan(string, []byte, []byte, func(k, v []byte) (bool, error)) error {
	return nil
}

// TestOverlayPutAllocates keeps the hot path cheap: an overlay is made for every
// message.
func TestOverlayPutAllocates(t *testing.T) {
	const puts = 15
	keys := make([][]byte, puts)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key %d", i)
	}
	val := make([]byte, 200)
	perMessage := testing.AllocsPerRun(100, func() {
		o := kv.NewOverlay(nothing{})
		for i, k := range keys {
			_ = o.Put([]string{"x", "y", "z"}[i%3], k, val)
		}
		_ = flush(o, nothing{})
	})
	if perPut := perMessage / puts; perPut > 2 {
		t.Errorf("%.1f allocations a Put; want at most 2", perPut)
	}
}

// BenchmarkOverlayPut measures a Put, in overlays from one message's size up: the
// cost must not grow with the size but for the depth of the tree.
func BenchmarkOverlayPut(b *testing.B) {
	for _, size := range []int{15, 1_000, 200_000} {
		b.Run(fmt.Sprintf("puts=%d", size), func(b *testing.B) {
			keys := make([][]byte, size)
			for i := range keys {
				keys[i] = fmt.Appendf(nil, "%016x", rand.Uint64())
			}
			val := make([]byte, 200)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; {
				o := kv.NewOverlay(nothing{})
				for j := 0; j < size && i < b.N; j++ {
					_ = o.Put("bucket", keys[j], val)
					i++
				}
				_ = flush(o, nothing{})
			}
		})
	}
}

// BenchmarkOverlayScan measures a pair of a Scan, over a parent in memory with and
// without writes on top.
func BenchmarkOverlayScan(b *testing.B) {
	const n = 10_000
	pairs := make(map[string]string, n)
	for i := range n {
		pairs[fmt.Sprintf("%08d", 2*i)] = "value"
	}
	for _, writes := range []int{0, 15, n} {
		b.Run(fmt.Sprintf("writes=%d", writes), func(b *testing.B) {
			inUpdate(b, pairs, func(tx kv.Tx) error {
				o := kv.NewOverlay(tx)
				for i := range writes {
					_ = o.Put("b", fmt.Appendf(nil, "%08d", 2*i+1), nil)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := 0; i < b.N; {
					err := o.Scan("b", nil, nil, func(_, _ []byte) (bool, error) {
						i++
						return i < b.N, nil
					})
					if err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}
