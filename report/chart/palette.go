package chart

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

// most is how many colours a chart has: lines and letters on white look the same
// with so few, and the palette of a picture that it becomes part of has room for them.
const most = 100

// fewerColours is a PNG with a palette of the colours that are used most; others
// become the nearest of them.
func fewerColours(data []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	size := img.Bounds().Size()
	flat := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Src)
	used := map[color.RGBA]int{}
	for y := range size.Y {
		for x := range size.X {
			used[flat.RGBAAt(x, y)]++
		}
	}
	byUse := slices.SortedFunc(maps.Keys(used), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(used[b], used[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B), cmp.Compare(a.A, b.A))
	})
	var palette color.Palette
	index := map[color.RGBA]uint8{}
	for i, c := range byUse {
		if i < most {
			palette = append(palette, c)
			index[c] = uint8(i)
		} else {
			index[c] = uint8(palette.Index(c))
		}
	}
	out := image.NewPaletted(image.Rectangle{Max: size}, palette)
	for y := range size.Y {
		for x := range size.X {
			out.Pix[y*out.Stride+x] = index[flat.RGBAAt(x, y)]
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return b.Bytes(), nil
}
