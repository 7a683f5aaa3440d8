package font

import "testing"

// Names of people have rare characters; the typeface must have those that GBK has.
func TestFaceHasRareCharacters(t *testing.T) {
	f, err := Face(20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "喆堃玥頔赟翀甪镕《》①—…·℃" {
		if w, ok := f.GlyphAdvance(r); !ok || w == 0 {
			t.Errorf("no glyph for %c", r)
		}
	}
}
