package document

import (
	"fmt"
	"sync"
	"time"

	"github.com/signintech/gopdf"

	"yunzhuan/report/font"
	"yunzhuan/report/internal/canvas"
	"yunzhuan/report/internal/typeset"
)

// Lengths of the PDF file are points, from the top left corner; A4 with the
// margins of official papers.
const (
	mm         = 72 / 25.4
	pageWidth  = 210 * mm
	pageHeight = 297 * mm
	pageLeft   = 28 * mm
	pageTop    = 37 * mm
	pageBottom = pageHeight - 35*mm
	textWidth  = 156 * mm

	bodySize = 16.0
	bodyLine = 28.0
)

// paperSizes are the sizes in points that the text of a table on paper may have.
var paperSizes = []float64{12, 10.5, 9, 8, 7}

// fonts is the parsed typeface, which all files share.
var fonts = sync.OnceValues(func() (*gopdf.FontContainer, error) {
	c := new(gopdf.FontContainer)
	return c, c.AddTTFFontData("text", font.TTF)
})

// PDF is the document as a PDF file in the look of official papers, in the one
// typeface that we have.
func (d Document) PDF() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	r, err := typeset.NewRuler()
	if err != nil {
		return nil, err
	}
	p, err := newPaper(r, d)
	if err != nil {
		return nil, err
	}
	d = drawable(r, d)
	p.head(d)
	for i, part := range d.Parts {
		var next Part
		if i+1 < len(d.Parts) {
			next = d.Parts[i+1]
		}
		p.part(part, next)
	}
	p.foot(d)
	if p.err != nil {
		return nil, fmt.Errorf("write PDF: %w", p.err)
	}
	return p.pdf.GetBytesPdfReturnErr()
}

// paper is a PDF file being written from top to bottom.
type paper struct {
	pdf   *gopdf.GoPdf
	ruler *typeset.Ruler
	y     float64 // where the next line begins
	pages int
	err   error // the first one
}

func newPaper(r *typeset.Ruler, d Document) (*paper, error) {
	c, err := fonts()
	if err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	p := &paper{pdf: new(gopdf.GoPdf), ruler: r}
	p.pdf.Start(gopdf.Config{Unit: gopdf.UnitPT, PageSize: gopdf.Rect{W: pageWidth, H: pageHeight}})
	info := gopdf.PdfInfo{Title: d.Title, Author: d.Issuer}
	if day, err := time.Parse("2006年1月2日", d.Date); err == nil {
		info.CreationDate = day // not the clock: equal documents, equal bytes
	}
	p.pdf.SetInfo(info)
	if err := p.pdf.AddTTFFontFromFontContainer("text", c); err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	p.page()
	return p, p.err
}

func (p *paper) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

// page begins a page.
func (p *paper) page() {
	p.pdf.AddPage()
	p.keep(p.pdf.SetFont("text", "", bodySize))
	p.pages++
	number := fmt.Sprintf("— %d —", p.pages)
	p.text(pageLeft+(textWidth-p.ruler.At(14)(number))/2, pageBottom+7*mm, 14, 20, ink, false, 0, number)
	p.y = pageTop
}

// need begins a page if height does not fit on this one.
func (p *paper) need(height float64) {
	if p.y+height > pageBottom && p.y > pageTop {
		p.page()
	}
}

// Colours of the text.
var (
	ink  = canvas.RGB{0x1A, 0x1A, 0x1A}
	red  = canvas.RGB{0xC8, 0x10, 0x2E}
	grey = canvas.RGB{0x59, 0x59, 0x59}
)

// text draws a line of text in a line of a height whose top left corner is given.
// Bold text is drawn twice, for the typeface has one weight. Spread is added after
// each character.
func (p *paper) text(x, y, size, height float64, colour canvas.RGB, bold bool, spread float64, s string) {
	if s == "" {
		return
	}
	baseline := y + (height-size)/2 + 0.88*size
	p.keep(p.pdf.SetFontSize(size))
	p.keep(p.pdf.SetCharSpacing(spread))
	p.pdf.SetTextColor(colour[0], colour[1], colour[2])
	p.pdf.SetXY(x, baseline)
	p.keep(p.pdf.Text(s))
	if bold {
		p.pdf.SetXY(x+size/45, baseline)
		p.keep(p.pdf.Text(s))
	}
}

// aligned draws s in a box: from its left for 0, centred for 0.5, at its right for 1.
func (p *paper) aligned(where, x, y, width, size, height float64, colour canvas.RGB, bold bool, s string) {
	p.text(x+(width-p.ruler.At(size)(s))*where, y, size, height, colour, bold, 0, s)
}

func (p *paper) rule(y, width float64, colour canvas.RGB) {
	p.pdf.SetLineWidth(width)
	p.pdf.SetStrokeColor(colour[0], colour[1], colour[2])
	p.pdf.Line(pageLeft, y, pageLeft+textWidth, y)
}

func (p *paper) head(d Document) {
	size := p.ruler.Fit(d.Title, 48, 26, textWidth)
	for _, line := range typeset.Balanced(d.Title, textWidth, p.ruler.At(size)) {
		p.need(size * 1.35)
		p.aligned(0.5, pageLeft, p.y, textWidth, size, size*1.35, red, true, line)
		p.y += size * 1.35
	}
	p.y += 12
	if n := d.number(); n != "" {
		p.lines(n, 0.5, bodySize, ink)
		p.y += 6
	}
	measure := p.ruler.At(bodySize)
	if measure(d.Issuer+"　"+d.Date) <= textWidth {
		p.need(bodyLine)
		p.text(pageLeft, p.y, bodySize, bodyLine, ink, false, 0, d.Issuer)
		p.aligned(1, pageLeft, p.y, textWidth, bodySize, bodyLine, ink, false, d.Date)
		p.y += bodyLine
	} else {
		p.lines(d.Issuer, 0, bodySize, ink)
		p.lines(d.Date, 1, bodySize, ink)
	}
	p.y += 4
	p.rule(p.y, 2.25, red)
	p.y += 18
}

// lines draws a text over the width of the page, wrapped.
func (p *paper) lines(s string, where, size float64, colour canvas.RGB) {
	for _, line := range typeset.Wrap(s, 0, textWidth, p.ruler.At(size)) {
		p.need(bodyLine)
		p.aligned(where, pageLeft, p.y, textWidth, size, bodyLine, colour, false, line)
		p.y += bodyLine
	}
}

func (p *paper) foot(d Document) {
	const room = textWidth - 2*bodySize
	if d.Signature != "" {
		p.need(3 * bodyLine)
		p.y += bodyLine
		for _, s := range []string{d.Signature, d.Date} {
			for _, line := range typeset.Wrap(s, 0, room, p.ruler.At(bodySize)) {
				p.need(bodyLine)
				p.aligned(1, pageLeft, p.y, room, bodySize, bodyLine, ink, false, line)
				p.y += bodyLine
			}
		}
	}
	if d.SendTo == "" {
		return
	}
	const size, height, inset = 14, 24, 14
	lines := typeset.Wrap(d.SendTo, 0, textWidth-2*inset, p.ruler.At(size))
	block := float64(len(lines))*height + 8
	p.need(block + 12)
	p.y = max(p.y+12, pageBottom-block) // at the bottom of the last page
	p.rule(p.y, 1, ink)
	p.y += 4
	for _, line := range lines {
		p.need(height)
		p.text(pageLeft+inset, p.y, size, height, ink, false, 0, line)
		p.y += height
	}
	p.rule(p.y+4, 1, ink)
}

func (p *paper) part(part, next Part) {
	switch {
	case part.Heading != "":
		p.heading(part.Heading, next)
	case part.Paragraph != nil:
		for _, one := range part.Paragraph.paragraphs() {
			p.paragraph(one, 2*bodySize, 0)
		}
	case len(part.List) > 0:
		for _, item := range part.List {
			p.item(item)
		}
	case part.Table != nil:
		p.table(*part.Table)
	case len(part.Figures) > 0:
		p.figures(part.Figures)
	case part.Picture != nil:
		p.picture(*part.Picture)
	}
}

// heading keeps with what it is the heading of.
func (p *paper) heading(s string, next Part) {
	follows := 2 * bodyLine
	switch {
	case len(next.Figures) > 0:
		follows = 100
	case next.Picture != nil:
		if img, err := next.Picture.decode(); err == nil {
			_, h := pictureSize(img)
			follows = h
		}
	}
	lines := typeset.Wrap(s, 2*bodySize, textWidth, p.ruler.At(bodySize))
	p.need(min(float64(len(lines))*bodyLine+follows, pageBottom-pageTop))
	p.paragraph(Paragraph{Lead: s}, 2*bodySize, 0)
}

// paragraph draws a paragraph, both sides even, its first line shorter by indent,
// all of them by left.
func (p *paper) paragraph(one Paragraph, indent, left float64) {
	measure, width := p.ruler.At(bodySize), textWidth-left
	bold := len(one.Lead)
	lines := typeset.Wrap(one.Lead+one.Text, indent, width, measure)
	for i, line := range lines {
		p.need(bodyLine)
		x := pageLeft + left
		room := width
		if i == 0 {
			x, room = x+indent, room-indent
		}
		spread := 0.0
		if rest := room - measure(line); i+1 < len(lines) && rest < 2*bodySize && rest > 0 {
			spread = rest / float64(max(1, len([]rune(line))-1))
		}
		n := min(bold, len(line))
		p.text(x, p.y, bodySize, bodyLine, ink, true, spread, line[:n])
		x += measure(line[:n]) + spread*float64(len([]rune(line[:n])))
		p.text(x, p.y, bodySize, bodyLine, ink, false, spread, line[n:])
		bold -= n
		p.y += bodyLine
	}
}

// item is an item of a list: a dot, and its lines beside it.
func (p *paper) item(s string) {
	p.need(bodyLine)
	const left, r = 3 * bodySize, 2.0
	x, y := pageLeft+2*bodySize+4, p.y+bodyLine/2
	p.pdf.SetFillColor(ink[0], ink[1], ink[2])
	p.keep(p.pdf.Rectangle(x-r, y-r, x+r, y+r, "F", r, 8))
	for _, one := range (Paragraph{Text: s}).paragraphs() {
		p.paragraph(one, 0, left)
	}
}
