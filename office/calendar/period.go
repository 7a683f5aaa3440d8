package calendar

import (
	"regexp"
	"strings"
	"time"

	"yunzhuan/store"
)

var (
	reMonth     = regexp.MustCompile(`^(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月份?)$`)
	reNearYearM = regexp.MustCompile(`^(今|去|明)年(\d{1,2})月份?$`)
	reBareMonth = regexp.MustCompile(`^(\d{1,2})月份?$`)
	reNearMonth = regexp.MustCompile(`^(本|这个?|当|上个?|下个?)月份?$`)
	reQuarter   = regexp.MustCompile(`^(?:(\d{4})年?|(今|去)年)?(?:第?([1-4])季度?|[- ]?[Qq]([1-4]))$`)
	reNearQ     = regexp.MustCompile(`^(本|这个?|上个?)季度?$`)
	reYear      = regexp.MustCompile(`^(?:(\d{4})年?|(今|去|明|本|上)年)度?$`)
)

// ParseMonth reads a month: 本月, 上月, 11月, 2026-11, 2026年11月, 去年11月. One
// without a year is the last that is not after today's. A mistake is a
// *store.UserError.
func ParseMonth(phrase string, today Day) (Month, error) {
	m, ok := readMonth(normalize(phrase), today)
	if !ok {
		return "", store.Errorf("没看懂月份“%s”，可以写 本月、上月、11月、2026-11", store.Brief(phrase))
	}
	return m, nil
}

func readMonth(s string, today Day) (Month, bool) {
	current := today.Month()
	if m := reNearMonth.FindStringSubmatch(s); m != nil {
		return current.Add(nearWords[m[1]]), true
	}
	year, month := 0, 0
	if m := reMonth.FindStringSubmatch(s); m != nil {
		year, month = atoi(m[1]), atoi(m[2]+m[3])
	} else if m := reNearYearM.FindStringSubmatch(s); m != nil {
		year, month = today.Year()+nearWords[m[1]], atoi(m[2])
	} else if m := reBareMonth.FindStringSubmatch(s); m != nil {
		year, month = today.Year(), atoi(m[1])
		if monthOf(year, time.Month(month)) > current {
			year--
		}
	}
	if month < 1 || month > 12 || year < 2000 || year > 2099 {
		return "", false
	}
	return monthOf(year, time.Month(month)), true
}

// ParsePeriod reads a month as ParseMonth does, a quarter (本季度, 上季度, 三季度,
// 第三季度, 2026Q3, 2026年第三季度) or a year (今年, 去年, 2026年). A quarter
// without a year is the last that is not after today's. A mistake is a
// *store.UserError.
func ParsePeriod(phrase string, today Day) (Period, error) {
	s := normalize(phrase)
	if m, ok := readMonth(s, today); ok {
		return m.Period(), nil
	}
	if p, ok := readQuarter(s, today); ok {
		return p, nil
	}
	if m := reYear.FindStringSubmatch(s); m != nil {
		year := today.Year() + nearWords[m[2]]
		if m[1] != "" {
			year = atoi(m[1])
		}
		if 2000 <= year && year <= 2099 {
			return yearOf(year), nil
		}
	}
	return Period{}, store.Errorf("没看懂“%s”是哪一段时间，可以写 本月、11月、三季度、2026年", store.Brief(phrase))
}

func readQuarter(s string, today Day) (Period, bool) {
	current := (int(today.Time(time.UTC).Month()) - 1) / 3
	if m := reNearQ.FindStringSubmatch(s); m != nil {
		year, q := today.Year(), current
		if strings.HasPrefix(m[1], "上") {
			q--
		}
		if q < 0 {
			year, q = year-1, 3
		}
		return quarterOf(year, q), true
	}
	m := reQuarter.FindStringSubmatch(s)
	if m == nil {
		return Period{}, false
	}
	year, q := today.Year(), atoi(m[3]+m[4])-1
	switch {
	case m[1] != "":
		year = atoi(m[1])
	case m[2] != "":
		year += nearWords[m[2]]
	case q > current:
		year--
	}
	if year < 2000 || year > 2099 {
		return Period{}, false
	}
	return quarterOf(year, q), true
}
