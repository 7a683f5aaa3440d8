package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unpack reads a Word file: every part of it must be well-formed XML or a PNG.
func unpack(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
		if strings.HasSuffix(f.Name, ".png") {
			continue
		}
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	return parts
}

// said is what a part says, paragraph by paragraph.
func said(t testing.TB, part string) string {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(part))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case xml.CharData:
			b.WriteString(strings.Trim(string(v), "\n"))
		case xml.EndElement:
			if v.Name.Local == "p" {
				b.WriteString("\n")
			}
		}
	}
}

func TestDOCX(t *testing.T) {
	t.Parallel()
	d := sample(t).Para("\x01illegal\x00\uFFFE").Picture(picture(t, 30, 900), `a "tall" <one>`)
	data, err := d.DOCX()
	if err != nil {
		t.Fatal(err)
	}
	parts := unpack(t, data)
	main := parts["word/document.xml"]
	text := said(t, main)
	for _, want := range []string{
		"机关巡查信息\n", "2026年第37期（补发）\n", "县教委办公室2026年11月23日\n", "一、出勤\n", "96.5%\n", "职业教育与成人教育及民办教育管理科5\n",
		"•37-100　", "（喆堃玥）", "关于 <a> & \"b\"：if a<b && c>d，以 2026-11-23 report_final.xlsx 为准。\n第二段。\n", "illegal\n",
		"县教委办公室\n2026年11月23日\n", "发：委领导，机关各科室",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("document does not say %q", want)
		}
	}
	for what, want := range map[string]int{"<w:tblHeader/>": 1, "<w:cantSplit/>": 62, "<w:drawing>": 2, `descr="a &#34;tall&#34; &lt;one&gt;"`: 1} {
		if got := strings.Count(main, what); got != want {
			t.Errorf("document has %d of %s, want %d", got, what, want)
		}
	}
	for _, want := range []string{`w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`, `<w:pgSz w:w="11906" w:h="16838"/>`} {
		if !strings.Contains(main, want) {
			t.Errorf("document has no %s", want)
		}
	}
	if got := parts["word/media/image1.png"]; got != string(d.Parts[len(d.Parts)-3].Picture.PNG) {
		t.Error("the picture is not the one that was given")
	}
	if !strings.Contains(parts["word/footer1.xml"], " PAGE ") {
		t.Error("footer has no page number")
	}
	// What is referred to is there.
	for _, m := range regexp.MustCompile(`r:(?:id|embed)="(\w+)"`).FindAllStringSubmatch(main, -1) {
		if !strings.Contains(parts["word/_rels/document.xml.rels"], `Id="`+m[1]+`"`) {
			t.Errorf("no relationship %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`Target="([\w./]+)"`).FindAllStringSubmatch(parts["word/_rels/document.xml.rels"], -1) {
		if _, ok := parts["word/"+m[1]]; !ok {
			t.Errorf("no part %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`<w:pStyle w:val="(\w+)"/>`).FindAllStringSubmatch(main, -1) {
		if !strings.Contains(parts["word/styles.xml"], `w:styleId="`+m[1]+`"`) {
			t.Errorf("no style %s", m[1])
		}
	}
}

func TestDOCXTablesAreAsWideAsTheText(t *testing.T) {
	t.Parallel()
	data, err := sample(t).DOCX()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range regexp.MustCompile(`<w:tblGrid>.*</w:tblGrid>`).FindAllString(unpack(t, data)["word/document.xml"], -1) {
		total := 0
		for _, m := range regexp.MustCompile(`w:w="(\d+)"`).FindAllStringSubmatch(g, -1) {
			w, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			total += w
		}
		if total > wordWidth || total < wordWidth-40 {
			t.Errorf("columns are %d wide, text %d", total, wordWidth)
		}
	}
}

func TestPDF(t *testing.T) {
	t.Parallel()
	pages := func(d Document) int {
		t.Helper()
		b, err := d.PDF()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.HasSuffix(b, []byte("%%EOF\n")) {
			t.Fatalf("no PDF: %q…", b[:20])
		}
		if len(b) > 500_000 {
			t.Errorf("PDF of %d bytes", len(b))
		}
		return len(regexp.MustCompile(`/Type /Page\n`).FindAll(b, -1))
	}
	if n := pages(sample(t)); n < 8 || n > 14 {
		t.Errorf("sample has %d pages", n)
	}
	row := []string{strings.Repeat("很长的单元格，", 400), "1"}
	if n := pages(New("t").Table([]string{"a", "b"}, [][]string{{"x", "1"}, row, {"y", "2"}})); n < 3 {
		t.Errorf("a cell of 2800 characters is on %d pages", n)
	}
	if n := pages(New("t").Table([]string{row[0], "b"}, [][]string{{"x", "1"}})); n < 2 {
		t.Errorf("a header of 2800 characters is on %d pages", n)
	}
	tall := New("t").Heading("一").Picture(picture(t, 20, 3000), "")
	if n := pages(tall); n != 2 && n != 1 {
		t.Errorf("a tall picture makes %d pages", n)
	}
}

// What the PDF library cannot read is made anew for it.
func TestPictureKinds(t *testing.T) {
	t.Parallel()
	for name, img := range map[string]image.Image{
		"see-through": image.NewNRGBA(image.Rect(0, 0, 40, 30)),
		"16 bits":     image.NewRGBA64(image.Rect(0, 0, 40, 30)),
		"grey":        image.NewGray(image.Rect(0, 0, 40, 30)),
		"palette":     image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black}),
		"see-through palette": image.NewPaletted(image.Rect(0, 0, 40, 30),
			color.Palette{color.NRGBA{}, color.Black}),
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		for kind, render := range renderers {
			if _, err := render(New("t").Picture(b.Bytes(), name)); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

func drawn(t testing.TB, d Document) []image.Image {
	t.Helper()
	all, err := d.Cards()
	if err != nil {
		t.Fatal(err)
	}
	var out []image.Image
	for _, b := range all {
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	}
	return out
}

// inked counts pixels of a rectangle that are not of the colour of its corner.
func inked(img image.Image, r image.Rectangle) int {
	n := 0
	paper := color.RGBAModel.Convert(img.At(r.Min.X, r.Min.Y))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if color.RGBAModel.Convert(img.At(x, y)) != paper {
				n++
			}
		}
	}
	return n
}

func TestCards(t *testing.T) {
	t.Parallel()
	one, several := drawn(t, bulletin(5, 3)), drawn(t, bulletin(60, 100))
	if len(one) != 1 || len(several) < 2 {
		t.Fatalf("%d and %d cards", len(one), len(several))
	}
	small := one[0]
	for i, img := range append(several, small) {
		if b := img.Bounds(); b.Dx() != 1080 || b.Dy() > cardHeight+200 {
			t.Errorf("card %d is %d by %d", i, b.Dx(), b.Dy())
		}
	}
	for i, img := range several[1:] { // it says what it goes on with
		if n := inked(img, image.Rect(100, 10, 980, 80)); n < 1000 {
			t.Errorf("the head of card %d has %d pixels", i+2, n)
		}
	}
	if got := color.RGBAModel.Convert(small.At(5, 5)); got != (color.RGBA{0xC8, 0x10, 0x2E, 0xFF}) {
		t.Errorf("the head is %v, want red", got)
	}
	if got := color.RGBAModel.Convert(small.At(5, small.Bounds().Dy()-5)); got != (color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}) {
		t.Errorf("the foot is %v, want white", got)
	}
	if n := inked(small, image.Rect(200, 100, 880, 200)); n < 5000 {
		t.Errorf("the title has %d pixels", n)
	}
	for i, img := range several { // nothing in the margins
		for _, x := range []int{0, 1080 - cardMargin + 2} {
			if n := inked(img, image.Rect(x, 400, x+cardMargin-2, img.Bounds().Dy())); n > 0 {
				t.Errorf("card %d has %d pixels in the margin from %d on", i+1, n, x)
			}
		}
	}
}

func TestTooManyCards(t *testing.T) {
	t.Parallel()
	_, err := bulletin(60, 3000).Cards()
	if err == nil || !strings.Contains(err.Error(), "at most 12") {
		t.Errorf("error is %v", err)
	}
}

// Whatever people write, a renderer answers with a file or an error.
func TestAnyStrings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string {
			return rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("教，（ a1\n\t\x00—😀\uFFFE")))).Draw(t, name)
		}
		d := Document{Issuer: s("issuer"), Title: s("title"), Number: s("number"), Date: s("date"), Mark: s("mark"), Signature: s("signature"), SendTo: s("send to")}
		columns := rapid.IntRange(1, maxColumns).Draw(t, "columns")
		rows := make([][]string, rapid.IntRange(0, 3).Draw(t, "rows"))
		for i := range rows {
			rows[i] = make([]string, columns)
			rows[i][0], rows[i][columns-1] = s("first"), s("last")
		}
		d = d.Heading(s("heading")).Lead(s("lead"), s("text")).List(s("item"), s("item")).Table(make([]string, columns), rows).
			Figures(Figure{s("label"), s("value"), s("note")}, Figure{s("label"), s("value"), ""})
		for kind, render := range renderers {
			b, err := render(d)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if kind == "DOCX" && !bytes.HasPrefix(b, []byte("PK")) {
				t.Fatal("no Word file")
			}
		}
	})
}

// A table that goes on in another picture has its header there again.
func TestTableOverCards(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for i := range 300 {
		rows = append(rows, []string{fmt.Sprintf("第%d小学", i), "10", "9"})
	}
	all := drawn(t, New("出勤").Table([]string{"单位", "应到", "实到"}, rows))
	if len(all) < 2 {
		t.Fatalf("%d cards", len(all))
	}
	for i, img := range all {
		if h := img.Bounds().Dy(); h > cardHeight+40 {
			t.Errorf("card %d is %d high", i+1, h)
		}
		if i == 0 {
			continue
		}
		if got := color.RGBAModel.Convert(img.At(cardMargin+5, 88+28+10)); got != (color.RGBA{tint[0], tint[1], tint[2], 0xFF}) {
			t.Errorf("card %d begins with %v, want the paper of the header", i+1, got)
		}
	}
}
