package document

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/report/internal/typeset"
)

// Lengths of Word are twentieths of a point; A4 with the margins that official
// papers have: top 37 mm, bottom 35, left 28, right 26.
const (
	wordWidth  = 11906 - 1587 - 1474 // of the text
	wordHeight = 16838 - 2098 - 1984
	emu        = 635 // of DrawingML in one of Word
)

// DOCX is the document as a Word file in the look of official papers. It names the
// typefaces these are set in, and others for computers that do not have them.
func (d Document) DOCX() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	r, err := typeset.NewRuler()
	if err != nil {
		return nil, err
	}
	w := &word{ruler: r}
	w.head(d)
	for i, p := range d.Parts {
		if err := w.part(p); err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	w.foot(d)
	return w.pack(d)
}

// word gathers the body of a Word file.
type word struct {
	body     strings.Builder
	ruler    *typeset.Ruler
	pictures [][]byte
}

func (w *word) add(format string, a ...any) { fmt.Fprintf(&w.body, format, a...) }

// paragraph adds a paragraph: its properties, and its runs.
func (w *word) paragraph(properties string, runs ...string) {
	w.add("<w:p><w:pPr>%s</w:pPr>%s</w:p>\n", properties, strings.Join(runs, ""))
}

// style names a style of wordStyles.
func style(id string) string { return `<w:pStyle w:val="` + id + `"/>` }

const (
	strong = `<w:rFonts w:ascii="黑体" w:hAnsi="黑体" w:eastAsia="黑体"/>`
	right  = `<w:jc w:val="right"/>`
)

func size(halfPoints int) string {
	return fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%[1]d"/>`, halfPoints)
}

// run is text in one look; "\n" begins a new line.
func run(properties, text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<w:r><w:rPr>" + properties + "</w:rPr>")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("<w:br/>")
		}
		b.WriteString(`<w:t xml:space="preserve">` + escaped(line) + "</w:t>")
	}
	b.WriteString("</w:r>")
	return b.String()
}

// escaped is text as it stands in XML, without what XML cannot carry.
func escaped(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < 0x20, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func (w *word) head(d Document) {
	points := w.ruler.Fit(d.Title, 48, 26, wordWidth/20)
	w.paragraph(style("Title"), run(size(int(points*2)), d.Title))
	if d.Number != "" || d.Mark != "" {
		mark := d.Mark
		if mark != "" {
			mark = "（" + mark + "）"
		}
		w.paragraph(style("Number"), run("", d.Number), run(size(24), mark))
	}
	w.paragraph(style("Issue"), run("", d.Issuer), "<w:r><w:tab/></w:r>", run("", d.Date))
}

func (w *word) foot(d Document) {
	const room = `<w:ind w:right="640"/>` + right
	if d.Signature != "" {
		w.paragraph(`<w:keepNext/><w:keepLines/><w:spacing w:before="560"/>`+room, run("", d.Signature))
		if d.Date != "" {
			w.paragraph(room, run("", d.Date))
		}
	}
	if d.SendTo != "" {
		w.paragraph("")
		w.paragraph(style("SendTo"), run("", d.SendTo))
	}
}

func (w *word) part(p Part) error {
	switch {
	case p.Heading != "":
		w.paragraph(style("Heading1"), run("", p.Heading))
	case p.Paragraph != nil:
		for _, p := range p.Paragraph.paragraphs() {
			w.paragraph(style("Body"), run(strong, p.Lead), run("", p.Text))
		}
	case p.List != nil:
		for _, item := range p.List {
			w.paragraph(style("Item"), "<w:r><w:t>•</w:t></w:r><w:r><w:tab/></w:r>", run("", item))
		}
	case p.Table != nil:
		w.table(*p.Table)
	case p.Figures != nil:
		for _, row := range figureRows(p.Figures) {
			w.figures(row)
		}
	case p.Picture != nil:
		return w.picture(*p.Picture)
	}
	return nil
}

func (w *word) table(t Table) {
	points, widths := fitTable(w.ruler, t, wordWidth/20, paperSizes...)
	look := size(int(points * 2))
	w.open(widths, `<w:tblBorders>`+borders("top", "left", "bottom", "right", "insideH", "insideV")+`</w:tblBorders>`,
		int(points*10/2))
	w.row(`<w:tblHeader/>`, widths, func(i int) string { return cell(strong+look, t.Header[i], true) })
	for _, row := range t.Rows {
		w.row("", widths, func(i int) string { return cell(look, row[i], i > 0) })
	}
	w.close()
}

func borders(sides ...string) string {
	var b strings.Builder
	for _, s := range sides {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="404040"/>`, s)
	}
	return b.String()
}

// open begins a table of the width of the text. Widths are in points, margin, the
// room at either side of a cell, in twentieths.
func (w *word) open(widths []float64, borders string, margin int) {
	w.add(`<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/>%s<w:tblLayout w:type="fixed"/>`+
		`<w:tblCellMar><w:left w:w="%d" w:type="dxa"/><w:right w:w="%[3]d" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`,
		wordWidth, borders, margin)
	for _, width := range widths {
		w.add(`<w:gridCol w:w="%d"/>`, int(width*20))
	}
	w.add("</w:tblGrid>\n")
}

// close ends a table; without a paragraph between them two would become one.
func (w *word) close() {
	w.add("</w:tbl>\n")
	w.paragraph(`<w:spacing w:line="240" w:lineRule="exact"/>`)
}

// row adds a row that is not split over pages.
func (w *word) row(properties string, widths []float64, cell func(i int) string) {
	w.add("<w:tr><w:trPr><w:cantSplit/>%s</w:trPr>", properties)
	for i, width := range widths {
		w.add(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>%s</w:tc>`, int(width*20), cell(i))
	}
	w.add("</w:tr>\n")
}

// cell is the paragraph in a cell of a table.
func cell(look, text string, centred bool) string {
	align := ""
	if centred {
		align = `<w:jc w:val="center"/>`
	}
	return "<w:p><w:pPr>" + style("Cell") + align + "</w:pPr>" + run(look, text) + "</w:p>"
}

func (w *word) figures(row []Figure) {
	widths := make([]float64, len(row))
	for i := range widths {
		widths[i] = wordWidth / 20 / float64(len(row))
	}
	noted := slices.ContainsFunc(row, func(f Figure) bool { return f.Note != "" })
	w.open(widths, `<w:tblBorders>`+borders("top", "bottom")+`</w:tblBorders>`, 100)
	w.row("", widths, func(i int) string {
		f := row[i]
		points := w.ruler.Fit(f.Value, 24, 12, widths[i]*0.8) // other typefaces may be wider
		s := cell(size(24), f.Label, true) + cell(strong+`<w:color w:val="`+redHex+`"/>`+size(int(points*2)), f.Value, true)
		if noted { // in every cell, so that the values are level
			s += cell(size(21), cmp.Or(f.Note, "\u00A0"), true)
		}
		return s
	})
	w.close()
}

// picture adds a picture of the width of the text, or smaller if it has few
// pixels or is high.
func (w *word) picture(p Picture) error {
	img, err := p.decode()
	if err != nil {
		return err
	}
	w.pictures = append(w.pictures, p.PNG)
	n := len(w.pictures)
	width, height := within(img.Bounds(), wordWidth/20, wordHeight/20-30, 0.75)
	w.paragraph(`<w:spacing w:before="120" w:after="120" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>`,
		fmt.Sprintf(wordPicture, int(width*20*emu), int(height*20*emu), n, escaped(p.Alt)))
	return nil
}

// pack puts the parts of the file together.
func (w *word) pack(d Document) ([]byte, error) {
	var relations strings.Builder
	for i := range w.pictures {
		fmt.Fprintf(&relations, wordRelation, i+1)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, data []byte) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate,
			Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}) // equal documents, equal bytes
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	}
	for _, f := range []struct{ name, text string }{
		{"[Content_Types].xml", wordTypes},
		{"_rels/.rels", wordRoot},
		{"docProps/core.xml", fmt.Sprintf(wordCore, escaped(d.Title), escaped(d.Issuer))},
		{"word/document.xml", fmt.Sprintf(wordDocument, w.body.String())},
		{"word/styles.xml", wordStyles},
		{"word/settings.xml", wordSettings},
		{"word/fontTable.xml", wordFonts},
		{"word/footer1.xml", wordFooter},
		{"word/_rels/document.xml.rels", fmt.Sprintf(wordRelations, relations.String())},
	} {
		if err := put(f.name, []byte(xml.Header+f.text)); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	for i, data := range w.pictures {
		if err := put(fmt.Sprintf("word/media/image%d.png", i+1), data); err != nil {
			return nil, fmt.Errorf("write picture: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("close file: %w", err)
	}
	return out.Bytes(), nil
}
