package cmdline

import (
	"strings"
	"unicode/utf8"
)

// A name with spaces may go on for so many more words of so many runes after the
// first. More, and the text is a sentence that speaks of a command.
const (
	maxNameWords = 2
	maxNameWord  = 12
)

// skipMentions drops the mentions that s begins with.
func skipMentions(s string, names []string) string {
	for {
		if r, _ := utf8.DecodeRuneInString(s); fold(r) != '@' {
			return s
		}
		s = strings.TrimLeftFunc(afterMention(s, names), unseen)
	}
}

// afterMention drops the one mention that s begins with. A slash inside its first
// word either begins the command (“@小助手/考勤”) or belongs to the name
// (“@张三/办公室 /考勤”): a known command decides, then whether another slash or
// mention follows.
func afterMention(s string, names []string) string {
	end := wordEnd(s)
	slash := strings.IndexFunc(s[:end], func(r rune) bool { return fold(r) == '/' })
	if slash >= 0 && beginsCommand(s[slash:], names) {
		return s[slash:]
	}
	rest := strings.TrimLeftFunc(s[end:], unseen)
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case fold(next) == '/' || fold(next) == '@':
		return rest
	case slash >= 0:
		return s[slash:]
	}
	if sep, _ := utf8.DecodeRuneInString(s[end:]); sep != 0x2005 { // DingTalk ends a mention with U+2005
		for tail, n := rest, 0; n < maxNameWords; n++ {
			e := wordEnd(tail)
			if !isNameWord(tail[:e]) {
				break
			}
			tail = strings.TrimLeftFunc(tail[e:], unseen)
			if beginsCommand(tail, names) {
				return tail
			}
		}
	}
	return rest
}

// beginsCommand says whether s begins with a slash and a known name.
func beginsCommand(s string, names []string) bool {
	body := afterSlash(s)
	if len(body) == len(s) {
		return false
	}
	name, _ := knownName(body, names, true)
	return name != ""
}

// isNameWord says whether word may be part of a mentioned name.
func isNameWord(word string) bool {
	n := 0
	for _, r := range word {
		if f := fold(r); isPause(f) || f == '/' || f == '@' {
			return false
		}
		if n++; n > maxNameWord {
			return false
		}
	}
	return n > 0
}
