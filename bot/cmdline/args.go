package cmdline

import (
	"slices"
	"strings"
)

// maxBracket is how many runes after an opening bracket its closing one is
// looked for.
const maxBracket = 64

// Args are the arguments of a command: words, separated by white space. What
// stands in brackets or Chinese quotation marks is not cut, so that “张三（病 假）”
// and “《关于 做好》” are one word each. The zero Args is empty. An Args is never
// changed and may be shared.
type Args struct {
	text   string // as typed, without white space at its ends
	tokens []token
}

type token struct {
	start, end int    // in Args.text
	folded     string // what At returns
}

// Tokenize cuts a text into Args, as Parse does with what follows a command's
// name.
func Tokenize(text string) Args {
	a := Args{text: trim(text)}
	if a.text == "" {
		return Args{}
	}
	a.tokens = make([]token, 0, 8)
	start := -1
	closed := 0 // brackets up to here have been dealt with
	for i, r := range a.text {
		switch {
		case i < closed:
		case isSeparator(r):
			if start >= 0 {
				a.add(start, i)
				start = -1
			}
		default:
			if start < 0 {
				if isIgnored(r) {
					continue
				}
				start = i
			}
			if closer := closerOf(fold(r)); closer != 0 {
				closed = i + closing(a.text[i:], fold(r), closer)
			}
		}
	}
	if start >= 0 {
		a.add(start, len(a.text))
	}
	return a
}

func (a *Args) add(start, end int) {
	typed := strings.TrimRightFunc(a.text[start:end], isIgnored)
	folded := foldText(typed)
	if cut := strings.TrimRightFunc(folded, isPause); cut != "" {
		folded = cut
	}
	a.tokens = append(a.tokens, token{start, start + len(typed), folded})
}

// closerOf gives the closing bracket of a folded opening one, or 0.
func closerOf(r rune) rune {
	switch r {
	case '(':
		return ')'
	case '[':
		return ']'
	case '【':
		return '】'
	case '《':
		return '》'
	case '“':
		return '”'
	case '「':
		return '」'
	case '『':
		return '』'
	}
	return 0
}

// closing returns the index after the bracket that closes the one at the
// beginning of s, or 0 if it is not closed near by in the same line.
func closing(s string, opener, closer rune) int {
	depth, n := 0, 0
	for i, r := range s {
		switch fold(r) {
		case opener:
			depth++
		case closer:
			if depth--; depth == 0 {
				return i + len(string(r))
			}
		case '\n':
			return 0
		}
		if n++; n > maxBracket {
			return 0
		}
	}
	return 0
}

// Len is the number of words.
func (a Args) Len() int { return len(a.tokens) }

// At is word i, folded and without the punctuation at its end (“下周？” is 下周);
// letters keep their case. It is empty where there is none.
func (a Args) At(i int) string {
	if i < 0 || i >= len(a.tokens) {
		return ""
	}
	return a.tokens[i].folded
}

// Typed is word i as typed, for a link or a title.
func (a Args) Typed(i int) string {
	if i < 0 || i >= len(a.tokens) {
		return ""
	}
	return a.text[a.tokens[i].start:a.tokens[i].end]
}

// Rest is the text as typed from word i to the end, with its spaces, line breaks
// and punctuation. It is empty where there is no word i.
func (a Args) Rest(i int) string {
	if i < 0 || i >= len(a.tokens) {
		return ""
	}
	return a.text[a.tokens[i].start:]
}

// Words are all words as At gives them.
func (a Args) Words() []string {
	w := make([]string, len(a.tokens))
	for i, t := range a.tokens {
		w[i] = t.folded
	}
	return w
}

// From is the arguments from word n on.
func (a Args) From(n int) Args {
	if n >= len(a.tokens) {
		return Args{}
	}
	return Args{text: a.text, tokens: a.tokens[max(n, 0):]}
}

// Until is the arguments before word n.
func (a Args) Until(n int) Args {
	if n >= len(a.tokens) {
		return a
	}
	if n <= 0 {
		return Args{}
	}
	return Tokenize(a.text[:a.tokens[n].start])
}

// Cut takes a keyword from the beginning: the first word if it is one of words,
// or else the longest of words that it begins with, because people type “缺张三”,
// “查31” and “缺：张三”. It returns the keyword and the arguments after it, or ""
// and the unchanged arguments.
func (a Args) Cut(words ...string) (string, Args) {
	first := a.At(0)
	if i := slices.Index(words, first); i >= 0 && first != "" {
		return words[i], a.From(1)
	}
	var word string
	var end int
	for _, w := range words {
		if e := matchPrefix(a.Typed(0), w, isIgnored); e > 0 && len(w) > len(word) {
			word, end = w, e
		}
	}
	if word == "" {
		return "", a
	}
	rest := strings.TrimLeftFunc(a.Rest(0)[end:], func(r rune) bool { return unseen(r) || isPause(fold(r)) })
	return word, Tokenize(rest)
}
