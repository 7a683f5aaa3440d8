package report

import (
	"fmt"
	"math"
	"strconv"

	"yunzhuan/chat"
	"yunzhuan/office/monthly"
	"yunzhuan/office/patrol"
	"yunzhuan/office/weekly"
	"yunzhuan/report/chart"
	"yunzhuan/report/document"
)

// WeeklyDocument is the weekly check as a paper, with pictures of its trend.
func WeeklyDocument(c weekly.Check, names bool) (document.Document, error) {
	now := c.Now()
	d := checkPaper(weekly.Title, c.Issuer, c.Week.Label(), c.On.Long(), c.Late)
	d = d.Figures(
		document.Figure{Label: "巡查单位", Value: fmt.Sprintf("%d/%d", now.Walked, now.Units)},
		document.Figure{Label: "问题记录", Value: strconv.Itoa(now.Findings)},
		document.Figure{Label: "表扬", Value: strconv.Itoa(now.Praise)},
		document.Figure{Label: "出勤率", Value: rate(now.Turnout)})
	return withTrends(paper(d, weeklyBody(c, names, chat.Body{})), weeklyTrends(c)...)
}

// MonthlyDocument is the monthly check as a paper, with a picture of its trend.
func MonthlyDocument(c monthly.Check, names bool) (document.Document, error) {
	now := c.Now()
	d := checkPaper(monthly.Title, c.Issuer, c.Month.Label(), c.On.Long(), c.Late)
	d = d.Figures(
		document.Figure{Label: "检查学校", Value: fmt.Sprintf("%d/%d", now.Seen, now.Schools)},
		document.Figure{Label: "问题记录", Value: strconv.Itoa(now.Findings)},
		document.Figure{Label: "表扬", Value: strconv.Itoa(now.Praise)})
	return withTrends(paper(d, monthlyBody(c, names, chat.Body{})), monthlyTrend(c))
}

// withTrends adds pictures of trends, of those that have two points at least: one is
// none.
func withTrends(d document.Document, all ...chart.Trend) (document.Document, error) {
	for _, t := range all {
		if points(t) < 2 {
			continue
		}
		png, err := t.PNG()
		if err != nil {
			return d, fmt.Errorf("draw %s: %w", t.Title, err)
		}
		d = d.Picture(png, t.Title)
	}
	return d, nil
}

// points is how many points in time a trend has values for.
func points(t chart.Trend) int {
	n := 0
	for _, v := range t.Series[0].Values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

func checkPaper(title, issuer, number, date string, late bool) document.Document {
	d := document.New(title)
	d.Issuer, d.Number, d.Date, d.Signature = issuer, number, date, issuer
	if late {
		d.Mark = "补发"
	}
	return d
}

// WeeklyTrend adds the picture of the trend to a message, once there is one.
func WeeklyTrend(b chat.Body, c weekly.Check) (chat.Body, error) {
	return withTrend(b, weeklyTrends(c)[0])
}

// MonthlyTrend adds the picture of the trend to a message, once there is one.
func MonthlyTrend(b chat.Body, c monthly.Check) (chat.Body, error) {
	return withTrend(b, monthlyTrend(c))
}

func withTrend(b chat.Body, t chart.Trend) (chat.Body, error) {
	if points(t) < 2 {
		return b, nil
	}
	png, err := t.PNG()
	if err != nil {
		return b, fmt.Errorf("draw %s: %w", t.Title, err)
	}
	return b.Picture(chat.Picture{Name: fileName(t.Title) + ".png", Alt: t.Title, Data: png}), nil
}

// weeklyTrends are what was found, and the attendance, over the weeks.
func weeklyTrends(c weekly.Check) []chart.Trend {
	found := foundTrend("近 8 周巡查情况", "巡查单位")
	rates := chart.Trend{Title: "近 8 周出勤率", Unit: "%", Series: []chart.Series{{Name: "出勤率"}}}
	for _, w := range c.Trend {
		found.add(w.Week.From.Numeric(), w.Recorded, w.Walked, w.Count)
		value := math.NaN()
		if w.Turnout.Reports > 0 {
			value = math.Round(w.Turnout.Rate()*1000) / 10
		}
		rates.Labels = append(rates.Labels, w.Week.From.Numeric())
		rates.Series[0].Values = append(rates.Series[0].Values, value)
	}
	return []chart.Trend{found.Trend, rates}
}

func monthlyTrend(c monthly.Check) chart.Trend {
	t := foundTrend("近 6 个月校务督查", "检查学校")
	for _, m := range c.Trend {
		t.add(m.Month.Short(), m.Recorded, m.Seen, m.Count)
	}
	return t.Trend
}

// foundLines are how many units were seen and what was found there.
type foundLines struct{ chart.Trend }

func foundTrend(title, seen string) *foundLines {
	return &foundLines{chart.Trend{Title: title, Series: []chart.Series{{Name: "问题"}, {Name: seen}, {Name: "表扬"}}}}
}

func (f *foundLines) add(label string, recorded bool, seen int, n patrol.Count) {
	f.Labels = append(f.Labels, label)
	for i, v := range []int{n.Findings, seen, n.Praise} {
		value := float64(v)
		if !recorded {
			value = math.NaN()
		}
		f.Series[i].Values = append(f.Series[i].Values, value)
	}
}
