package chat

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// widestMark is the longest "（2/3）" that a part's title is measured with.
const widestMark = "（999/999）"

// Split cuts b into the Bodies of its parts, each of which fits, in order; a
// Body that fits stays as it is. fits must be a pure function, so that the parts
// of a Body are the same on every call, and must hold for less when it holds for
// more.
//
// It cuts between blocks, list items and table rows (whose header is repeated),
// then between lines, then between words, and never inside a character, a web
// address or a table row. Mentions go with the first part, actions with the
// last, files after them. Each title says which part it is, but for files, which
// do not count. What cannot be cut further and still does not fit (a picture, an
// action) is a part of its own.
func (b Body) Split(fits func(Body) bool) []Body {
	if fits(b) {
		return []Body{b}
	}
	s := splitter{fits: fits, title: b.Title + widestMark, numbered: map[int]bool{}}
	s.begin()
	s.cur.Mentions = b.Mentions
	for i, bl := range b.Blocks {
		for _, u := range unitsOf(i, bl) {
			if u.block.File == nil {
				s.put(u)
			}
		}
	}
	for i := range b.Actions {
		s.put(unit{group: -1, action: &b.Actions[i]})
	}
	s.flush()
	for i := range s.parts {
		s.parts[i].Title = b.Title
		if len(s.parts) > 1 {
			s.parts[i].Title = fmt.Sprintf("%s（%d/%d）", b.Title, i+1, len(s.parts))
		}
	}
	for _, bl := range b.Blocks {
		if bl.File != nil {
			s.parts = append(s.parts, Body{Title: b.Title, Blocks: []Block{bl}})
		}
	}
	return s.parts
}

// unit is the smallest piece that is moved as a whole: a heading, a line, a list
// item, a table row, a picture, an action. Units of one group stand in one block.
type unit struct {
	group  int
	block  Block // the unit alone
	number int   // of an item of a numbered list, from 1
	action *Action
}

func unitsOf(group int, bl Block) []unit {
	var units []unit
	switch {
	case bl.Lines != nil:
		for _, l := range bl.Lines {
			units = append(units, unit{group: group, block: Block{Lines: []Line{l}}})
		}
	case bl.List != nil:
		for i, it := range bl.List.Items {
			u := unit{group: group, block: Block{List: &List{Ordered: bl.List.Ordered, Items: []Line{it}}}}
			if bl.List.Ordered {
				u.number = i + 1
			}
			units = append(units, u)
		}
	case bl.Table != nil:
		for _, row := range bl.Table.Rows {
			units = append(units, unit{group: group, block: Block{Table: &Table{Header: bl.Table.Header, Rows: [][]string{row}}}})
		}
		if len(units) == 0 {
			units = append(units, unit{group: group, block: bl})
		}
	default:
		units = append(units, unit{group: group, block: bl})
	}
	return units
}

// splitter fills one part after the other.
type splitter struct {
	fits  func(Body) bool
	title string
	parts []Body
	cur   Body
	last  unit // the last one in cur
	count int  // units in cur
	// numbered holds the numbered lists that go on in a further part: their items
	// become lines with the number written out.
	numbered map[int]bool
}

func (s *splitter) begin() {
	s.cur, s.last, s.count = Body{Title: s.title}, unit{}, 0
}

// flush ends the part. A heading never stands at its end: it goes on to the next.
func (s *splitter) flush() {
	if s.count == 0 {
		return
	}
	carry := s.last
	if carry.block.Heading == "" || s.count == 1 {
		carry = unit{}
	} else {
		s.cur.Blocks = s.cur.Blocks[:len(s.cur.Blocks)-1]
	}
	s.parts = append(s.parts, s.cur)
	s.begin()
	if carry.block.Heading != "" {
		s.take(carry)
	}
}

func (s *splitter) put(u unit) {
	if s.fits(s.with(u)) {
		s.take(u)
		return
	}
	if alone := (Body{Title: s.title}); s.count > 0 && s.fits(u.addTo(alone, s.continued(u), false)) {
		s.turn(u)
		return
	}
	switch bl := u.block; {
	case bl.Table != nil && len(bl.Table.Rows) == 1:
		for _, line := range rowLines(bl.Table) {
			s.put(unit{group: u.group, block: Block{Lines: []Line{line}}})
		}
	case bl.Lines != nil || bl.List != nil || bl.Heading != "":
		s.tear(u)
	default:
		s.turn(u)
	}
}

// turn puts u at the beginning of a new part.
func (s *splitter) turn(u unit) {
	s.flush()
	if !s.fits(s.with(u)) {
		s.flush() // a heading that was carried over leaves no room
	}
	s.take(u)
}

// with is the part with u added.
func (s *splitter) with(u unit) Body {
	return u.addTo(s.cur, s.continued(u), s.count > 0 && s.last.group == u.group)
}

func (s *splitter) take(u unit) {
	s.cur = s.with(u)
	if s.continued(u) {
		s.numbered[u.group] = true
	}
	s.last = u
	s.count++
}

// continued says whether u belongs to a numbered list that began in an earlier
// part.
func (s *splitter) continued(u unit) bool {
	return u.number > 1 && (s.numbered[u.group] || s.count == 0 || s.last.group != u.group)
}

// tear cuts the text of u where the parts end.
func (s *splitter) tear(u unit) {
	strong, text, rebuild := u.text(s.continued(u) || u.number > 1)
	whole := strong + text
	piece := func(from, to int) unit {
		cut := len(strong)
		l := Line{Strong: whole[from:max(from, min(to, cut))], Text: whole[max(from, min(to, cut)):to]}
		if from >= cut {
			l = Line{Text: whole[from:to]}
		}
		p := unit{group: u.group, block: rebuild(l)}
		if from > 0 && p.block.List != nil {
			p.block = Block{Lines: []Line{l}}
		}
		return p
	}
	cuts := cutsOf(whole, true)
	for from := 0; from < len(whole); {
		if s.fits(s.with(piece(from, len(whole)))) {
			s.take(piece(from, len(whole)))
			return
		}
		ok := func(to int) bool { return s.fits(s.with(piece(from, to))) }
		to := longest(whole, from, cuts, ok)
		if to == from && s.count > 0 {
			s.flush()
			continue
		}
		if to == from { // longer than a part: an address of kilobytes, a heap of combining marks
			to = longest(whole, from, cutsOf(whole, false), ok)
		}
		if to == from { // not even one character fits: nothing can be done about it
			_, n := utf8.DecodeRuneInString(whole[from:])
			to = from + n
		}
		s.take(piece(from, to))
		s.flush()
		from = to
	}
}

// text is what can be torn of a unit, and how a block is made of a piece of it.
func (u unit) text(asLine bool) (strong, text string, rebuild func(Line) Block) {
	switch bl := u.block; {
	case bl.Heading != "":
		return "", bl.Heading, func(l Line) Block { return Block{Heading: l.Strong + l.Text} }
	case bl.List != nil && !asLine:
		it := bl.List.Items[0]
		return it.Strong, it.Text, func(l Line) Block {
			return Block{List: &List{Ordered: bl.List.Ordered, Items: []Line{l}}}
		}
	case bl.List != nil:
		it := numberedLine(u.number, bl.List.Items[0])
		return it.Strong, it.Text, func(l Line) Block { return Block{Lines: []Line{l}} }
	default:
		return bl.Lines[0].Strong, bl.Lines[0].Text, func(l Line) Block { return Block{Lines: []Line{l}} }
	}
}

// addTo returns b with u at its end, joined to its last block where both are of
// one group.
func (u unit) addTo(b Body, continued, join bool) Body {
	if u.action != nil {
		b.Actions = append(slices.Clip(b.Actions), *u.action)
		return b
	}
	bl := u.block
	if continued && bl.List != nil {
		bl = Block{Lines: []Line{numberedLine(u.number, bl.List.Items[0])}}
	}
	if n := len(b.Blocks); join && n > 0 {
		if joined, ok := joinBlocks(b.Blocks[n-1], bl); ok {
			b.Blocks = append(slices.Clip(b.Blocks[:n-1]), joined)
			return b
		}
	}
	return b.add(bl)
}

// joinBlocks appends what b holds to a, if both are of the same kind.
func joinBlocks(a, b Block) (Block, bool) {
	switch {
	case a.Lines != nil && b.Lines != nil:
		return Block{Lines: append(slices.Clip(a.Lines), b.Lines...)}, true
	case a.List != nil && b.List != nil:
		return Block{List: &List{Ordered: a.List.Ordered, Items: append(slices.Clip(a.List.Items), b.List.Items...)}}, true
	case a.Table != nil && b.Table != nil:
		return Block{Table: &Table{Header: a.Table.Header, Rows: append(slices.Clip(a.Table.Rows), b.Table.Rows...)}}, true
	}
	return Block{}, false
}

func numberedLine(n int, it Line) Line {
	if it.Strong != "" {
		return Line{Strong: fmt.Sprintf("%d. %s", n, it.Strong), Text: it.Text}
	}
	return Line{Text: fmt.Sprintf("%d. %s", n, it.Text)}
}

// rowLines writes a table's only row as lines, "header：cell" each.
func rowLines(t *Table) []Line {
	var lines []Line
	for i, cell := range t.Rows[0] {
		l := Line{Text: cell}
		if i < len(t.Header) {
			l.Strong = t.Header[i] + "："
		}
		lines = append(lines, l)
	}
	return lines
}

// longest returns the end of the longest piece of s from from on that ends at one
// of cuts and is ok; from itself if there is none.
func longest(s string, from int, cuts []int, ok func(to int) bool) int {
	first, found := slices.BinarySearch(cuts, from)
	if found {
		first++
	}
	cuts = cuts[first:]
	n := sort.Search(len(cuts), func(i int) bool { return !ok(cuts[i]) })
	if n == 0 {
		return from
	}
	best := cuts[n-1]
	// A cut behind a pause reads better, if it does not cost too much room.
	for i := n - 1; i >= 0 && best-cuts[i] < (best-from)/4; i-- {
		if r, _ := utf8.DecodeLastRuneInString(s[:cuts[i]]); strings.ContainsRune("。！？；，、：.!?;, \u3000", r) {
			return cuts[i]
		}
	}
	return best
}

// cutsOf lists where s may be cut, in order: between its runes and, if careful,
// not inside what a reader sees as one character, nor inside a web address.
func cutsOf(s string, careful bool) []int {
	var cuts []int
	prev, address := rune(-1), 0 // address is where the last web address ends
	for i, r := range s {
		if careful && i >= address && addressRune(r) && !addressRune(prev) {
			end := strings.IndexFunc(s[i:], func(r rune) bool { return !addressRune(r) })
			if end < 0 {
				end = len(s) - i
			}
			if strings.Contains(s[i:i+end], "://") {
				address = i + end
				cuts = append(cuts, i)
			}
		}
		if i > 0 && (!careful || i >= address && between(prev, r)) && (len(cuts) == 0 || cuts[len(cuts)-1] < i) {
			cuts = append(cuts, i)
		}
		prev = r
	}
	return cuts
}

// between says whether a reader sees prev and next as two characters.
func between(prev, next rune) bool {
	const joiner = '\u200d'
	switch {
	case next == joiner || prev == joiner, unicode.Is(unicode.Mn, next), unicode.Is(unicode.Me, next):
		return false // combining marks, variation selectors, joined emoji
	case next >= 0x1F3FB && next <= 0x1F3FF:
		return false // skin tones
	}
	return !isFlag(prev) || !isFlag(next)
}

func isFlag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// addressRune says whether r may be part of a web address.
func addressRune(r rune) bool {
	return r > ' ' && r < 0x7f && !strings.ContainsRune("<>\"|{}\\^`", r)
}
