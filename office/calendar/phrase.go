package calendar

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"yunzhuan/store"
)

// lean says which year a day without one belongs to.
type lean int

const (
	nearest lean = iota
	past
	future
)

// ParseDay reads a phrase for a day as people write it:
//
//	今天 昨天 前天 明天 后天 3天前 3天后
//	周三 本周三 上周五 下周一            a bare weekday is the one of this week
//	11-23 11/23 11.23 11月23日 23日      23日 is of this month
//	2026-11-23 20261123 2026年11月23日 去年11月23日
//	月底 上月底 11月底
//
// with full-width digits and Chinese numerals alike, and with the weekday behind
// it if that agrees (11月23日 周一). A day without a year is the one nearest to
// today. A mistake is a *store.UserError.
func ParseDay(phrase string, today Day) (Day, error) { return parseDay(phrase, today, nearest) }

// ParsePast is ParseDay for records: a day without a year is the last one that
// is not after today.
func ParsePast(phrase string, today Day) (Day, error) { return parseDay(phrase, today, past) }

// ParseFuture is ParseDay for deadlines: a day without a year is the next one
// that is not before today.
func ParseFuture(phrase string, today Day) (Day, error) { return parseDay(phrase, today, future) }

func parseDay(phrase string, today Day, l lean) (Day, error) {
	d, err := readDay(normalize(phrase), today, l)
	if errors.Is(err, errNotADay) {
		return "", store.Errorf("没看懂日期“%s”，可以写 今天、周三、11-23、11月23日", store.Brief(phrase))
	}
	return d, err
}

// errNotADay says that a text has none of the forms of a day.
var errNotADay = errors.New("not a day")

var dayWords = map[string]int{
	"今天": 0, "今日": 0, "当天": 0, "昨天": -1, "昨日": -1, "前天": -2, "前日": -2, "大前天": -3,
	"明天": 1, "明日": 1, "后天": 2, "后日": 2, "大后天": 3,
}

// nearWords count weeks, months and years from the current one.
var nearWords = map[string]int{
	"": 0, "本": 0, "这": 0, "这个": 0, "今": 0, "上": -1, "上个": -1, "去": -1, "上上": -2,
	"下": 1, "下个": 1, "明": 1, "下下": 2,
}

var (
	reWeekdayBehind = regexp.MustCompile(`^(.*[^上下本这个]) ?\(?(?:周|星期|礼拜)([1-7日天])\)?$`)
	reWeekday       = regexp.MustCompile(`^(本|这个?|上上|上个?|下下|下个?)?(?:周|星期|礼拜)([1-7日天])$`)
	reYMD           = regexp.MustCompile(`^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})[日号]?)$`)
	reNearYMD       = regexp.MustCompile(`^(今|去|明)年(\d{1,2})月(\d{1,2})[日号]?$`)
	reMD            = regexp.MustCompile(`^(\d{1,2})(?:[-/.]|月)(\d{1,2})[日号]?$`)
	reD             = regexp.MustCompile(`^(?:(本|这个?|上个?|下个?)月)?(\d{1,2})[日号]$`)
	reAway          = regexp.MustCompile(`^(\d{1,3})[天日][以之]?(前|后)$`)
	reMonthEnd      = regexp.MustCompile(`^(?:(本|这个?|上个?|下个?)?月|(\d{1,2})月)[底末]$`)
)

// readDay reads a normalized phrase.
func readDay(s string, today Day, l lean) (Day, error) {
	if n, ok := dayWords[s]; ok {
		return today.AddDays(n), nil
	}
	if m := reWeekday.FindStringSubmatch(s); m != nil {
		return WeekOf(today).Add(nearWords[m[1]]).From.AddDays(weekdayOffset(m[2])), nil
	}
	if m := reWeekdayBehind.FindStringSubmatch(s); m != nil {
		return checkWeekday(m[1], m[2], today, l)
	}
	if m := reAway.FindStringSubmatch(s); m != nil {
		n := atoi(m[1])
		if m[2] == "前" {
			n = -n
		}
		return today.AddDays(n), nil
	}
	return readDate(s, today, l)
}

// readDate reads the forms that name the day of a month.
func readDate(s string, today Day, l lean) (Day, error) {
	if m := reYMD.FindStringSubmatch(s); m != nil {
		return date(atoi(m[1]), atoi(m[2]+m[4]+m[6]), atoi(m[3]+m[5]+m[7]))
	}
	if m := reNearYMD.FindStringSubmatch(s); m != nil {
		return date(today.Year()+nearWords[m[1]], atoi(m[2]), atoi(m[3]))
	}
	if m := reMD.FindStringSubmatch(s); m != nil {
		month, day := atoi(m[1]), atoi(m[2])
		return date(leanYear(month, day, today, l), month, day)
	}
	if m := reD.FindStringSubmatch(s); m != nil {
		first := today.Month().Add(nearWords[m[1]]).First().Time(time.UTC)
		return date(first.Year(), int(first.Month()), atoi(m[2]))
	}
	if m := reMonthEnd.FindStringSubmatch(s); m != nil {
		if m[2] == "" {
			return today.Month().Add(nearWords[m[1]]).Last(), nil
		}
		month := atoi(m[2])
		if month < 1 || month > 12 {
			return "", store.Errorf("没有%d月", month)
		}
		return monthOf(leanYear(month, 28, today, l), time.Month(month)).Last(), nil
	}
	return "", errNotADay
}

// checkWeekday reads a date with its weekday behind it, which must agree.
func checkWeekday(text, weekday string, today Day, l lean) (Day, error) {
	d, err := readDate(strings.TrimSuffix(strings.TrimSpace(text), "("), today, l)
	if err != nil {
		return "", err
	}
	if want := WeekOf(d).From.AddDays(weekdayOffset(weekday)); want != d {
		return "", store.Errorf("%s是%s，不是%s", d.Long(), d.WeekdayName(), want.WeekdayName())
	}
	return d, nil
}

// leanYear chooses the year of a month and day without one. The day may not
// exist in it.
func leanYear(month, day int, today Day, l lean) int {
	year := today.Year()
	t := today.Time(time.UTC)
	diff := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Sub(t)
	const halfYear = 366 * 24 * time.Hour / 2
	switch {
	case l == past && diff > 0, l == nearest && diff > halfYear:
		return year - 1
	case l == future && diff < 0, l == nearest && diff < -halfYear:
		return year + 1
	}
	return year
}

// date returns a day of this century that exists, or the user's mistake.
func date(year, month, day int) (Day, error) {
	if year < 2000 || year > 2099 {
		return "", store.Errorf("年份 %d 不对，请写四位年份，例如 2026", year)
	}
	if month < 1 || month > 12 {
		return "", store.Errorf("没有%d月", month)
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || day < 1 {
		return "", store.Errorf("%d年%d月没有%d日", year, month, day)
	}
	return DayOf(t), nil
}

// weekdayOffset returns the days from Monday for 1 to 7, 日 and 天.
func weekdayOffset(s string) int {
	if s == "日" || s == "天" {
		return 6
	}
	return atoi(s) - 1
}

// atoi reads digits that a pattern has found, few enough not to overflow.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
