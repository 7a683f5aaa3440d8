package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/report/chart"
)

// neverMax is how many units that were not seen are named beside the picture.
const neverMax = 15

// Coverage shows on how many days the units of a book were seen in a period, as a
// picture, and names those that were not seen at all.
func Coverage(book patrol.Book, p calendar.Period, g patrol.Grid) (chat.Body, error) {
	title := book.Title() + "覆盖　" + p.Label
	b := chat.Titled(title)
	if len(g.Units) == 0 {
		return b.Para("没有要看的单位。"), nil
	}
	never := g.Never()
	text := fmt.Sprintf("%d 个单位都看过。", len(g.Units))
	switch n := len(never); {
	case n > neverMax:
		text = fmt.Sprintf("%d 个单位里 %d 个还没有看过，图中是红字。", len(g.Units), n)
	case n > 0:
		text = fmt.Sprintf("%d 个单位里 %d 个还没有看过：%s。", len(g.Units), n, strings.Join(never, "、"))
	}
	h := chart.HeatMap{Title: title, Rows: g.Units, Cells: g.Days, Legend: [4]string{"没去", "1 天", "2 天", "3 天以上"}}
	for _, s := range g.Spans {
		h.Columns = append(h.Columns, s.Label)
	}
	png, err := h.PNG()
	if err != nil {
		return b, fmt.Errorf("draw coverage: %w", err)
	}
	return b.Para(text).Picture(chat.Picture{Name: fileName(title) + ".png", Alt: title, Data: png}), nil
}
