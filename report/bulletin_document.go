package report

import (
	"fmt"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/patrol"
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

// BulletinDocument is the bulletin as a paper, with names for those who may see them.
func BulletinDocument(b bulletin.Bulletin, names bool) document.Document {
	d := document.New(bulletin.Title)
	d.Issuer, d.Number, d.Date = b.Issuer, b.Number(), b.Day.Long()
	if b.Late {
		d.Mark = "补发"
	}
	d.Signature = b.Issuer
	d = d.Figures(bulletinFigures(b)...)
	for _, p := range bulletinParts(b, names) {
		d = p.into(d)
	}
	if objectionable(b) {
		d = d.Para(objection(b) + "。")
	}
	return d
}

// into adds the part to a paper.
func (p part) into(d document.Document) document.Document {
	d = d.Heading(p.title)
	if p.text != "" {
		d = d.Para(p.text)
	}
	if len(p.rows) > 0 {
		d = d.Table(p.header, p.rows)
	}
	if !p.ordered {
		return d.List(p.lines...)
	}
	for i, l := range p.lines {
		d = d.Para(fmt.Sprintf("%d. %s", i+1, l))
	}
	return d
}

// bulletinFigures are the numbers that one looks for first.
func bulletinFigures(b bulletin.Bulletin) []document.Figure {
	seen := map[string]bool{}
	records, praise := 0, 0
	for _, f := range b.Findings {
		if f.Day == b.Day {
			seen[f.Unit] = true
		}
		switch {
		case f.Line == 0:
		case f.Finding.Kind == patrol.Praise:
			praise++
		default:
			records++
		}
	}
	var out []document.Figure
	if b.Attendance.Reported > 0 {
		out = append(out, document.Figure{Label: "出勤率", Value: percent(b.Attendance.Total.Rate()),
			Note: fmt.Sprintf("%d/%d 已报", b.Attendance.Reported, len(b.Attendance.Units))})
	}
	return append(out,
		document.Figure{Label: "巡查单位", Value: strconv.Itoa(len(seen))},
		document.Figure{Label: "问题记录", Value: strconv.Itoa(records)},
		document.Figure{Label: "表扬", Value: strconv.Itoa(praise)})
}

// Render adds a paper to a message in a form.
func Render(body chat.Body, d document.Document, f Form) (chat.Body, error) {
	name := fileName(d.Title + " " + d.Number)
	switch f {
	case Card:
		data, err := d.PNG()
		if err != nil {
			return body, fmt.Errorf("draw %s: %w", name, err)
		}
		return body.Picture(chat.Picture{Name: name + ".png", Alt: d.Title + "　" + d.Number, Data: data}), nil
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
