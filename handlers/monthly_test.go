package handlers_test

import (
	"errors"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/notice"
	"yunzhuan/office/appeal"
	"yunzhuan/office/calendar"
	"yunzhuan/office/monthly"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// publishMonthly publishes the check of a month as the job does.
func publishMonthly(b *bottest.Bot, month calendar.Month) {
	b.Update(func(tx *store.Tx) error {
		_, _, err := notice.PublishMonthly(tx, b.Push, monthly.How{Month: month}, false)
		return err
	})
}

// withMonthly is an office in which the monthly check of November is out: J11-1 is
// about somebody, J11-2 about a school, J11-3 is praise.
func withMonthly(t *testing.T) *bottest.Bot {
	t.Helper()
	b := newBot(t, "2026-11-12 10:00")
	mustContain(t, b.Say(inspector, "/校务 城区第一小学 缺岗 "+name(b, schoolStaff)+" 9:40 未请假\n城区第二小学 环境卫生 走廊堆放杂物 未核实\n城区第三小学 表扬 校园整洁"), "3 条")
	b.Clock.Set("2026-12-01 09:00")
	publishMonthly(b, "2026-11")
	return b
}

func TestMonthlyGoesOut(t *testing.T) {
	t.Parallel()
	b := withMonthly(t)
	public, full := one(t, b.PushedTo("校长群")), one(t, b.PushedTo("委领导群"))
	golden(t, "school/monthly-public", public)
	golden(t, "school/monthly-full", full)
	if got := one(t, b.PushedTo("办公室群")); got != full+"\n[file: 校务督查通报 2026年11月.docx]" {
		t.Errorf("to the office: %s", got)
	}
	for _, g := range []string{"机关中层群", "机关职工群"} {
		if got := b.PushedTo(g); got != nil {
			t.Errorf("%s got %q", g, got)
		}
	}
	b.View(func(tx *store.Tx) error {
		all, err := people.All(tx)
		for _, p := range all {
			mustNotContain(t, public, p.Name)
		}
		return err
	})
	mustContain(t, one(t, b.Pushed(schoolStaff)), "11月12日 9:40 校务检查记录（J11-1）：缺岗，未请假。已载入2026年11月《校务督查通报》。\n有异议的，12月4日前可以申诉：/申诉 J11-1 理由", "[申诉](/申诉 J11-1)")
	mustContain(t, one(t, b.Pushed(principal)), "2026年11月《校务督查通报》载有贵校 1 条记录：\n· 城区第一小学（11月12日）："+name(b, schoolStaff)+" 9:40 缺岗，未请假（记录 J11-1）。")
	mustContain(t, one(t, b.Pushed("J1146")), "城区第二小学（11月12日）：环境卫生，走廊堆放杂物（记录 J11-2，未核实）。")
	if got := one(t, b.Pushed("J1153")); strings.Contains(got, "申诉") {
		t.Errorf("praise: %s", got)
	}

	// It reads the same for good, in the form for whoever asks.
	const forms = "\n[图片](/校务 通报 2026-11 图片) [Word](/校务 通报 2026-11 Word) [PDF](/校务 通报 2026-11 PDF)"
	leave(b, schoolStaff)
	b.Clock.Set("2027-02-01 09:00")
	for _, ask := range []string{"/校务 通报", "/校务 通报 去年11月", "/校务 通报 2026-11", "/校务 通报 2026年11月"} {
		if got := b.Say(headOfOffice, ask); got != full+forms {
			t.Errorf("%s reads\n%s", ask, got)
		}
	}
	for _, who := range []string{principal, writer} {
		if got := b.Say(who, "/校务 通报"); got != public+forms {
			t.Errorf("%s reads\n%s", who, got)
		}
	}
	if got := b.SayIn("校长群", leader, "/校务 通报 2026-11"); got != public+forms {
		t.Errorf("in a group it reads\n%s", got)
	}
	for _, c := range []struct{ name, who, line, want string }{
		{"a month without one", headOfOffice, "/校务 通报 2026-10", "没有2026年10月的《校务督查通报》。\n例：/校务 通报 11月"},
		{"no month", headOfOffice, "/校务 通报 那个月", "那个月"},
		{"a teacher", "J1143", "/校务 通报", "您没有“/校务 通报”的权限。"},
		{"a preview for others", principal, "/校务 预览", "您没有“/校务 预览”的权限。"},
		{"changed afterwards", inspector, "/校务 撤 2026-11-12 1", "这条记录已载入通报（J11-1），不能再改。需要更正的请办公室发：/校务 更正 11月 J11-1 更正内容"},
		{"a correction without a month", headOfOffice, "/校务 更正", "请写更正哪个月的。\n例：/校务 更正 11月 J11-2"},
		{"a correction of nothing", headOfOffice, "/校务 更正 2026-11", "请写更正的内容。"},
		{"a correction with a name", headOfOffice, "/校务 更正 2026-11 " + name(b, principal) + "在开会", "更正会发到各群，请不要写姓名"},
		{"a correction by others", principal, "/校务 更正 2026-11 不对", "您没有“/校务 更正”的权限。"},
	} {
		t.Run(c.name, func(t *testing.T) { mustContain(t, b.Say(c.who, c.line), c.want) })
	}
}

// TestMonthlyPreview: until the first workday it is of last month, then of this one.
func TestMonthlyPreview(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-09-29 10:00")
	mustContain(t, b.Say(headOfOffice, "/校务 预览"), "《校务督查通报》预览\n2026年9月　将于10月8日（当月第一个工作日）自动发布\n2026年9月没有校务检查记录。\n到时还没有记录的，只告诉委领导群和办公室群。")
	b.Say(inspector, "/校务 城区第一小学 缺岗 "+name(b, schoolStaff))
	b.Clock.Set("2026-10-08 08:59")
	b.Say(inspector, "/校务 城区第二小学 正常") // of October
	reply := b.Say(headOfOffice, "/校务 预览")
	mustContain(t, reply, "2026年9月　将于10月8日", "全县 45 所学校，查了 1 所。", "城区第一小学（9月29日）："+name(b, schoolStaff)+" 缺岗（记录 J9-1）。",
		"委领导群、办公室群收到全文，校长群收到的只写学校和人数。", "（10月12日前）") // the 10th is a make-up workday
	mustContain(t, b.SayIn("校长群", headOfOffice, "/校务 预览"), "预览里有姓名，已单独发给您。")
	if got := one(t, b.Pushed(headOfOffice)); got != reply {
		t.Errorf("in private %s", got)
	}
	mustContain(t, b.Say(headOfOffice, "/校务 预览 9月"), "只能预览下一次的")
	publishMonthly(b, "2026-09")
	mustContain(t, b.Say(headOfOffice, "/校务 预览"), "2026年10月　将于11月2日", "城区第二小学：人员在岗，秩序良好。", "问题　0 条，比上月少 1 条：缺岗 0（上月 1）")
	b.Clock.Set("2026-11-01 10:00")
	mustContain(t, b.Say(headOfOffice, "/校务 预览"), "2026年10月　将于11月2日")
}

// TestMonthlyHasWhatWasLeft: what of a month without a check no other holds is in the
// next one.
func TestMonthlyHasWhatWasLeft(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-10-29 10:00")
	b.Say(inspector, "/校务 城区第一小学 环境卫生 走廊堆放杂物")
	b.Clock.Set("2026-12-01 09:00")
	publishMonthly(b, "2026-11")
	mustContain(t, one(t, b.PushedTo("校长群")), "本月没有校务检查记录。", "城区第一小学（10月29日）：环境卫生，走廊堆放杂物（记录 J11-1）。")
	publishMonthlyAgain(t, b, "2026-11")
}

// publishMonthlyAgain says that a check is published once.
func publishMonthlyAgain(t *testing.T, b *bottest.Bot, month calendar.Month) {
	t.Helper()
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := monthly.Publish(tx, monthly.How{Month: month})
		return err
	})
	if !errors.Is(err, monthly.ErrPublished) {
		t.Errorf("published again: %v", err)
	}
}

// TestSchoolAppeal is an appeal against a finding of the monthly check.
func TestSchoolAppeal(t *testing.T) {
	t.Parallel()
	b := withMonthly(t)
	b.PushedTo("校长群")
	b.PushedTo("办公室群")
	for _, c := range []struct{ name, who, line, want string }{
		{"no such line", schoolStaff, "/申诉 J11-9 在开会", "2026年11月没有记录 J11-9。"},
		{"no such month", schoolStaff, "/申诉 J10-1 在开会", "还没有10月的《校务督查通报》。"},
		{"no such month of a year", schoolStaff, "/申诉 J2025-11-1 在开会", "没有 2025年11月的《校务督查通报》。"},
		{"no month", schoolStaff, "/申诉 J13-1 在开会", "没看懂记录号“J13-1”。"},
		{"of the bulletin", schoolStaff, "/申诉 11-1 在开会", "还没有第11期。"},
		{"a colleague", "J1143", "/申诉 J11-1 我看见他了", "记录 J11-1 只能由本人或城区第一小学负责人申诉。"},
		{"another principal", "J1146", "/申诉 J11-1 我看见他了", "记录 J11-1 只能由本人或城区第一小学负责人申诉。"},
		{"praise", "J1153", "/申诉 J11-3 过奖", "记录 J11-3 是表扬，不用申诉。"},
	} {
		t.Run(c.name, func(t *testing.T) { mustContain(t, b.Say(c.who, c.line), c.want) })
	}
	// By a tap, and by the number in full width and lower case.
	mustContain(t, b.Say(schoolStaff, "/申诉 ｊ１１－１"), "申诉　J11-1\n城区第一小学（11月12日）：", "请直接写理由")
	mustContain(t, b.Say(schoolStaff, "在听课"), "申诉已收到　A1", "[收回](/申诉 收回 A1)")
	mustContain(t, b.Say(principal, "/申诉 J2026-11-1 学校可以证明"), "申诉已收到　A2")
	mustContain(t, strings.Join(b.PushedTo("办公室群"), "\n"), "申诉待处理　A1", "（记录 J11-1）")
	mustContain(t, b.Say(inspector, "/申诉 处理 A1 驳回 看得清楚"), "这条记录是您记的")
	reply := b.Say(another, "/申诉 处理 A1 采纳 经核实在听课")
	mustContain(t, reply, "申诉采纳　A1", "这条记录予以撤销，不计入考核；下一次校务督查通报载明更正。")
	for _, who := range []string{schoolStaff, principal} {
		if got := strings.Join(b.Pushed(who), "\n"); !strings.Contains(got, "申诉采纳　A1") {
			t.Errorf("%s got %q", who, got)
		}
	}
	if a := getAppeal(b, 1); a.Ref != (patrol.Ref{Book: patrol.Schools, Year: 2026, Issue: 11, Line: 1}) || a.State != appeal.Upheld {
		t.Errorf("appeal %+v", a)
	}
	b.Clock.Set("2026-12-04 23:00") // the last day, the whole of it
	mustContain(t, b.Say("J1146", "/申诉 J11-2 早清理了"), "申诉已收到　A3")
	b.Clock.Set("2026-12-05 00:01")
	mustContain(t, b.Say("J1146", "/申诉 J11-2 早清理了"), "记录 J11-2 的申诉期到 12月4日为止，已经过了。")
	mustContain(t, b.Say(headOfOffice, "/校务 更正 11月 J11-2 已经清理"), "对2026年11月《校务督查通报》的更正已记下，载入下一次：\nJ11-2 已经清理")

	// The next check says so, although no school was visited; the bulletin does not.
	b.Clock.Set("2026-12-07 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(headOfOffice, "/通报 发布")
	mustNotContain(t, strings.Join(b.PushedTo("机关中层群"), "\n"), "J11")
	b.Clock.Set("2027-01-04 09:00")
	publishMonthly(b, "2026-12")
	mustContain(t, one(t, b.PushedTo("校长群")), "一、检查情况　本月没有校务检查记录。", "检查学校　0 所，比上月少 3 所",
		"更正\n· 2026年11月：记录 J11-1 经申诉复核，予以撤销，不计入考核。\n· 2026年11月：J11-2 已经清理。")
	mustContain(t, b.Say(schoolStaff, "/申诉 J11-1 再说"), "记录 J11-1 的申诉期") // the year before is meant
	mustContain(t, b.Say(another, "/申诉 查 A1"), "申诉采纳　A1\n城区第一小学（11月12日）")
	b.Clock.Set("2027-02-01 09:00")
	publishMonthly(b, "2027-01")
	if got := b.PushedTo("校长群"); got != nil {
		t.Errorf("of a month without a visit %q", got)
	}
	mustContain(t, strings.Join(b.PushedTo("委领导群"), "\n"), "2027年1月　县教委办公室　2月1日\n2027年1月没有校务检查记录。")
}

// TestMonthlyNames: where the office wants it so, the principals see the names.
func TestMonthlyNames(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-12 10:00")
	b.Say(inspector, "/校务 城区第一小学 缺岗 "+name(b, schoolStaff)+" 9:40")
	b.Clock.Set("2026-12-01 09:00")
	b.Update(func(tx *store.Tx) error {
		_, _, err := notice.PublishMonthly(tx, b.Push, monthly.How{Month: "2026-11"}, true)
		return err
	})
	public := one(t, b.PushedTo("校长群"))
	mustContain(t, public, name(b, schoolStaff)+" 9:40 缺岗")
	if full := one(t, b.PushedTo("委领导群")); full != public {
		t.Errorf("in full %s", full)
	}
}
