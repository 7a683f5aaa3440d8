package typeset

import (
	"strings"
	"unicode"
)

// Characters that may not begin a line, and those that may not end one.
const (
	closing = "，。、；：）》”’！？】』」〉〕｝…—·％℃～,.;:!?)]}%"
	opening = "–（《“‘【『「〈〔｛([{"
)

// Wrap breaks text into lines no wider than width, the first one narrower by
// indent. "\n" ends a line; all other characters are kept, and spaces at the end of
// a line do not count. A word that is wider than a line is broken anywhere.
func Wrap(text string, indent, width float64, measure func(string) float64) []string {
	var lines []string
	room := width - indent
	for part := range strings.SplitSeq(text, "\n") {
		var line string
		used := 0.0
		flush := func() {
			lines = append(lines, line)
			line, used, room = "", 0, width
		}
		for _, piece := range pieces(part) {
			bare := strings.TrimRightFunc(piece, unicode.IsSpace)
			if line != "" && used+measure(bare) > room {
				flush()
			}
			if measure(bare) > room {
				for _, r := range piece {
					w := measure(string(r))
					if line != "" && used+w > room {
						flush()
					}
					line, used = line+string(r), used+w
				}
				continue
			}
			line, used = line+piece, used+measure(piece)
		}
		flush()
	}
	return lines
}

// Balanced breaks text into as few lines as Wrap, about as long as each other: for
// titles, which should not end in one character.
func Balanced(text string, width float64, measure func(string) float64) []string {
	lines := Wrap(text, 0, width, measure)
	least, _ := Widest(text, measure)
	least /= float64(len(lines))
	for w := least; w < width; w += width / 50 {
		if even := Wrap(text, 0, w, measure); len(even) == len(lines) {
			return even
		}
	}
	return lines
}

// pieces cuts a line of text where it may be broken.
func pieces(s string) []string {
	var out []string
	start := 0
	var before rune
	for i, r := range s {
		if i > 0 && breakable(before, r) {
			out = append(out, s[start:i])
			start = i
		}
		before = r
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// breakable says whether a line may end between two characters.
func breakable(a, b rune) bool {
	switch {
	case unicode.IsSpace(b), strings.ContainsRune(closing, b), strings.ContainsRune(opening, a):
		return false
	case unicode.IsSpace(a):
		return true
	}
	return !inWord(a) || !inWord(b)
}

// inWord says whether a character belongs to words and numbers, which are not
// split: letters that are no ideographs, digits, and the punctuation of ASCII.
func inWord(r rune) bool { return r < 0x2000 && !unicode.IsSpace(r) }

// Widest is the width of the widest line, and of the widest piece that should not
// be broken, of a text.
func Widest(text string, measure func(string) float64) (line, piece float64) {
	for l := range strings.SplitSeq(text, "\n") {
		line = max(line, measure(l))
		for _, p := range pieces(l) {
			piece = max(piece, measure(strings.TrimRightFunc(p, unicode.IsSpace)))
		}
	}
	return line, piece
}
