// Package canvas is what pictures are drawn on: rectangles, text, other pictures.
package canvas

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	xdraw "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"yunzhuan/report/font"
)

// shades is how many steps the edge of a letter has from its paper to its ink.
// With so few, all colours of a picture fit a palette of 256: the file is half as
// large as with all of them, and is encoded in a fifth of the time.
const shades = 16

// Canvas is a picture with a palette that is filled as colours are used. It is for
// one goroutine.
type Canvas struct {
	img    *image.Paletted
	solid  map[RGB]uint8
	ramps  map[[2]RGB]uint8 // by ink and paper: where their shades begin
	faces  map[float64]xfont.Face
	placed []placed
}

// RGB is a colour.
type RGB [3]uint8

// White is the colour of a new Canvas.
var White = RGB{0xFF, 0xFF, 0xFF}

// placed is a picture that is drawn when all else is.
type placed struct {
	img image.Image
	at  image.Rectangle
}

// New makes a white picture.
func New(width, height int) *Canvas {
	c := &Canvas{
		img:   image.NewPaletted(image.Rect(0, 0, width, height), nil),
		solid: map[RGB]uint8{}, ramps: map[[2]RGB]uint8{}, faces: map[float64]xfont.Face{},
	}
	c.colour(White) // index 0, what a new picture is full of
	return c
}

// colour is the index of a colour, or of one near it if the palette is full.
func (c *Canvas) colour(v RGB) uint8 {
	i, ok := c.solid[v]
	if !ok {
		full := color.RGBA{v[0], v[1], v[2], 0xFF}
		if len(c.img.Palette) == 256 {
			return uint8(c.img.Palette.Index(full))
		}
		i = uint8(len(c.img.Palette))
		c.img.Palette = append(c.img.Palette, full)
		c.solid[v] = i
	}
	return i
}

// ramp is the index of the first of the shades from paper to ink.
func (c *Canvas) ramp(ink, paper RGB) (uint8, error) {
	i, ok := c.ramps[[2]RGB{ink, paper}]
	if !ok {
		if len(c.img.Palette)+shades > 256 {
			return 0, errors.New("text in too many colours")
		}
		i = uint8(len(c.img.Palette))
		c.ramps[[2]RGB{ink, paper}] = i
		for s := 1; s <= shades; s++ {
			var v RGB
			for k := range v {
				v[k] = uint8((int(paper[k])*(shades-s) + int(ink[k])*s) / shades)
			}
			c.img.Palette = append(c.img.Palette, color.RGBA{v[0], v[1], v[2], 0xFF})
		}
	}
	return i, nil
}

// Fill paints a rectangle.
func (c *Canvas) Fill(x, y, width, height int, v RGB) {
	i := c.colour(v)
	r := image.Rect(x, y, x+width, y+height).Intersect(c.img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.img.Pix[c.img.PixOffset(r.Min.X, y):c.img.PixOffset(r.Max.X, y)]
		for x := range row {
			row[x] = i
		}
	}
}

// Text writes s from x on with its baseline at y, in a size in pixels, with ink on
// paper. Bold text is written twice, for the typeface has one weight. There is room
// for some twelve pairs of ink and paper in a picture.
func (c *Canvas) Text(x, y, size float64, ink, paper RGB, bold bool, s string) error {
	face, ok := c.faces[size]
	if !ok {
		var err error
		if face, err = font.Face(size); err != nil {
			return fmt.Errorf("load typeface: %w", err)
		}
		c.faces[size] = face
	}
	ramp, err := c.ramp(ink, paper)
	if err != nil {
		return err
	}
	dot := fixed.Point26_6{X: fixed.Int26_6(math.Round(x * 64)), Y: fixed.I(int(y))}
	for _, r := range s {
		area, mask, at, advance, ok := face.Glyph(dot, r)
		if ok {
			if alpha, is := mask.(*image.Alpha); is {
				c.stamp(area, alpha, at, ramp)
				if bold {
					c.stamp(area.Add(image.Pt(max(1, int(size/30)), 0)), alpha, at, ramp)
				}
			}
		}
		dot.X += advance
	}
	return nil
}

// stamp puts the shades of a letter where nothing darker of the same ink is.
func (c *Canvas) stamp(area image.Rectangle, mask *image.Alpha, at image.Point, ramp uint8) {
	r := area.Intersect(c.img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from := mask.PixOffset(at.X+r.Min.X-area.Min.X, at.Y+y-area.Min.Y)
		to := c.img.PixOffset(r.Min.X, y)
		for x := range r.Dx() {
			shade := (uint(mask.Pix[from+x])*shades + 127) / 255
			if shade == 0 {
				continue
			}
			was := c.img.Pix[to+x]
			now := ramp + uint8(shade) - 1
			if was < ramp || was > ramp+(shades-1) || was < now {
				c.img.Pix[to+x] = now
			}
		}
	}
}

// Picture draws img in a rectangle.
func (c *Canvas) Picture(img image.Image, at image.Rectangle) {
	c.placed = append(c.placed, placed{img, at})
}

// PNG is the picture as a file: with its palette, unless pictures in it have
// too many colours of their own.
func (c *Canvas) PNG() ([]byte, error) {
	var img image.Image = c.img
	for i, p := range c.placed {
		if !c.copy(p) {
			img = c.full(c.placed[i:])
			break
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// copy draws a picture with a palette pixel by pixel, if it can be.
func (c *Canvas) copy(p placed) bool {
	from, ok := p.img.(*image.Paletted)
	if !ok || !from.Opaque() || from.Rect.Size() != p.at.Size() || len(c.img.Palette)+len(from.Palette) > 256 {
		return false
	}
	index := make([]uint8, len(from.Palette))
	for i, v := range from.Palette {
		r, g, b, _ := v.RGBA()
		index[i] = c.colour(RGB{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)})
	}
	for y := range p.at.Dy() {
		in := from.Pix[from.PixOffset(from.Rect.Min.X, from.Rect.Min.Y+y):]
		out := c.img.Pix[c.img.PixOffset(p.at.Min.X, p.at.Min.Y+y):]
		for x := range p.at.Dx() {
			out[x] = index[in[x]]
		}
	}
	return true
}

// full is the canvas with all colours, and pictures drawn into it.
func (c *Canvas) full(pictures []placed) image.Image {
	full := image.NewRGBA(c.img.Rect)
	draw.Draw(full, full.Rect, c.img, image.Point{}, draw.Src)
	for _, p := range pictures {
		xdraw.ApproxBiLinear.Scale(full, p.at, p.img, p.img.Bounds(), draw.Over, nil)
	}
	return full
}
