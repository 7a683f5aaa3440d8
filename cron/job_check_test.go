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
	wants(t, o.one("委领导群"), "程堃强 9:40 缺岗（记录 J9-1）")
	office := o.PushedTo("办公室群")
	if len(office) != 2 {
		t.Fatalf("the office got %q", office)
	}
	wants(t, office[0], "程堃强 9:40 缺岗（记录 J9-1）")
	// The month's assessment goes to whom it concerns.
	wants(t, office[1], "2026年9月考核已汇总：1 个单位、1 人有记分，共 2 条。", "[要表格](/考核 表格 2026年9月)")
	o.none("but those three")
	got := o.Pushed("J1142")
	if len(got) != 2 {
		t.Fatalf("the person concerned got %q", got)
	}
	wants(t, got[0], "/申诉 J9-1")
	wants(t, got[1], "考核　我的　2026年9月\n合计 -1", "J9-1　9月29日　缺岗　-1　城区第一小学，2026-01-01 版规则，武强远记录，2026年9月校务督查")
	got = o.Pushed("J1141")
	wants(t, got[len(got)-1], "考核　城区第一小学　2026年9月\n合计 -0.5", "姓名 | 扣分 | 加分 | 合计\n程堃强 | -1 | 0 | -1")
	got = o.Pushed("J1002")
	if len(got) != 1 {
		t.Fatalf("a leader got %q", got)
	}
	wants(t, got[0], "考核排名　2026年9月", "45 | 城区第一小学 | -0.5 | 0 | -0.5", "1 | 程堃强 | 城区第一小学 | -1", "[file: 考核表 2026年9月.xlsx]")
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
	wants(t, o.one("校长群"), "校务督查通报（补发）\n2026年10月", "（记录 J10-1）", "检查学校　1 所，与上月持平", "问题　1 条，与上月持平：缺岗 0（上月 1）、环境卫生 1（上月 0）", "[picture: 近 6 个月校务督查]")
	o.clear()

	// A month that is not over is not published, whoever fires the job.
	err = o.jobs.Fire(t.Context(), "monthly-check", o.Clock.Now().AddDate(0, 1, 0))
	if err == nil || !strings.Contains(err.Error(), "2026年11月还没有过完") {
		t.Errorf("a month that is not over: %v", err)
	}

	// A month without a visit: to the office and the leaders alone, in a line.
	o.run("monthly-check", "2026-12-01 09:00")
	for _, g := range []string{"委领导群", "办公室群"} {
		if got := o.one(g); got != "校务督查通报\n2026年11月　县教委办公室　12月1日\n2026年11月没有校务检查记录。" {
			t.Errorf("%s got %s", g, got)
		}
	}
	o.none("of a month without a visit")
}

// week is an office on a Friday at 17:00, with a bulletin of Tuesday and findings of
// the day.
func week(t *testing.T) *office {
	t.Helper()
	o := newOffice(t, "2026-11-23 09:00")
	o.Say("J1017", "/考勤 缺 余世建(病假)")
	o.Clock.Set("2026-11-24 10:00")
	o.Say("J1017", "/考勤 全勤")
	o.Say("J1023", "/考勤 全勤")
	o.Say("J1087", "/巡查 人事科 缺岗 卢涵贵 9:40\n计财科 环境卫生 走廊堆放杂物 未核实\n安全稳定科 表扬 侯静 耐心\n党建科 正常")
	o.run("bulletin", "17:30")
	o.Clock.Set("2026-11-25 09:00")
	o.Say("J1017", "/申诉 X1-2 不是我们")
	o.Say("J1023", "/申诉 X1-2 早清理了")
	wants(t, o.Say("J1006", "/申诉 处理 A1 采纳 已经清理"), "申诉采纳")
	o.Clock.Set("2026-11-27 10:00")
	o.Say("J1087", "/巡查 人事科 迟到 卢涵贵 9:05\n督导室 办公秩序 上班聊天")
	o.clear()
	return o
}

func TestWeeklyCheckJob(t *testing.T) {
	t.Parallel()
	o := week(t)
	wants(t, o.Say("J1018", "/周报"), "还没有发布过《政务督查周报》。")
	wants(t, o.Say("J1018", "/周报 本周"), "11月23日至29日（本周）的《政务督查周报》还没有发布")
	o.run("bulletin", "17:30")
	o.clear()
	o.run("weekly-check", "17:30")
	public, full := o.one("机关中层群"), o.one("委领导群")
	golden(t, "weekly_public", public)
	golden(t, "weekly_full", full)
	o.nameless(public)
	if got := o.one("机关职工群"); got != public {
		t.Errorf("to the staff: %s", got)
	}
	if got := o.one("办公室群"); got != full+"\n[file: 政务督查周报 11月23日至29日.docx]" {
		t.Errorf("to the office: %s", got)
	}
	o.none("but those four")
	if err := o.jobs.Fire(t.Context(), "weekly-check", o.Clock.Now()); !errors.Is(err, cron.ErrAlreadyFired) {
		t.Errorf("fired again: %v", err)
	}
	o.run("weekly-check", "17:31")
	o.none("after it is out")

	// The week after: compared, and a week without a patrol is for two groups.
	o.Clock.Set("2026-12-01 10:00")
	o.Say("J1087", "/巡查 人事科 正常")
	o.Say("J1017", "/考勤 缺 余世建 金国兰")
	o.run("bulletin", "17:30")
	o.clear()
	o.run("weekly-check", "2026-12-04 17:30")
	wants(t, o.one("机关职工群"), "发现的问题　没有发现问题。", "巡查单位　1 个，比上周少 4 个", "问题　0 条，比上周少 3 条：缺岗 0（上周 1）", "出勤率　66.7%，比上周低 28.5 个百分点", "11月23日 | 5/16 | 3 | 1 | 95.2%", "[picture: 近 8 周巡查情况]")
	o.clear()
	o.run("weekly-check", "2026-12-11 17:30")
	wants(t, o.one("办公室群"), "12月7日至13日　县教委办公室　12月11日\n一、巡查　本周没有巡查记录。\n二、考勤　无记录。", "出勤率　无记录，上周66.7%")
	o.one("委领导群")
	o.none("of a week without a patrol")

	const forms = "\n[图片](/周报 2026-W48 图片) [Word](/周报 2026-W48 Word) [PDF](/周报 2026-W48 PDF)"
	for _, ask := range []string{"/周报 11-23", "/周报 11月26日", "/weekly 2026-11-27", "/周报 2026-W48"} {
		if got := o.Say("J1002", ask); got != full+forms {
			t.Errorf("%s reads\n%s", ask, got)
		}
		if got := o.Say("J1018", ask); got != public+forms {
			t.Errorf("%s reads\n%s", ask, got)
		}
	}
	if got := o.SayIn("机关中层群", "J1002", "@运转 /周报 11-23"); got != public+forms {
		t.Errorf("in a group it reads\n%s", got)
	}
	wants(t, o.Say("J1018", "/周报"), "12月7日至13日")
	for line, want := range map[string]string{
		"/周报 下周":       "12月14日至20日还没到。\n例：/周报 上周",
		"/周报 上上周三十":    "没看懂是哪一周",
		"/周报 2026-9-1": "没有8月31日至9月6日的《政务督查周报》。",
	} {
		wants(t, o.Say("J1018", line), want)
	}
	wants(t, o.Say("J1141", "/周报"), "您没有“/周报”的权限。")
}

// TestWeeklyCheckHeld: what the office holds back is in the next weekly check, and
// until then in none.
func TestWeeklyCheckHeld(t *testing.T) {
	t.Parallel()
	o := week(t)
	o.Say("J1006", "/通报 暂缓")
	o.run("bulletin", "17:30")
	o.clear()
	o.run("weekly-check", "17:30")
	public := o.one("机关中层群")
	wants(t, public, "通报　1 期：第1期（11月24日）。", "发现的问题　1 条：缺岗 1")
	if strings.Contains(public, "督导室　") || strings.Contains(public, "另有") {
		t.Errorf("what is held back is in %s", public)
	}
	wants(t, o.one("办公室群"), "另有 2 条记录还没有载入通报，不计在内。")
	o.Clock.Set("19:00")
	o.Say("J1006", "/通报 发布")
	o.clear()
	o.run("weekly-check", "2026-12-04 17:30")
	wants(t, o.one("机关中层群"), "通报　1 期：第2期（11月27日）。", "发现的问题　2 条：迟到 1、办公秩序 1")
}
