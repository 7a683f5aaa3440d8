package weixin

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// MaxText is the room of a text, in bytes. WeCom cuts off what is longer without a
// word (WW 90236), the official account refuses it with 45002 (seen in the field;
// the documents name no limit).
const MaxText = 2048

// Page is one wire message of a rendered Body: a text, a picture or a file.
type Page struct {
	Text    string
	Picture *chat.Picture
	File    *chat.File
}

// Dialect is what differs between the ways a text can go. Links of either kind are
// known to all: <a href="…">…</a> (WW 90236, MP).
type Dialect struct {
	// Tap shows an action that sends a line; nil: the line to type stands there.
	Tap func(label, line string) string
	// Taps, if not empty, is a line above what Tap shows, each of which has a line of
	// its own then.
	Taps string
	// Files says whether a file can go as a message of its own.
	Files bool
	// Max is the room of a text, in bytes.
	Max int
}

// Pages renders a Body, cut into what goes out as one message each. Actions are
// in the last text.
func Pages(b chat.Body, d Dialect) []Page {
	var whole *Page // as Split first asks for it
	parts := b.Split(func(part chat.Body) bool {
		p, ok := fits(part, d)
		if whole == nil {
			whole = &p
		}
		return ok
	})
	pages := []Page{*whole}
	if len(parts) > 1 || !sameBlocks(parts[0], b) {
		pages = pages[:0]
		for _, p := range parts {
			pages = append(pages, render(p, d))
		}
	}
	return slices.DeleteFunc(pages, func(p Page) bool { return p == Page{} })
}

// fits says whether a part is one message: a picture or a file stands alone.
func fits(b chat.Body, d Dialect) (Page, bool) {
	p := render(b, d)
	for _, bl := range b.Blocks {
		if (bl.Picture != nil || bl.File != nil && d.Files) && (len(b.Blocks) > 1 || len(b.Actions) > 0) {
			return p, false
		}
	}
	return p, len(p.Text) <= d.Max
}

// sameBlocks says whether a body is the one it was cut from.
func sameBlocks(a, b chat.Body) bool {
	return a.Title == b.Title && len(a.Blocks) == len(b.Blocks) && len(a.Actions) == len(b.Actions)
}

func render(b chat.Body, d Dialect) Page {
	if len(b.Blocks) == 1 && len(b.Actions) == 0 {
		switch bl := b.Blocks[0]; {
		case bl.Picture != nil && len(bl.Picture.Data) > 0:
			return Page{Picture: bl.Picture}
		case bl.File != nil && d.Files:
			return Page{File: bl.File}
		}
	}
	var blocks []string
	if b.Title != "" {
		blocks = append(blocks, "【"+escape(b.Title)+"】")
	}
	for _, bl := range b.Blocks {
		blocks = append(blocks, block(bl))
	}
	blocks = append(blocks, actionsOf(b.Actions, d)...)
	return Page{Text: joined(slices.DeleteFunc(blocks, func(s string) bool { return s == "" }))}
}

// joined puts blocks below each other: short paragraphs close together, anything
// longer with a line between.
func joined(blocks []string) string {
	var out strings.Builder
	for i, b := range blocks {
		switch {
		case i == 0:
		case short(blocks[i-1]) && short(b) && i > 1:
			out.WriteString("\n")
		default:
			out.WriteString("\n\n")
		}
		out.WriteString(b)
	}
	return out.String()
}

// short says whether a block is one line that a phone shows as such, and no heading.
func short(block string) bool {
	return !strings.Contains(block, "\n") && utf8.RuneCountInString(block) <= 40 && !strings.HasPrefix(block, "■") && !strings.HasPrefix(block, "<a ")
}

func block(bl chat.Block) string {
	switch {
	case bl.Heading != "":
		return "■ " + escape(bl.Heading)
	case bl.List != nil:
		items := make([]string, len(bl.List.Items))
		for i, it := range bl.List.Items {
			mark := "· "
			if bl.List.Ordered {
				mark = fmt.Sprintf("%d. ", i+1)
			}
			items[i] = mark + line(it)
		}
		return strings.Join(items, "\n")
	case bl.Table != nil:
		rows := []string{row(bl.Table.Header)}
		for _, r := range bl.Table.Rows {
			rows = append(rows, row(r))
		}
		return strings.Join(rows, "\n")
	case bl.Picture != nil && bl.Picture.Alt != "":
		return "（图片：" + escape(bl.Picture.Alt) + "）"
	case bl.Picture != nil:
		return "（图片）"
	case bl.File != nil:
		return "（文件：" + escape(bl.File.Name) + "，这里收不了，请在电脑上或别的平台查看）"
	}
	lines := make([]string, len(bl.Lines))
	for i, l := range bl.Lines {
		lines[i] = line(l)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n ")
}

func row(cells []string) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = escape(c)
	}
	return strings.Join(out, "｜")
}

func line(l chat.Line) string { return escape(l.Strong) + escape(l.Text) }

// rowRunes is how much of actions stands side by side on a phone.
const rowRunes = 16

// actionsOf renders what can be tapped: in rows, or what Taps heads line by line.
func actionsOf(as []chat.Action, d Dialect) []string {
	if d.Taps == "" {
		return []string{actions(as, d)}
	}
	lines := []string{d.Taps}
	var pages []chat.Action
	for _, a := range as {
		if a.Send == "" {
			pages = append(pages, a)
		} else if text := action(a, d); text != "" {
			lines = append(lines, text)
		}
	}
	if len(lines) == 1 {
		lines = nil
	}
	return []string{actions(pages, d), strings.Join(lines, "\n")}
}

// actions renders what can be tapped, side by side.
func actions(as []chat.Action, d Dialect) string {
	var out strings.Builder
	used := 0
	for i, a := range as {
		text, width := action(a, d), utf8.RuneCountInString(a.Label)+2
		if text == "" {
			continue
		}
		if a.Send != "" && d.Tap == nil {
			width = rowRunes
		}
		switch {
		case i == 0 || out.Len() == 0:
		case used+width > rowRunes:
			out.WriteString("\n")
			used = 0
		default:
			out.WriteString("\u3000\u3000")
		}
		out.WriteString(text)
		used += width
	}
	return out.String()
}

func action(a chat.Action, d Dialect) string {
	label := strings.TrimSpace(escape(a.Label))
	addr := wire.LinkAddress(a.URL)
	switch {
	case a.Typed && d.Taps != "":
		return label
	case a.Send != "" && d.Tap != nil:
		return d.Tap(label, a.Send)
	case a.Send != "":
		return label + "：发 " + escape(a.Send)
	case addr != "":
		return Link(addr, label)
	}
	return label
}

// Link is a link in a text.
func Link(addr, label string) string { return `<a href="` + addr + `">` + label + "</a>" }

// marks are the characters that begin and end a link in a text, with the
// full-width ones that stand in for them.
var marks = strings.NewReplacer("<", "＜", ">", "＞")

func escape(s string) string { return marks.Replace(wire.CleanLine(s)) }
