package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/report/font"
)

var none = math.NaN()

func weeks(values ...float64) Trend {
	t := Trend{Title: "近 8 周出勤率", Unit: "%", Series: []Series{{Name: "出勤率", Values: values}}}
	for i := range values {
		t.Labels = append(t.Labels, fmt.Sprintf("11.%d–%d", i+1, i+8))
	}
	return t
}

func picture(t testing.TB, draw func() ([]byte, error)) image.Image {
	t.Helper()
	b, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// pixels counts those of a colour in columns of a picture.
func pixels(img image.Image, c color.RGBA, from, to int) int {
	n := 0
	for y := range img.Bounds().Dy() {
		for x := from; x < to; x++ {
			if color.RGBAModel.Convert(img.At(x, y)) == c {
				n++
			}
		}
	}
	return n
}

var line = color.RGBA{0xC8, 0x10, 0x2E, 0xFF}

func TestTrend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trend       Trend
		least, most int // pixels of the line, points and values
	}{
		"eight weeks":  {weeks(96.5, 97.1, 95.2, 98, 96.6, 97.4, 100, 98.2), 5000, 20000},
		"single point": {weeks(none, none, none, 96.5, none, none, none, none), 150, 2000},
		"no value":     {weeks(none, none, none), 0, 0},
		"all zero":     {weeks(0, 0, 0, 0, 0), 3000, 12000},
		"one label":    {weeks(3), 150, 2000},
		"huge":         {weeks(-1e9, 1e9), 3000, 20000},
	} {
		img := picture(t, c.trend.PNG)
		if size := img.Bounds().Size(); size != image.Pt(1080, 600) {
			t.Errorf("%s: size is %v", name, size)
		}
		if n := pixels(img, line, 0, 1080); n < c.least || n > c.most {
			t.Errorf("%s: %d pixels of the line, want %d to %d", name, n, c.least, c.most)
		}
	}
}

func TestTrendHasGaps(t *testing.T) {
	t.Parallel()
	trend := weeks(50, 50, none, none, none, none, 50, 50)
	trend.Series = append(trend.Series, Series{Name: "另", Values: []float64{1, 1, 1, 1, 1, 1, 1, 1}}) // no values at points
	img := picture(t, trend.PNG)
	if n := pixels(img, line, 400, 700); n > 0 {
		t.Errorf("%d pixels of the line where there is no value", n)
	}
	if n := pixels(img, line, 200, 300); n < 300 {
		t.Errorf("%d pixels of the line where there are values", n)
	}
}

func TestAxis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unit   string
		values []float64
		want   [3]float64
	}{
		"small whole numbers": {"", []float64{0, 1, 3, 2}, [3]float64{0, 3, 1}},
		"one":                 {"", []float64{0, 1}, [3]float64{0, 1, 1}},
		"all zero":            {"", []float64{0, 0}, [3]float64{0, 1, 1}},
		"level":               {"", []float64{7, 7}, [3]float64{6, 8, 1}},
		"level at the top":    {"%", []float64{100, 100}, [3]float64{94, 100, 2}},
		"percent":             {"%", []float64{95.6, 98, 100}, [3]float64{95, 100, 1}},
		"near the bottom":     {"%", []float64{95.2, 98, 100}, [3]float64{94, 100, 1}},
		"from zero":           {"", []float64{12, 48, 103}, [3]float64{0, 150, 50}},
		"far from zero":       {"", []float64{1203, 1231}, [3]float64{1190, 1240, 10}},
		"below zero":          {"", []float64{-3, 4}, [3]float64{-4, 4, 2}},
		"no value":            {"", []float64{none}, [3]float64{0, 1, 1}},
		"tiny":                {"", []float64{0.01, 0.02}, [3]float64{0, 0.1, 0.1}},
	} {
		trend := weeks(c.values...)
		trend.Unit = c.unit
		low, high, step := trend.axis()
		if diff := cmp.Diff(c.want, [3]float64{low, high, step}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPriority(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]int{4, 1, 0, 3}, priority([]float64{1, 9, none, 5, 5})); diff != "" {
		t.Errorf("order of values (-want +got):\n%s", diff)
	}
}

func coverage(rows int) HeatMap {
	h := HeatMap{Title: "近 8 周巡查覆盖情况", Columns: weeks(make([]float64, 8)...).Labels,
		Legend: [4]string{"未巡查", "1 次", "2 次", "3 次及以上"}}
	for i := range rows {
		row := make([]int, 8)
		for j := range row {
			if i%5 != 0 {
				row[j] = (i+j)%6 - 1
			}
		}
		h.Rows, h.Cells = append(h.Rows, fmt.Sprintf("职业教育与成人教育科王喆%d", i)), append(h.Cells, row)
	}
	return h
}

func TestHeatMap(t *testing.T) {
	t.Parallel()
	small, large := picture(t, coverage(6).PNG), picture(t, coverage(60).PNG)
	if small.Bounds().Dx() != 1080 || large.Bounds().Dx() != 1080 || large.Bounds().Dy() < 60*54 || small.Bounds().Dy() > 800 {
		t.Errorf("sizes are %v and %v", small.Bounds().Size(), large.Bounds().Size())
	}
	for i, c := range cellPaper {
		if n := pixels(large, color.RGBA{c[0], c[1], c[2], 0xFF}, 500, 1080); n < 5000 {
			t.Errorf("%d pixels of shade %d", n, i)
		}
	}
	if got := coverage(60).never(); got != 12 {
		t.Errorf("%d rows were never seen, want 12", got)
	}
	if unseen([]int{-1, -1}) || !unseen([]int{-1, 0}) || unseen([]int{0, 1}) {
		t.Error("a row is unseen if it applies somewhere and has only zeros there")
	}
	picture(t, HeatMap{Columns: []string{"11月"}}.PNG)
}

func TestBadCharts(t *testing.T) {
	t.Parallel()
	ragged := weeks(1, 2)
	ragged.Labels = ragged.Labels[:1]
	uneven := coverage(3)
	uneven.Cells[1] = uneven.Cells[1][:2]
	unnamed := coverage(3)
	unnamed.Rows = unnamed.Rows[:2]
	for name, draw := range map[string]func() ([]byte, error){
		"no labels": Trend{}.PNG, "no series": Trend{Labels: []string{"a"}}.PNG, "ragged": ragged.PNG,
		"infinite": weeks(math.Inf(1)).PNG, "no columns": HeatMap{}.PNG, "uneven": uneven.PNG, "unnamed": unnamed.PNG,
	} {
		if b, err := draw(); err == nil || b != nil {
			t.Errorf("%s: %d bytes, error %v", name, len(b), err)
		}
	}
}

func TestEqualChartsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func() ([]byte, error){"trend": weeks(1, 2, none, 3).PNG, "heat map": coverage(20).PNG} {
		a, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := draw(); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %d and %d bytes, error %v", name, len(a), len(b), err)
		}
	}
}

// The library must have taken our typeface: with its own, Chinese is boxes.
func TestTrendIsSetInOurTypeface(t *testing.T) {
	t.Parallel()
	if err := install(); err != nil || len(font.TTF) == 0 {
		t.Fatal(err)
	}
	one, two := weeks(none), weeks(none)
	one.Title, two.Title = "教委", "巡查"
	a, b := picture(t, one.PNG), picture(t, two.PNG)
	differ := 0
	for y := range 80 {
		for x := range 200 {
			if a.At(x, y) != b.At(x, y) {
				differ++
			}
		}
	}
	if differ < 500 {
		t.Errorf("two titles differ in %d pixels", differ)
	}
}

func BenchmarkTrend(b *testing.B) {
	t := weeks(96.5, 97.1, 95.2, 98, 96.6, 97.4, 100, 98.2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeatMap(b *testing.B) {
	h := coverage(60)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}
