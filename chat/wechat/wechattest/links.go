package wechattest

import (
	"net/url"
	"regexp"
	"strings"
)

// Link is something to tap in a text.
type Link struct {
	Label  string
	Line   string // what a tap says; empty for a page
	MenuID string // of Line
	URL    string // the page that opens
}

var linkForm = regexp.MustCompile(`<a href="([^"<>]*)">([^<>]*)</a>`)

// Links lists what can be tapped in a text.
func Links(text string) []Link {
	var out []Link
	for _, m := range linkForm.FindAllStringSubmatch(text, -1) {
		l := Link{Label: m[2], URL: m[1]}
		if query, ok := strings.CutPrefix(m[1], "weixin://bizmsgmenu?"); ok {
			q, err := url.ParseQuery(query)
			if err != nil {
				continue
			}
			l.URL, l.Line, l.MenuID = "", q.Get("msgmenucontent"), q.Get("msgmenuid")
		}
		out = append(out, l)
	}
	return out
}

// PlainText is a text as a person reads it: links are their labels.
func PlainText(text string) string { return linkForm.ReplaceAllString(text, "$2") }
