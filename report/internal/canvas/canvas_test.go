package canvas

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

var red = RGB{0xC8, 0x10, 0x2E}

func TestText(t *testing.T) {
	t.Parallel()
	c := New(100, 60)
	c.Fill(0, 0, 100, 60, red)
	if err := c.Text(10, 45, 40, White, red, false, "教委"); err != nil {
		t.Fatal(err)
	}
	once := covered(c, red)
	if err := c.Text(10, 45, 40, White, red, true, "教委"); err != nil {
		t.Fatal(err)
	}
	if bold := covered(c, red); once < 500 || bold <= once {
		t.Errorf("text covers %d pixels, bold %d", once, bold)
	}
	if err := c.Text(-30, 500, 40, White, red, false, "外"); err != nil { // outside: nothing happens
		t.Error(err)
	}
}

func covered(c *Canvas, paper RGB) int {
	n := 0
	for y := range c.img.Rect.Dy() {
		for x := range c.img.Rect.Dx() {
			if c.img.At(x, y) != (color.RGBA{paper[0], paper[1], paper[2], 0xFF}) {
				n++
			}
		}
	}
	return n
}

func TestPictureKeepsThePaletteIfItCan(t *testing.T) {
	t.Parallel()
	small := image.NewPaletted(image.Rect(0, 0, 10, 10), color.Palette{color.White, color.RGBA{1, 2, 3, 255}})
	small.Set(5, 5, color.RGBA{1, 2, 3, 255})
	full := image.NewRGBA(small.Rect)
	full.Set(5, 5, color.RGBA{1, 2, 3, 255})
	for name, c := range map[string]struct {
		img     image.Image
		at      image.Rectangle
		palette bool
	}{
		"with a palette": {small, image.Rect(20, 20, 30, 30), true},
		"scaled":         {small, image.Rect(20, 20, 40, 40), false},
		"all colours":    {full, image.Rect(20, 20, 30, 30), false},
	} {
		to := New(50, 50)
		to.Picture(c.img, c.at)
		data, err := to.PNG()
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, is := got.(*image.Paletted); is != c.palette {
			t.Errorf("%s: picture has a palette: %v", name, is)
		}
		if at := c.at.Min.Add(c.at.Size().Div(2)); color.RGBAModel.Convert(got.At(at.X, at.Y)) == (color.RGBA{255, 255, 255, 255}) {
			t.Errorf("%s: the dot of the picture is not there", name)
		}
	}
}

func TestColoursRunOut(t *testing.T) {
	t.Parallel()
	c := New(10, 10)
	var err error
	for i := range 20 {
		if err == nil {
			err = c.Text(0, 9, 9, RGB{uint8(i)}, White, false, "a")
		}
	}
	if err == nil {
		t.Error("twenty inks are no error")
	}
	for i := range 300 {
		c.Fill(0, 0, 1, 1, RGB{uint8(i), uint8(i / 256), 7})
	}
	if n := len(c.img.Palette); n != 256 {
		t.Errorf("palette of %d colours", n)
	}
}
