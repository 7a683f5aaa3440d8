package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/report/document"
)

// Form is a form that a paper of the office takes beside the chat message.
type Form string

// The forms, as people name them.
const (
	Card Form = "图片"   // for phones
	Word Form = "Word" // to be printed and filed
	PDF  Form = "PDF"
)

// Forms lists the forms.
var Forms = []Form{Card, Word, PDF}

// ParseForm reads a form as people type it.
func ParseForm(word string) (Form, bool) {
	f, ok := map[string]Form{
		"图片": Card, "图": Card, "卡片": Card, "word": Word, "docx": Word, "文件": Word, "文档": Word, "pdf": PDF,
	}[strings.ToLower(word)]
	return f, ok
}

// paper adds what a message says to a document: a paragraph that begins with a
// numbered title becomes a heading and its text.
func paper(d document.Document, body chat.Body) document.Document {
	for _, bl := range body.Blocks {
		switch {
		case bl.Heading != "":
			d = d.Heading(bl.Heading)
		case bl.List != nil:
			d = paperList(d, *bl.List)
		case bl.Table != nil:
			d = d.Table(bl.Table.Header, bl.Table.Rows)
		case bl.Picture != nil:
			d = d.Picture(bl.Picture.Data, bl.Picture.Alt)
		}
		for _, l := range bl.Lines {
			text := strings.TrimLeft(l.Text, "　")
			switch {
			case isSection(l.Strong) && text == "":
				d = d.Heading(l.Strong)
			case isSection(l.Strong):
				d = d.Heading(l.Strong).Para(text)
			case l.Strong != "" || text != "":
				d = d.Lead(l.Strong, l.Text)
			}
		}
	}
	return d
}

func paperList(d document.Document, l chat.List) document.Document {
	var items []string
	for i, item := range l.Items {
		text := item.Strong + item.Text
		if l.Ordered {
			d = d.Para(fmt.Sprintf("%d. %s", i+1, text))
		}
		items = append(items, text)
	}
	if l.Ordered {
		return d
	}
	return d.List(items...)
}

// isSection says whether a text is a title as section numbers it: 一、巡查组.
func isSection(s string) bool {
	first, _, ok := strings.Cut(s, "、")
	return ok && strings.Contains(sections, first) && len([]rune(first)) == 1
}

// Render adds a paper to a message in a form.
func Render(body chat.Body, d document.Document, f Form) (chat.Body, error) {
	name := fileName(d.Title + " " + d.Number)
	switch f {
	case Card:
		all, err := d.Cards()
		if err != nil {
			return body, fmt.Errorf("draw %s: %w", name, err)
		}
		for i, data := range all {
			n := ""
			if len(all) > 1 {
				n = fmt.Sprintf("（%d/%d）", i+1, len(all))
			}
			body = body.Picture(chat.Picture{Name: name + n + ".png", Alt: d.Title + "　" + d.Number + n, Data: data})
		}
		return body, nil
	case Word:
		data, err := d.DOCX()
		if err != nil {
			return body, fmt.Errorf("write %s: %w", name, err)
		}
		return body.File(chat.File{Name: name + ".docx", Data: data}), nil
	default:
		data, err := d.PDF()
		if err != nil {
			return body, fmt.Errorf("write %s: %w", name, err)
		}
		return body.File(chat.File{Name: name + ".pdf", Data: data}), nil
	}
}
