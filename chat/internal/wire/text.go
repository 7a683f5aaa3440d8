package wire

import (
	"net/url"
	"strings"
	"unicode"
)

// CleanLine makes one line of s and drops what cannot be seen but can mislead:
// control characters and those that turn the direction of writing.
func CleanLine(s string) string {
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

// Percent encodes s for the value in a link, with %20 for a space: a plus would
// be read as one.
func Percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// LinkAddress makes a web address safe to stand in a link of markdown or HTML; ""
// for what is no web address.
func LinkAddress(addr string) string {
	u, err := url.Parse(strings.ToValidUTF8(addr, ""))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20", `"`, "%22", "'", "%27").Replace(u.String())
}
