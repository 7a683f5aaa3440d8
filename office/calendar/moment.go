package calendar

import (
	"cmp"
	"errors"
	"regexp"
	"strings"
	"time"

	"yunzhuan/store"
)

// DayEnd is the hour at which a deadline falls that names only a day.
const DayEnd Clock = 18 * 60

var (
	reSpan      = regexp.MustCompile(`^(\d{1,3}|半)(个)?(天|日|周|星期|礼拜|月|小时|钟头|分钟)([之以]?内|[之以]?后)?$`)
	reClockEnd  = regexp.MustCompile(clockForm + `$`)
	reBeforeEnd = regexp.MustCompile(`[之以]?前$`)
)

// ParseMoment reads a deadline or the time of a meeting: a day (as ParseFuture),
// a time of day, both (11月26日 18:00, 明天下午3点, 2026-11-26T18:00), or a span
// from now (3天, 两周内, 半小时后). A day alone ends at DayEnd, a span of days on
// its last day; a time alone is today's, even if it is over. A 前 behind it
// (周五前) changes nothing. The moment is in now's location. A mistake is a
// *store.UserError.
func ParseMoment(phrase string, now time.Time) (time.Time, error) {
	t, err := readMoment(normalize(phrase), phrase, now)
	if errors.Is(err, errNotADay) {
		return time.Time{}, store.Errorf("没看懂时间“%s”，可以写 11月26日 18:00、明天下午3点、3天", store.Brief(phrase))
	}
	return t, err
}

func readMoment(s, phrase string, now time.Time) (time.Time, error) {
	if t, ok := readSpan(s, now); ok {
		return t, nil
	}
	if _, word := dayWords[s]; !word { // 前天 is no "before 天"
		s = reBeforeEnd.ReplaceAllString(s, "")
	}
	clock := DayEnd
	s, timed := strings.CutSuffix(s, "下班")
	if at := reClockEnd.FindStringSubmatchIndex(s); at != nil && clockApart(s, at[0]) {
		c, err := readClock(reClockEnd.FindStringSubmatch(s), phrase)
		if err != nil {
			return time.Time{}, err
		}
		clock, timed, s = c, true, strings.TrimRight(s[:at[0]], " T")
	}
	if timed {
		switch s {
		case "", "今", "明", "昨": // 今晚8点
			s = cmp.Or(s, "今") + "天"
		}
	}
	d, err := readDay(s, DayOf(now), future)
	if err != nil {
		return time.Time{}, err
	}
	return clock.At(d, now.Location()), nil
}

// clockApart reports whether a time of day that begins at an offset is apart
// from what stands before it: 11-1 18:00 is a day and a time, 11-118:00 may be
// two of them.
func clockApart(s string, at int) bool {
	return at == 0 || !isDigit(rune(s[at-1])) || !isDigit(rune(s[at]))
}

// readSpan reads a span of time from now.
func readSpan(s string, now time.Time) (time.Time, bool) {
	m := reSpan.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	number, unit, behind := m[1], m[3], m[4]
	if unit == "小时" || unit == "钟头" || unit == "分钟" {
		step := time.Hour
		if unit == "分钟" {
			step = time.Minute
		}
		if number == "半" {
			return now.Add(step / 2), unit != "分钟"
		}
		return now.Add(time.Duration(atoi(number)) * step), true
	}
	n := atoi(number)
	// 3日 is the third of the month, 3日内 are three days; 3月 is March.
	if number == "半" || unit == "日" && behind == "" || unit == "月" && m[2] == "" {
		return time.Time{}, false
	}
	d := DayOf(now)
	switch unit {
	case "天", "日":
		d = d.AddDays(n)
	case "月":
		d = sameDay(d, d.Month().Add(n))
	default:
		d = d.AddDays(7 * n)
	}
	return DayEnd.At(d, now.Location()), true
}

// sameDay returns the day of the same number in another month, or its last day.
func sameDay(d Day, m Month) Day {
	same := m.First().AddDays(d.Time(time.UTC).Day() - 1)
	return min(same, m.Last())
}
