package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
)

// SchoolProgress says which schools were visited in a month and which were not, by
// district.
func SchoolProgress(month calendar.Month, all []patrol.District) chat.Body {
	seen, unseen := schoolCounts(all)
	b := chat.Titled("校务检查进度　"+month.Label()).
		Strong("本月", fmt.Sprintf("　已查 %d 所，还有 %d 所", seen, unseen))
	var lines []chat.Line
	for _, d := range all {
		lines = append(lines, districtLine(d, true))
	}
	b = b.Bullets(lines...)
	taps := 0
	for _, d := range all {
		for _, school := range d.Unseen {
			if taps < 4 {
				b = b.Tap(school+" 正常", "/校务 "+school+" 正常")
			}
			taps++
		}
	}
	return b
}

func schoolCounts(all []patrol.District) (seen, unseen int) {
	for _, d := range all {
		seen += len(d.Seen)
		unseen += len(d.Unseen)
	}
	return seen, unseen
}

// districtLine says of a district how many of its schools were seen, and, with
// names, which were and which were not.
func districtLine(d patrol.District, withNames bool) chat.Line {
	name := d.Name
	if name == "" {
		name = "未分学区"
	}
	text := fmt.Sprintf("　已查 %d/%d", len(d.Seen), len(d.Seen)+len(d.Unseen))
	switch {
	case withNames && len(d.Seen) > 0 && len(d.Unseen) > 0:
		text += "：" + strings.Join(d.Seen, "、") + "　未查：" + strings.Join(d.Unseen, "、")
	case withNames && len(d.Seen) > 0:
		text += "：" + strings.Join(d.Seen, "、")
	case len(d.Unseen) > 0:
		text += "　未查：" + strings.Join(d.Unseen, "、")
	}
	return chat.Line{Strong: name, Text: text}
}
