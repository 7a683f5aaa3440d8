package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/store"
)

const (
	found    = "J1019" // 卢涵贵 of 人事科, whom the finding is about
	hrHead   = "J1017"
	another  = "J1088" // of the discipline team, recorded nothing
	objected = "人事科：卢涵贵 9:40 缺岗，未履行请假手续（记录 X1-1）。"
)

// withBulletin is an office in which the first bulletin is out: X1-1 is about
// somebody, X1-2 about a unit, X1-3 is praise, X1-4 about the office.
func withBulletin(t *testing.T) *bottest.Bot {
	t.Helper()
	b := newBot(t, "2026-11-23 10:00")
	mustContain(t, b.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 9:40 未履行请假手续\n计财科 环境卫生 走廊堆放杂物\n安全稳定科 表扬 侯静 耐心\n办公室 办公秩序 上班聊天"), "4 条")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "已发布")
	for _, who := range []string{found, hrHead, inspector, another, officeClerk, headOfOffice} {
		b.Pushed(who)
	}
	b.PushedTo("办公室群")
	b.PushedTo("机关中层群")
	return b
}

func getAppeal(b *bottest.Bot, no int) (a appeal.Appeal) {
	b.View(func(tx *store.Tx) (err error) {
		a, err = appeal.Find(tx, no)
		return err
	})
	return a
}

func TestAppealUpheld(t *testing.T) {
	t.Parallel()
	b := withBulletin(t)
	b.Clock.Set("2026-11-24 09:00")
	reply := b.Say(found, "/申诉 X1-1 当时在三楼\n会议室开会")
	mustContain(t, reply, "申诉已收到　A1\n"+objected, "申诉人　卢涵贵\n理由　当时在三楼 会议室开会", "已转办公室和纪检组，有结果会通知您。", "[收回](/申诉 收回 A1)")
	const buttons = "[采纳](/申诉 处理 A1 采纳) [驳回](/申诉 处理 A1 驳回)"
	if got := strings.Join(b.PushedTo("办公室群"), "\n"); !strings.Contains(got, "申诉待处理　A1") || !strings.Contains(got, buttons) {
		t.Errorf("the office got %q", got)
	}
	if got := strings.Join(b.Pushed(another), "\n"); !strings.Contains(got, buttons) {
		t.Errorf("the discipline team got %q", got)
	}
	for _, who := range []string{inspector, "机关中层群"} {
		if got := append(b.Pushed(who), b.PushedTo(who)...); len(got) > 0 {
			t.Errorf("%s has nothing to do with it and got %q", who, got)
		}
	}
	mustContain(t, b.Say(another, "/我的"), "申诉 A1　人事科 记录 X1-1　在处理", "[看 A1](/申诉 查 A1)")
	mustContain(t, b.Say(another, "/申诉 查 A1"), buttons)
	mustNotContain(t, b.Say(inspector, "/我的"), "申诉 A1") // recorded it
	mustContain(t, b.Say(found, "/申诉"), "您提的\n· A1　人事科 记录 X1-1　在处理")
	mustNotContain(t, b.Say(found, "/撤回"), "已撤回")

	// A tap asks for a word, and that decides.
	mustContain(t, b.SayIn("办公室群", officeClerk, "/申诉 处理 A1 采纳"), "采纳申诉 A1：请直接写一句说明")
	mustContain(t, b.Say(another, "/申诉 处理 A1 采纳"), "请直接写一句说明")
	reply = b.Say(another, "经核实，卢涵贵当时在开会")
	mustContain(t, reply, "申诉采纳　A1\n"+objected, "答复　经核实，卢涵贵当时在开会", "这条记录予以撤销，不计入考核；下一期通报载明更正。")
	for _, who := range []string{found, hrHead, inspector} {
		if got := b.Pushed(who); len(got) != 1 || !strings.Contains(got[0], "申诉采纳　A1") {
			t.Errorf("%s got %q", who, got)
		}
	}
	if a := getAppeal(b, 1); a.State != appeal.Upheld || a.Decider != another || a.Answer != "经核实，卢涵贵当时在开会" {
		t.Errorf("appeal %+v", a)
	}
	mustContain(t, b.SayIn("办公室群", officeClerk, "@运转 维持原记录"), "申诉 A1 已经采纳。") // a second one comes too late
	mustContain(t, b.Say(officeClerk, "/申诉 处理 A1 驳回 不成立"), "申诉 A1 已经采纳。")
	mustContain(t, b.Say(hrHead, "/申诉 X1-1 也来说一句"), "记录 X1-1 已经申诉采纳（A1），不作数了。")
	mustContain(t, b.Say(found, "/申诉 收回 A1"), "申诉 A1 已经采纳。")
	mustNotContain(t, b.Say(another, "/撤回"), "已撤回")

	// The next bulletin says so, without names; the first one is as it was.
	var first bulletin.Bulletin
	read := func() (out bulletin.Bulletin) {
		b.View(func(tx *store.Tx) (err error) {
			out, err = bulletin.Get(tx, 2026, 1)
			return err
		})
		return out
	}
	first = read()
	b.Say(inspector, "/巡查 计财科 正常")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "2026年第2期已发布")
	if got := strings.Join(b.PushedTo("机关中层群"), "\n"); !strings.Contains(got, "记录 X1-1 经申诉复核，予以撤销，不计入考核。") || strings.Contains(got, "卢涵贵") {
		t.Errorf("the next bulletin:\n%s", got)
	}
	if again := read(); len(again.Findings) != len(first.Findings) || !slices.Equal(again.Findings[0].Names, first.Findings[0].Names) {
		t.Errorf("the first bulletin changed: %+v", again)
	}
}

func TestAppealDismissedAndTakenBack(t *testing.T) {
	t.Parallel()
	b := withBulletin(t)
	// By a tap: the reason is asked for.
	mustContain(t, b.Say(found, "/申诉 X1-1"), "申诉　X1-1\n"+objected, "请直接写理由")
	mustContain(t, b.Say(found, "在开会"), "申诉已收到　A1")
	mustContain(t, b.Say(found, "/申诉 x1-1 再说一遍"), "您对记录 X1-1 的申诉（A1）正在处理。要补充，先收回再提：/申诉 收回 A1")
	mustContain(t, b.Say(another, "/申诉 收回 A1"), "没有您提的申诉 A1。")
	mustContain(t, b.Say(found, "/申诉 收回 1"), "申诉 A1 已收回。")
	if got := strings.Join(b.PushedTo("办公室群"), "\n"); !strings.Contains(got, "申诉 A1（记录 X1-1）已由本人收回") {
		t.Errorf("the office got %q", got)
	}
	mustContain(t, b.Say(found, "/申诉 X1-1 在开会，有会议记录"), "申诉已收到　A2")
	mustContain(t, b.Say(hrHead, "/申诉 X1-1 科室可以证明"), "申诉已收到　A3") // the head may as well
	mustContain(t, b.Say(officeClerk, "/申诉 处理 A2 驳回 会议 10:00 才开始"), "申诉驳回　A2", "这条记录不变。")
	if got := b.Pushed(found); len(got) != 1 || !strings.Contains(got[0], "答复　会议 10:00 才开始") {
		t.Errorf("whoever appealed got %q", got)
	}
	mustContain(t, b.Say(found, "/申诉 X1-1 还是要说"), "您对记录 X1-1 的申诉（A2）已有答复：会议 10:00 才开始")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Clock.Set("2026-11-24 10:00")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(headOfOffice, "/通报 发布")
	if got := strings.Join(b.PushedTo("机关中层群"), "\n"); strings.Contains(got, "X1-1") {
		t.Errorf("a dismissed appeal is in the bulletin:\n%s", got)
	}
}

func TestAppealMistakes(t *testing.T) {
	t.Parallel()
	b := withBulletin(t)
	mustContain(t, b.Say(hrHead, "/申诉 X1-1 科室可以证明"), "申诉已收到　A1")
	for _, c := range []struct{ name, who, line, want string }{
		{"no number", found, "/申诉 那条不对", "没看懂记录号“那条不对”。记录号在通报里，像 X37-2、J11-2。\n例：/申诉 X37-2"},
		{"no such bulletin", found, "/申诉 X9-1 在开会", "还没有第9期。"},
		{"no such line", found, "/申诉 X1-9 在开会", "2026年第1期没有记录 X1-9。"},
		{"somebody else", writer, "/申诉 X1-1 我看见他了", "记录 X1-1 只能由本人或人事科负责人申诉。"},
		{"of a unit, by one of its people", "J1024", "/申诉 X1-2 早清理了", "记录 X1-2 只能由本人或计财科负责人申诉。"},
		{"praise", "J1052", "/申诉 X1-3 过奖", "记录 X1-3 是表扬，不用申诉。"},
		{"a long reason", found, "/申诉 X1-1 " + strings.Repeat("长", 301), "申诉理由有 301 个字，请压到 300 个字以内。"},
		{"nothing made", writer, "/申诉", "没有申诉。"},
		{"an appeal of others, looked at", found, "/申诉 查 A1", "没有申诉 A1。"},
		{"no appeal", officeClerk, "/申诉 处理 A9 采纳 好", "没有申诉 A9。"},
		{"no decision", officeClerk, "/申诉 处理 A1 再议", "请写 采纳 或 驳回。"},
		{"decided by whoever recorded it", inspector, "/申诉 处理 A1 驳回 我看得清楚", "这条记录是您记的，请由别的同志处理。"},
		{"asked of whoever recorded it", inspector, "/申诉 处理 A1 驳回", "这条记录是您记的，请由别的同志处理。"},
		{"decided by one who may not", writer, "/申诉 处理 A1 采纳 好", "您没有“/申诉 处理”的权限。"},
	} {
		t.Run(c.name, func(t *testing.T) { mustContain(t, b.Say(c.who, c.line), c.want) })
	}
	mustContain(t, b.SayIn("机关中层群", hrHead, "/申诉 X1-1 在开会"), "申诉请在与我的单聊里发，不用在群里说。")
	mustContain(t, b.SayIn("机关中层群", another, "/申诉 查 A1"), "申诉请在与我的单聊里发，不用在群里说。")

	// The office decides on no finding of its own, the discipline team does.
	mustContain(t, b.Say(headOfOffice, "/申诉 X1-4 在讨论工作"), "申诉已收到　A2")
	mustContain(t, b.Say(officeClerk, "/申诉 处理 A2 采纳 是在讨论工作"), "办公室是您所在的单位，请由别的同志处理。")
	mustContain(t, b.Say(headOfOffice, "/申诉 处理 A2 采纳 是在讨论工作"), "这条申诉与您本人有关，请由别的同志处理。")
	mustContain(t, b.Say(another, "/申诉 处理 A2 采纳 是在讨论工作"), "申诉采纳　A2")

	b.Clock.Set("2026-11-26 23:00")
	mustContain(t, b.Say(found, "/申诉 X1-1 在开会"), "申诉已收到　A3") // the last day, the whole of it
	b.Clock.Set("2026-11-27 00:01")
	mustContain(t, b.Say("J1023", "/申诉 X1-2 早清理了"), "记录 X1-2 的申诉期到 11月26日为止，已经过了。")
	mustContain(t, b.Say(another, "/申诉 处理 A3 采纳 查实"), "申诉采纳　A3") // decided later all the same
	if a := getAppeal(b, 3); a.State != appeal.Upheld {
		t.Errorf("appeal %+v", a)
	}
}
