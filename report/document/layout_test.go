package document

import (
	"image"
	"math"
	"strings"
	"testing"

	"yunzhuan/report/internal/typeset"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	r, err := typeset.NewRuler()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("关于贯彻落实工作纪律的情况说明", 4)
	for name, c := range map[string]struct {
		table Table
		total float64
		want  tightness
	}{
		"all fit":       {Table{[]string{"单位", "应到"}, [][]string{{"办公室", "12"}}}, 400, roomy},
		"one long":      {Table{[]string{"单位", "情况", "应到"}, [][]string{{"办公室", long, "12"}}}, 400, roomy},
		"long word":     {Table{[]string{"文件", "应到"}, [][]string{{"2026-11-23-report-final.xlsx", long}}}, 280, roomy},
		"many columns":  {Table{make([]string, 20), [][]string{strings.Split(strings.Repeat("应到人数,", 19)+"x", ",")}}, 500, tight},
		"without space": {Table{make([]string, 20), [][]string{strings.Split(strings.Repeat("1234567,", 19)+"x", ",")}}, 300, broken},
	} {
		const size = 12.0
		widths, how := c.table.columns(c.total, size, size, r.At(size))
		if how != c.want {
			t.Errorf("%s: table is %v, want %v", name, how, c.want)
		}
		if got := sum(widths); math.Abs(got-c.total) > 0.001 {
			t.Errorf("%s: widths are %v together, want %v", name, got, c.total)
		}
		for i, w := range widths {
			for _, row := range append([][]string{c.table.Header}, c.table.Rows...) {
				if _, word := typeset.Widest(row[i], r.At(size)); how != broken && word+size > w {
					t.Errorf("%s: column %d is %v wide, its longest word %v", name, i, w, word)
				}
			}
		}
	}
}

func TestFitTableShrinksTextBeforeItBreaksCells(t *testing.T) {
	t.Parallel()
	r, err := typeset.NewRuler()
	if err != nil {
		t.Fatal(err)
	}
	table := func(columns int) Table {
		return Table{Header: strings.Split(strings.Repeat("应到 ", columns-1)+"应到", " ")}
	}
	for columns, want := range map[int]float64{4: 12, 13: 10.5, 16: 9, 20: 10.5, 30: 9} { // 20 are tight at best, 30 broken
		if got, _ := fitTable(r, table(columns), textWidth, paperSizes[:3]...); got != want {
			t.Errorf("%d columns are set in %v, want %v", columns, got, want)
		}
	}
}

func TestFigureRows(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{1: {1}, 4: {4}, 5: {3, 2}, 6: {3, 3}, 9: {3, 3, 3}} {
		var got []int
		for _, row := range figureRows(make([]Figure, n)) {
			got = append(got, len(row))
		}
		if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("%d figures make rows of %v, want %v", n, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ w, h, wantW, wantH float64 }{
		{100, 100, 75, 75}, {1080, 600, 360, 200}, {100, 4000, 10, 400},
	} {
		w, h := within(image.Rect(0, 0, int(c.w), int(c.h)), 360, 400, 0.75)
		if math.Abs(w-c.wantW) > 1e-9 || math.Abs(h-c.wantH) > 1e-9 {
			t.Errorf("%v by %v becomes %v by %v, want %v by %v", c.w, c.h, w, h, c.wantW, c.wantH)
		}
	}
}
