package calendar

import (
	"fmt"
	"slices"
	"strings"

	"yunzhuan/store"
)

// Special is a day that is not what its weekday says, or belongs to a holiday.
type Special struct {
	Day  Day    `json:"day"`
	Name string `json:"name"` // the holiday: 春节
	Work bool   `json:"work"` // a make-up workday for it; else a day off
}

// Year is what the State Council made known for one year.
type Year struct {
	Year   int       `json:"year"`
	Source string    `json:"source,omitempty"` // the notice, or the file it was read from
	Days   []Special `json:"days"`             // in order; 元旦 may begin in the December before
}

// Summary says in a few lines what a year holds, to look over before it is saved.
func (y Year) Summary() string {
	var b strings.Builder
	off, work := 0, 0
	for _, s := range y.Days {
		if s.Work {
			work++
		} else {
			off++
		}
	}
	fmt.Fprintf(&b, "%d年节假日安排：放假 %d 天，补班 %d 天\n", y.Year, off, work)
	if y.Source != "" {
		fmt.Fprintf(&b, "来源：%s\n", y.Source)
	}
	for _, name := range y.names() {
		b.WriteString(y.line(name) + "\n")
	}
	return b.String()
}

// names lists the holidays in the order of their first day off.
func (y Year) names() []string {
	var names []string
	for _, s := range y.Days {
		if !s.Work && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// line describes one holiday: "春节　2月15日（周日）至2月23日（周一），共9天；2月14日（周六）上班".
func (y Year) line(name string) string {
	var off, work []Day
	for _, s := range y.Days {
		switch {
		case s.Name != name:
		case s.Work:
			work = append(work, s.Day)
		default:
			off = append(off, s.Day)
		}
	}
	var runs []string
	for i := 0; i < len(off); {
		j := i
		for j+1 < len(off) && off[j+1] == off[j].AddDays(1) {
			j++
		}
		run := withWeekday(off[i])
		if j > i {
			run += "至" + withWeekday(off[j])
		}
		runs = append(runs, run)
		i = j + 1
	}
	text := fmt.Sprintf("%s　%s，共%d天", name, strings.Join(runs, "、"), len(off))
	if len(work) > 0 {
		made := make([]string, len(work))
		for i, d := range work {
			made[i] = withWeekday(d)
		}
		text += "；" + strings.Join(made, "、") + "上班"
	}
	return text
}

func withWeekday(d Day) string { return fmt.Sprintf("%s（%s）", d.Short(), d.WeekdayName()) }

// lined is a special day and the line of the file it stands in.
type lined struct {
	Special
	line int
}

// faults gathers all that is wrong with a file, each with its line.
type faults []string

func (f *faults) add(line int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if line > 0 {
		text = fmt.Sprintf("第%d行：%s", line, text)
	}
	*f = append(*f, text)
}

// err returns all faults as one *store.UserError, nil if there are none.
func (f faults) err(file string) error {
	if len(f) == 0 {
		return nil
	}
	return store.Errorf("%s 有 %d 处问题，没有导入：\n%s", file, len(f), strings.Join(f, "\n"))
}

// mustHave are the holidays by law, each by the beginning of its name, with a
// day that is always part of it where there is one.
var mustHave = []struct{ name, day string }{
	{"元旦", "-01-01"}, {"春节", ""}, {"清明", ""}, {"劳动", "-05-01"}, {"端午", ""}, {"中秋", ""}, {"国庆", "-10-01"},
}

// build makes a year of the days a file lists, and says what cannot be right.
func build(year int, source string, days []lined, f *faults) Year {
	if year < 2000 || year > 2099 {
		f.add(0, "年份 %d 不对", year)
		return Year{}
	}
	seen := map[Day]int{}
	for _, s := range days {
		checkDay(year, s, f)
		if before, twice := seen[s.Day]; twice {
			f.add(s.line, "%s 重复，第%d行已经有", s.Day, before)
		}
		seen[s.Day] = s.line
	}
	y := Year{Year: year, Source: source}
	for _, s := range days {
		y.Days = append(y.Days, s.Special)
	}
	slices.SortFunc(y.Days, func(a, b Special) int { return strings.Compare(string(a.Day), string(b.Day)) })
	checkComplete(y, f)
	return y
}

// checkDay checks one day by itself.
func checkDay(year int, s lined, f *faults) {
	from, to := Day(fmt.Sprintf("%d-12-01", year-1)), Day(fmt.Sprintf("%d-12-31", year))
	switch {
	case !s.Day.Valid():
		f.add(s.line, "没有 %s 这一天", s.Day)
	case s.Day < from || s.Day > to:
		f.add(s.line, "%s 不在 %d 年", s.Day, year)
	case s.Name == "":
		f.add(s.line, "%s 没有写是什么节日", s.Day)
	case s.Work && !s.Day.IsWeekend():
		f.add(s.line, "%s 是%s，补班只能在周六、周日", s.Day, s.Day.WeekdayName())
	}
}

// checkComplete checks the year as a whole.
func checkComplete(y Year, f *faults) {
	made, freed := 0, 0
	for _, s := range y.Days {
		switch {
		case s.Work:
			made++
		case !s.Day.IsWeekend():
			freed++
		}
	}
	if made > freed {
		f.add(0, "补班 %d 天，比放假占用的工作日 %d 天还多", made, freed)
	}
	for _, h := range mustHave {
		i := slices.IndexFunc(y.Days, func(s Special) bool { return !s.Work && strings.Contains(s.Name, h.name) })
		if i < 0 {
			f.add(0, "缺少%s", h.name)
			continue
		}
		day := Day(fmt.Sprintf("%d%s", y.Year, h.day))
		if h.day != "" && !slices.ContainsFunc(y.Days, func(s Special) bool { return !s.Work && s.Day == day }) {
			f.add(0, "%s没有包括%s", h.name, day.Short())
		}
	}
}
