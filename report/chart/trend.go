// Package chart draws the pictures of reports: lines over weeks or months, and who
// was seen when. Equal charts give equal bytes.
package chart

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/go-analyze/charts"

	"yunzhuan/report/font"
	"yunzhuan/report/internal/typeset"
)

// Trend is how values went over weeks or months.
type Trend struct {
	Title  string
	Labels []string // one for each point in time, 1 to 16: 11.2–8, 3月
	Series []Series // 1 to 6
	Unit   string   // of the values, written behind them: %, 人
}

// Series is a line: a value for each label, NaN where there is none.
type Series struct {
	Name   string
	Values []float64
}

func (t Trend) check() error {
	if n := len(t.Labels); n == 0 || n > 16 {
		return fmt.Errorf("trend has %d labels, want 1 to 16", n)
	}
	if n := len(t.Series); n == 0 || n > len(colours) {
		return fmt.Errorf("trend has %d series, want 1 to %d", n, len(colours))
	}
	for _, s := range t.Series {
		if len(s.Values) != len(t.Labels) {
			return fmt.Errorf("series has %d values, want %d", len(s.Values), len(t.Labels))
		}
		for _, v := range s.Values {
			if math.Abs(v) > 1e9 {
				return errors.New("value is too large to be drawn")
			}
		}
	}
	return nil
}

// Size of a trend in pixels. A heat map is as wide.
const (
	width  = 1080
	height = 600
	margin = 40
)

// Colours of the lines: told apart by those who do not see red and green, too.
var colours = []charts.Color{
	{R: 0xC8, G: 0x10, B: 0x2E, A: 0xFF}, {R: 0x1F, G: 0x5A, B: 0xA6, A: 0xFF}, {R: 0xE0, G: 0x8A, B: 0x00, A: 0xFF},
	{R: 0x2E, G: 0x8B, B: 0x57, A: 0xFF}, {R: 0x6B, G: 0x3F, B: 0xA0, A: 0xFF}, {R: 0x50, G: 0x50, B: 0x50, A: 0xFF},
}

var (
	ink  = charts.Color{R: 0x2B, G: 0x2B, B: 0x2B, A: 0xFF}
	grid = charts.Color{R: 0xDD, G: 0xDD, B: 0xDD, A: 0xFF}
)

// family is what the library knows our typeface as: its own have no Chinese.
const family = "yunzhuan"

var install = sync.OnceValue(func() error { return charts.InstallFont(family, font.TTF) })

// PNG draws the lines on 1080 by 600 pixels, with a gap where there is no value. The
// values stand at the points if there is one series; where they would overlap, the
// last, the highest and the lowest first.
func (t Trend) PNG() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := install(); err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	r, err := typeset.NewRuler()
	if err != nil {
		return nil, fmt.Errorf("load typeface: %w", err)
	}
	p := plot{Trend: t, ruler: r, Painter: charts.NewPainter(charts.PainterOptions{
		OutputFormat: charts.ChartOutputPNG, Width: width, Height: height, Font: charts.GetFont(family)})}
	p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	p.head()
	p.axes()
	for i, s := range t.Series {
		p.line(s.Values, colours[i])
	}
	if len(t.Series) == 1 {
		p.values(t.Series[0].Values)
	}
	data, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw trend: %w", err)
	}
	return fewerColours(data)
}

// plot is a trend being drawn. The library draws lines, points and letters; where
// they stand is ours, for its own charts write values across the line and labels
// over each other.
type plot struct {
	Trend
	*charts.Painter
	ruler                    *typeset.Ruler
	left, top, right, bottom int     // of the field of the lines
	low, high                float64 // the values at its bottom and top
}

// write writes s in a size in pixels with its baseline at y: from x on for 0,
// centred on it for 0.5, up to it for 1.
func (p *plot) write(where float64, x, y int, size float64, c charts.Color, s string) {
	const dpi = 92.0 // what the library takes a point by
	x -= int(p.ruler.At(size)(s) * where)
	p.Text(s, x, y, 0, charts.FontStyle{FontSize: size * 72 / dpi, FontColor: c, Font: charts.GetFont(family)})
}

// head writes the title and, for several series, what the lines are.
func (p *plot) head() {
	y := 24
	title := p.ruler.Printable(p.Title)
	size := p.ruler.Fit(title, 44, 30, width-2*margin)
	for _, line := range typeset.Wrap(title, 0, width-2*margin, p.ruler.At(size)) {
		y += int(size * 1.3)
		p.write(0, margin, y-int(size*0.25), size, ink, line)
	}
	if len(p.Series) > 1 {
		x := margin
		y += 44
		for i, s := range p.Series {
			name := p.ruler.Printable(s.Name)
			size := p.ruler.Fit(name, 28, 12, width-2*margin-34)
			w := 34 + int(p.ruler.At(size)(name)) + 36
			if x > margin && x+w > width-margin+36 {
				x, y = margin, y+40
			}
			p.Dots([]charts.Point{{X: x + 12, Y: y - 10}}, colours[i], colours[i], 1, 10)
			p.write(0, x+34, y, size, ink, name)
			x += w
		}
	}
	p.top = y + 50
}

// format writes a value with at most one decimal.
func (p *plot) format(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) + p.ruler.Printable(p.Unit)
}

func (p *plot) axes() {
	const size = 26
	low, high, step := p.axis()
	p.low, p.high, p.bottom, p.right = low, high, height-70, width-margin
	ticks := int(math.Round((high - low) / step))
	widest := 0.0
	for i := range ticks + 1 {
		widest = max(widest, p.ruler.At(size)(p.format(low+float64(i)*step)))
	}
	p.left = margin + int(widest) + 16
	for i := range ticks + 1 {
		v := low + float64(i)*step
		y := p.y(v)
		p.LineStroke([]charts.Point{{X: p.left, Y: y}, {X: p.right, Y: y}}, grid, 1.5)
		p.write(1, p.left-14, y+9, size, ink, p.format(v))
	}
	p.labels()
	if !slices.ContainsFunc(p.Series, func(s Series) bool { return len(priority(s.Values)) > 0 }) {
		p.write(0.5, (p.left+p.right)/2, (p.top+p.bottom)/2, 34, ink, "暂无数据")
	}
}

// labels writes the labels of the points in time: smaller if need be, and if that is
// not enough only some of them, the last one always.
func (p *plot) labels() {
	room := float64(p.right-p.left)/float64(len(p.Labels)) - 10
	size, every := 28.0, 1
	for _, l := range p.Labels {
		l = p.ruler.Printable(l)
		fit := p.ruler.Fit(l, 28, 20, room)
		size = min(size, fit)
		every = max(every, int(math.Ceil(p.ruler.At(fit)(l)/(room+10)-0.01)))
	}
	for i, l := range p.Labels {
		if (len(p.Labels)-1-i)%every == 0 {
			p.write(0.5, p.x(i), p.bottom+42, size, ink, p.ruler.Printable(l))
		}
	}
}

func (p *plot) x(i int) int {
	return p.left + int(float64(p.right-p.left)*(float64(i)+0.5)/float64(len(p.Labels)))
}

func (p *plot) y(v float64) int {
	return p.bottom - int(math.Round(float64(p.bottom-p.top)*(v-p.low)/(p.high-p.low)))
}

func (p *plot) line(values []float64, c charts.Color) {
	var points []charts.Point
	for i, v := range values {
		point := charts.Point{X: p.x(i), Y: math.MaxInt32} // the library's word for a gap
		if !math.IsNaN(v) {
			point.Y = p.y(v)
		}
		points = append(points, point)
	}
	p.LineStroke(points, c, 5)
	p.Dots(points, c, c, 1, 8)
}

// values writes values at their points: above, or below where the line goes up on
// both sides.
func (p *plot) values(values []float64) {
	const size = 28
	var taken []charts.Box
	for _, i := range priority(values) {
		s := p.format(values[i])
		w := int(p.ruler.At(size)(s))
		y := p.y(values[i])
		baseline := y - 18
		if valley(values, i) && y+52 < p.bottom {
			baseline = y + 38
		}
		x := min(max(p.x(i)-w/2, p.left+4), width-4-w)
		box := charts.Box{Left: x - 6, Right: x + w + 6, Top: baseline - 26, Bottom: baseline + 6}
		free := true
		for _, t := range taken {
			if box.Left < t.Right && t.Left < box.Right && box.Top < t.Bottom && t.Top < box.Bottom {
				free = false
			}
		}
		if free {
			taken = append(taken, box)
			p.write(0, x, baseline, size, colours[0], s)
		}
	}
}

// priority orders the points with a value: the last, the highest, the lowest, then
// from the last to the first.
func priority(values []float64) []int {
	var all []int
	highest, lowest := -1, -1
	for i := len(values) - 1; i >= 0; i-- {
		if math.IsNaN(values[i]) {
			continue
		}
		all = append(all, i)
		if highest < 0 || values[i] > values[highest] {
			highest = i
		}
		if lowest < 0 || values[i] < values[lowest] {
			lowest = i
		}
	}
	if len(all) == 0 {
		return nil
	}
	out := []int{all[0]}
	for _, i := range append([]int{highest, lowest}, all...) {
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// valley says whether the line goes up on both sides of a point.
func valley(values []float64, i int) bool {
	up := false
	for _, j := range []int{i - 1, i + 1} {
		if j < 0 || j >= len(values) || math.IsNaN(values[j]) {
			continue
		}
		if values[j] <= values[i] {
			return false
		}
		up = true
	}
	return up
}
