package document

import "yunzhuan/report/internal/typeset"

// grid is a table on pages: its columns, and how its text is set.
type grid struct {
	widths []float64
	size   float64
}

func (g grid) padding() float64 { return g.size / 2 } // at either side of a cell
func (g grid) line() float64    { return g.size * 1.4 }
func (g grid) height(lines int) float64 {
	return float64(lines)*g.line() + g.size*0.5
}

// wrap breaks the cells of a row into lines, and counts those of the highest one.
func (g grid) wrap(row []string, measure func(string) float64) (cells [][]string, lines int) {
	for i, s := range row {
		cell := typeset.Wrap(s, 0, g.widths[i]-2*g.padding(), measure)
		cells = append(cells, cell)
		lines = max(lines, len(cell))
	}
	return cells, lines
}

// table draws a table; its header stands on each page again, and a row goes over
// pages only if it is higher than one.
func (p *paper) table(t Table) {
	var g grid
	g.size, g.widths = fitTable(p.ruler, t, textWidth, paperSizes...)
	measure := p.ruler.At(g.size)
	header, top := g.wrap(t.Header, measure)
	page := pageBottom - pageTop - g.height(top) // what a page has for rows
	if page < (pageBottom-pageTop)/2 {           // too high to stand on each page
		page = pageBottom - pageTop
		t.Rows = append([][]string{t.Header}, t.Rows...)
		header = nil
	}
	p.y += 4
	begin := func() {
		if header != nil {
			p.row(g, header, top, true)
		}
	}
	for i, row := range t.Rows {
		cells, lines := g.wrap(row, measure)
		height := g.height(lines)
		if i == 0 {
			p.need(min(height, page) + g.height(top))
			begin()
		}
		for p.y+height > pageBottom && lines > 0 {
			if height <= page {
				p.page()
				begin()
				break
			}
			n := min(lines, int((pageBottom-p.y-g.size*0.5)/g.line()))
			if n > 0 {
				p.row(g, head(cells, n), n, false)
			}
			p.page()
			begin()
			cells, lines = tail(cells, n), lines-max(n, 0)
			height = g.height(lines)
		}
		if lines > 0 {
			p.row(g, cells, lines, false)
		}
	}
	if len(t.Rows) == 0 {
		p.need(g.height(top))
		begin()
	}
	p.y += 12
}

// head and tail are the first lines of each cell, and what is left of it.
func head(cells [][]string, n int) [][]string {
	out := make([][]string, len(cells))
	for i, c := range cells {
		out[i] = c[:min(n, len(c))]
	}
	return out
}

func tail(cells [][]string, n int) [][]string {
	out := make([][]string, len(cells))
	for i, c := range cells {
		out[i] = c[min(max(n, 0), len(c)):]
	}
	return out
}

// row draws a row with its borders at y.
func (p *paper) row(g grid, cells [][]string, lines int, header bool) {
	height := g.height(lines)
	p.pdf.SetLineWidth(0.5)
	p.pdf.SetStrokeColor(0x40, 0x40, 0x40)
	x := pageLeft
	for i, cell := range cells {
		style := "D"
		if header {
			p.pdf.SetFillColor(0xF2, 0xF2, 0xF2) // each time: text is filled, too
			style = "DF"
		}
		p.pdf.RectFromUpperLeftWithStyle(x, p.y, g.widths[i], height, style)
		where := 0.5
		if i == 0 && !header {
			where = 0
		}
		y := p.y + (height-float64(len(cell))*g.line())/2
		for _, line := range cell {
			p.aligned(where, x+g.padding(), y, g.widths[i]-2*g.padding(), g.size, g.line(), ink, header, line)
			y += g.line()
		}
		x += g.widths[i]
	}
	p.y += height
}
