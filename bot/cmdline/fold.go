package cmdline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// fold is width.Fold for one rune. Outside the two blocks looked at here,
// nothing but the ideographic space has another width.
func fold(r rune) rune {
	if r < 0xFF00 || r > 0xFFEF {
		return r
	}
	if f := width.LookupRune(r).Folded(); f != 0 {
		return f
	}
	return r
}

// foldText folds s and drops what cannot be seen. Bytes that are no UTF-8 become
// U+FFFD when anything else has to change.
func foldText(s string) string {
	for i, r := range s {
		if isIgnored(r) || fold(r) != r {
			return foldFrom(s, i)
		}
	}
	return s
}

// foldFrom is foldText for an s that is already folded up to i.
func foldFrom(s string, i int) string {
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		if !isIgnored(r) {
			b.WriteRune(fold(r))
		}
	}
	return b.String()
}

// isSeparator is white space of any kind, control characters and the zero-width
// space, which is a place between two words.
func isSeparator(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == 0x7F
	}
	if r > 0x3000 { // most of what is typed: no white space lies above
		return false
	}
	return r == 0x200B || unicode.IsSpace(r) || unicode.IsControl(r)
}

// isIgnored is what has no width and means nothing between letters: soft hyphen,
// joiners and direction marks, variation selectors, the byte order mark.
func isIgnored(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r >= 0x200C && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	}
	return r == 0xAD || r == 0x34F || r == 0x61C || r == 0x180E || r == 0xFEFF
}

// unseen is everything between two visible characters.
func unseen(r rune) bool { return isSeparator(r) || isIgnored(r) }

// isPause is folded punctuation that may stand after a word without being part
// of it.
func isPause(r rune) bool {
	switch r {
	case '.', ',', ';', ':', '!', '?', '、', '。':
		return true
	}
	return false
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// trim cuts what cannot be seen from both ends.
func trim(s string) string { return strings.TrimFunc(s, unseen) }

// indexOrEnd is the index of the first rune in s that f accepts, or the length
// of s.
func indexOrEnd(s string, f func(rune) bool) int {
	if i := strings.IndexFunc(s, f); i >= 0 {
		return i
	}
	return len(s)
}

// wordEnd is where the word ends that s begins with.
func wordEnd(s string) int { return indexOrEnd(s, isSeparator) }

// matchPrefix returns where in s the word ends that s begins with, comparing
// folded and without regard to case, or -1. Runes of s that skip accepts do not
// count, except that the match ends right after its last rune.
func matchPrefix(s, word string, skip func(rune) bool) int {
	i := 0
	for _, w := range word {
		for {
			r, size := utf8.DecodeRuneInString(s[i:])
			if size == 0 {
				return -1
			}
			i += size
			if skip(r) {
				continue
			}
			if r != w && lower(r) != lower(w) {
				return -1
			}
			break
		}
	}
	return i
}

// lower folds a rune and makes it lower case.
func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if r >= 0x3000 && r < 0xA000 { // Chinese characters have no case
		return r
	}
	return unicode.ToLower(fold(r))
}
