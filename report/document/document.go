// Package document is a paper of the office: one model, and three renderers that
// make a Word file, a PDF file and a picture for phones of it. Equal documents
// give equal bytes.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
)

// Document is a paper with its head, body and foot. Every string is plain text.
// What is "" is left out.
type Document struct {
	Issuer    string // who issues it: 县教委办公室
	Title     string // the red title: 机关巡查信息
	Number    string // 2026年第37期
	Date      string // 2026年11月23日
	Mark      string // a word next to the number: 补发, 内部
	Parts     []Part // from top to bottom
	Signature string // stands at the right under the parts, Date below it
	SendTo    string // the last lines: 发：委领导，机关各科室，直属单位
}

// Part is one piece of a Document. Exactly one field is set.
type Part struct {
	Heading   string // with its number: 一、出勤
	Paragraph *Paragraph
	List      []string
	Table     *Table
	Figures   []Figure
	Picture   *Picture
}

// Paragraph is text that may begin with something strong; "\n" in Text begins
// a new paragraph.
type Paragraph struct {
	Lead string
	Text string
}

// Table is a table whose rows all have len(Header) cells, at most 30. The first
// column is set left, the others are centred.
type Table struct {
	Header []string
	Rows   [][]string
}

// Figure is a key number. Several stand side by side.
type Figure struct {
	Label string // 出勤率
	Value string // 96.5%
	Note  string // 较上周 +1.2
}

// Picture is an image.
type Picture struct {
	PNG []byte // at most 40 million pixels
	Alt string // one line for who cannot see it
}

// New makes a Document with a title.
func New(title string) Document { return Document{Title: title} }

// Heading returns d with a heading added; none for "".
func (d Document) Heading(s string) Document {
	if s == "" {
		return d
	}
	return d.add(Part{Heading: s})
}

// Para returns d with a paragraph added; "\n" in s begins a new one.
func (d Document) Para(s string) Document { return d.Lead("", s) }

// Lead returns d with a paragraph added that begins with something strong.
func (d Document) Lead(lead, text string) Document {
	return d.add(Part{Paragraph: &Paragraph{Lead: lead, Text: text}})
}

// List returns d with a list added; none for no items.
func (d Document) List(items ...string) Document {
	if len(items) == 0 {
		return d
	}
	return d.add(Part{List: slices.Clone(items)})
}

// Table returns d with a table added.
func (d Document) Table(header []string, rows [][]string) Document {
	t := Table{Header: slices.Clone(header), Rows: make([][]string, len(rows))}
	for i, r := range rows {
		t.Rows[i] = slices.Clone(r)
	}
	return d.add(Part{Table: &t})
}

// Figures returns d with key numbers added; none for none.
func (d Document) Figures(figures ...Figure) Document {
	if len(figures) == 0 {
		return d
	}
	return d.add(Part{Figures: slices.Clone(figures)})
}

// Picture returns d with a picture added. The bytes of png are not copied.
func (d Document) Picture(png []byte, alt string) Document {
	return d.add(Part{Picture: &Picture{PNG: png, Alt: alt}})
}

func (d Document) add(p Part) Document {
	d.Parts = append(d.Parts[:len(d.Parts):len(d.Parts)], p)
	return d
}

// Bounds of what can be rendered legibly and with bounded memory.
const (
	maxColumns = 30
	maxPixels  = 40_000_000
)

// check says what no renderer can work with.
func (d Document) check() error {
	for i, p := range d.Parts {
		if err := p.check(); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}

func (p Part) check() error {
	set := 0
	for _, is := range []bool{p.Heading != "", p.Paragraph != nil, len(p.List) > 0, p.Table != nil, len(p.Figures) > 0, p.Picture != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("%d of its fields are set, want 1", set)
	}
	switch {
	case p.Table != nil:
		return p.Table.check()
	case p.Picture != nil:
		_, err := p.Picture.decode()
		return err
	}
	return nil
}

func (t Table) check() error {
	if n := len(t.Header); n == 0 || n > maxColumns {
		return fmt.Errorf("table has %d columns, want 1 to %d", n, maxColumns)
	}
	for i, r := range t.Rows {
		if len(r) != len(t.Header) {
			return fmt.Errorf("row %d of the table has %d cells, want %d", i+1, len(r), len(t.Header))
		}
	}
	return nil
}

func (p Picture) decode() (image.Image, error) {
	c, err := png.DecodeConfig(bytes.NewReader(p.PNG))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, errors.New("picture is empty or too large")
	}
	img, err := png.Decode(bytes.NewReader(p.PNG))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	return img, nil
}

// paragraphs are the paragraphs of p, one for each line of its text.
func (p Paragraph) paragraphs() []Paragraph {
	var out []Paragraph
	for line := range strings.SplitSeq(p.Text, "\n") {
		out = append(out, Paragraph{Text: line})
	}
	out[0].Lead = p.Lead
	return out
}

// line is a figure as a line of text, where there is no room for it side by side
// with others.
func (f Figure) line() string {
	s := f.Label + "　" + f.Value
	if f.Note != "" {
		s += "（" + f.Note + "）"
	}
	return s
}

// number is the number with the mark.
func (d Document) number() string {
	if d.Mark == "" {
		return d.Number
	}
	return d.Number + "（" + d.Mark + "）"
}
