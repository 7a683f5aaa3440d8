package document

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// dots is a length in millimetres on a page that is rendered with 72 dots an inch.
func dots(millimetres float64) int { return int(millimetres * mm) }

// needs skips a test whose programs are missing; in CI that fails.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		const missing = "%s not found: install it (Debian, Ubuntu: apt-get install libreoffice-writer-nogui poppler-utils)"
		if os.Getenv("CI") == "true" {
			t.Fatalf(missing, p)
		}
		t.Skipf(missing, p)
	}
}

func execute(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// pages renders a file's pages: a Word file through LibreOffice.
func pages(t *testing.T, name string, data []byte) []image.Image {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) == ".docx" {
		execute(t, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir, file)
		file = file[:len(file)-len(".docx")] + ".pdf"
	}
	execute(t, "pdftoppm", "-r", "72", "-png", file, filepath.Join(dir, "page"))
	files, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	slices.Sort(files)
	var out []image.Image
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	}
	return out
}

// box is the smallest rectangle around the pixels of a region that a test takes for
// ink, and how many they are.
func box(img image.Image, in image.Rectangle, ink func(r, g, b uint8) bool) (out image.Rectangle, n int) {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			if ink(c.R, c.G, c.B) {
				out = out.Union(image.Rect(x, y, x+1, y+1))
				n++
			}
		}
	}
	return out, n
}

func isRed(r, g, b uint8) bool { return r > 150 && g < 110 && b < 110 }
func isInk(r, g, b uint8) bool { return r < 200 || g < 200 || b < 200 }

// The papers look as official ones do, in Word as LibreOffice shows it and in PDF: a
// red title in the middle, a red rule as wide as the text, nothing outside the
// margins, and a page number in the middle of each foot.
func TestLayoutOnPaper(t *testing.T) {
	t.Parallel()
	needs(t, "soffice", "pdftoppm")
	d := bulletin(60, 100)
	word, err := d.DOCX()
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := d.PDF()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"paper.docx": word, "paper.pdf": pdf} {
		all := pages(t, name, data)
		if len(all) < 4 {
			t.Errorf("%s: %d pages", name, len(all))
		}
		for i, img := range all {
			checkPage(t, name, i+1, img)
		}
		checkHead(t, name, all[0])
	}
}

// checkPage looks at the margins and the foot of an A4 page.
func checkPage(t *testing.T, name string, no int, img image.Image) {
	t.Helper()
	b := img.Bounds()
	if w, h := b.Dx(), b.Dy(); w != dots(210) && w != dots(210)+1 || h != dots(297) && h != dots(297)+1 {
		t.Errorf("%s, page %d is %d by %d, want A4", name, no, w, h)
	}
	for side, r := range map[string]image.Rectangle{
		"left": image.Rect(0, 0, dots(26.5), b.Dy()), "right": image.Rect(b.Dx()-dots(24.5), 0, b.Dx(), b.Dy()),
		"top": image.Rect(0, 0, b.Dx(), dots(34)), "bottom": image.Rect(0, b.Dy()-dots(15), b.Dx(), b.Dy()),
	} {
		if at, n := box(img, r, isInk); n > 0 {
			t.Errorf("%s, page %d: %d pixels in the %s margin, at %v", name, no, n, side, at)
		}
	}
	foot, n := box(img, image.Rect(0, b.Dy()-dots(34), b.Dx(), b.Dy()-dots(15)), isInk)
	middle := (foot.Min.X + foot.Max.X) / 2
	text := (dots(28) + b.Dx() - dots(26)) / 2
	if n == 0 || middle < text-6 || middle > text+6 || foot.Dx() > dots(40) {
		t.Errorf("%s, page %d: the page number is at %v", name, no, foot)
	}
}

// checkHead looks at the title and the rule of the first page.
func checkHead(t *testing.T, name string, img image.Image) {
	t.Helper()
	b := img.Bounds()
	red, n := box(img, image.Rect(0, 0, b.Dx(), b.Dy()/2), isRed)
	if n < 800 || red.Min.X > dots(29)+2 || red.Max.X < b.Dx()-dots(27)-2 {
		t.Errorf("%s: %d red pixels at %v: want a rule as wide as the text", name, n, red)
	}
	// The title: what is red in the upper quarter.
	title, n := box(img, image.Rect(0, dots(34), b.Dx(), dots(34)+b.Dy()/8), isRed)
	middle := (title.Min.X + title.Max.X) / 2
	text := (dots(28) + b.Dx() - dots(26)) / 2
	if n < 500 || middle < text-8 || middle > text+8 || title.Dy() < 20 {
		t.Errorf("%s: the title is at %v, want it in the middle, at %d", name, title, text)
	}
}
