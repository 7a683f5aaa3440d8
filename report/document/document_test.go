package document

import (
	"bytes"
	"strings"
	"testing"
)

var renderers = map[string]func(Document) ([]byte, error){"DOCX": Document.DOCX, "PDF": Document.PDF, "PNG": cards}

// cards are the pictures of a document, one behind the other.
func cards(d Document) ([]byte, error) {
	all, err := d.Cards()
	return bytes.Join(all, nil), err
}

func TestBuildersDoNotAlias(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"a"}}
	base := New("t").Para("1").Para("2").Para("3").Table([]string{"h"}, rows)
	one, two := base.Heading("one"), base.Heading("two")
	rows[0][0] = "changed"
	if one.Parts[4].Heading != "one" || two.Parts[4].Heading != "two" || len(base.Parts) != 4 {
		t.Errorf("parts are shared: %v, %v", one.Parts, two.Parts)
	}
	if got := base.Parts[3].Table.Rows[0][0]; got != "a" {
		t.Errorf("cell is %q after the caller changed its own", got)
	}
	if got := New("t").Heading("").List().Figures(); len(got.Parts) != 0 {
		t.Errorf("nothing added makes parts: %v", got.Parts)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		doc  Document
		want string
	}{
		"ragged":        {New("t").Table([]string{"a", "b"}, [][]string{{"1", "2"}, {"1"}}), "row 2 of the table has 1 cells, want 2"},
		"no columns":    {New("t").Table(nil, nil), "0 columns"},
		"many columns":  {New("t").Table(make([]string, 31), nil), "31 columns"},
		"no picture":    {New("t").Picture([]byte("JFIF"), ""), "read picture"},
		"cut picture":   {New("t").Picture(picture(t, 50, 50)[:60], ""), "read picture"},
		"empty part":    {Document{Parts: []Part{{}}}, "part 1: 0 of its fields are set"},
		"two in a part": {Document{Parts: []Part{{Heading: "h", Paragraph: &Paragraph{}}}}, "2 of its fields are set"},
	} {
		for kind, render := range renderers {
			if _, err := render(c.doc); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: error is %v, want one with %q", name, kind, err, c.want)
			}
		}
	}
}

// A published bulletin must read back byte for byte.
func TestEqualDocumentsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	for kind, render := range renderers {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			first, err := render(sample(t))
			if err != nil {
				t.Fatal(err)
			}
			again, err := render(sample(t))
			if err != nil || !bytes.Equal(first, again) {
				t.Fatalf("%d and %d bytes, error %v", len(first), len(again), err)
			}
		})
	}
}

func TestDocumentWithoutAnything(t *testing.T) {
	t.Parallel()
	for kind, render := range renderers {
		if b, err := render(Document{}); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, error %v", kind, len(b), err)
		}
	}
}

func BenchmarkDOCX(b *testing.B) { benchmark(b, Document.DOCX) }
func BenchmarkPDF(b *testing.B)  { benchmark(b, Document.PDF) }
func BenchmarkPNG(b *testing.B)  { benchmark(b, cards) }

func benchmark(b *testing.B, render func(Document) ([]byte, error)) {
	d := bulletin(60, 100)
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		out, err := render(d)
		if err != nil {
			b.Fatal(err)
		}
		size = len(out)
	}
	b.ReportMetric(float64(size), "B/file")
}
