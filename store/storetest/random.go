package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"yunzhuan/store/kv"
)

// RunPair runs the same random transactions on two drivers side by side and
// compares all that they answer.
func RunPair(t *testing.T, openA, openB Open) {
	t.Helper()
	a, b := fresh(t, openA), fresh(t, openB)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++ // every run has buckets of its own, so that it begins with none
		p := &pairRun{a: a, b: b, bucket: fmt.Sprintf("%d", run)}
		for range rapid.IntRange(1, 3).Draw(rt, "transactions") {
			p.transaction(rt)
		}
	})
}

type pairRun struct {
	a, b   kv.DB
	bucket string
}

// op is one step of a transaction.
type op struct {
	Kind   string // put, fill, delete, get, scan, rewrite, clear
	Bucket string
	Key    []byte
	To     []byte // end of a scan
	Val    []byte
	Limit  int // pairs after which a scan stops
}

var errRandom = errors.New("storetest: random failure")

// Keys are few, so that they meet, and lie close to each other.
var (
	randomKey = rapid.OneOf(
		rapid.SampledFrom([][]byte{{0}, {0, 0}, []byte("a"), []byte("a\x00"), []byte("aa"), []byte("b"), {0xff}, {0xff, 0xff}}),
		rapid.SliceOfN(rapid.SampledFrom([]byte("ab\x00\xff")), 1, 5),
		rapid.Map(rapid.IntRange(0, 400), func(n int) []byte { return fmt.Appendf(nil, "%03d", n) }))
	randomValue = rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 20), rapid.Just(bytes.Repeat([]byte("long"), 2000)))
	randomBound = rapid.OneOf(rapid.Just([]byte(nil)), randomKey)
	randomOp    = rapid.Custom(func(t *rapid.T) op {
		o := op{
			Kind:   rapid.SampledFrom([]string{"put", "put", "put", "fill", "delete", "delete", "get", "scan", "rewrite", "clear"}).Draw(t, "kind"),
			Bucket: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "bucket"),
		}
		switch o.Kind {
		case "put":
			o.Key, o.Val = randomKey.Draw(t, "key"), randomValue.Draw(t, "val")
		case "delete", "get", "fill":
			o.Key = randomKey.Draw(t, "key")
		default:
			o.Key, o.To = randomBound.Draw(t, "from"), randomBound.Draw(t, "to")
			o.Limit = rapid.SampledFrom([]int{1, 2, 7, 100, 1000}).Draw(t, "limit")
		}
		return o
	})
)

// transaction runs one random transaction on both, and compares.
func (p *pairRun) transaction(t *rapid.T) {
	ops := rapid.SliceOfN(randomOp, 1, 25).Draw(t, "ops")
	end := rapid.SampledFrom([]string{"commit", "commit", "commit", "fail", "panic"}).Draw(t, "end")
	logA, errA := p.run(p.a, ops, end)
	logB, errB := p.run(p.b, ops, end)
	if errA != nil || errB != nil {
		t.Fatalf("with %s, one Update gave %v, the other %v", end, errA, errB)
	}
	if !slices.Equal(logA, logB) {
		t.Fatalf("the drivers answer differently:\n%s", firstDifference(logA, logB))
	}
	afterA, errA := p.content(p.a)
	afterB, errB := p.content(p.b)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(afterA, afterB) {
		t.Fatalf("after %s the drivers hold different things:\n%s", end, firstDifference(afterA, afterB))
	}
}

// run runs the steps in one Update and returns what they answered, and an error if
// the Update does not end as it should.
func (p *pairRun) run(db kv.DB, ops []op, end string) (log []string, err error) {
	defer func() {
		r := recover()
		if r != nil && r != errRandom { //nolint:errorlint // the very value
			panic(r)
		}
		if end == "panic" && r == nil && err == nil {
			err = errors.New("no panic")
		}
	}()
	err = db.Update(context.Background(), func(tx kv.Tx) error {
		log = nil
		for _, o := range ops {
			o.Bucket += p.bucket
			answer, err := o.run(tx)
			if err != nil {
				return err
			}
			log = append(log, answer)
		}
		switch end {
		case "fail":
			return errRandom
		case "panic":
			panic(errRandom)
		}
		return nil
	})
	if end == "fail" {
		if !errors.Is(err, errRandom) {
			return log, fmt.Errorf("Update gave %v; want its closure's error", err) //nolint:errorlint // may be nil
		}
		err = nil
	}
	return log, err
}

// run takes the step and returns its answer.
func (o op) run(tx kv.Tx) (string, error) {
	switch o.Kind {
	case "put":
		return "", tx.Put(o.Bucket, o.Key, o.Val)
	case "fill":
		for i := range 40 {
			if err := tx.Put(o.Bucket, fmt.Appendf(nil, "%s%d", o.Key, i), o.Key); err != nil {
				return "", err
			}
		}
		return "", nil
	case "delete":
		return "", tx.Delete(o.Bucket, o.Key)
	case "get":
		val, ok, err := tx.Get(o.Bucket, o.Key)
		return fmt.Sprintf("get %q = %q, %v", o.Key, val, ok), err
	}
	return o.scan(tx)
}

// scan scans, and writes under the scan, but only to the key that is shown: what
// else a driver shows of its own writes is its own affair.
func (o op) scan(tx kv.Tx) (string, error) {
	answer, left := o.Kind, o.Limit
	err := tx.Scan(o.Bucket, o.Key, o.To, func(k, v []byte) (bool, error) {
		answer += fmt.Sprintf(" %q=%q", k, v)
		left--
		switch o.Kind {
		case "rewrite":
			return left > 0, tx.Put(o.Bucket, k, append([]byte("+"), v...))
		case "clear":
			return left > 0, tx.Delete(o.Bucket, k)
		}
		return left > 0, nil
	})
	return answer, err
}

// content is all that a View shows.
func (p *pairRun) content(db kv.DB) (list []string, err error) {
	err = db.View(context.Background(), func(tx kv.Tx) error {
		x, errX := dump(tx, "x"+p.bucket, nil, nil)
		y, errY := dump(tx, "y"+p.bucket, nil, nil)
		list = append(append(x, "---"), y...)
		return errors.Join(errX, errY)
	})
	return list, err
}

// firstDifference shows where two lists part.
func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%d: %.300s\n%d: %.300s", i, a[i], i, b[i])
		}
	}
	return fmt.Sprintf("%d or %d lines", len(a), len(b))
}
