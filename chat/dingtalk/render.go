package dingtalk

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// page is one wire message of a rendered Body.
type page struct {
	file     *chat.File // nothing but this file, if it is not nil
	plain    bool       // text as it is; else markdown
	title    string
	text     string
	mentions []string // accounts named in text
}

// dialect is what differs between the ways a page can go.
type dialect struct {
	mentions bool                      // a reply address and a custom robot notify people, the server API does not
	taps     bool                      // a tap can be heard: not by a custom robot, which only sends
	files    bool                      // a file goes as a message of its own: by the server API only
	picture  func(chat.Picture) string // the media id of a picture; "" if it has none
}

// measured is the dialect that pages are split by, so that the parts of a Body
// are the same whichever way each of them goes: the one that needs most room.
var measured = dialect{mentions: true, taps: true, files: true, picture: func(chat.Picture) string { return strings.Repeat("m", mediaID) }}

const (
	// maxParam is the room of one message: msgParam takes 15 000 bytes (KB 0716),
	// which is less than the 20 000 of a robot's address.
	maxParam = 15_000
	// maxMentions is how many accounts one message may notify (KB 0699).
	maxMentions = 50
	// maxTitle is what of a title shows in a list of conversations, in runes.
	maxTitle = 60
)

// parts cuts a Body into what goes out as one message each; whole is its page, as
// measured, if it is one message as it stands.
func parts(b chat.Body) (all []chat.Body, whole *page) {
	all = b.Split(func(part chat.Body) bool {
		p := render(part, measured)
		if whole == nil {
			whole = &p // Split begins with the whole
		}
		return p.fits()
	})
	if !whole.fits() {
		whole = nil
	}
	return all, whole
}

// fits says whether the page has room in one message. A file is one by itself.
func (p page) fits() bool {
	if p.file != nil {
		return len(p.text) == 0
	}
	// Most are short: no byte takes more than the six of \u0000.
	if 6*(len(p.title)+len(p.text)) < maxParam-100 {
		return true
	}
	raw, err := p.param()
	return err == nil && len(raw) <= maxParam
}

// param is the page as the server API takes it.
func (p page) param() ([]byte, error) {
	if p.plain {
		return wire.Encode(map[string]string{"content": p.text})
	}
	return wire.Encode(map[string]string{"title": p.title, "text": p.text})
}

// render writes a Body that fits into one message.
func render(b chat.Body, d dialect) page {
	p := page{title: titleOf(b)}
	if i := slices.IndexFunc(b.Blocks, func(bl chat.Block) bool { return bl.File != nil }); i >= 0 && d.files {
		p.file = b.Blocks[i].File
		if len(b.Blocks) == 1 && len(b.Actions)+len(b.Mentions) == 0 {
			return p
		}
	}
	if d.mentions {
		for _, m := range b.Mentions[:min(len(b.Mentions), maxMentions)] {
			if plainUser.MatchString(string(m)) {
				p.mentions = append(p.mentions, string(m))
			}
		}
	}
	if text, ok := plain(b); ok {
		p.plain = true
		p.text = strings.Join(nonEmpty(text, p.mentionLine()), "\n")
		return p
	}
	var blocks []string
	if b.Title != "" {
		blocks = append(blocks, "### "+wire.EscapeMarkdown(b.Title))
	}
	for _, bl := range b.Blocks {
		blocks = append(blocks, block(bl, d))
	}
	blocks = append(blocks, p.mentionLine(), actions(b.Actions, d))
	p.text = strings.Join(nonEmpty(blocks...), "\n\n")
	return p
}

// plainUser is what an account's id looks like. Anything else would not be
// notified, and could be markup.
var plainUser = regexp.MustCompile(`^[A-Za-z0-9._$:@=+-]{1,64}$`)

func (p page) mentionLine() string {
	if len(p.mentions) == 0 {
		return ""
	}
	return "@" + strings.Join(p.mentions, " @")
}

// plain is the text of a short Body that needs no markdown: one paragraph.
func plain(b chat.Body) (string, bool) {
	if b.Title != "" || len(b.Actions) > 0 || len(b.Blocks) != 1 || b.Blocks[0].Lines == nil {
		return "", false
	}
	var lines []string
	for _, l := range b.Blocks[0].Lines {
		if l.Strong != "" {
			return "", false
		}
		lines = append(lines, wire.CleanLine(l.Text))
	}
	return strings.Join(lines, "\n"), true
}

// titleOf is what stands in the list of conversations and in the notification.
func titleOf(b chat.Body) string {
	title := strings.TrimSpace(wire.CleanLine(b.Caption()))
	if utf8.RuneCountInString(title) > maxTitle {
		title = string([]rune(title)[:maxTitle-1]) + "…"
	}
	if title == "" {
		title = "消息"
	}
	return title
}

func block(bl chat.Block, d dialect) string {
	switch {
	case bl.Heading != "":
		return "#### " + wire.EscapeMarkdown(bl.Heading)
	case bl.List != nil:
		return wire.MarkdownList(bl.List)
	case bl.Table != nil:
		return table(bl.Table)
	case bl.Picture != nil:
		return picture(*bl.Picture, d)
	case bl.File != nil:
		return "（文件：" + wire.EscapeMarkdown(bl.File.Name) + "，没能送到这里）"
	}
	lines := make([]string, len(bl.Lines))
	for i, l := range bl.Lines {
		lines[i] = wire.MarkdownLine(l, wire.EscapeMarkdownLine)
	}
	return strings.Trim(strings.Join(lines, "  \n"), " \n") // two spaces make the client break the line
}

func table(t *chat.Table) string {
	var b strings.Builder
	row := func(cells []string) {
		b.WriteString("|")
		for i := range t.Header {
			cell := ""
			if i < len(cells) {
				cell = wire.EscapeMarkdown(cells[i])
			}
			b.WriteString(" " + cell + " |")
		}
	}
	row(t.Header)
	b.WriteString("\n|" + strings.Repeat(" --- |", len(t.Header)))
	for _, r := range t.Rows {
		b.WriteString("\n")
		row(r)
	}
	return b.String()
}

func picture(p chat.Picture, d dialect) string {
	if id := d.picture(p); id != "" {
		return "![" + wire.EscapeMarkdown(p.Alt) + "](" + id + ")"
	}
	if p.Alt == "" {
		return "（图片）"
	}
	return "（图片：" + wire.EscapeMarkdown(p.Alt) + "）"
}

// rowRunes is how much of actions stands side by side on a phone.
const rowRunes = 18

// actions renders what can be tapped: a line that is sent in the tapper's name,
// or a page that opens. Where a tap is not heard, the line to type stands there.
func actions(as []chat.Action, d dialect) string {
	var out strings.Builder
	used := 0
	for i, a := range as {
		text, width := action(a, d), utf8.RuneCountInString(a.Label)+2
		if a.Send != "" && !d.taps {
			width = rowRunes
		}
		switch {
		case i == 0:
		case used+width > rowRunes:
			out.WriteString("  \n")
			used = 0
		default:
			out.WriteString("\u3000\u3000")
		}
		out.WriteString(text)
		used += width
	}
	return out.String()
}

func action(a chat.Action, d dialect) string {
	label, addr := strings.TrimSpace(wire.EscapeMarkdown(a.Label)), wire.LinkAddress(a.URL)
	switch {
	case a.Send != "" && d.taps:
		return "[" + label + "](dtmd://dingtalkclient/sendMessage?content=" + wire.Percent(a.Send) + ")"
	case a.Send != "":
		return label + "：请与我单聊，发 " + wire.EscapeMarkdown(a.Send)
	case addr != "":
		return "[" + label + "](" + addr + ")"
	}
	return label
}

func nonEmpty(s ...string) []string {
	return slices.DeleteFunc(s, func(s string) bool { return s == "" })
}
