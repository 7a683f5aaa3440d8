package cmdline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameNote is one entry of a list of names.
type NameNote struct {
	Name string // folded; never empty
	Note string // what stood in brackets after it, or after a colon; folded
}

// SplitNames reads a list such as “张三(病假)、李四（事假） 王五，赵六：公差”. Entries are
// separated by white space, line breaks and 、，；。 in either width. A note stands
// in brackets of any kind, also with a space before them, or after a colon; a
// bracket that is not closed ends with its entry, and a second one is an entry of
// its own, in its brackets. A leading @ is dropped.
//
// A word that stands alone is an entry of its own: “张三 病假” gives 张三 and 病假,
// and the caller, who knows the reasons, decides what the second one is. A name
// that comes twice is there twice.
func SplitNames(args Args) []NameNote {
	s := args.Rest(0)
	var list []NameNote
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		f := fold(r)
		switch {
		case endsEntry(r, f) || isIgnored(r) || f == ':' || f == '@' || isNoteCloser(f):
			s = s[size:]
		case isNoteOpener(f):
			var note string
			note, s = cutNote(s)
			list = addNote(list, tidy(note))
		default:
			end := nameEnd(s)
			name := foldText(s[:end])
			s = s[end:]
			list = append(list, NameNote{Name: name})
			if r, size := utf8.DecodeRuneInString(s); fold(r) == ':' {
				note := strings.TrimLeftFunc(s[size:], unseen)
				end := nameEnd(note)
				list = addNote(list, tidy(note[:end]))
				s = note[end:]
			}
		}
	}
	return list
}

// addNote gives a note to the last entry. Where there is none, or it has a note
// already, the note is an entry itself, in its brackets, so that whoever shows it
// shows what was typed.
func addNote(list []NameNote, note string) []NameNote {
	n := len(list) - 1
	if note == "" {
		return list
	}
	if n < 0 || list[n].Note != "" {
		return append(list, NameNote{Name: "(" + note + ")"})
	}
	list[n].Note = note
	return list
}

// cutNote takes the bracket that s begins with.
func cutNote(s string) (note, rest string) {
	_, open := utf8.DecodeRuneInString(s)
	depth, n := 0, 0
	for i, r := range s {
		switch f := fold(r); {
		case isNoteOpener(f):
			depth++
		case isNoteCloser(f):
			if depth--; depth == 0 {
				return s[open:i], s[i+utf8.RuneLen(r):]
			}
		}
		if n++; n > maxBracket || r == '\n' {
			break
		}
	}
	s = s[open:]
	end := nameEnd(s)
	return s[:end], s[end:]
}

// nameEnd is where the entry ends that s begins with.
func nameEnd(s string) int {
	return indexOrEnd(s, func(r rune) bool {
		f := fold(r)
		return endsEntry(r, f) || f == ':' || isNoteOpener(f) || isNoteCloser(f)
	})
}

func endsEntry(r, folded rune) bool {
	return isSeparator(r) || folded != ':' && isPause(folded)
}

func isNoteOpener(r rune) bool { return r == '(' || r == '[' || r == '【' || r == '〔' }

func isNoteCloser(r rune) bool { return r == ')' || r == ']' || r == '】' || r == '〕' }

// tidy folds a note and takes out the white space that an input method left
// between two Chinese characters; other white space becomes one space.
func tidy(s string) string {
	var b strings.Builder
	var last rune
	space := false
	for _, r := range s {
		switch {
		case isIgnored(r):
		case isSeparator(r):
			space = last != 0
		default:
			if space && (!unicode.Is(unicode.Han, last) || !unicode.Is(unicode.Han, r)) {
				b.WriteByte(' ')
			}
			space = false
			last = fold(r)
			b.WriteRune(last)
		}
	}
	return b.String()
}
