package document

import (
	"image"
	"strings"

	"yunzhuan/report/internal/typeset"
)

// columns shares total among the columns of t. Padding is the room at both sides
// of a cell together. Each column gets what its widest line takes if all can; else
// as much as keeps short cells on one line, else as much as keeps words together,
// and of what is left over the more, the more it lacks.
func (t Table) columns(total, padding, em float64, measure func(string) float64) ([]float64, tightness) {
	n := len(t.Header)
	least, short, whole := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			line, piece := typeset.Widest(cell, measure)
			whole[i] = max(whole[i], line+padding)
			least[i] = max(least[i], piece+padding)
			short[i] = max(short[i], least[i], min(line, 6*em)+padding)
		}
	}
	const slack = 0.01 // a cell as wide as its text must not wrap for a rounding
	for i := range whole {
		least[i], short[i], whole[i] = least[i]+slack, short[i]+slack, max(whole[i], short[i])+slack
	}
	switch {
	case sum(whole) <= total:
		return grow(whole, whole, total), roomy
	case sum(short) <= total:
		return grow(short, less(whole, short), total), roomy
	case sum(least) <= total:
		return grow(least, less(short, least), total), tight
	}
	for i := range least { // one long word must not take it all
		least[i] = min(least[i], total/2)
	}
	return grow(make([]float64, n), least, total), broken
}

// tightness says what a table has room for.
type tightness int

const (
	roomy  tightness = iota // short cells stay on one line
	tight                   // words stay together
	broken                  // words are broken
)

// fitTable is the largest of sizes at which t is roomy, or else tight, or else the
// last one, and the widths of the columns.
func fitTable(r *typeset.Ruler, t Table, total float64, sizes ...float64) (size float64, widths []float64) {
	best := broken + 1
	for i, s := range sizes {
		w, how := t.columns(total, s, s, r.At(s))
		if how < best && (how < broken || i == len(sizes)-1) {
			best, size, widths = how, s, w
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

// drawable is d with strings of what the typeface has only; what is one line stays
// one.
func drawable(r *typeset.Ruler, d Document) Document {
	all := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = r.Printable(s)
		}
		return out
	}
	line := func(s string) string { return r.Printable(strings.ReplaceAll(s, "\n", " ")) }
	for _, s := range []*string{&d.Issuer, &d.Title, &d.Number, &d.Date, &d.Mark, &d.Signature, &d.SendTo} {
		*s = line(*s)
	}
	parts := make([]Part, len(d.Parts))
	for i, p := range d.Parts {
		p.Heading = line(p.Heading)
		p.List = all(p.List)
		if p.Paragraph != nil {
			p.Paragraph = &Paragraph{Lead: line(p.Paragraph.Lead), Text: r.Printable(p.Paragraph.Text)}
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
