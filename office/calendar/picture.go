package calendar

import (
	"fmt"
	"strings"
)

// A month in the picture is seven cells of five columns; Chinese characters
// take two columns of a terminal.
const (
	cell       = 5
	monthWidth = 7 * cell
	gutter     = 4
)

// Picture draws a year for a terminal, two months side by side in 74 columns:
// 休 marks a holiday, 班 a make-up workday.
func (c Calendar) Picture(year int) string {
	var b strings.Builder
	for month := 1; month <= 12; month += 2 {
		left, right := c.month(year, month), c.month(year, month+1)
		for i := range left {
			line := strings.TrimRight(left[i]+strings.Repeat(" ", gutter)+right[i], " ")
			if line != "" { // neither month has a sixth week
				b.WriteString(line + "\n")
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString("休 节假日　班 调休补班\n")
	return b.String()
}

// month draws a month in eight lines of equal width: its name, the weekdays and
// six weeks.
func (c Calendar) month(year, month int) []string {
	m := Month(fmt.Sprintf("%04d-%02d", year, month))
	name := m.Label()
	lines := []string{
		name + strings.Repeat(" ", monthWidth-columns(name)),
		" 一   二   三   四   五   六   日  ",
	}
	day := WeekOf(m.First()).From
	for range 6 {
		var b strings.Builder
		for range 7 {
			b.WriteString(c.cell(day, m))
			day = day.AddDays(1)
		}
		lines = append(lines, b.String())
	}
	return lines
}

// cell draws one day in five columns, an empty cell for a day of another month.
func (c Calendar) cell(d Day, m Month) string {
	if d.Month() != m {
		return strings.Repeat(" ", cell)
	}
	mark := "  "
	if s, special := c.days[d]; special {
		mark = "休"
		if s.Work {
			mark = "班"
		}
	}
	return fmt.Sprintf("%3s%s", strings.TrimPrefix(string(d[8:]), "0"), mark)
}

// columns returns the columns of a text of digits, spaces and Chinese characters.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xff {
			n++
		}
	}
	return n
}
