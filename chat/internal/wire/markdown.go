package wire

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"yunzhuan/chat"
)

// marks are the characters that may be markup in a message, with the full-width ones
// that stand in for them in text: of markdown, of WeCom's <font>, <@userid> and
// <think>. A backslash would be the usual way, but the clients do not agree on it; a
// full-width bracket makes a link nowhere, and reads naturally among Chinese
// characters.
var marks = strings.NewReplacer(
	`\`, "＼", "`", "｀", "*", "＊", "[", "［", "]", "］", "<", "＜", ">", "＞", "|", "｜", "~~", "～～",
)

// underscores that can begin or end emphasis are those not between two letters.
var underscores = regexp.MustCompile(`(^|[^A-Za-z0-9_])_+|_+($|[^A-Za-z0-9_])`)

// webAddress is an address in a text. It stays as it is, so that it can be
// tapped, with only those characters that cannot be markup.
var webAddress = regexp.MustCompile("https?://[!-;=?-Z_a-z~]+")

// addressMarks keeps what follows an address in a text from being markup.
var addressMarks = strings.NewReplacer("*", "%2A", "~~", "%7E%7E")

// EscapeMarkdown makes plain text safe to stand within a line of a message.
func EscapeMarkdown(s string) string {
	s = CleanLine(s)
	var b strings.Builder
	last := 0
	if strings.Contains(s, "://") {
		for _, m := range webAddress.FindAllStringIndex(s, -1) {
			b.WriteString(escapeMarks(s[last:m[0]]))
			b.WriteString(addressMarks.Replace(s[m[0]:m[1]]))
			last = m[1]
		}
	}
	b.WriteString(escapeMarks(s[last:]))
	return b.String()
}

func escapeMarks(s string) string {
	s = marks.Replace(s)
	if !strings.Contains(s, "_") {
		return s
	}
	return underscores.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, "_", "＿") })
}

// lineStart is what may be markup at the beginning of a line: a heading, with a
// space behind or not, an item of a list.
var lineStart = regexp.MustCompile(`^(#+|([-+]+|=+|\d{1,9}[.)])( |$))`)

var wide = strings.NewReplacer("#", "＃", "-", "－", "+", "＋", "=", "＝", ".", "．", ")", "）")

// EscapeMarkdownLine is EscapeMarkdown for text that begins a line.
func EscapeMarkdownLine(s string) string { return EscapeLineStart(EscapeMarkdown(s)) }

// EscapeLineStart makes escaped text safe to begin a line.
func EscapeLineStart(s string) string {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if strings.Trim(s, "-= ") == "" {
		return wide.Replace(s) // a rule, or what makes a heading of the line above
	}
	n := len(lineStart.FindString(s))
	return wide.Replace(s[:n]) + s[n:]
}

// MarkdownLine renders a Line; first escapes what it begins with.
func MarkdownLine(l chat.Line, first func(string) string) string {
	strong := strings.TrimSpace(EscapeMarkdown(l.Strong))
	if strong == "" {
		return first(l.Text)
	}
	text := EscapeMarkdown(l.Text)
	// A mark that ends bold must not stand between punctuation and a letter: of
	// "**人数：**应到" some clients would show the stars.
	last, _ := utf8.DecodeLastRuneInString(strong)
	if next, _ := utf8.DecodeRuneInString(text); unicode.IsPunct(last) && (unicode.IsLetter(next) || unicode.IsNumber(next)) {
		text = " " + text
	}
	return "**" + strong + "**" + text
}

// MarkdownList renders a List, a line an item.
func MarkdownList(l *chat.List) string {
	items := make([]string, len(l.Items))
	for i, it := range l.Items {
		mark := "-"
		if l.Ordered {
			mark = fmt.Sprintf("%d.", i+1)
		}
		items[i] = mark + " " + MarkdownLine(it, EscapeMarkdownLine)
	}
	return strings.Join(items, "\n")
}
