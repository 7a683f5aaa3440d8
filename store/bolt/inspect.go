package bolt

import (
	"bytes"
	"fmt"
	"os"
)

// inspector walks every page of a store file that bbolt would follow.
type inspector struct {
	f    *os.File
	meta meta
	seen []uint64 // a bit for each page that is in use
	free [][]byte // buffers of one page that can be used again
}

// inspect reads the structure of a store file, all pages, keys and lengths, but
// not the values, and returns ErrCorrupt if bbolt could stumble over it. The file
// must be locked.
func inspect(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	m, err := readMeta(f)
	if err != nil {
		return err
	}
	if m.high > uint64(info.Size())/uint64(m.pageSize) {
		return damaged("truncated: %d of %d bytes", info.Size(), m.high*uint64(m.pageSize))
	}
	in := &inspector{f: f, meta: m, seen: make([]uint64, m.high/64+1)}
	if err := in.tree(m.root, span{top: true}); err != nil {
		return err
	}
	return in.freelist()
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// read reads a page and marks it as used.
func (in *inspector) read(id uint64) (page, error) {
	if id < 2 || id >= in.meta.high {
		return page{}, damaged("page %d does not exist", id)
	}
	data := in.buffer()
	if _, err := in.f.ReadAt(data, int64(id)*int64(in.meta.pageSize)); err != nil {
		return page{}, fmt.Errorf("read page %d: %w", id, err)
	}
	p := page{id: id, flags: order.Uint16(data[8:]), count: int(order.Uint16(data[10:])), data: data}
	overflow := uint64(order.Uint32(data[12:]))
	if got := order.Uint64(data); got != id {
		return page{}, damaged("page %d says it is page %d", id, got)
	}
	if overflow >= in.meta.high-id {
		return page{}, damaged("page %d is longer than the file", id)
	}
	for i := id; i <= id+overflow; i++ {
		if in.used(i) {
			return page{}, damaged("page %d is used twice", i)
		}
		in.seen[i/64] |= 1 << (i % 64)
	}
	if overflow > 0 {
		p.data = make([]byte, int(overflow+1)*in.meta.pageSize)
		if _, err := in.f.ReadAt(p.data, int64(id)*int64(in.meta.pageSize)); err != nil {
			return page{}, fmt.Errorf("read page %d: %w", id, err)
		}
	}
	return p, nil
}

// buffer returns a buffer of one page; release takes a page's back.
func (in *inspector) buffer() []byte {
	if n := len(in.free); n > 0 {
		buf := in.free[n-1]
		in.free = in.free[:n-1]
		return buf
	}
	return make([]byte, in.meta.pageSize)
}

func (in *inspector) release(p page) {
	if len(p.data) == in.meta.pageSize {
		in.free = append(in.free, p.data)
	}
}

func (in *inspector) used(id uint64) bool { return in.seen[id/64]&(1<<(id%64)) != 0 }

// span is what a subtree may hold: keys with low <= key < high, where nil is no
// bound; in the top tree buckets, in a bucket's none.
type span struct {
	low, high []byte
	depth     int
	top       bool
}

// maxDepth is far beyond any tree's: a branch page has dozens of children.
const maxDepth = 64

// tree inspects the subtree at page id.
func (in *inspector) tree(id uint64, s span) error {
	if s.depth++; s.depth > maxDepth {
		return damaged("page %d lies too deep", id)
	}
	p, err := in.read(id)
	if err != nil {
		return err
	}
	defer in.release(p)
	switch p.flags {
	case branchFlag:
		return in.branch(p, s)
	case leafFlag:
		return in.leaf(p, s)
	}
	return damaged("page %d is of no kind that belongs here (%#x)", id, p.flags)
}

func (in *inspector) branch(p page, s span) error {
	if p.count == 0 {
		return damaged("branch page %d is empty", p.id)
	}
	for i := range p.count {
		key, id, err := p.branchElement(i)
		if err != nil {
			return err
		}
		child := s
		child.low = key
		if i+1 < p.count {
			if child.high, _, err = p.branchElement(i + 1); err != nil {
				return err
			}
		}
		if s.low != nil && bytes.Compare(s.low, key) > 0 || child.high != nil && bytes.Compare(key, child.high) >= 0 {
			return damaged("page %d: key %d is out of order", p.id, i)
		}
		if err := in.tree(id, child); err != nil {
			return err
		}
	}
	return nil
}

func (in *inspector) leaf(p page, s span) error {
	low := s.low
	if p.count == 0 && low != nil { // a bucket may be empty, a page below another is not
		return damaged("leaf page %d is empty", p.id)
	}
	for i := range p.count {
		key, val, bucket, err := p.leafElement(i)
		if err != nil {
			return err
		}
		if order := bytes.Compare(low, key); order > 0 || order == 0 && i > 0 {
			return damaged("page %d: key %d is out of order", p.id, i)
		}
		low = key
		if bucket != s.top {
			return damaged("page %d: element %d is not of this program", p.id, i)
		}
		if bucket {
			if err := in.bucket(p.id, val, s.depth); err != nil {
				return err
			}
		}
	}
	if p.count > 0 && s.high != nil && bytes.Compare(low, s.high) >= 0 {
		return damaged("page %d: its last key belongs elsewhere", p.id)
	}
	return nil
}

// bucket inspects a bucket by its entry: its root page, or the page that stands in
// the entry itself, as that of a small bucket does.
func (in *inspector) bucket(at uint64, entry []byte, depth int) error {
	if len(entry) < bucketSize {
		return damaged("page %d: a bucket entry is cut off", at)
	}
	if root := order.Uint64(entry); root != 0 {
		return in.tree(root, span{depth: depth})
	}
	data := entry[bucketSize:]
	if len(data) < headerSize || order.Uint16(data[8:]) != leafFlag {
		return damaged("page %d: an inline bucket is cut off", at)
	}
	return in.leaf(page{id: at, count: int(order.Uint16(data[10:])), data: data}, span{depth: depth})
}

// freelist checks that no page is both free and in use: bbolt would write over it.
func (in *inspector) freelist() error {
	if in.meta.freelist == noFreelist {
		return nil // bbolt makes it anew from the tree
	}
	p, err := in.read(in.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != freelistFlag {
		return damaged("page %d is not the list of free pages", p.id)
	}
	ids, count := p.data[headerSize:], uint64(p.count)
	if p.count == 0xFFFF { // the true count follows
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return damaged("the list of free pages is cut off")
	}
	for i := range count {
		id := order.Uint64(ids[8*i:])
		if id < 2 || id >= in.meta.high {
			return damaged("free page %d does not exist", id)
		}
		if in.used(id) {
			return damaged("page %d is in use, or listed as free twice", id)
		}
		in.seen[id/64] |= 1 << (id % 64)
	}
	return nil
}
