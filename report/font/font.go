// Package font is the typeface of pictures and PDF files: Noto Sans SC, of which
// the characters of GBK and some signs are kept. Its licence (SIL Open Font
// License 1.1) stands beside it in OFL.txt.
package font

import (
	_ "embed" // the typeface
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
)

// TTF is the typeface as a TrueType file.
//
//go:embed NotoSansSC-Regular.ttf
var TTF []byte

var parsed = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(TTF) })

// Face is the typeface at a size in pixels. A Face is for one goroutine.
func Face(pixels float64) (font.Face, error) {
	f, err := parsed()
	if err != nil {
		return nil, fmt.Errorf("parse typeface: %w", err)
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
}
