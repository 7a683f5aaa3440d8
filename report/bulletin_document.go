package report

import (
	"fmt"
	"strconv"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/patrol"
	"yunzhuan/report/document"
)

// BulletinDocument is the bulletin as a paper, with names for those who may see them.
func BulletinDocument(b bulletin.Bulletin, names bool) document.Document {
	d := document.New(bulletin.Title)
	d.Issuer, d.Number, d.Date = b.Issuer, b.Number(), b.Day.Long()
	if b.Late {
		d.Mark = "补发"
	}
	d.Signature = b.Issuer
	return paper(d.Figures(bulletinFigures(b)...), bulletinBody(b, names, chat.Body{}))
}

// screenLines is how many lines of a bulletin one reads on a phone without losing
// their thread.
const screenLines = 20

// BulletinCard adds the bulletin's picture to its message, where that is longer than
// a phone's screen.
func BulletinCard(body chat.Body, b bulletin.Bulletin, names bool) (chat.Body, error) {
	lines := b.Attendance.Reported
	for _, f := range b.Findings {
		if f.Line > 0 {
			lines++
		}
	}
	if lines <= screenLines {
		return body, nil
	}
	return Render(body, BulletinDocument(b, names), Card)
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
