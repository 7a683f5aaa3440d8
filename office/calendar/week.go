package calendar

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/store"
)

// Week is a week from Monday to Sunday.
type Week struct {
	From Day `json:"from"` // Monday
	To   Day `json:"to"`   // Sunday
}

// WeekOf returns the week that d lies in.
func WeekOf(d Day) Week {
	back := (int(d.Weekday()) + 6) % 7
	monday := d.AddDays(-back)
	return Week{From: monday, To: monday.AddDays(6)}
}

// Key returns the number of the week after ISO 8601, "2026-W48". Keys sort in
// the order of time.
func (w Week) Key() string {
	if !w.From.Valid() {
		return ""
	}
	year, week := w.From.Time(time.UTC).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// Add returns the week n weeks later, or earlier when n is negative.
func (w Week) Add(n int) Week { return WeekOf(w.From.AddDays(7 * n)) }

// Contains reports whether d lies in the week.
func (w Week) Contains(d Day) bool { return w.From <= d && d <= w.To }

// Days returns the seven days from Monday to Sunday.
func (w Week) Days() []Day {
	days := make([]Day, 7)
	for i := range days {
		days[i] = w.From.AddDays(i)
	}
	return days
}

// Label returns "11月23日至29日", or "11月30日至12月6日" across two months.
func (w Week) Label() string {
	to := w.To.Short()
	if w.From.Month() == w.To.Month() {
		_, to, _ = strings.Cut(to, "月")
	}
	return w.From.Short() + "至" + to
}

// weekWords are the phrases for a week, counted from the current one.
var weekWords = map[string]int{
	"本周": 0, "这周": 0, "这一周": 0, "本星期": 0, "这星期": 0, "这个星期": 0,
	"上周": -1, "上一周": -1, "上星期": -1, "上个星期": -1, "上上周": -2,
	"下周": 1, "下一周": 1, "下星期": 1, "下个星期": 1, "下下周": 2,
}

// ParseWeek reads 本周, 上周, 下周 and their kin, a key such as 2026-W48, or any
// phrase for a day, which stands for the week around it. A mistake is a
// *store.UserError.
func ParseWeek(phrase string, today Day) (Week, error) {
	s := strings.TrimSpace(phrase)
	if n, ok := weekWords[s]; ok {
		return WeekOf(today).Add(n), nil
	}
	var year, week int
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &year, &week); err == nil {
		// 4 January lies in the first week of its year (ISO 8601).
		w := WeekOf(Day(fmt.Sprintf("%04d-01-04", year))).Add(week - 1)
		if w.Key() == s {
			return w, nil
		}
	}
	d, err := ParseDay(phrase, today)
	if err != nil {
		return Week{}, store.Errorf("没看懂是哪一周：“%s”，可以写 本周、下周、上周 或其中一天的日期", store.Brief(phrase))
	}
	return WeekOf(d), nil
}
