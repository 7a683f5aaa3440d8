package cron

import (
	"errors"
	"strings"
	"testing"
	"time"

	"yunzhuan/store"
)

func TestParseSpec(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC) // a Monday
	for spec, want := range map[string]string{
		"30 17 * * *":         "2026-11-24 17:30",
		"40 8 * * *":          "2026-11-24 08:40",
		"*/15 7-21 * * *":     "2026-11-23 17:45",
		"  0  9 1 *   * ":     "2026-12-01 09:00",
		"30 9 1-31/7 12 *":    "2026-12-01 09:30",
		"0 9 * * MON-FRI":     "2026-11-24 09:00",
		"0 9 * jan,FEB 1":     "2027-01-04 09:00",
		"0 0 29 2 *":          "2028-02-29 00:00",
		"5/20 * * * *":        "2026-11-23 17:45",
		"0 9 * * 0":           "2026-11-29 09:00",
		"0,30 9,17 * * 1-5/2": "2026-11-25 09:00",
	} {
		s, err := ParseSpec(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := s.Next(from).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%q: next %s, want %s", spec, got, want)
		}
	}
}

func TestParseSpecRefuses(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                                "应有五段（分 时 日 月 周），实有 0 段",
		"30 17 * *":                       "实有 4 段",
		"0 30 17 * * *":                   "实有 6 段",
		"TZ=0":                            "去掉“TZ=0”里的 TZ=",
		"TZ=Asia/Shanghai":                "时区由 timezone 设定",
		"CRON_TZ=UTC 0 0 * * *":           "时区由 timezone 设定",
		"@every 0s":                       "不支持“@every 0s”这样的写法",
		"@daily":                          "请写五段",
		"0 0 30 2 *":                      "永远不会到：没有2月30日这一天",
		"0 0 31 4,6 *":                    "永远不会到",
		"60 17 * * *":                     "“分”段“60”不对，应为 0–59 或 *",
		"0 24 * * *":                      "“时”段“24”不对，应为 0–23",
		"0 0 0 * *":                       "“日”段“0”不对，应为 1–31",
		"0 0 * 13 *":                      "“月”段“13”不对，应为 1–12",
		"0 0 * * 7":                       "“周”段“7”不对，应为 0–6，0 是周日",
		"0 0 * * 周一":                      "“周”段“周一”不对",
		", * * * *":                       "“分”段“,”不对",
		"*-5 * * * *":                     "“分”段“*-5”不对",
		"*/0 * * * *":                     "“分”段“*/0”不对",
		"*/90 * * * *":                    "“分”段“*/90”不对",
		"9-5 * * * *":                     "“分”段“9-5”不对",
		"１ * * * *":                       "“分”段“１”不对",
		"99999999999999999999999 * * * *": "“分”段",
		"30 17 ? * *":                     "“日”段“?”不对",
	} {
		_, err := ParseSpec(spec)
		var u *store.UserError
		if !errors.As(err, &u) || !strings.Contains(u.Text, want) {
			t.Errorf("%q: got %v, want %s", spec, err, want)
		}
	}
}

func TestParseTimes(t *testing.T) {
	t.Parallel()
	if all, err := ParseTimes("40 8 * * *; 20 9 * * *"); err != nil || len(all) != 2 {
		t.Errorf("two specs: %d, %v", len(all), err)
	}
	for _, at := range []string{"", ";", "40 8 * * *;", "40 8 * * *, 20 9 * * *"} {
		if err := CheckTimes(at); err == nil {
			t.Errorf("%q passes", at)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"30 17 * * *", "*/15 7-21 * * MON-FRI", "0 0 30 2 *", "TZ=0", "TZ=UTC", "@every 0s", "1-31/7 , 12 * 1", "0 0 29 2 *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSpec(spec)
		if err != nil {
			var u *store.UserError
			if !errors.As(err, &u) {
				t.Fatalf("%q: %v is no user's mistake", spec, err)
			}
			return
		}
		at := leapEve
		for range 3 {
			next := s.Next(at)
			if next.IsZero() || !next.After(at) || next.Second() != 0 || next.Nanosecond() != 0 {
				t.Fatalf("%q: %v after %v", spec, next, at)
			}
			at = next
		}
	})
}
