package document

import (
	"fmt"
	"image"
	"strings"

	"yunzhuan/report/internal/canvas"
	"yunzhuan/report/internal/typeset"
)

// Lengths of the card are pixels. A phone shows its width on some 6.5 cm: 30
// pixels are then as high as newsprint.
const (
	cardWidth  = 1080
	cardHeight = 8000 // from there on it goes on in another: chats scale higher ones down
	cardsMax   = 12
	cardMargin = 48
	cardText   = cardWidth - 2*cardMargin
	cardSize   = 34.0 // of the text
	cardSmall  = 30.0
)

// Colours of the card.
var (
	zebra  = canvas.RGB{0xF4, 0xF4, 0xF4}
	tint   = canvas.RGB{0xFB, 0xEC, 0xEE} // behind headers of tables and key numbers
	pale   = canvas.RGB{0xFF, 0xE3, 0xE3} // on red
	border = canvas.RGB{0xDD, 0xDD, 0xDD}
	dark   = canvas.RGB{0x2B, 0x2B, 0x2B}
)

// Cards is the document as pictures for phones, PNG, 1080 pixels wide and as high as
// needed: one, or for a document of more than some 8000 pixels several. More than 12
// are an error.
func (d Document) Cards() ([][]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	r, err := typeset.NewRuler()
	if err != nil {
		return nil, err
	}
	d = drawable(r, d)
	k := &card{ruler: r, doc: d}
	k.head(d)
	for _, p := range d.Parts {
		k.part(p)
	}
	k.foot(d)
	k.end()
	if n := len(k.done); n > cardsMax {
		return nil, fmt.Errorf("document would be %d pictures, at most %d: shorten it or send it as a file", n, cardsMax)
	}
	var out [][]byte
	for _, s := range k.done {
		c := canvas.New(cardWidth, s.height)
		for _, draw := range s.draw {
			k.keep(draw(c))
		}
		if k.err != nil {
			return nil, k.err
		}
		png, err := c.PNG()
		if err != nil {
			return nil, err
		}
		out = append(out, png)
	}
	return out, nil
}

// card lays pictures out from top to bottom; each is drawn when its height is known.
type card struct {
	ruler *typeset.Ruler
	doc   Document
	y     float64
	draw  []func(*canvas.Canvas) error
	done  []sheet
	err   error // the first one
}

// sheet is a picture that is laid out.
type sheet struct {
	height int
	draw   []func(*canvas.Canvas) error
}

// end ends the present picture.
func (k *card) end() {
	k.done = append(k.done, sheet{int(k.y), k.draw})
	k.y, k.draw = 0, nil
}

// need begins another picture where something of a height has no room in this one;
// it says whether it did.
func (k *card) need(height float64) bool {
	if k.y+height <= cardHeight || k.y < cardHeight/4 { // what is higher itself has a picture of its own
		return false
	}
	k.y += 40
	k.end()
	title := strings.TrimRight(k.doc.Title+"　"+k.doc.number(), "　") + "（续）"
	next := look{size: k.ruler.Fit(title, 34, 1, cardText), line: 48, ink: canvas.White, paper: red}
	k.fill(0, 0, cardWidth, 88, red)
	k.aligned(0.5, cardMargin, 20, cardText, next, title)
	k.y = 88 + 28
	return true
}

func (k *card) keep(err error) {
	if k.err == nil {
		k.err = err
	}
}

func (k *card) fill(x, y, width, height float64, v canvas.RGB) {
	left, top, right, bottom := int(x+0.5), int(y+0.5), int(x+width+0.5), int(y+height+0.5)
	k.draw = append(k.draw, func(c *canvas.Canvas) error {
		c.Fill(left, top, right-left, bottom-top, v)
		return nil
	})
}

// look is how text is set: its size, the height of its lines, ink and paper.
type look struct {
	size, line float64
	ink, paper canvas.RGB
	bold       bool
}

func (k *card) text(x, y float64, l look, s string) {
	if s == "" {
		return
	}
	baseline := y + (l.line-l.size)/2 + 0.88*l.size
	k.draw = append(k.draw, func(c *canvas.Canvas) error {
		return c.Text(x, baseline, l.size, l.ink, l.paper, l.bold, s)
	})
}

// aligned sets s in a box: from its left for 0, centred for 0.5, at its right for 1.
func (k *card) aligned(where, x, y, width float64, l look, s string) {
	k.text(x+(width-k.ruler.At(l.size)(s))*where, y, l, s)
}

// lines sets text from y on, wrapped, and returns where it ends.
func (k *card) lines(where, x, y, width float64, l look, s string) float64 {
	if s == "" {
		return y
	}
	for _, line := range typeset.Wrap(s, 0, width, k.ruler.At(l.size)) {
		k.aligned(where, x, y, width, l, line)
		y += l.line
	}
	return y
}

// flow is lines of the text, which go on in another picture where one ends.
func (k *card) flow(x, width float64, l look, s string) {
	for _, line := range typeset.Wrap(s, 0, width, k.ruler.At(l.size)) {
		k.need(l.line)
		k.text(x, k.y, l, line)
		k.y += l.line
	}
}

func (k *card) head(d Document) {
	i := len(k.draw)
	k.fill(0, 0, 0, 0, red) // its height is known below
	on := func(size float64, ink canvas.RGB, bold bool) look {
		return look{size: size, line: size * 1.4, ink: ink, paper: red, bold: bold}
	}
	y := k.lines(0.5, cardMargin, 40, cardText, on(34, pale, false), d.Issuer)
	title := on(k.ruler.Fit(d.Title, 84, 56, cardText), canvas.White, true)
	y += 8
	for _, line := range typeset.Balanced(d.Title, cardText, k.ruler.At(title.size)) {
		k.aligned(0.5, cardMargin, y, cardText, title, line)
		y += title.line
	}
	line := d.number()
	if line != "" && d.Date != "" {
		line += "　"
	}
	y = k.lines(0.5, cardMargin, y+12, cardText, on(34, canvas.White, false), line+d.Date)
	height := y + 36
	k.draw[i] = func(c *canvas.Canvas) error {
		c.Fill(0, 0, cardWidth, int(height), red)
		return nil
	}
	k.y = height + 28
}

var (
	plain = look{size: cardSize, line: 48, ink: dark, paper: canvas.White}
	quiet = look{size: cardSmall, line: 46, ink: grey, paper: canvas.White}
)

func (k *card) foot(d Document) {
	k.need(300)
	if d.Signature != "" {
		k.y = k.lines(1, cardMargin, k.y+24, cardText, plain, d.Signature)
		k.y = k.lines(1, cardMargin, k.y, cardText, plain, d.Date)
	}
	if d.SendTo != "" {
		k.y += 24
		k.fill(cardMargin, k.y, cardText, 2, border)
		k.y = k.lines(0, cardMargin, k.y+16, cardText, quiet, d.SendTo)
	}
	k.y += 40
}

func (k *card) part(p Part) {
	switch {
	case p.Heading != "":
		k.heading(p.Heading)
	case p.Paragraph != nil:
		for _, one := range p.Paragraph.paragraphs() {
			k.paragraph(one)
		}
		k.y += 10
	case len(p.List) > 0:
		for _, item := range p.List {
			k.need(plain.line)
			k.fill(cardMargin+10, k.y+plain.line/2-5, 10, 10, red)
			k.flow(cardMargin+44, cardText-44, plain, item)
			k.y += 6
			if item == "" {
				k.y += plain.line
			}
		}
		k.y += 8
	case p.Table != nil:
		k.table(*p.Table)
	case len(p.Figures) > 0:
		k.figures(p.Figures)
	case p.Picture != nil:
		k.picture(*p.Picture)
	}
}

func (k *card) heading(s string) {
	l := look{size: 42, line: 60, ink: red, paper: canvas.White, bold: true}
	k.need(400) // with the beginning of what it is about
	k.y += 24
	top := k.y
	k.y = k.lines(0, cardMargin+28, k.y, cardText-28, l, s)
	k.fill(cardMargin, top+8, 10, k.y-top-16, red)
	k.y += 14
}

// paragraph sets a paragraph whose lead is strong.
func (k *card) paragraph(one Paragraph) {
	measure := k.ruler.At(plain.size)
	bold := len(one.Lead)
	strong := plain
	strong.bold, strong.ink = true, red
	for _, line := range typeset.Wrap(one.Lead+one.Text, 0, cardText, measure) {
		k.need(plain.line)
		n := min(bold, len(line))
		k.text(cardMargin, k.y, strong, line[:n])
		k.text(cardMargin+measure(line[:n]), k.y, plain, line[n:])
		bold -= n
		k.y += plain.line
	}
}

// cardSizes are the sizes that the text of a table may have; the small ones are for
// tables of very many columns.
var cardSizes = []float64{32, 30, 26, 22, 18, 14}

func (k *card) table(t Table) {
	size, widths := fitTable(k.ruler, t, cardText, cardSizes...)
	k.y += 8
	header := func() {
		k.row(t.Header, widths, look{size: size, line: size * 1.4, ink: red, paper: tint, bold: true}, true)
	}
	header()
	for i, row := range t.Rows {
		l := look{size: size, line: size * 1.4, ink: dark, paper: canvas.White}
		if i%2 == 1 {
			l.paper = zebra
		}
		if k.need(k.rowHeight(row, widths, l)) {
			header()
		}
		k.row(row, widths, l, false)
	}
	k.fill(cardMargin, k.y, cardText, 2, border)
	k.y += 28
}

// cells wraps the cells of a row.
func (k *card) cells(row []string, widths []float64, l look) (cells [][]string, height float64) {
	lines := 1
	for i, s := range row {
		cells = append(cells, typeset.Wrap(s, 0, widths[i]-l.size, k.ruler.At(l.size)))
		lines = max(lines, len(cells[i]))
	}
	return cells, float64(lines)*l.line + l.size*0.5
}

func (k *card) rowHeight(row []string, widths []float64, l look) float64 {
	_, height := k.cells(row, widths, l)
	return height
}

// row sets a row of a table on its paper.
func (k *card) row(row []string, widths []float64, l look, header bool) {
	cells, height := k.cells(row, widths, l)
	k.fill(cardMargin, k.y, cardText, height, l.paper)
	x := float64(cardMargin)
	for i, cell := range cells {
		where := 0.5
		if i == 0 && !header {
			where = 0
		}
		y := k.y + (height-float64(len(cell))*l.line)/2
		for _, line := range cell {
			k.aligned(where, x+l.size/2, y, widths[i]-l.size, l, line)
			y += l.line
		}
		x += widths[i]
	}
	k.y += height
}

// figures are tiles, at most four in a row.
func (k *card) figures(all []Figure) {
	const gap = 16
	k.y += 8
	for _, row := range figureRows(all) {
		width := (cardText - gap*float64(len(row)-1)) / float64(len(row))
		room := width - 20
		small := look{size: cardSmall, line: 42, ink: grey, paper: tint}
		rows := func(s string) float64 {
			if s == "" {
				return 0
			}
			return float64(len(typeset.Wrap(s, 0, room, k.ruler.At(small.size))))
		}
		labels, notes := 1.0, 0.0
		for _, f := range row {
			labels, notes = max(labels, rows(f.Label)), max(notes, rows(f.Note))
		}
		height := (labels+notes)*small.line + 90 + 36
		k.need(height)
		for i, f := range row {
			x := cardMargin + (width+gap)*float64(i)
			k.fill(x, k.y, width, height, tint)
			x += 10
			k.lines(0.5, x, k.y+18, room, small, f.Label)
			size := k.ruler.Fit(f.Value, 60, 1, room)
			y := k.y + 18 + labels*small.line
			k.aligned(0.5, x, y, room, look{size: size, line: 90, ink: red, paper: tint, bold: true}, f.Value)
			k.lines(0.5, x, y+90, room, small, f.Note)
		}
		k.y += height + gap
	}
	k.y += 8
}

func (k *card) picture(p Picture) {
	img, err := p.decode()
	if err != nil {
		k.keep(err)
		return
	}
	w, h := within(img.Bounds(), cardWidth, cardHeight, 1) // charts are as wide as the card
	k.need(h + 36)
	left, top := int(cardWidth-w)/2, int(k.y)+8
	at := image.Rect(left, top, left+max(1, int(w)), top+max(1, int(h)))
	k.draw = append(k.draw, func(c *canvas.Canvas) error {
		c.Picture(img, at)
		return nil
	})
	k.y += h + 28
}
