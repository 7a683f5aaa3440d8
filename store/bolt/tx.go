package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"
)

// boltTx is a kv.Tx, to be wrapped in kv.Checked.
type boltTx struct {
	tx      *bbolt.Tx
	buckets map[string]*bbolt.Bucket
	ends    map[*bbolt.Bucket][]byte // the last key of each that was written to, before it was
	wrote   bool
	err     error // the first failure of a write; such a transaction is not committed
}

// bucket returns the bucket of that name, nil if there is none.
func (t *boltTx) bucket(name string) *bbolt.Bucket {
	if b, ok := t.buckets[name]; ok {
		return b
	}
	b := t.tx.Bucket([]byte(name))
	if b != nil {
		t.keep(name, b)
	}
	return b
}

func (t *boltTx) keep(name string, b *bbolt.Bucket) {
	if t.buckets == nil {
		t.buckets = make(map[string]*bbolt.Bucket)
	}
	t.buckets[name] = b
}

func (t *boltTx) Get(bucket string, key []byte) (val []byte, ok bool, err error) {
	err = guard(func() error {
		if b := t.bucket(bucket); b != nil {
			// Bbolt's slice lies in the mapped file: it ends with the transaction.
			val = bytes.Clone(b.Get(key))
		}
		return nil
	})
	return val, val != nil, err
}

func (t *boltTx) Put(bucket string, key, val []byte) error {
	return t.write(func() error {
		b := t.bucket(bucket)
		if b == nil {
			var err error
			if b, err = t.tx.CreateBucket([]byte(bucket)); err != nil {
				return err
			}
			t.keep(bucket, b)
		}
		if bytes.Compare(key, t.end(b)) > 0 {
			b.FillPercent = appendFill
		}
		return b.Put(key, append(make([]byte, 0, len(val)), val...)) // bbolt copies the key, but not the value
	})
}

// appendFill is how full bbolt leaves the pages of a bucket that grows at its end.
// Half full, its default, leaves room for keys in between, which do not come here,
// and would write and keep twice as many pages.
const appendFill = 0.9

// end is the last key that a bucket had before this transaction wrote to it. It must
// be asked for at the first write: looking for the last key among pages that a
// Delete has emptied, bbolt goes round for ever.
func (t *boltTx) end(b *bbolt.Bucket) []byte {
	last, ok := t.ends[b]
	if !ok {
		k, _ := b.Cursor().Last()
		last = bytes.Clone(k)
		if t.ends == nil {
			t.ends = make(map[*bbolt.Bucket][]byte)
		}
		t.ends[b] = last
	}
	return last
}

func (t *boltTx) Delete(bucket string, key []byte) error {
	return t.write(func() error {
		if b := t.bucket(bucket); b != nil {
			t.end(b)
			return b.Delete(key)
		}
		return nil
	})
}

func (t *boltTx) write(step func() error) error {
	t.wrote = true
	err := guard(step)
	if err != nil && t.err == nil {
		t.err = err
	}
	return err
}

// Bounds of the pairs that Scan reads ahead. Most scans want a handful.
const (
	firstChunk    = 8
	lastChunk     = 256
	maxChunkBytes = 64 << 10
)

type pair struct{ key, val []byte }

// Scan reads pairs ahead in chunks: fn may write, and a bbolt cursor does not
// survive that.
func (t *boltTx) Scan(bucket string, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	var chunk []pair
	for limit := firstChunk; ; limit = min(2*limit, lastChunk) {
		var end bool
		err := guard(func() error {
			chunk, end = t.read(chunk[:0], bucket, from, to, limit)
			return nil
		})
		if err != nil {
			return err
		}
		for _, p := range chunk {
			if more, err := fn(p.key, p.val); err != nil || !more {
				return err
			}
		}
		if end {
			return nil
		}
		last := chunk[len(chunk)-1].key
		from = append(bytes.Clone(last), 0) // the least key after it
	}
}

// read appends up to limit pairs of the range to chunk, and says whether the range
// ends there.
func (t *boltTx) read(chunk []pair, bucket string, from, to []byte, limit int) (_ []pair, end bool) {
	b := t.bucket(bucket)
	if b == nil {
		return chunk, true
	}
	size := 0
	c := b.Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if len(to) > 0 && bytes.Compare(k, to) >= 0 {
			return chunk, true
		}
		if len(chunk) == limit || size > maxChunkBytes {
			return chunk, false
		}
		buf := make([]byte, len(k)+len(v)) // both in one allocation
		n := copy(buf, k)
		copy(buf[n:], v)
		chunk = append(chunk, pair{key: buf[:n:n], val: buf[n:]})
		size += len(buf)
	}
	return chunk, true
}
