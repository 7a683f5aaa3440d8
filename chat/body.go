package chat

import (
	"slices"
	"strings"
	"time"
)

// Body is what a message says, free of any platform's dialect. Every string in
// it is plain text: a platform escapes what its markup would read as markup.
type Body struct {
	Title   string   `json:"title,omitempty"`
	Blocks  []Block  `json:"blocks,omitempty"`
	Actions []Action `json:"actions,omitempty"`
	// Mentions are accounts of the target's platform to be notified in a group.
	Mentions []UserID `json:"mentions,omitempty"`
}

// Block is one piece of a Body, from top to bottom. Exactly one field is set.
type Block struct {
	Heading string   `json:"heading,omitempty"`
	Lines   []Line   `json:"lines,omitempty"` // a paragraph, one Line below the other
	List    *List    `json:"list,omitempty"`
	Table   *Table   `json:"table,omitempty"`
	Picture *Picture `json:"picture,omitempty"`
	File    *File    `json:"file,omitempty"`
	Scan    *Scan    `json:"scan,omitempty"`
}

// Line is a line of text that may begin with something strong (bold where the
// platform can).
type Line struct {
	Strong string `json:"strong,omitempty"`
	Text   string `json:"text,omitempty"`
}

// List is a bulleted or numbered list.
type List struct {
	Ordered bool   `json:"ordered,omitempty"`
	Items   []Line `json:"items"`
}

// Table is a small table; every row has len(Header) cells.
type Table struct {
	Header []string   `json:"header"`
	Rows   [][]string `json:"rows"`
}

// Picture is an image (PNG or JPEG). Data travels with the Body up to the
// store, which keeps it once and leaves Blob, its key, in its place; the Sender
// puts Data back before Send.
type Picture struct {
	Name string `json:"name"`           // a file name with extension
	Alt  string `json:"alt,omitempty"`  // one line for who cannot see it
	Data []byte `json:"data,omitempty"` // the encoded image
	Blob string `json:"blob,omitempty"` // hex SHA-256 of Data, set by the store
	// Photo is the name of a picture that is kept outside the store, and then Data and
	// Blob are empty: the Sender reads Data when the picture goes.
	Photo string `json:"photo,omitempty"`
}

// File is a document to be opened or kept. Data travels as a Picture's does.
type File struct {
	Name string `json:"name"`           // with extension
	Data []byte `json:"data,omitempty"` // at most 20 MB
	Blob string `json:"blob,omitempty"` // hex SHA-256 of Data, set by the store
}

// Scan is a code to scan with the app of the platform Channel: who does it says
// Line there. It becomes a Picture before it is handed to the platform that shows
// it, for making it takes a call to Channel's platform.
type Scan struct {
	Channel ChannelID `json:"channel"`
	Line    string    `json:"line"`            // ASCII, a command with at most one argument: "/bind K7M2QX"
	Alt     string    `json:"alt,omitempty"`   // of the picture
	Until   time.Time `json:"until,omitempty"` // what the code is good for at least
}

// Blob is what of the block is kept by itself, and its key; ok says that there is
// such a thing.
func (bl Block) Blob() (data []byte, key string, ok bool) {
	switch {
	case bl.Picture != nil:
		return bl.Picture.Data, bl.Picture.Blob, true
	case bl.File != nil:
		return bl.File.Data, bl.File.Blob, true
	}
	return nil, "", false
}

// WithBlob is the block with other data and key; the given one stays as it is.
func (bl Block) WithBlob(data []byte, key string) Block {
	switch {
	case bl.Picture != nil:
		p := *bl.Picture
		p.Data, p.Blob = data, key
		bl.Picture = &p
	case bl.File != nil:
		f := *bl.File
		f.Data, f.Blob = data, key
		bl.File = &f
	}
	return bl
}

// Action is something to tap. Exactly one of Send (the line that is sent in the
// tapper's name) and URL (a page that opens) is set.
type Action struct {
	Label string `json:"label"`
	Send  string `json:"send,omitempty"`
	URL   string `json:"url,omitempty"`
	// Typed: whoever cannot tap may as well type the label.
	Typed bool `json:"typed,omitempty"`
}

// Caption is what the body is about, in a line: its title, or what comes first in
// it; "" where it says nothing.
func (b Body) Caption() string {
	if b.Title != "" {
		return b.Title
	}
	for _, bl := range b.Blocks {
		if c := bl.caption(); c != "" {
			return c
		}
	}
	return ""
}

func (bl Block) caption() string {
	switch {
	case bl.Heading != "":
		return bl.Heading
	case bl.Lines != nil:
		for _, l := range bl.Lines {
			if text := l.Strong + l.Text; strings.TrimSpace(text) != "" {
				return text
			}
		}
	case bl.List != nil && len(bl.List.Items) > 0:
		return bl.List.Items[0].Strong + bl.List.Items[0].Text
	case bl.Table != nil:
		return strings.Join(bl.Table.Header, "，")
	case bl.Picture != nil:
		return bl.Picture.Alt
	case bl.File != nil:
		return bl.File.Name
	}
	return ""
}

// Text makes a Body of one paragraph; "\n" in it begins a new line.
func Text(s string) Body { return Body{}.Para(s) }

// Titled makes a Body with a title.
func Titled(title string) Body { return Body{Title: title} }

// Para returns b with a paragraph added; "\n" in s begins a new line.
func (b Body) Para(s string) Body {
	var lines []Line
	for l := range strings.SplitSeq(s, "\n") {
		lines = append(lines, Line{Text: l})
	}
	return b.add(Block{Lines: lines})
}

// Strong returns b with one line added to its last paragraph (or a new one): a
// strong beginning and the rest.
func (b Body) Strong(strong, text string) Body {
	line := Line{Strong: strong, Text: text}
	if n := len(b.Blocks); n > 0 && b.Blocks[n-1].Lines != nil {
		blocks := append([]Block(nil), b.Blocks...)
		blocks[n-1].Lines = append(slices.Clone(blocks[n-1].Lines), line)
		b.Blocks = blocks
		return b
	}
	return b.add(Block{Lines: []Line{line}})
}

// Heading returns b with a heading added.
func (b Body) Heading(s string) Body { return b.add(Block{Heading: s}) }

// Bullets returns b with a bulleted list added; none for no items.
func (b Body) Bullets(items ...Line) Body { return b.list(false, items) }

// Numbered returns b with a numbered list added; none for no items.
func (b Body) Numbered(items ...Line) Body { return b.list(true, items) }

func (b Body) list(ordered bool, items []Line) Body {
	if len(items) == 0 {
		return b
	}
	return b.add(Block{List: &List{Ordered: ordered, Items: items}})
}

// Table returns b with a table added.
func (b Body) Table(header []string, rows [][]string) Body {
	return b.add(Block{Table: &Table{Header: header, Rows: rows}})
}

// Picture returns b with a picture added.
func (b Body) Picture(p Picture) Body { return b.add(Block{Picture: &p}) }

// File returns b with a file added.
func (b Body) File(f File) Body { return b.add(Block{File: &f}) }

// Scan returns b with a code to scan added.
func (b Body) Scan(s Scan) Body { return b.add(Block{Scan: &s}) }

// Tap returns b with an action added that sends a line.
func (b Body) Tap(label, send string) Body {
	b.Actions = append(b.Actions[:len(b.Actions):len(b.Actions)], Action{Label: label, Send: send})
	return b
}

// Choice returns b with an action added that sends a line, and whose label can be
// typed instead.
func (b Body) Choice(label, send string) Body {
	b = b.Tap(label, send)
	b.Actions[len(b.Actions)-1].Typed = true
	return b
}

// Link returns b with an action added that opens a page.
func (b Body) Link(label, url string) Body {
	b.Actions = append(b.Actions[:len(b.Actions):len(b.Actions)], Action{Label: label, URL: url})
	return b
}

func (b Body) add(bl Block) Body {
	b.Blocks = append(b.Blocks[:len(b.Blocks):len(b.Blocks)], bl)
	return b
}
