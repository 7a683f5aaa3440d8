package chart

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
)

// most is how many colours a chart has: lines and letters on white look the same
// with so few, and the palette of a picture that it becomes part of has room for them.
const most = 100

// fewerColours is a PNG with a palette of the colours that are used most; others
// become the nearest of them. The file is a third as large.
func fewerColours(data []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	size := img.Bounds().Size()
	used := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		return color.RGBAModel.Convert(img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y)).(color.RGBA)
	}
	for y := range size.Y {
		for x := range size.X {
			used[at(x, y)]++
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
			out.Pix[y*out.Stride+x] = index[at(x, y)]
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return b.Bytes(), nil
}
