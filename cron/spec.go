package cron

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"yunzhuan/store"
)

// Schedule says at which minutes something is due, by the wall clock of the zone
// it is asked in.
type Schedule struct{ spec *cron.SpecSchedule }

// Next returns the first due time after t, in t's zone.
func (s Schedule) Next(t time.Time) time.Time { return s.spec.Next(t) }

// field is one of the five fields of a spec.
type field struct {
	name string
	max  int
	hint string
}

var specFields = [5]field{
	{"分", 59, "0–59"},
	{"时", 23, "0–23"},
	{"日", 31, "1–31"},
	{"月", 12, "1–12"},
	{"周", 6, "0–6，0 是周日"},
}

var (
	rePart = regexp.MustCompile(`^(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?$`)
	parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	// leapEve is a time from which every date that exists comes round within the
	// five years that robfig/cron looks ahead.
	leapEve = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
)

// ParseSpec reads the five fields minute, hour, day, month, weekday of a cron
// spec ("30 17 * * *"). robfig/cron panics on some texts (TZ=0), takes others for
// something else (*-5, a lone comma) and accepts days that never come (30
// February); here each of these is a *store.UserError that names the field.
func ParseSpec(spec string) (Schedule, error) {
	switch {
	case strings.HasPrefix(spec, "@"):
		return Schedule{}, store.Errorf("不支持“%s”这样的写法，请写五段：分 时 日 月 周，例如 30 17 * * *", cut(spec))
	case strings.Contains(spec, "="):
		return Schedule{}, store.Errorf("不能在这里写时区，请去掉“%s”里的 TZ=，时区由 timezone 设定", cut(spec))
	}
	fields := strings.Fields(spec)
	if len(fields) != len(specFields) {
		return Schedule{}, store.Errorf("应有五段（分 时 日 月 周），实有 %d 段：“%s”", len(fields), cut(spec))
	}
	for i, f := range specFields {
		if err := f.check(i, fields[i]); err != nil {
			return Schedule{}, err
		}
	}
	s, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return Schedule{}, store.Errorf("看不懂“%s”：%v", cut(spec), err)
	}
	parsed, ok := s.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, fmt.Errorf("parse spec: unexpected %T", s)
	}
	if parsed.Next(leapEve).IsZero() {
		return Schedule{}, store.Errorf("“%s”永远不会到：没有%s月%s日这一天", cut(spec), fields[3], fields[2])
	}
	return Schedule{parsed}, nil
}

// check checks the field at position i by itself.
func (f field) check(i int, text string) error {
	wrong := store.Errorf("“%s”段“%s”不对，应为 %s 或 *，可以用 , - / 组合", f.name, cut(text), f.hint)
	for part := range strings.SplitSeq(text, ",") {
		m := rePart.FindStringSubmatch(part)
		if m == nil {
			return wrong
		}
		if m[3] != "" {
			if step, err := strconv.Atoi(m[3]); err != nil || step < 1 || step > f.max {
				return wrong
			}
		}
	}
	alone := [5]string{"*", "*", "*", "*", "*"}
	alone[i] = text
	if _, err := parser.Parse(strings.Join(alone[:], " ")); err != nil {
		return wrong
	}
	return nil
}

// cut shortens a text for an error.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// ParseTimes reads one spec or several, parted by ";": "40 8 * * *; 20 9 * * *".
func ParseTimes(at string) ([]Schedule, error) {
	var all []Schedule
	for spec := range strings.SplitSeq(at, ";") {
		s, err := ParseSpec(strings.TrimSpace(spec))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// CheckTimes says what is wrong with a text for ParseTimes.
func CheckTimes(at string) error {
	_, err := ParseTimes(at)
	return err
}
