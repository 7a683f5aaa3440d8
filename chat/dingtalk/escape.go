package dingtalk

import (
	"regexp"
	"strings"
	"unicode"

	"yunzhuan/chat/internal/wire"
)

// marks are the characters that DingTalk's markdown may read as markup, with the
// full-width ones that stand in for them in text. A backslash would be the usual
// way, but the clients do not agree on it; a full-width bracket makes a link
// nowhere, and reads naturally among Chinese characters.
var marks = strings.NewReplacer(
	`\`, "＼", "`", "｀", "*", "＊", "[", "［", "]", "］", "<", "＜", ">", "＞", "|", "｜", "~~", "～～",
)

// underscores are those that can begin or end emphasis: not between two letters.
var underscores = regexp.MustCompile(`(^|[^A-Za-z0-9_])_+|_+($|[^A-Za-z0-9_])`)

func escapeMarks(s string) string {
	s = marks.Replace(s)
	if !strings.Contains(s, "_") {
		return s
	}
	return underscores.ReplaceAllStringFunc(s, func(m string) string { return strings.ReplaceAll(m, "_", "＿") })
}

// webAddress is an address in a text. It stays as it is, so that it can be
// tapped, without the characters that could be markup (see addressMarks).
var webAddress = regexp.MustCompile("https?://[!-;=?-Z_a-z~]+")

// addressMarks keeps what follows an address in a text from being markup.
var addressMarks = strings.NewReplacer("*", "%2A", "~~", "%7E%7E")

// escape makes plain text safe to stand within a line of markdown.
func escape(s string) string {
	s = wire.CleanLine(s)
	if !strings.Contains(s, "://") {
		return escapeMarks(s)
	}
	var b strings.Builder
	last := 0
	for _, m := range webAddress.FindAllStringIndex(s, -1) {
		b.WriteString(escapeMarks(s[last:m[0]]))
		b.WriteString(addressMarks.Replace(s[m[0]:m[1]]))
		last = m[1]
	}
	b.WriteString(escapeMarks(s[last:]))
	return b.String()
}

// lineStart is what markdown reads as markup at the beginning of a line: a
// heading, a list, a rule or underlining, a number with a point.
var lineStart = regexp.MustCompile(`^(#{1,6}|[-+]+|=+|\d{1,9}[.)])`)

var wide = strings.NewReplacer("#", "＃", "-", "－", "+", "＋", "=", "＝", ".", "．", ")", "）")

// escapeLine is escape for text that begins a line.
func escapeLine(s string) string {
	s = strings.TrimLeftFunc(escape(s), unicode.IsSpace)
	if strings.Trim(s, "-= ") == "" {
		return wide.Replace(s) // a rule, or what makes a heading of the line above
	}
	m := lineStart.FindStringIndex(s)
	if m == nil || m[1] < len(s) && s[m[1]] != ' ' {
		return s
	}
	return wide.Replace(s[:m[1]]) + s[m[1]:]
}
