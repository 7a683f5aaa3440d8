package cmdline

import (
	"testing"

	"golang.org/x/text/width"
)

func TestFoldIsWidthFold(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x1FFFF; r++ {
		if r >= 0xD800 && r <= 0xDFFF || r == 0x3000 {
			continue
		}
		if got, want := string(fold(r)), width.Fold.String(string(r)); got != want {
			t.Errorf("fold(%U) = %q, want %q", r, got, want)
		}
	}
}
