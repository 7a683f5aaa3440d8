// Package cmdline reads what people type in a chat: it finds the command in a
// text (Parse), cuts its arguments (Args), and reads the small notations that
// several commands share: lists of people (SplitNames), numbers of records
// (ParseNo, ParseFinding, ParseIssueNo) and answers of a survey (ParseAnswers).
// Suggest finds what a mistyped command was meant to be.
//
// It knows nothing of the office and imports nothing of the project. No function
// panics, whatever bytes it is given, and each takes time linear in its input.
//
// # What counts as the same
//
// Full-width letters, digits and punctuation are folded to their ASCII forms
// (width.Fold, not NFKC, which would make ① a 1). Every white space separates,
// the ideographic, no-break, zero-width and U+2005 spaces included. What cannot
// be seen (joiners, direction marks, variation selectors, soft hyphens) does not
// count. All this is for comparing; Rest and Typed give what was typed.
package cmdline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnknown is how many runes of an unknown command name are kept: enough to
// show it to its author and to suggest what was meant.
const maxUnknown = 32

// Line is a text that was understood as a command.
type Line struct {
	// Name is the command, folded, in lower case, without its slash: one of the
	// known names as it was given to Parse, or the first 32 characters of a word
	// that is none. It is empty when nothing follows the slash.
	Name string
	// Args are what follows the name.
	Args Args
	// Raw is the text after the mentions, as typed. Parsing it again gives the
	// same Line.
	Raw string
	// Slash says that the command was typed with its slash. Without it (in a
	// direct chat) the text may also be the answer to a question that is open.
	Slash bool
}

// Parse finds the command in a chat text. It says false for a text that is none:
// empty, without a slash in a group, or in a direct chat one that does not begin
// with a known name.
//
// Names are the known names and aliases, in lower case and without a slash. They
// serve to find where a name ends: “/考勤全勤” is 考勤 with the argument 全勤, the
// longest name wins, and a name of one character (答) is only cut from what is not
// a Chinese character (答7, but not 答复). After a slash a Chinese name may have
// spaces in it (“/考 勤 全勤”). Punctuation between name and arguments is dropped.
//
// Leading mentions are dropped: “@运转 @张三 /考勤”, “@小助手/考勤”. A mention ends at
// its first space; one more or two short words count as part of a name with
// spaces (“@教委 小助手 /考勤”) if a known command follows with its slash.
func Parse(text string, direct bool, names []string) (Line, bool) {
	raw := skipMentions(trim(text), names)
	body := afterSlash(raw)
	slash := len(body) < len(raw)
	if raw == "" || !slash && !direct {
		return Line{}, false
	}
	name, end := knownName(body, names, slash)
	if name == "" {
		if !slash {
			return Line{}, false
		}
		name, end = unknownName(body)
	}
	args := strings.TrimLeftFunc(body[end:], func(r rune) bool {
		return unseen(r) || isPause(fold(r))
	})
	return Line{Name: name, Args: Tokenize(args), Raw: raw, Slash: slash}, true
}

// Empty says whether a chat text says nothing but whom it is for.
func Empty(text string, names []string) bool { return skipMentions(trim(text), names) == "" }

// afterSlash skips leading slashes and the white space round them. A text
// without a leading slash is returned as it is.
func afterSlash(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); fold(r) != '/' {
		return s
	}
	return strings.TrimLeftFunc(s, func(r rune) bool { return unseen(r) || fold(r) == '/' })
}

// knownName finds the longest of names that s begins with, and where it ends in
// s. With spaced, a Chinese name may have white space in it; but a name that is
// written as one word goes first.
func knownName(s string, names []string, spaced bool) (name string, end int) {
	for _, n := range names {
		if len(n) <= len(name) {
			continue
		}
		if e := matchPrefix(s, n, isIgnored); e > 0 && endsName(n, s[e:]) {
			name, end = n, e
		}
	}
	if name != "" || !spaced {
		return name, end
	}
	for _, n := range names {
		if len(n) <= len(name) || n[0] < utf8.RuneSelf {
			continue
		}
		if e := matchPrefix(s, n, unseen); e > 0 && endsName(n, s[e:]) {
			name, end = n, e
		}
	}
	return name, end
}

// endsName says whether the known name may end where rest begins.
func endsName(name, rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	for size > 0 && isIgnored(r) {
		rest = rest[size:]
		r, size = utf8.DecodeRuneInString(rest)
	}
	r = fold(r)
	switch last, _ := utf8.DecodeLastRuneInString(name); {
	case size == 0:
		return true
	case last < utf8.RuneSelf:
		return !isLetter(r) && r != '-' && r != '_'
	case utf8.RuneCountInString(name) == 1:
		return !unicode.Is(unicode.Han, r)
	}
	return true
}

// unknownName takes the first word of s as a name, up to white space or
// punctuation.
func unknownName(s string) (name string, end int) {
	var b strings.Builder
	n := 0
	for i, r := range s {
		f := fold(r)
		if isSeparator(r) || isPause(f) || f == '/' || f == '(' {
			return b.String(), i
		}
		if !isIgnored(r) && n < maxUnknown {
			b.WriteRune(unicode.ToLower(f))
			n++
		}
	}
	return b.String(), len(s)
}
