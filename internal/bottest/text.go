package bottest

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
)

// Text renders a body as plain text, one line below the other:
//
//	the title
//	# a heading
//	a line of a paragraph
//	· an item        1. an item of a numbered list
//	a | row | of a table
//	[picture: its one line]
//	[an action](the line or address behind it) [another](…)
func Text(b chat.Body) string {
	var lines []string
	if b.Title != "" {
		lines = append(lines, b.Title)
	}
	for _, bl := range b.Blocks {
		lines = append(lines, blockLines(bl)...)
	}
	for _, m := range b.Mentions {
		lines = append(lines, "@"+string(m))
	}
	var taps []string
	for _, a := range b.Actions {
		taps = append(taps, fmt.Sprintf("[%s](%s)", a.Label, a.Send+a.URL))
	}
	if len(taps) > 0 {
		lines = append(lines, strings.Join(taps, " "))
	}
	return strings.Join(lines, "\n")
}

func blockLines(bl chat.Block) []string {
	var lines []string
	switch {
	case bl.Heading != "":
		lines = append(lines, "# "+bl.Heading)
	case bl.List != nil:
		for i, it := range bl.List.Items {
			mark := "· "
			if bl.List.Ordered {
				mark = fmt.Sprintf("%d. ", i+1)
			}
			lines = append(lines, mark+it.Strong+it.Text)
		}
	case bl.Table != nil:
		for _, row := range append([][]string{bl.Table.Header}, bl.Table.Rows...) {
			lines = append(lines, strings.Join(row, " | "))
		}
	case bl.Picture != nil:
		lines = append(lines, "[picture: "+bl.Picture.Alt+"]")
	case bl.File != nil:
		lines = append(lines, "[file: "+bl.File.Name+"]")
	default:
		for _, l := range bl.Lines {
			lines = append(lines, l.Strong+l.Text)
		}
	}
	return lines
}
