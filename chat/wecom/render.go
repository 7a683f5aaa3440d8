package wecom

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// page is one wire message of a rendered Body.
type page struct {
	text     string
	markdown bool     // what text is
	mentions []string // accounts to be notified of text that is not markdown
	picture  *chat.Picture
	file     *chat.File
	card     *card
}

// card is a template card with buttons (WW 90236, button_interaction).
type card struct {
	Type    string    `json:"card_type"`
	Title   cardTitle `json:"main_title"`
	Text    string    `json:"sub_title_text,omitempty"`
	TaskID  string    `json:"task_id"` // of the application, never used twice
	Buttons []button  `json:"button_list"`
}

type cardTitle struct {
	Title string `json:"title"`
}

type button struct {
	Text  string `json:"text"`
	Style int    `json:"style"`
	Key   string `json:"key"` // comes back with the tap; unique within a card
}

// The room of a card (WW 90236 recommends 36 characters for the title and 160 for
// the text; WW 99110, for the same card in a group, 26 and 112).
const (
	maxCardTitle = 26
	maxCardText  = 112
	maxButtons   = 6
	maxKey       = 1024 // bytes
)

// tapTitle heads a card that brings nothing but buttons.
const tapTitle = "请选择"

// personPages renders a Body for people: texts, pictures and files, then cards
// with the buttons. A Body that is short enough is one card.
//
// It is text and not markdown, because the WeChat plugin (微信插件), in which many
// read without ever opening WeCom, shows no markdown of applications (WW 90236).
func personPages(b chat.Body) []page {
	b.Mentions = nil
	taps, rest := splitActions(b.Actions)
	b.Actions = rest
	if p, ok := wholeCard(b, taps); ok {
		return []page{p}
	}
	var pages []page
	for _, p := range weixin.Pages(b, personDialect) {
		pages = append(pages, page{text: p.Text, picture: p.Picture, file: p.File})
	}
	title := clip(strings.TrimSpace(wire.CleanLine(b.Title)), maxCardTitle)
	if title == "" {
		title = tapTitle
	}
	for len(taps) > 0 {
		n := min(len(taps), maxButtons)
		pages = append(pages, page{card: newCard(title, "", taps[:n])})
		taps = taps[n:]
	}
	return pages
}

// personDialect is text for people. What can be tapped stands on a card; a line
// that is too long for a button is to be typed.
var personDialect = weixin.Dialect{
	Tap: func(label, line string) string {
		if tappable(line) {
			return ""
		}
		return label + "：发 " + wire.CleanLine(line)
	},
	Files: true,
	Max:   weixin.MaxText,
}

func tappable(line string) bool { return strings.TrimSpace(line) != "" && len(line) <= maxKey }

// splitActions parts what becomes a button from what stays in the text.
func splitActions(as []chat.Action) (taps, rest []chat.Action) {
	seen := map[string]bool{}
	for _, a := range as {
		switch {
		case a.Send == "" || !tappable(a.Send):
			rest = append(rest, a)
		case !seen[a.Send]:
			seen[a.Send] = true
			taps = append(taps, a)
		}
	}
	return taps, rest
}

// wholeCard makes one card of a short Body.
func wholeCard(b chat.Body, taps []chat.Action) (page, bool) {
	if len(taps) == 0 || len(taps) > maxButtons || len(b.Actions) > 0 || utf8.RuneCountInString(b.Title) > maxCardTitle {
		return page{}, false
	}
	for _, bl := range b.Blocks {
		if bl.Lines == nil && bl.List == nil {
			return page{}, false
		}
	}
	title, text := strings.TrimSpace(wire.CleanLine(b.Title)), ""
	b.Title = ""
	switch pages := weixin.Pages(b, personDialect); {
	case len(pages) > 1 || len(pages) == 1 && utf8.RuneCountInString(pages[0].Text) > maxCardText:
		return page{}, false
	case len(pages) == 1:
		text = pages[0].Text
	}
	if title == "" && !strings.Contains(text, "\n") && utf8.RuneCountInString(text) <= maxCardTitle {
		title, text = text, ""
	}
	if title == "" {
		title = tapTitle
	}
	return page{card: newCard(title, text, taps)}, true
}

func newCard(title, text string, taps []chat.Action) *card {
	c := &card{Type: "button_interaction", Title: cardTitle{title}, Text: text}
	for _, t := range taps {
		label := strings.TrimSpace(wire.CleanLine(t.Label))
		if label == "" {
			label = clip(wire.CleanLine(t.Send), maxCardTitle)
		}
		c.Buttons = append(c.Buttons, button{Text: label, Style: 1, Key: t.Send})
	}
	return c
}

// clip shortens s to n runes.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// pageOf is the page that is to be sent; more says that further ones follow.
func pageOf(pages []page, part int) (p page, more bool, fault *chat.SendError) {
	switch {
	case len(pages) == 0:
		return page{}, false, wire.Final("nothing to say")
	case part < 0 || part >= len(pages):
		return page{}, false, wire.Final(fmt.Sprintf("no part %d of %d", part, len(pages)))
	}
	return pages[part], part+1 < len(pages), nil
}
