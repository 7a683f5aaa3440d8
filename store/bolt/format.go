package bolt

import (
	"encoding/binary"
	"hash/fnv"
	"os"

	"yunzhuan/store/kv"
)

// Bbolt's file format, version 2, in the byte order of the machine: pages of
// 4 KiB, each with a header and, in the tree, an array of elements that point to
// the keys and values behind it. Pages 0 and 1 are two generations of the meta
// page; the valid one with the higher transaction number counts.
const (
	headerSize  = 16 // id 8, flags 2, count 2, overflow 4
	elementSize = 16 // branch: pos 4, ksize 4, page 8; leaf: flags 4, pos 4, ksize 4, vsize 4
	bucketSize  = 16 // root page 8, sequence 8

	metaMagic   = 0xED0CDAED
	metaVersion = 2

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of a leaf element

	noFreelist = ^uint64(0)
)

var order = binary.NativeEndian

// meta is what a meta page says, as far as it matters here.
type meta struct {
	pageSize             int
	root, freelist, high uint64 // page numbers; high is the first one never used
	txid                 uint64
}

// readMeta returns the meta page that counts.
func readMeta(f *os.File) (meta, error) {
	buf := make([]byte, pageSize)
	if _, err := f.ReadAt(buf, 0); err != nil {
		return meta{}, damaged("too short for a store: %v", err)
	}
	best, ok := parseMeta(buf)
	// Where the second one lies follows from the page size, which stands in both.
	for size := 1 << 10; size <= 64<<10; size <<= 1 {
		if ok && size != best.pageSize {
			continue
		}
		if _, err := f.ReadAt(buf, int64(size)); err != nil {
			break
		}
		if m, valid := parseMeta(buf); valid && m.pageSize == size && (!ok || m.txid > best.txid) {
			best, ok = m, true
		}
	}
	if !ok {
		return meta{}, damaged("no valid bbolt header")
	}
	return best, nil
}

// parseMeta reads a meta page, and says whether it is a valid one.
func parseMeta(page []byte) (meta, bool) {
	b := page[headerSize:]
	if order.Uint32(b) != metaMagic || order.Uint32(b[4:]) != metaVersion {
		return meta{}, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:56]) // a hash does not fail
	if order.Uint64(b[56:]) != sum.Sum64() {
		return meta{}, false
	}
	m := meta{
		pageSize: int(order.Uint32(b[8:])),
		root:     order.Uint64(b[16:]),
		freelist: order.Uint64(b[32:]),
		high:     order.Uint64(b[40:]),
		txid:     order.Uint64(b[48:]),
	}
	return m, m.pageSize >= 1<<10 && m.pageSize <= 64<<10 && m.pageSize&(m.pageSize-1) == 0
}

// page is one page, with those it overflows into.
type page struct {
	id    uint64
	flags uint16
	count int
	data  []byte // from the header on
}

// branchElement returns the key and the child of the i-th element.
func (p page) branchElement(i int) (key []byte, child uint64, err error) {
	e, err := p.element(i)
	if err != nil {
		return nil, 0, err
	}
	key, err = p.key(i, uint64(order.Uint32(e)), order.Uint32(e[4:]))
	return key, order.Uint64(e[8:]), err
}

// leafElement returns the key and the value of the i-th element, and whether that
// is a bucket's entry.
func (p page) leafElement(i int) (key, val []byte, bucket bool, err error) {
	e, err := p.element(i)
	if err != nil {
		return nil, nil, false, err
	}
	pos, ksize := uint64(order.Uint32(e[4:])), order.Uint32(e[8:])
	if key, err = p.key(i, pos, ksize); err != nil {
		return nil, nil, false, err
	}
	val, err = p.slice(i, pos+uint64(ksize), order.Uint32(e[12:]))
	return key, val, order.Uint32(e)&bucketFlag != 0, err
}

// element returns the i-th element of the page's array.
func (p page) element(i int) ([]byte, error) {
	at := headerSize + i*elementSize
	if at+elementSize > len(p.data) {
		return nil, damaged("page %d is cut off at element %d", p.id, i)
	}
	return p.data[at : at+elementSize], nil
}

// key is slice for a key, which must be one that kv allows.
func (p page) key(i int, pos uint64, size uint32) ([]byte, error) {
	if size == 0 || size > kv.MaxKey {
		return nil, damaged("page %d: key %d is of %d bytes", p.id, i, size)
	}
	return p.slice(i, pos, size)
}

// slice returns the bytes at pos, counted from element i.
func (p page) slice(i int, pos uint64, size uint32) ([]byte, error) {
	from := uint64(headerSize+i*elementSize) + pos
	to := from + uint64(size)
	if to > uint64(len(p.data)) {
		return nil, damaged("page %d: element %d lies outside of it", p.id, i)
	}
	return p.data[from:to], nil
}
