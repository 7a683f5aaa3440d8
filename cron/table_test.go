package cron

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"yunzhuan/office/calendar"
)

// jobNames are the names the outside may rely on.
const jobNames = "attendance-reminder attendance-close duty-notice patrol-reminder bulletin-preview bulletin digest weekly-check monthly-check survey-reminder draft-reminder task-reminder meeting-reminder canteen calendar-warning backup"

func TestTableHasTheNames(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for name := range strings.FieldsSeq(jobNames) {
		want[name] = true
	}
	for _, j := range Table() {
		if !want[j.Name] {
			t.Errorf("%s is not a name of the contract, or twice in the table", j.Name)
		}
		if j.Follows != "" && (want[j.Follows] || !strings.Contains(jobNames, j.Follows)) {
			t.Errorf("%s follows %s, which does not stand before it", j.Name, j.Follows)
		}
		delete(want, j.Name)
		if j.Title == "" || j.Days == nil {
			t.Errorf("%s lacks a title or a day rule", j.Name)
		}
		if err := CheckTimes(strings.Join(j.Specs, ";")); err != nil {
			t.Errorf("%s: %v", j.Name, err)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the table: %v", want)
	}
}

func nothing(context.Context, *Run) error { return nil }

func TestBind(t *testing.T) {
	t.Parallel()
	run := map[string]func(context.Context, *Run) error{}
	for name := range strings.FieldsSeq(jobNames) {
		run[name] = nothing
	}
	jobs, err := Bind(run)
	if err != nil || len(jobs) != 16 || jobs[0].Run == nil {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	run["tea"] = nothing
	if _, err := Bind(run); fmt.Sprint(err) != "bind jobs: not in the table: [tea]" {
		t.Errorf("a function without a job: %v", err)
	}
	delete(run, "tea")
	delete(run, "digest")
	jobs, err = Bind(run)
	if err != nil || len(jobs) != 15 {
		t.Errorf("a job without a function is left out: %d jobs, %v", len(jobs), err)
	}
}

func TestDayRules(t *testing.T) {
	t.Parallel()
	c := calendar.Embedded()
	for _, k := range []struct {
		day                     calendar.Day
		workday, lastOf, first1 bool
	}{
		{"2026-11-23", true, false, false},
		{"2026-11-27", true, true, false},
		{"2026-11-28", false, false, false},
		{"2026-05-09", true, true, false}, // a make-up Saturday
		{"2026-05-08", true, false, false},
		{"2026-01-04", true, true, true}, // a make-up Sunday
		{"2026-01-01", false, false, false},
		{"2026-02-20", false, false, false}, // a Friday of a week without work
		{"2026-09-30", true, true, false},
		{"2026-10-08", true, false, true},
	} {
		if !Any(c, k.day) || Workday(c, k.day) != k.workday || LastWorkdayOfWeek(c, k.day) != k.lastOf || FirstWorkdayOfMonth(c, k.day) != k.first1 {
			t.Errorf("%s: workday %t, last of the week %t, first of the month %t", k.day,
				Workday(c, k.day), LastWorkdayOfWeek(c, k.day), FirstWorkdayOfMonth(c, k.day))
		}
	}
}
