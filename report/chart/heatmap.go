package chart

import (
	"fmt"
	"strconv"

	"yunzhuan/report/internal/canvas"
	"yunzhuan/report/internal/typeset"
)

// HeatMap is how often each unit was seen in each week or month.
type HeatMap struct {
	Title   string
	Rows    []string  // names of units, at most 200
	Columns []string  // weeks or months, 1 to 16: 11.2–8, 3月
	Cells   [][]int   // by row and column: how often; -1 where it does not apply
	Legend  [4]string // what the cells of 0, 1, 2, and 3 and more are called; "" for not named
}

func (h HeatMap) check() error {
	if n := len(h.Columns); n == 0 || n > 16 {
		return fmt.Errorf("heat map has %d columns, want 1 to 16", n)
	}
	if len(h.Rows) > 200 || len(h.Cells) != len(h.Rows) {
		return fmt.Errorf("heat map has %d names for %d rows, want as many, at most 200", len(h.Rows), len(h.Cells))
	}
	for i, row := range h.Cells {
		if len(row) != len(h.Columns) {
			return fmt.Errorf("row %d has %d cells, want %d", i+1, len(row), len(h.Columns))
		}
	}
	return nil
}

// never counts the rows of which nothing was seen wherever it applies.
func (h HeatMap) never() int {
	n := 0
	for _, row := range h.Cells {
		if unseen(row) {
			n++
		}
	}
	return n
}

func unseen(row []int) bool {
	applies := false
	for _, v := range row {
		if v > 0 {
			return false
		}
		applies = applies || v == 0
	}
	return applies
}

// Colours of the heat map: of cells by how often, and what is written on them.
var (
	cellPaper = [4]canvas.RGB{{0xEE, 0xEE, 0xEE}, {0xCD, 0xE8, 0xD2}, {0x86, 0xC7, 0x94}, {0x2A, 0x80, 0x50}}
	cellInk   = [4]canvas.RGB{{0x59, 0x59, 0x59}, black, black, canvas.White}
	black     = canvas.RGB{0x2B, 0x2B, 0x2B}
	red       = canvas.RGB{0xC8, 0x10, 0x2E}
	tint      = canvas.RGB{0xFB, 0xEC, 0xEE}
)

// PNG draws the heat map, 1080 pixels wide and as high as its rows need. Rows of
// which nothing was seen have red names, and a note says how many they are.
func (h HeatMap) PNG() ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	r, err := typeset.NewRuler()
	if err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	b := &board{ruler: r, y: 24}
	b.title(h.Title)
	b.note(h.never())
	b.legend(h.Legend)
	b.rows(h)
	c := canvas.New(width, int(b.y)+margin)
	for _, draw := range b.draw {
		if err := draw(c); err != nil {
			return nil, fmt.Errorf("draw heat map: %w", err)
		}
	}
	return c.PNG()
}

// board is a heat map that is laid out, from top to bottom, and drawn when its
// height is known.
type board struct {
	ruler *typeset.Ruler
	y     float64
	draw  []func(*canvas.Canvas) error
}

func (b *board) fill(x, y, w, h float64, paper canvas.RGB) {
	b.draw = append(b.draw, func(c *canvas.Canvas) error {
		c.Fill(int(x), int(y), int(w), int(h), paper)
		return nil
	})
}

// write writes s in the middle of a line of a height from y on: from x on for 0,
// centred on it for 0.5.
func (b *board) write(where, x, y, height, size float64, ink, paper canvas.RGB, bold bool, s string) {
	x -= b.ruler.At(size)(s) * where
	baseline := y + (height-size)/2 + 0.88*size
	b.draw = append(b.draw, func(c *canvas.Canvas) error { return c.Text(x, baseline, size, ink, paper, bold, s) })
}

func (b *board) title(s string) {
	s = b.ruler.Printable(s)
	size := b.ruler.Fit(s, 44, 34, width-2*margin)
	for _, line := range typeset.Wrap(s, 0, width-2*margin, b.ruler.At(size)) {
		b.write(0, margin, b.y, size*1.4, size, black, canvas.White, true, line)
		b.y += size * 1.4
	}
	b.y += 10
}

func (b *board) note(never int) {
	s := "各单位都巡查过。"
	if never > 0 {
		s = fmt.Sprintf("有 %d 个单位一次也没有巡查到（红字）。", never)
	}
	b.fill(margin, b.y, width-2*margin, 60, tint)
	b.write(0, margin+20, b.y, 60, 34, red, tint, never > 0, s)
	b.y += 60 + 18
}

func (b *board) legend(words [4]string) {
	x := float64(margin)
	named := false
	for i, word := range words {
		word = b.ruler.Printable(word)
		if word == "" {
			continue
		}
		size := b.ruler.Fit(word, 30, 12, width-2*margin-46)
		w := 46 + b.ruler.At(size)(word) + 30
		if x > margin && x+w-30 > width-margin {
			x, b.y = margin, b.y+46
		}
		b.fill(x, b.y+6, 34, 34, cellPaper[i])
		b.write(0, x+46, b.y, 46, size, black, canvas.White, false, word)
		x += w
		named = true
	}
	if named {
		b.y += 46 + 10
	}
}

// rows draws the labels of the columns, and the rows with their names.
func (b *board) rows(h HeatMap) {
	const gap, nameSize, least = 4, 30, 24
	name := 0.0
	for _, s := range h.Rows {
		name = max(name, min(b.ruler.At(nameSize)(b.ruler.Printable(s)), 14*nameSize))
	}
	name = min(name, 14*nameSize, float64(width-2*margin-len(h.Columns)*44)) + 16
	cell := (width - 2*margin - name) / float64(len(h.Columns))

	const labelLine = 30
	labelSize := 24.0
	for _, s := range h.Columns {
		labelSize = min(labelSize, b.ruler.Fit(b.ruler.Printable(s), 24, 20, cell-4))
	}
	var labels [][]string
	lines := 1
	for _, s := range h.Columns {
		l := typeset.Wrap(b.ruler.Printable(s), 0, cell-3, b.ruler.At(labelSize))
		labels, lines = append(labels, l), max(lines, len(l))
	}
	for i, l := range labels {
		x := margin + name + cell*(float64(i)+0.5)
		for j, line := range l {
			y := b.y + float64(lines-len(l)+j)*labelLine
			b.write(0.5, x, y, labelLine, labelSize, black, canvas.White, false, line)
		}
	}
	b.y += float64(lines)*labelLine + 8

	for i, s := range h.Rows {
		s = b.ruler.Printable(s)
		ink := black
		if unseen(h.Cells[i]) {
			ink = red
		}
		size := b.ruler.Fit(s, nameSize, least, name-16)
		names := typeset.Wrap(s, 0, name-15, b.ruler.At(size))
		height := max(54, float64(len(names))*size*1.3+10)
		for j, line := range names {
			y := b.y + (height-float64(len(names))*size*1.3)/2 + float64(j)*size*1.3
			b.write(0, margin, y, size*1.3, size, ink, canvas.White, false, line)
		}
		for j, v := range h.Cells[i] {
			x := margin + name + cell*float64(j)
			b.cell(x, b.y, cell-gap, height-gap, v)
		}
		b.y += height
	}
}

// cell draws one cell; where it does not apply there is only a dash.
func (b *board) cell(x, y, w, h float64, v int) {
	if v < 0 {
		b.write(0.5, x+w/2, y, h, 28, cellInk[0], canvas.White, false, "–")
		return
	}
	shade := min(v, 3)
	s := strconv.Itoa(v)
	b.fill(x, y, w, h, cellPaper[shade])
	b.write(0.5, x+w/2, y, h, b.ruler.Fit(s, 28, 10, w-4), cellInk[shade], cellPaper[shade], false, s)
}
