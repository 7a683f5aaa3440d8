package cron_test

import (
	"errors"
	"strings"
	"testing"

	"yunzhuan/cron"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// clear takes what has arrived in the groups.
func (o *office) clear() {
	o.t.Helper()
	for _, g := range bottest.Groups {
		o.PushedTo(g)
	}
}

// nameless says that a text has nobody's name in it.
func (o *office) nameless(text string) {
	o.t.Helper()
	o.View(func(tx *store.Tx) error {
		all, err := people.All(tx)
		for _, p := range all {
			if strings.Contains(text, p.Name) {
				o.t.Errorf("%s is named in\n%s", p.Name, text)
			}
		}
		return err
	})
}

func TestMonthlyCheckJob(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-09-29 10:00")
	o.Say("J1087", "/校务 城区第一小学 缺岗 程堃强 9:40")
	o.Clock.Set("2026-10-08 08:30")
	o.Say("J1087", "/校务 城区第二小学 环境卫生 走廊堆放杂物") // of October
	o.run("monthly-check", "09:00")          // the first workday after the holidays
	public := o.one("校长群")
	wants(t, public, "校务督查通报\n2026年9月　县教委办公室　10月8日", "查了 1 所", "城区第一小学（9月29日）：1 人 9:40 缺岗（记录 J9-1）。")
	o.nameless(public)
	for _, g := range []string{"委领导群", "办公室群"} {
		wants(t, o.one(g), "程堃强 9:40 缺岗（记录 J9-1）")
	}
	o.none("but those three")
	if got := o.Pushed("J1142"); len(got) != 1 || !strings.Contains(got[0], "/申诉 J9-1") {
		t.Errorf("the person concerned got %q", got)
	}
	err := o.jobs.Fire(t.Context(), "monthly-check", o.Clock.Now())
	if !errors.Is(err, cron.ErrAlreadyFired) {
		t.Errorf("fired again: %v", err)
	}
	o.run("monthly-check", "09:01") // run-job by hand
	o.none("after it is out")
	if got := o.Pushed("J1142"); got != nil {
		t.Errorf("after it is out %q", got)
	}

	// Late, and with a first try that fails: nothing is left of that.
	o.Clock.Set("2026-11-02 14:00")
	o.FailCommits(1)
	at := o.Clock.Now().Add(-5 * 60 * 60 * 1e9)
	if err := o.jobs.Fire(t.Context(), "monthly-check", at); err == nil {
		t.Fatal("the commit did not fail")
	}
	o.none("after the failure")
	o.Restart()
	o.jobs = newJobs(t, o.Bot)
	o.run("monthly-check", "09:00")
	wants(t, o.one("校长群"), "校务督查通报（补发）\n2026年10月", "（记录 J10-1）", "检查学校　1 所，与上月持平", "问题　1 条，与上月持平：缺岗 0（上月 1）、环境卫生 1（上月 0）")
	o.clear()

	// A month without a visit: to the office and the leaders alone, in a line.
	o.run("monthly-check", "2026-12-01 09:00")
	for _, g := range []string{"委领导群", "办公室群"} {
		if got := o.one(g); got != "校务督查通报\n2026年11月　县教委办公室　12月1日\n2026年11月没有校务检查记录。" {
			t.Errorf("%s got %s", g, got)
		}
	}
	o.none("of a month without a visit")
}
