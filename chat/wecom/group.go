package wecom

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// groupDialect is what differs between the two ways into a group.
type groupDialect struct {
	maxText, maxMarkdown int  // bytes
	mentions             bool // people can be notified
}

var (
	// WW 99110.
	webhookDialect = groupDialect{maxText: 2048, maxMarkdown: 4096, mentions: true}
	// WW 90248, which knows no way of notifying people.
	chatDialect = groupDialect{maxText: 2048, maxMarkdown: 2048}
)

// groupPages renders a Body for a group: as text if it is nothing but text, else
// as markdown. All parts are of one kind.
func groupPages(b chat.Body, d groupDialect) []page {
	if !d.mentions {
		b.Mentions = nil
	}
	markdown := needsMarkdown(b)
	room := d.maxText
	if markdown {
		room = d.maxMarkdown
	}
	var pages []page
	for _, part := range b.Split(func(part chat.Body) bool { return alone(part) && len(groupPage(part, markdown).text) <= room }) {
		if p := groupPage(part, markdown); p.text != "" || p.picture != nil || p.file != nil {
			pages = append(pages, p)
		}
	}
	return pages
}

// needsMarkdown says whether a Body is more than lines of text.
func needsMarkdown(b chat.Body) bool {
	return b.Title != "" ||
		slices.ContainsFunc(b.Actions, func(a chat.Action) bool { return a.Send == "" }) ||
		slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool {
			return bl.Heading != "" || bl.List != nil || bl.Table != nil ||
				slices.ContainsFunc(bl.Lines, func(l chat.Line) bool { return l.Strong != "" })
		})
}

// alone says whether pictures and files stand by themselves.
func alone(b chat.Body) bool {
	return len(b.Blocks)+len(b.Actions) == 1 ||
		!slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool { return bl.Picture != nil || bl.File != nil })
}

// groupPage renders a part that fits into one message.
func groupPage(b chat.Body, markdown bool) page {
	if len(b.Blocks) == 1 && len(b.Actions) == 0 {
		switch bl := b.Blocks[0]; {
		case bl.Picture != nil && len(bl.Picture.Data) > 0:
			return page{picture: bl.Picture}
		case bl.File != nil && len(bl.File.Data) > 0:
			return page{file: bl.File}
		}
	}
	p, w := page{markdown: markdown}, writer{markdown}
	for _, m := range b.Mentions {
		if plainUser.MatchString(string(m)) {
			p.mentions = append(p.mentions, string(m))
		}
	}
	blocks := []string{w.title(b.Title)}
	for _, bl := range b.Blocks {
		blocks = append(blocks, w.block(bl))
	}
	if markdown && len(p.mentions) > 0 {
		blocks = append(blocks, "<@"+strings.Join(p.mentions, "> <@")+">")
		p.mentions = nil
	}
	blocks = append(blocks, w.actions(b.Actions))
	p.text = strings.Join(slices.DeleteFunc(blocks, func(s string) bool { return s == "" }), "\n\n")
	return p
}

// plainUser is what an account's id looks like (WW 90195). Anything else would
// reach nobody, could be markup, or would be "@all".
var plainUser = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$`)

// writer writes for a group, in markdown or in text. WeCom's markdown has
// headings, bold, links and quotes, but no lists and no tables (WW 99110).
type writer struct{ markdown bool }

func (w writer) title(s string) string {
	switch {
	case s == "":
		return ""
	case w.markdown:
		return "### " + w.esc(s)
	}
	return "【" + w.esc(s) + "】"
}

func (w writer) block(bl chat.Block) string {
	switch {
	case bl.Heading != "":
		return "#### " + w.esc(bl.Heading)
	case bl.List != nil:
		items := make([]string, len(bl.List.Items))
		for i, it := range bl.List.Items {
			mark := "· "
			if bl.List.Ordered {
				mark = fmt.Sprintf("%d. ", i+1)
			}
			items[i] = mark + w.line(it)
		}
		return strings.Join(items, "\n")
	case bl.Table != nil:
		return w.table(bl.Table)
	case bl.Picture != nil && bl.Picture.Alt != "":
		return "（图片：" + w.esc(bl.Picture.Alt) + "）"
	case bl.Picture != nil:
		return "（图片）"
	case bl.File != nil:
		return "（文件：" + w.esc(bl.File.Name) + "，没能送到这里）"
	}
	lines := make([]string, len(bl.Lines))
	for i, l := range bl.Lines {
		lines[i] = w.lineStart(w.line(l))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n ")
}

func (w writer) line(l chat.Line) string {
	strong := strings.TrimSpace(w.esc(l.Strong))
	if strong != "" && w.markdown {
		strong = "**" + strong + "**"
	}
	return strong + w.esc(l.Text)
}

func (w writer) table(t *chat.Table) string {
	row := func(cells []string) string {
		out := make([]string, len(cells))
		for i, c := range cells {
			out[i] = w.esc(c)
		}
		return strings.Join(out, "｜")
	}
	rows := []string{"**" + row(t.Header) + "**"}
	for _, r := range t.Rows {
		rows = append(rows, w.lineStart(row(r)))
	}
	return strings.Join(rows, "\n")
}

// actions lists what can be tapped elsewhere: nothing that is tapped or typed in
// these groups is heard, so the line to type stands there.
func (w writer) actions(as []chat.Action) string {
	var lines []string
	for _, a := range as {
		label, addr := strings.TrimSpace(w.esc(a.Label)), wire.LinkAddress(a.URL)
		switch {
		case a.Send != "":
			lines = append(lines, label+"：请在与我的单聊里发 "+w.esc(a.Send))
		case addr != "":
			lines = append(lines, "["+label+"]("+addr+")")
		case label != "":
			lines = append(lines, label)
		}
	}
	return strings.Join(lines, "\n")
}

// lineStart keeps a line of text from being a heading or a list.
func (w writer) lineStart(s string) string {
	if !w.markdown {
		return s
	}
	return wire.EscapeLineStart(s)
}

func (w writer) esc(s string) string {
	if !w.markdown {
		return wire.CleanLine(s)
	}
	return wire.EscapeMarkdown(s)
}
