package document

import (
	"fmt"
	"image"
	"strings"
	"unicode"
	"unicode/utf8"

	xfont "golang.org/x/image/font"

	"yunzhuan/report/font"
)

// Characters that may not begin a line, and those that may not end one.
const (
	closing = "，。、；：）》”’！？】』」〉〕｝…—·％℃～,.;:!?)]}%"
	opening = "（《“‘【『「〈〔｛([{"
)

// wrap breaks text into lines no wider than width, the first one narrower by
// indent. "\n" ends a line; all other characters are kept, and spaces at the end of
// a line do not count. A word that is wider than a line is broken anywhere.
func wrap(text string, indent, width float64, measure func(string) float64) []string {
	var lines []string
	room := width - indent
	for part := range strings.SplitSeq(text, "\n") {
		var line string
		used := 0.0
		flush := func() {
			lines = append(lines, line)
			line, used, room = "", 0, width
		}
		for _, piece := range pieces(part) {
			bare := strings.TrimRightFunc(piece, unicode.IsSpace)
			if line != "" && used+measure(bare) > room {
				flush()
			}
			if measure(bare) > room {
				for _, r := range piece {
					w := measure(string(r))
					if line != "" && used+w > room {
						flush()
					}
					line, used = line+string(r), used+w
				}
				continue
			}
			line, used = line+piece, used+measure(piece)
		}
		flush()
	}
	return lines
}

// pieces cuts a line of text where it may be broken.
func pieces(s string) []string {
	var out []string
	start := 0
	var before rune
	for i, r := range s {
		if i > 0 && breakable(before, r) {
			out = append(out, s[start:i])
			start = i
		}
		before = r
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// breakable says whether a line may end between two characters.
func breakable(a, b rune) bool {
	switch {
	case unicode.IsSpace(b), strings.ContainsRune(closing, b), strings.ContainsRune(opening, a):
		return false
	case unicode.IsSpace(a):
		return true
	}
	return !inWord(a) || !inWord(b)
}

// inWord says whether a character belongs to words and numbers, which are not
// split: everything but what stands in a square of its own.
func inWord(r rune) bool { return r < 0x2E80 && !unicode.IsSpace(r) }

// widest is the width of the widest line, and of the widest piece that should not
// be broken, of a text.
func widest(text string, measure func(string) float64) (line, piece float64) {
	for l := range strings.SplitSeq(text, "\n") {
		line = max(line, measure(l))
		for _, p := range pieces(l) {
			piece = max(piece, measure(strings.TrimRightFunc(p, unicode.IsSpace)))
		}
	}
	return line, piece
}

// columns shares total among the columns of t. Padding is the room at both sides
// of a cell together. Each column gets what its widest line takes if all can; else
// as much as keeps short cells on one line, else as much as keeps words together,
// and of what is left over the more, the more it lacks. Roomy says that short
// cells stay on one line.
func (t Table) columns(total, padding, em float64, measure func(string) float64) (widths []float64, roomy bool) {
	n := len(t.Header)
	least, short, whole := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			line, piece := widest(cell, measure)
			whole[i] = max(whole[i], line+padding)
			least[i] = max(least[i], min(piece, total/2)+padding)
			short[i] = max(short[i], least[i], min(line, 6*em)+padding)
		}
	}
	const slack = 0.01 // a cell as wide as its text must not wrap for a rounding
	for i := range whole {
		least[i], short[i], whole[i] = least[i]+slack, short[i]+slack, max(whole[i], short[i])+slack
	}
	switch {
	case sum(whole) <= total:
		return grow(whole, whole, total), true
	case sum(short) <= total:
		return grow(short, less(whole, short), total), true
	case sum(least) <= total:
		return grow(least, less(short, least), total), false
	}
	return grow(make([]float64, n), least, total), false
}

// fitTable is the largest of sizes at which short cells of t stay on one line, the
// last one if none is, and the widths of its columns.
func (r *ruler) fitTable(t Table, total float64, sizes ...float64) (size float64, widths []float64) {
	for _, size = range sizes {
		var roomy bool
		if widths, roomy = t.columns(total, size, size, r.at(size)); roomy {
			break
		}
	}
	return size, widths
}

// within is the size of a picture that is to be at most width wide and height high,
// and at most natural units a pixel.
func within(b image.Rectangle, width, height, natural float64) (w, h float64) {
	scale := min(natural, width/float64(b.Dx()), height/float64(b.Dy()))
	return scale * float64(b.Dx()), scale * float64(b.Dy())
}

// grow adds to each of base what is left of total, in proportion to share.
func grow(base, share []float64, total float64) []float64 {
	out := make([]float64, len(base))
	left, all := total-sum(base), sum(share)
	for i := range base {
		out[i] = base[i] + left*share[i]/all
	}
	return out
}

func less(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func sum(list []float64) float64 {
	s := 0.0
	for _, v := range list {
		s += v
	}
	return s
}

// figureRows shares figures among as few rows of at most four as can be, the rows
// as equal as can be.
func figureRows(figures []Figure) [][]Figure {
	rows := (len(figures) + 3) / 4
	var out [][]Figure
	for ; rows > 0; rows-- {
		n := (len(figures) + rows - 1) / rows
		out = append(out, figures[:n])
		figures = figures[n:]
	}
	return out
}

// ruler measures text in the typeface. It is for one goroutine.
type ruler struct {
	face   xfont.Face
	widths map[rune]float64 // in ems
}

func newRuler() (*ruler, error) {
	f, err := font.Face(1000)
	if err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	return &ruler{face: f, widths: map[rune]float64{}}, nil
}

// at measures at a size, in the unit of the size.
func (r *ruler) at(size float64) func(string) float64 {
	return func(s string) float64 {
		w := 0.0
		for _, c := range s {
			w += r.width(c)
		}
		return w * size
	}
}

// width is the width of a character in ems, -1 for one the typeface does not have.
func (r *ruler) width(c rune) float64 {
	w, ok := r.widths[c]
	if !ok {
		w = -1
		if a, has := r.face.GlyphAdvance(c); has {
			w = float64(a) / 64 / 1000
		}
		r.widths[c] = w
	}
	return w
}

// fit is the largest size of at most size and at least least at which s is no
// wider than width.
func (r *ruler) fit(s string, size, least, width float64) float64 {
	if w := r.at(1)(s); w*size > width {
		return max(least, width/w)
	}
	return size
}

// missing stands for a character that the typeface does not have: a reader must
// see that there is one.
const missing = '□'

// printable is s with what can be drawn only.
func (r *ruler) printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case unicode.Is(unicode.Cc, c), unicode.Is(unicode.Cf, c), unicode.Is(unicode.Mn, c):
			return -1
		case c == utf8.RuneError, r.width(c) < 0:
			return missing
		}
		return c
	}, s)
}

// drawable is d with strings of what can be drawn only; what is one line stays one.
func (r *ruler) drawable(d Document) Document {
	all := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = r.printable(s)
		}
		return out
	}
	line := func(s string) string { return r.printable(strings.ReplaceAll(s, "\n", " ")) }
	for _, s := range []*string{&d.Issuer, &d.Title, &d.Number, &d.Date, &d.Mark, &d.Signature, &d.SendTo} {
		*s = line(*s)
	}
	parts := make([]Part, len(d.Parts))
	for i, p := range d.Parts {
		p.Heading = line(p.Heading)
		p.List = all(p.List)
		if p.Paragraph != nil {
			p.Paragraph = &Paragraph{Lead: line(p.Paragraph.Lead), Text: r.printable(p.Paragraph.Text)}
		}
		if p.Table != nil {
			t := Table{Header: all(p.Table.Header)}
			for _, row := range p.Table.Rows {
				t.Rows = append(t.Rows, all(row))
			}
			p.Table = &t
		}
		figures := make([]Figure, len(p.Figures))
		for j, f := range p.Figures {
			figures[j] = Figure{Label: line(f.Label), Value: line(f.Value), Note: line(f.Note)}
		}
		p.Figures = figures
		parts[i] = p
	}
	d.Parts = parts
	return d
}
