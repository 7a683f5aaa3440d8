package wechat

import (
	"net/url"
	"strings"
	"unicode"

	"yunzhuan/chat/internal/weixin"
)

// dialect is how texts of the account look: a line can be sent by a tap, a file
// cannot go as a message of its own.
var dialect = weixin.Dialect{Tap: tap, Max: weixin.MaxText}

// tap is a link that sends a line in the tapper's name. The documents show it only
// as the menu message (msgmenu, MP sendCustomMessage), which verified accounts alone
// may send; as a link in a text it is known from the field, in customer messages
// and passive answers alike [U].
func tap(label, line string) string {
	return weixin.Link("weixin://bizmsgmenu?msgmenucontent="+escapeLine(line)+"&msgmenuid=1", label)
}

// plain says which characters stand in such a link as they are. Both raw and
// percent-encoded texts are seen in the field; whatever could end the link or the
// parameter is encoded [U].
func plain(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || unicode.Is(unicode.Han, r)
}

func escapeLine(line string) string {
	var out strings.Builder
	for _, r := range line {
		if plain(r) {
			out.WriteRune(r)
			continue
		}
		out.WriteString(strings.ReplaceAll(url.QueryEscape(string(r)), "+", "%20"))
	}
	return out.String()
}

// untap undoes escapeLine for a client that sends the parameter as it stands in the
// link: a text of nothing but plain characters and whole %XX.
func untap(text string) string {
	if !strings.Contains(text, "%") || strings.ContainsFunc(text, func(r rune) bool { return r != '%' && !plain(r) }) {
		return text
	}
	line, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return line
}
