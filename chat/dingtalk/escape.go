package dingtalk

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
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
	s = cleanLine(s)
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

// cleanLine makes one line of s and drops what cannot be seen but can mislead:
// control characters and those that turn the direction of writing.
func cleanLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return ' '
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// percent encodes s for the value in a link, with %20 for a space: a plus would
// be read as one.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// linkAddress makes a web address safe to stand in a markdown link; "" for what is
// no web address.
func linkAddress(addr string) string {
	u, err := url.Parse(addr)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20").Replace(u.String())
}
