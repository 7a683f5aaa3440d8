package calendar

import (
	"fmt"
	"regexp"
	"time"

	"yunzhuan/store"
)

// Clock is a time of day in minutes after midnight.
type Clock int

// At returns the moment of the clock on day d.
func (c Clock) At(d Day, loc *time.Location) time.Time {
	return d.Time(loc).Add(time.Duration(c) * time.Minute)
}

// ClockOf returns the time of day of t in t's own location, seconds dropped.
func ClockOf(t time.Time) Clock { return Clock(60*t.Hour() + t.Minute()) }

// String returns "9:40".
func (c Clock) String() string { return fmt.Sprintf("%d:%02d", int(c)/60, int(c)%60) }

// clockForm is a time of day in a normalized phrase, without anchors.
const clockForm = `(凌晨|清晨|早上|早晨|早|上午|中午|午后|下午|傍晚|晚上|晚)?(\d{1,2})(?::(\d{2})(?::\d{2})?|[点时](?:(半)|([13])刻|整|钟|(\d{2})分?|(\d)分)?)`

var reClock = regexp.MustCompile(`^` + clockForm + `$`)

// ParseClock reads a time of day: 9:40, 15:00, 9点40, 9点半, 3点一刻, 上午9:40,
// 下午3点, 晚上八点. An hour that may be meant before or after noon (3点) is
// asked back, never guessed. A mistake is a *store.UserError.
func ParseClock(phrase string) (Clock, error) {
	m := reClock.FindStringSubmatch(normalize(phrase))
	if m == nil {
		return 0, store.Errorf("没看懂时间“%s”，可以写 9:40、下午3点、15:00", store.Brief(phrase))
	}
	return readClock(m, phrase)
}

// IsClock reports whether the phrase has the form of a time of day, right or wrong.
func IsClock(phrase string) bool { return reClock.MatchString(normalize(phrase)) }

// readClock reads the groups of clockForm.
func readClock(m []string, phrase string) (Clock, error) {
	part, hour, minute := m[1], atoi(m[2]), atoi(m[3]+m[6]+m[7])
	switch {
	case m[4] != "":
		minute = 30
	case m[5] != "":
		minute = 15 * atoi(m[5])
	}
	if hour > 23 || minute > 59 {
		return 0, store.Errorf("没有“%s”这个时间，请写 0:00 到 23:59", store.Brief(phrase))
	}
	if part == "" && m[3] == "" && 1 <= hour && hour <= 5 {
		return 0, store.Errorf("“%s”分不清上午下午，请写 下午%d点 或 %d:%02d", store.Brief(phrase), hour, hour+12, minute)
	}
	hour, ok := halfOfDay(part, hour)
	if !ok {
		return 0, store.Errorf("没有“%s”这个时间，请按 24 小时写，例如 15:00", store.Brief(phrase))
	}
	return Clock(60*hour + minute), nil
}

// halfOfDay turns an hour into that of a 24-hour clock by the part of the day in
// front of it; not ok is what nobody says, or what may mean two hours.
func halfOfDay(part string, hour int) (int, bool) {
	switch part {
	case "":
		return hour, true
	case "凌晨":
		return hour % 12, hour <= 6 || hour == 12
	case "清晨", "早上", "早晨", "早":
		return hour, 4 <= hour && hour <= 11
	case "上午":
		return hour, 5 <= hour && hour <= 12
	case "中午":
		if hour <= 2 {
			hour += 12
		}
		return hour, 11 <= hour && hour <= 14 && hour != 24
	case "午后", "下午", "傍晚":
		if hour < 12 {
			hour += 12
		}
		return hour, 12 <= hour && hour <= 19
	default: // 晚上 晚
		if hour < 12 {
			hour += 12
		}
		return hour, 17 <= hour
	}
}
