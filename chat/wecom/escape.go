package wecom

import (
	"regexp"
	"strings"

	"yunzhuan/chat/internal/wire"
)

// marks are the characters that WeCom's markdown may read as markup (WW 99110:
// headings, bold, links, code, quotes, <font>, <@userid>), with the full-width
// ones that stand in for them: there is no way of escaping.
var marks = strings.NewReplacer("`", "｀", "*", "＊", "[", "［", "]", "］", "<", "＜", ">", "＞")

// webAddress is an address in a text. It stays as it is, so that it can be tapped.
var webAddress = regexp.MustCompile("https?://[!-)+-;=?-Z^_a-z~]+")

// escape makes plain text safe to stand within a line of markdown.
func escape(s string) string {
	s = wire.CleanLine(s)
	if !strings.Contains(s, "://") {
		return marks.Replace(s)
	}
	var b strings.Builder
	last := 0
	for _, m := range webAddress.FindAllStringIndex(s, -1) {
		b.WriteString(marks.Replace(s[last:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		last = m[1]
	}
	b.WriteString(marks.Replace(s[last:]))
	return b.String()
}

// headingMark is what markdown reads as a heading at the beginning of a line.
var headingMark = regexp.MustCompile(`^\s*#+`)
