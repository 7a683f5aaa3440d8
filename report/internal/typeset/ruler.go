// Package typeset measures text in the typeface and breaks it into lines.
package typeset

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	xfont "golang.org/x/image/font"

	"yunzhuan/report/font"
)

// Ruler measures text in the typeface, without the distances between single pairs of
// letters. It is for one goroutine.
type Ruler struct {
	face   xfont.Face
	widths map[rune]float64 // in ems, -1 for what the typeface does not have
}

// NewRuler makes a Ruler.
func NewRuler() (*Ruler, error) {
	f, err := font.Face(1000)
	if err != nil {
		return nil, err
	}
	return &Ruler{face: f, widths: map[rune]float64{}}, nil
}

// At is what measures text at a size: its width, in the unit of the size.
func (r *Ruler) At(size float64) func(string) float64 {
	return func(s string) float64 {
		w := 0.0
		for _, c := range s {
			one, _ := r.width(c)
			w += one
		}
		return w * size
	}
}

// width is the width of a character in ems, 1 for one the typeface does not have.
func (r *Ruler) width(c rune) (ems float64, has bool) {
	if w, ok := r.widths[c]; ok {
		return math.Abs(w), w >= 0
	}
	w := -1.0
	if a, has := r.face.GlyphAdvance(c); has {
		w = float64(a) / 64 / 1000
	}
	r.widths[c] = w
	return math.Abs(w), w >= 0
}

// Fit is the largest size of at most size and at least least at which s is no
// wider than width.
func (r *Ruler) Fit(s string, size, least, width float64) float64 {
	if w := r.At(1)(s); w*size > width {
		return max(least, width/w)
	}
	return size
}

// missing stands for a character that the typeface does not have: a reader must
// see that there is one.
const missing = '□'

// Printable is s with what can be drawn only: a character that the typeface does
// not have becomes □, what has no look of its own is dropped. "\n" stays.
func (r *Ruler) Printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch _, has := r.width(c); {
		case c == '\n':
			return c
		case c == '\t':
			return ' '
		case unicode.In(c, unicode.Cc, unicode.Cf, unicode.Mn):
			return -1
		case c == utf8.RuneError || !has:
			return missing
		}
		return c
	}, s)
}
