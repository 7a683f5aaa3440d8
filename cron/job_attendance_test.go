package cron_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"yunzhuan/cron"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
)

// attendanceBench is a bot with the commands and the two jobs of attendance.
func attendanceBench(t *testing.T, at bottest.At) (*bottest.Bot, *cron.Scheduler) {
	t.Helper()
	b := bottest.New(t, at, handlers.All(handlers.Deps{Push: bottest.Push()})...)
	jobs, err := cron.Parts{Push: b.Push, AttendanceCloses: cron.AttendanceCloses(nil)}.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	jobs = slices.DeleteFunc(jobs, func(j cron.Job) bool { return !strings.HasPrefix(j.Name, "attendance") })
	s, err := cron.New(b.Store, jobs, cron.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n---\n"), strings.Join(want, "\n---\n"))
	}
}

func TestAttendanceReminder(t *testing.T) {
	t.Parallel()
	b, jobs := attendanceBench(t, "2026-11-23 08:00")
	b.Say("J1023", "/考勤 全勤")
	b.Say("J1017", "/考勤 考勤员 金国兰")
	const first = "今日考勤还没登记　人事科　9:30 截止\n有人缺勤请回复：/考勤 缺 姓名(原因)\n[全勤](/考勤 全勤)"
	b.Run(jobs, "attendance-reminder", "08:40")
	expect(t, "the head", b.Pushed("J1017"), first)
	expect(t, "the attendance officer", b.Pushed("J1018"), first)
	expect(t, "of a unit that has reported", b.Pushed("J1023"))
	expect(t, "staff", b.Pushed("J1019"))
	expect(t, "a principal", b.Pushed("J1141"))
	expect(t, "a leader", b.Pushed("J1002"))
	b.Say("J1018", "/考勤 全勤")
	b.Run(jobs, "attendance-reminder", "09:20")
	expect(t, "reported meanwhile", b.Pushed("J1017"))
	expect(t, "still not reported", b.Pushed("J1032"),
		strings.Replace(first, "人事科", "基础教育科", 1),
		"今日考勤仍未登记　基础教育科　还有 10 分钟截止，过时将报办公室\n有人缺勤请回复：/考勤 缺 姓名(原因)\n[全勤](/考勤 全勤)")
}

// A reminder that could not be sent in time is not sent any more.
func TestAttendanceReminderExpires(t *testing.T) {
	t.Parallel()
	b, jobs := attendanceBench(t, "2026-11-23 08:00")
	b.Run(jobs, "attendance-reminder", "08:40")
	b.Clock.Set("09:32")
	expect(t, "after the close", b.Pushed("J1017"))
}

func TestAttendanceCloses(t *testing.T) {
	t.Parallel()
	off := false
	for _, c := range []struct {
		name string
		over map[string]cron.Override
		want calendar.Clock
	}{
		{"as in the table", nil, 9*60 + 30},
		{"moved", map[string]cron.Override{"attendance-close": {At: "15 10 * * *"}}, 10*60 + 15},
		{"another job moved", map[string]cron.Override{"digest": {At: "15 10 * * *"}}, 9*60 + 30},
		{"switched off", map[string]cron.Override{"attendance-close": {Enabled: &off}}, 0},
	} {
		if got := cron.AttendanceCloses(c.over); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAttendanceClose(t *testing.T) {
	t.Parallel()
	b, jobs := attendanceBench(t, "2026-11-23 08:00")
	for _, head := range []string{"J1006", "J1017", "J1023", "J1032", "J1041", "J1051", "J1093", "J1104", "J1111", "J1121", "J1130"} {
		b.Say(head, "/考勤 全勤")
	}
	b.Run(jobs, "attendance-close", "09:30")
	got := b.PushedTo("办公室群")
	if len(got) != 1 || !strings.HasPrefix(got[0], "考勤截止　11月23日\n11/16 个单位已报，未报 5 个：\n· 督导室　") ||
		!strings.HasSuffix(got[0], "办公室可以代为登记，例：/考勤 督导室 全勤\n[看全部](/考勤 查)") {
		t.Errorf("the office was told %q", got)
	}
	expect(t, "nobody else", b.PushedTo("机关中层群"))
	for _, unit := range []string{"督导室", "体卫艺科", "师训科", "党建科", "派驻纪检组"} {
		b.Say("J1006", "/考勤 "+unit+" 全勤")
	}
	b.Run(jobs, "attendance-close", "09:31")
	expect(t, "all have reported", b.PushedTo("办公室群"))
}

// What is caught up on says so, and a Sunday has no attendance.
func TestAttendanceCloseLateAndOff(t *testing.T) {
	t.Parallel()
	b, jobs := attendanceBench(t, "2026-11-23 11:00")
	b.Run(jobs, "attendance-close", "09:30")
	if got := b.PushedTo("办公室群"); len(got) != 1 || !strings.HasPrefix(got[0], "考勤截止　11月23日（补发）\n0/16 个单位已报，未报 16 个：") {
		t.Errorf("late: %q", got)
	}
	b.Run(jobs, "attendance-close", "2026-11-29 09:30")
	b.Run(jobs, "attendance-reminder", "2026-11-29 09:40")
	expect(t, "on a Sunday", append(b.PushedTo("办公室群"), b.Pushed("J1017")...))
}
