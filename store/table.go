package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"yunzhuan/store/kv"
)

// Schema declares a table.
type Schema[V any] struct {
	// Version is the version of the encoding that Put writes, from 1.
	Version int
	// Indexes name the ways to find records: each function returns the values
	// under which a record is found.
	Indexes map[string]func(V) []string
	// Upgrade turns an encoding of the version it is filed under into the next.
	Upgrade map[int]func(json.RawMessage) (json.RawMessage, error)
	// Copy, where it is set, returns a V that shares nothing with the given one. The
	// table then remembers what it decoded: for records that nearly every message
	// reads, and few changes.
	Copy func(V) V
	// Private keeps a table out of the audit chain and of undo: for the bot's own
	// bookkeeping, and for what must not be tied to a person.
	Private bool
}

// Table is a typed table. Records are JSON in an envelope with the version of
// their encoding; keys and index values are not empty and hold no NUL.
type Table[V any] struct {
	name    string
	schema  Schema[V]
	indexes []string // names, sorted

	memoMu sync.Mutex
	memo   map[string]V // by encoding, hence never out of date; see Schema.Copy
}

// maxMemo bounds the records that a table remembers.
const maxMemo = 4096

// rawTable is what the audit chain and undo need of a table.
type rawTable interface {
	putRaw(tx *Tx, key string, raw []byte) error
	check(raw []byte) error
}

// tables holds every declared table by name; written by package initialisation
// alone.
var tables = map[string]rawTable{}

// NewTable declares a table; call it from a package variable. It panics on a
// name that is taken, for that is a fault of the program.
func NewTable[V any](name string, s Schema[V]) *Table[V] {
	if _, taken := tables[name]; taken {
		panic("store: table declared twice: " + name)
	}
	if s.Version < 1 {
		panic("store: table without version: " + name)
	}
	t := &Table[V]{name: name, schema: s, indexes: slices.Sorted(maps.Keys(s.Indexes))}
	tables[name] = t
	return t
}

// Tables lists the declared tables, sorted.
func Tables() []string { return slices.Sorted(maps.Keys(tables)) }

// CheckEncoding says whether the named table can read an encoded record.
func CheckEncoding(table string, raw []byte) error {
	t, ok := tables[table]
	if !ok {
		return fmt.Errorf("no table %q", table)
	}
	return t.check(raw)
}

// Raw hands out the encoded records of the named table in key order.
func (tx *Tx) Raw(table string, fn func(key string, raw []byte) (more bool, err error)) error {
	return tx.kv.Scan(table, nil, nil, func(k, v []byte) (bool, error) { return fn(string(k), v) })
}

// Get reads the record of a key.
func (t *Table[V]) Get(tx *Tx, key string) (V, bool, error) {
	var zero V
	raw, ok, err := tx.kv.Get(t.name, []byte(key))
	if err != nil {
		return zero, false, fmt.Errorf("get %s: %w", t.name, err)
	}
	if !ok {
		return zero, false, nil
	}
	v, err := t.decode(raw)
	if err != nil {
		return zero, false, fmt.Errorf("get %s %s: %w", t.name, key, err)
	}
	return v, true, nil
}

// Put writes a record and keeps the indexes and the audit line.
func (t *Table[V]) Put(tx *Tx, key string, v V) error {
	_, err := t.put(tx, key, v)
	return err
}

// put is Put that returns the record as it was encoded.
func (t *Table[V]) put(tx *Tx, key string, v V) ([]byte, error) {
	if key == "" || strings.IndexByte(key, 0) >= 0 {
		return nil, fmt.Errorf("put %s: bad key %q", t.name, key)
	}
	rec, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("put %s %s: %w", t.name, key, err)
	}
	raw := make([]byte, 0, len(rec)+16)
	raw = append(raw, `{"v":`...)
	raw = strconv.AppendInt(raw, int64(t.schema.Version), 10)
	raw = append(raw, `,"r":`...)
	raw = append(raw, rec...)
	raw = append(raw, '}')
	if err := t.replace(tx, key, raw, &v); err != nil {
		return nil, fmt.Errorf("put %s %s: %w", t.name, key, err)
	}
	return raw, nil
}

// Delete removes a record; one that is not there is no error.
func (t *Table[V]) Delete(tx *Tx, key string) error {
	if err := t.replace(tx, key, nil, nil); err != nil {
		return fmt.Errorf("delete %s %s: %w", t.name, key, err)
	}
	return nil
}

// replace puts raw (v, decoded) in the place of what is there; nil removes it.
func (t *Table[V]) replace(tx *Tx, key string, raw []byte, v *V) error {
	k := []byte(key)
	if t.schema.Private && len(t.indexes) == 0 { // nobody asks what was there before
		if raw == nil {
			return tx.kv.Delete(t.name, k)
		}
		return tx.kv.Put(t.name, k, raw)
	}
	old, had, err := tx.kv.Get(t.name, k)
	if err != nil {
		return err
	}
	if !had && raw == nil || had && bytes.Equal(old, raw) {
		return nil
	}
	if len(t.indexes) > 0 {
		var before *V
		if had {
			o, err := t.decode(old)
			if err != nil {
				return err
			}
			before = &o
		}
		if err := t.reindex(tx, key, before, v); err != nil {
			return err
		}
	}
	if raw == nil {
		err = tx.kv.Delete(t.name, k)
	} else {
		err = tx.kv.Put(t.name, k, raw)
	}
	if err == nil && !t.schema.Private {
		tx.changes = append(tx.changes, Change{Table: t.name, Key: key, Before: old, After: raw})
	}
	return err
}

func (t *Table[V]) reindex(tx *Tx, key string, before, after *V) error {
	for _, name := range t.indexes {
		var gone, come []string
		if before != nil {
			gone = t.schema.Indexes[name](*before)
		}
		if after != nil {
			come = t.schema.Indexes[name](*after)
		}
		bucket := t.indexBucket(name)
		for _, val := range gone {
			if !slices.Contains(come, val) {
				if err := tx.kv.Delete(bucket, indexKey(val, key)); err != nil {
					return err
				}
			}
		}
		for _, val := range come {
			if val == "" || strings.IndexByte(val, 0) >= 0 {
				return fmt.Errorf("index %s: bad value %q", name, val)
			}
			if !slices.Contains(gone, val) {
				if err := tx.kv.Put(bucket, indexKey(val, key), nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (t *Table[V]) indexBucket(index string) string { return "ix." + t.name + "." + index }

func indexKey(val, key string) []byte {
	return append(append([]byte(val), 0), key...)
}

// Scan calls fn for every record whose key begins with prefix, in key order,
// until fn returns false or an error.
func (t *Table[V]) Scan(tx *Tx, prefix string, fn func(key string, v V) (more bool, err error)) error {
	from := []byte(prefix)
	return t.scanRange(tx, from, kv.PrefixEnd(from), fn)
}

// From calls fn for every record whose key is at least from, in key order.
func (t *Table[V]) From(tx *Tx, from string, fn func(key string, v V) (more bool, err error)) error {
	return t.scanRange(tx, []byte(from), nil, fn)
}

func (t *Table[V]) scanRange(tx *Tx, from, to []byte, fn func(key string, v V) (bool, error)) error {
	return tx.kv.Scan(t.name, from, to, func(k, raw []byte) (bool, error) {
		v, err := t.decode(raw)
		if err != nil {
			return false, fmt.Errorf("scan %s %s: %w", t.name, k, err)
		}
		return fn(string(k), v)
	})
}

// By calls fn for every record that the named index finds under val, in key
// order, until fn returns false or an error.
func (t *Table[V]) By(tx *Tx, index, val string, fn func(key string, v V) (more bool, err error)) error {
	if _, ok := t.schema.Indexes[index]; !ok {
		return fmt.Errorf("table %s has no index %q", t.name, index)
	}
	from := indexKey(val, "")
	return tx.kv.Scan(t.indexBucket(index), from, kv.PrefixEnd(from), func(k, _ []byte) (bool, error) {
		key := string(k[len(from):])
		v, ok, err := t.Get(tx, key)
		if err != nil {
			return false, err
		}
		if !ok {
			return true, nil // removed while the scan was running
		}
		return fn(key, v)
	})
}

// All returns the records whose key begins with prefix, in key order.
func (t *Table[V]) All(tx *Tx, prefix string) ([]V, error) {
	var out []V
	err := t.Scan(tx, prefix, func(_ string, v V) (bool, error) {
		out = append(out, v)
		return true, nil
	})
	return out, err
}

// AllBy returns the records that the named index finds under val, in key order.
func (t *Table[V]) AllBy(tx *Tx, index, val string) ([]V, error) {
	var out []V
	err := t.By(tx, index, val, func(_ string, v V) (bool, error) {
		out = append(out, v)
		return true, nil
	})
	return out, err
}

// decode reads an envelope, from memory where it can.
func (t *Table[V]) decode(raw []byte) (V, error) {
	if t.schema.Copy == nil {
		return t.parse(raw)
	}
	t.memoMu.Lock()
	defer t.memoMu.Unlock()
	v, ok := t.memo[string(raw)]
	if !ok {
		var err error
		if v, err = t.parse(raw); err != nil {
			return v, err
		}
		if t.memo == nil || len(t.memo) >= maxMemo {
			t.memo = map[string]V{}
		}
		t.memo[string(raw)] = v
	}
	return t.schema.Copy(v), nil
}

// parse reads an envelope, bringing an old encoding up to the current version.
func (t *Table[V]) parse(raw []byte) (V, error) {
	var v V
	version, rec, err := openEnvelope(raw)
	if err != nil {
		return v, err
	}
	if version > t.schema.Version {
		return v, fmt.Errorf("record of version %d is newer than this program (%d)", version, t.schema.Version)
	}
	for ; version < t.schema.Version; version++ {
		up, ok := t.schema.Upgrade[version]
		if !ok {
			return v, fmt.Errorf("no upgrade from version %d", version)
		}
		if rec, err = up(rec); err != nil {
			return v, fmt.Errorf("upgrade from version %d: %w", version, err)
		}
	}
	if err := json.Unmarshal(rec, &v); err != nil {
		return v, fmt.Errorf("decode: %w", err)
	}
	return v, nil
}

// openEnvelope splits `{"v":1,"r":…}`, always written in this form, without
// parsing the record twice.
func openEnvelope(raw []byte) (version int, rec []byte, err error) {
	rest, ok := bytes.CutPrefix(raw, []byte(`{"v":`))
	num, rec, ok2 := bytes.Cut(rest, []byte(`,"r":`))
	if !ok || !ok2 || len(rec) < 2 || rec[len(rec)-1] != '}' {
		return 0, nil, fmt.Errorf("decode: not a record")
	}
	version, err = strconv.Atoi(string(num))
	if err != nil || version < 1 {
		return 0, nil, fmt.Errorf("decode: bad version %q", num)
	}
	return version, rec[:len(rec)-1], nil
}

// putRaw puts an encoded record back (nil: removes it); undo uses it.
func (t *Table[V]) putRaw(tx *Tx, key string, raw []byte) error {
	if raw == nil {
		return t.replace(tx, key, nil, nil)
	}
	v, err := t.decode(raw)
	if err != nil {
		return err
	}
	return t.replace(tx, key, raw, &v)
}

func (t *Table[V]) check(raw []byte) error {
	_, err := t.decode(raw)
	return err
}
