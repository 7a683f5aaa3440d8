package calendar

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// lunarWorkday asks lunar-go, an independent source, whether a day is worked.
func lunarWorkday(d Day) bool {
	t := d.Time(time.UTC)
	if h := HolidayUtil.GetHolidayByYmd(t.Year(), int(t.Month()), t.Day()); h != nil {
		return h.IsWork()
	}
	return !d.IsWeekend()
}

// compareWithLunar compares every day of a year and of the December before.
func compareWithLunar(t *testing.T, c Calendar, year int, except func(Day) bool) {
	t.Helper()
	last := Day(fmt.Sprintf("%d-12-31", year))
	for d := Day(fmt.Sprintf("%d-01-01", year)); d <= last; d = d.AddDays(1) {
		got, known := c.IsWorkday(d)
		if except(d) {
			continue
		}
		// The end of December may belong to the New Year of a notice to come.
		if d > last[:8]+"28" && !c.Known(year+1) {
			continue
		}
		if !known || got != lunarWorkday(d) {
			t.Errorf("%s: workday %t, known %t; lunar-go says %t", d, got, known, lunarWorkday(d))
		}
	}
}

func none(Day) bool { return false }

func TestEmbedded2026(t *testing.T) {
	t.Parallel()
	c := Embedded()
	compareWithLunar(t, c, 2026, none)
	y, _ := c.Year(2026)
	off := 0
	var made []Day
	for _, s := range y.Days {
		if s.Work {
			made = append(made, s.Day)
		} else {
			off++
		}
	}
	if want := "[2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10]"; off != 33 || fmt.Sprint(made) != want {
		t.Errorf("%d days off, make-up days %v; want 33 and %s", off, made, want)
	}
}

func TestEmbeddedIsTheNotice(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/notices/2026.txt")
	if err != nil {
		t.Fatal(err)
	}
	fromNotice, err := ParseFile("2026.txt", raw)
	if err != nil {
		t.Fatal(err)
	}
	y, _ := Embedded().Year(2026)
	if fmt.Sprint(y.Days) != fmt.Sprint(fromNotice.Days) {
		t.Errorf("embedded\n%v\nnotice\n%v", y.Days, fromNotice.Days)
	}
}

// The notices of seven years, as the State Council worded them.
func TestNotices(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/notices/*.txt")
	if err != nil || len(files) != 7 {
		t.Fatalf("%d notices, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			y, err := ParseFile(file, raw)
			if err != nil {
				t.Fatal(err)
			}
			except := none
			if y.Year == 2019 {
				// A second notice lengthened the Labour Day of 2019.
				except = func(d Day) bool { return "2019-04-28" <= d && d <= "2019-05-05" }
			}
			compareWithLunar(t, New(y), y.Year, except)
		})
	}
}

func TestIsWorkday(t *testing.T) {
	t.Parallel()
	c := Embedded()
	for _, k := range []struct {
		day         Day
		work, known bool
		name        string
	}{
		{"2026-11-23", true, true, ""},
		{"2026-11-28", false, true, "周末"},
		{"2026-02-17", false, true, "春节"},
		{"2026-02-14", true, true, "补班"},
		{"2026-10-10", true, true, "补班"},
		{"2026-09-26", false, true, "中秋节"},
		{"2027-01-01", true, false, ""},
		{"2027-01-02", false, false, "周末"},
		{"", false, false, ""},
	} {
		work, known := c.IsWorkday(k.day)
		if work != k.work || known != k.known || c.Name(k.day) != k.name {
			t.Errorf("%s: %t %t %q", k.day, work, known, c.Name(k.day))
		}
	}
	if work, known := (Calendar{}).IsWorkday("2026-02-17"); !work || known {
		t.Error("the zero calendar knows a holiday")
	}
}

func TestCountingWorkdays(t *testing.T) {
	t.Parallel()
	c := Embedded()
	for _, k := range []struct {
		from Day
		n    int
		want Day
	}{
		{"2026-11-23", 3, "2026-11-26"},
		{"2026-11-27", 3, "2026-12-02"}, // over a weekend
		{"2026-09-30", 3, "2026-10-10"}, // over the National Day, on to its make-up Saturday
		{"2026-02-13", 1, "2026-02-14"},
		{"2026-02-14", 3, "2026-02-26"},
		{"2026-12-31", 1, "2027-01-01"}, // not known: a Friday
		{"2026-11-28", 0, "2026-11-28"},
	} {
		if got := c.AddWorkdays(k.from, k.n); got != k.want {
			t.Errorf("%d workdays after %s: %s, want %s", k.n, k.from, got, k.want)
		}
	}
	for day, want := range map[Day]Day{
		"2026-11-23": "2026-11-27",
		"2026-01-02": "2026-01-04", // the make-up Sunday ends the week
		"2026-05-08": "2026-05-09",
		"2026-09-30": "2026-09-30",
		"2026-02-18": "", // nobody works
		"2026-10-05": "2026-10-10",
	} {
		got, ok := c.LastWorkdayOfWeek(WeekOf(day))
		if got != want || ok != (want != "") {
			t.Errorf("last workday of the week of %s: %s %t, want %s", day, got, ok, want)
		}
	}
	for month, want := range map[Month]Day{
		"2026-01": "2026-01-04", "2026-02": "2026-02-02", "2026-05": "2026-05-06", "2026-10": "2026-10-08", "2026-08": "2026-08-03", "2027-01": "2027-01-01",
	} {
		if got := c.FirstWorkdayOfMonth(month); got != want {
			t.Errorf("first workday of %s: %s, want %s", month, got, want)
		}
	}
}
