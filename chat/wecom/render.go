package wecom

import (
	"fmt"
	"strings"

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
	link     *textCard
}

// card is a template card with buttons (WW 90236, button_interaction).
type card struct {
	Type    string    `json:"card_type"`
	Title   cardTitle `json:"main_title"`
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

// The room of a card (WW 90236 recommends 36 characters for the title; WW 99110,
// for the same card in a group, 26).
const (
	maxCardTitle = 26
	maxButtons   = 6
	maxKey       = 1024 // bytes
)

// textCard is a card that opens a page (WW 90236, textcard). Unlike the others it
// is shown in the WeChat plugin, too.
type textCard struct {
	Title  string `json:"title"`
	Text   string `json:"description"`
	URL    string `json:"url"`
	Button string `json:"btntxt"`
}

// The room of a text card, in bytes, but for the button: characters (WW 90236).
const (
	maxLinkTitle  = 128
	maxLinkText   = 512
	maxLinkURL    = 2048
	maxLinkButton = 4
)

// tapTitle heads a card that brings nothing but buttons.
const tapTitle = "请选择"

// personPages renders a Body for people: texts, pictures and files, then cards
// with the buttons.
//
// The text is no markdown, and says what to type for each button: the WeChat plugin
// (微信插件), in which many read without ever opening WeCom, shows neither markdown
// nor cards of applications (WW 90236).
func personPages(b chat.Body) []page {
	b.Mentions = nil
	if link := linkCard(b); link != nil {
		return []page{{link: link}}
	}
	taps := tapsOf(b.Actions)
	var pages []page
	for _, p := range weixin.Pages(b, personDialect(len(taps) > 0)) {
		pages = append(pages, page{text: p.Text, picture: p.Picture, file: p.File})
	}
	title := clip(strings.TrimSpace(wire.CleanLine(b.Caption())), maxCardTitle)
	if title == "" {
		title = tapTitle
	}
	for len(taps) > 0 {
		n := min(len(taps), maxButtons)
		pages = append(pages, page{card: newCard(title, taps[:n])})
		taps = taps[n:]
	}
	return pages
}

// linkCard is the card of a short Body that is about one page to be opened; nil for
// any other.
func linkCard(b chat.Body) *textCard {
	if len(b.Actions) != 1 || b.Title == "" {
		return nil
	}
	a := b.Actions[0]
	card := &textCard{
		Title: strings.TrimSpace(wire.CleanLine(b.Title)), URL: wire.LinkAddress(a.URL),
		Button: clip(strings.TrimSpace(wire.CleanLine(a.Label)), maxLinkButton),
	}
	for _, bl := range b.Blocks {
		if bl.Lines == nil && bl.List == nil {
			return nil
		}
	}
	b.Title, b.Actions = "", nil
	pages := weixin.Pages(b, personDialect(false))
	if len(pages) != 1 || card.Title == "" || len(card.Title) > maxLinkTitle || card.URL == "" || len(card.URL) > maxLinkURL {
		return nil
	}
	card.Text = pages[0].Text
	if card.Text == "" || len(card.Text) > maxLinkText {
		return nil
	}
	return card
}

// personDialect is text for people; cards says whether buttons come after it.
func personDialect(cards bool) weixin.Dialect {
	d := weixin.Dialect{
		Tap: func(label, line string) string {
			line = wire.CleanLine(line)
			if "/"+label == line {
				return line
			}
			return label + "：" + line
		},
		Files: true,
		Max:   weixin.MaxText,
	}
	if cards {
		d.Taps = "看不到按钮的，请直接发："
	}
	return d
}

func tappable(line string) bool { return strings.TrimSpace(line) != "" && len(line) <= maxKey }

// tapsOf are the actions that become buttons. Equal ones would be refused.
func tapsOf(as []chat.Action) []chat.Action {
	seen := map[string]bool{}
	var taps []chat.Action
	for _, a := range as {
		if a.Send != "" && tappable(a.Send) && !seen[a.Send] {
			seen[a.Send] = true
			taps = append(taps, a)
		}
	}
	return taps
}

func newCard(title string, taps []chat.Action) *card {
	c := &card{Type: "button_interaction", Title: cardTitle{title}}
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
