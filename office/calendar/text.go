package calendar

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// normalize makes the ways of typing one phrase the same: half-width letters,
// digits and punctuation, Arabic digits for Chinese numerals, and no spaces but
// single ones between two characters that are not Chinese.
func normalize(phrase string) string {
	s := strings.Join(strings.Fields(width.Fold.String(phrase)), " ")
	s = strings.NewReplacer("—", "-", "–", "-", "~", "-", "。", ".").Replace(s)
	r := arabicNumerals([]rune(s))
	var b strings.Builder
	for i, c := range r {
		if c == ' ' && (i == 0 || i == len(r)-1 || squeezed(r[i-1], r[i+1])) {
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// squeezed reports whether a space between two characters carries no meaning.
// After the weekday of 周3 it does: 周3 15:00.
func squeezed(left, right rune) bool {
	if isDigit(left) && isDigit(right) {
		return false
	}
	return unicode.Is(unicode.Han, left) || unicode.Is(unicode.Han, right)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

var numerals = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '十': 10,
}

// arabicNumerals replaces Chinese numerals up to 99 and years written digit by
// digit. The numeral of a weekday (周三) stays apart from one that follows it.
func arabicNumerals(in []rune) []rune {
	var out []rune
	for i := 0; i < len(in); {
		if _, ok := numerals[in[i]]; !ok {
			out = append(out, in[i])
			i++
			continue
		}
		end := i
		for end < len(in) && isNumeral(in[end]) {
			end++
		}
		if i > 0 && strings.ContainsRune("周期拜", in[i-1]) {
			out = append(out, []rune(readNumeral(in[i:i+1]))...)
			i++
			if i < len(in) && (isNumeral(in[i]) || isDigit(in[i])) {
				out = append(out, ' ')
			}
			continue
		}
		out = append(out, []rune(readNumeral(in[i:end]))...)
		i = end
	}
	return out
}

func isNumeral(r rune) bool {
	_, ok := numerals[r]
	return ok
}

// readNumeral returns a run of Chinese numerals in digits: 二十三 as 23,
// 二〇二六 as 2026, 零五 as 05. What is neither stays as it is.
func readNumeral(run []rune) string {
	tenAt := slices.Index(run, '十')
	if tenAt < 0 {
		var b strings.Builder
		for _, r := range run {
			b.WriteString(strconv.Itoa(numerals[r]))
		}
		return b.String()
	}
	tens, okTens := place(run[:tenAt], 1)
	ones, okOnes := place(run[tenAt+1:], 0)
	if !okTens || !okOnes {
		return string(run)
	}
	return strconv.Itoa(10*tens + ones)
}

// place reads the one numeral on one side of 十; without it, it is worth empty.
func place(side []rune, empty int) (n int, ok bool) {
	switch {
	case len(side) == 0:
		return empty, true
	case len(side) > 1:
		return 0, false
	}
	n = numerals[side[0]]
	return n, 1 <= n && n <= 9
}
