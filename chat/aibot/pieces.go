package aibot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// pieceKind says what kind of message a piece is.
type pieceKind int

const (
	pieceText pieceKind = iota
	piecePicture
	pieceCard
	pieceFile
)

// piece is one wire message of a Body.
type piece struct {
	kind    pieceKind
	text    string // markdown; of a picture or a file: what stands for it where it cannot go
	plain   string // text without markup, for a welcome
	name    string // of a picture or a file
	data    []byte
	title   string // of a card
	buttons []button
}

const (
	maxContent = 20_480 // bytes of markdown in one message (WW 101031, 101463)
	maxTitle   = 200    // runes; a title is never torn
	maxURL     = 2_048  // bytes; a longer address does not become a link
	maxAlt     = 300    // runes of what describes a picture, or of a file's name
)

// pieces cuts a Body into what goes out as one message each: texts and pictures
// in their order, then buttons, then files. They are the same on every call.
func pieces(b chat.Body, group bool) []piece {
	var all, files []piece
	cards, rest := cardsOf(b)
	onlyTitle := len(b.Blocks) == 0 && len(cards) > 0 && len(rest) == 0 && utf8.RuneCountInString(b.Title) <= maxCardTitle
	cur := chat.Body{Title: clip(b.Title, maxTitle)}
	if onlyTitle {
		cur.Title = "" // the card says it
	}
	if group {
		cur.Mentions = b.Mentions[:min(len(b.Mentions), maxMentions)]
	}
	flush := func() {
		if cur.Title != "" || len(cur.Blocks)+len(cur.Mentions)+len(cur.Actions) > 0 {
			all = append(all, texts(cur)...)
		}
		cur = chat.Body{}
	}
	for _, bl := range b.Blocks {
		switch {
		case bl.Picture != nil:
			flush()
			all = append(all, pictureOf(*bl.Picture))
		case bl.File != nil:
			files = append(files, fileOf(*bl.File))
		case bl.Table != nil:
			cur.Blocks = append(cur.Blocks, chat.Block{Lines: tableLines(bl.Table)})
		case bl.Scan == nil: // one that was not made a picture has nothing to show
			cur.Blocks = append(cur.Blocks, bl)
		}
	}
	for _, a := range rest {
		if a.Send != "" { // a line, which can be torn where an action can not
			cur = cur.Para(clip(a.Label, maxTitle) + "：发 " + a.Send)
			continue
		}
		cur.Actions = append(cur.Actions, a)
	}
	flush()
	all = append(all, cards...)
	all = append(all, files...)
	return slices.DeleteFunc(all, func(p piece) bool { return p.kind == pieceText && p.text == "" })
}

// texts cuts a Body without pictures, tables and files into messages.
func texts(b chat.Body) []piece {
	var all []piece
	for _, part := range b.Split(fits) {
		all = append(all, piece{kind: pieceText, text: render(part), plain: renderPlain(part)})
	}
	return all
}

// fits says whether a Body of text has room in one message. What is too long even
// before it is rendered is not rendered: cutting asks about the whole rest again
// and again.
func fits(b chat.Body) bool { return size(b) <= maxContent && len(render(b)) <= maxContent }

// size is how many bytes a Body of text has.
func size(b chat.Body) int {
	n := len(b.Title)
	for _, bl := range b.Blocks {
		n += len(bl.Heading)
		for _, l := range bl.Lines {
			n += len(l.Strong) + len(l.Text)
		}
		if bl.List != nil {
			for _, l := range bl.List.Items {
				n += len(l.Strong) + len(l.Text)
			}
		}
	}
	return n
}

func pictureOf(p chat.Picture) piece {
	text := "（图片）"
	if alt := strings.TrimSpace(clip(p.Alt, maxAlt)); alt != "" {
		text = "（图片：" + wire.EscapeMarkdown(alt) + "）"
	}
	name := p.Name
	if name == "" {
		name = "picture"
	}
	return piece{kind: piecePicture, text: text, plain: text, name: wire.PictureName(wire.CleanLine(name), p.Data), data: p.Data}
}

func fileOf(f chat.File) piece {
	text := "（文件：" + wire.EscapeMarkdown(clip(f.Name, maxAlt)) + "，没能送到这里）"
	return piece{kind: pieceFile, text: text, plain: text, name: wire.CleanLine(f.Name), data: f.Data}
}

// tableLines writes a table as lines: whether all clients show one is not
// documented.
func tableLines(t *chat.Table) []chat.Line {
	lines := []chat.Line{{Strong: strings.Join(t.Header, "｜")}}
	for _, row := range t.Rows {
		lines = append(lines, chat.Line{Text: strings.Join(row, "｜")})
	}
	return lines
}
