package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"yunzhuan/bot"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
)

// recallCommands are all commands, on a platform that takes back all but what went
// there.
func recallCommands(stays bottest.Stays) []*bot.Command {
	return handlers.All(handlers.Deps{
		Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5, Recallable: stays.Recallable,
	})
}

// TestBulletinRecall: an issue is taken back, and the day is published anew.
func TestBulletinRecall(t *testing.T) {
	t.Parallel()
	stays := bottest.Stays{"机关职工群", "J1019"}
	b := day(t, recallCommands(stays)...)
	b.Say(headOfOffice, "/通报 发布")
	published := b.Say(headOfOffice, "/通报 第1期")
	b.Pushed("J1019")
	b.PushedTo("机关职工群")
	b.PushedTo("办公室群")
	b.Clock.Set("16:05")
	golden(t, "bulletin/recall_plan", b.Say(headOfOffice, "/通报 撤回"))
	golden(t, "bulletin/recall_ask", b.Say(headOfOffice, "/通报 撤回 第1期 人事科情况有误"))
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第1期 卢涵贵系公差"), "请不要写姓名")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第1期 确认"), "请写撤回的理由。")
	if got := b.TakeBack(stays); got != nil {
		t.Errorf("taken back before it was asked for: %q", got)
	}
	golden(t, "bulletin/recall_begun", b.Say(headOfOffice, "/通报 撤回 第1期 确认 人事科情况有误"))
	gone := b.TakeBack(stays)
	if groups := gone[:min(3, len(gone))]; !slices.Equal(groups, []string{"机关中层群", "委领导群", "办公室群"}) || len(gone) != 9 || slices.Contains(gone, "J1019") {
		t.Errorf("taken back from %q", gone)
	}
	const line = "《机关巡查信息》第1期已撤回，请以重新发布的为准。"
	if got := one(t, b.PushedTo("机关职工群")); got != line {
		t.Errorf("where it stays: %q", got)
	}
	if got := one(t, b.Pushed("J1019")); got != line {
		t.Errorf("to whom it stays: %q", got)
	}
	golden(t, "bulletin/recall_result", one(t, b.PushedTo("办公室群")))
	mustContain(t, one(t, b.Pushed(headOfOffice)), "2026年第1期：已从")

	mark := b.Say(headOfOffice, "/通报 第1期")
	mustContain(t, mark, "已撤回　16:05撤回，理由：人事科情况有误。")
	_, text, _ := strings.Cut(published, "\n") // below the title
	if !strings.HasSuffix(mark, "理由：人事科情况有误。\n"+text) {
		t.Errorf("in the archive it reads\n%s\nwas\n%s", mark, published)
	}
	mustContain(t, b.Say(headOfOffice, "/通报"), "还没有发布过")
	mustContain(t, b.Say(headOfOffice, "/通报 今天"), "第1期已撤回，没有重新发布。")
	mustContain(t, b.Say(headOfOffice, "/通报 更正 第1期 另有一处"), "2026年第1期已由薛涵明于 16:05 撤回，理由：人事科情况有误。")
	mustContain(t, b.Say("J1019", "/申诉 X1-1 当时在三楼开会"), "已撤回")
	mustNotContain(t, b.Say(headOfOffice, "/撤回"), "已撤回")

	mustNotContain(t, b.Say(officeDeputy, "/巡查 撤 6"), "不能再改")
	golden(t, "bulletin/recall_preview", b.Say(headOfOffice, "/通报 预览"))
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "2026年第2期已发布")
	again := one(t, b.PushedTo("机关职工群"))
	mustContain(t, again, "第1期已撤回，以本期为准。", "X2-1")
	mustNotContain(t, again, "X1-", "缺岗")
	mustContain(t, b.Say(headOfOffice, "/通报 第1期"), "以第2期为准。")
	mustContain(t, b.Say(headOfOffice, "/通报"), "2026年第2期")
	mustNotContain(t, b.Say(headOfOffice, "/通报"), "已撤回　")

	// And once more: the third stands for both.
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 确认 又有一处"), "2026年第2期已撤回")
	b.TakeBack(nil)
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "2026年第3期已发布")
	mustContain(t, b.Say(headOfOffice, "/通报"), "第1期、第2期已撤回，以本期为准。")
}

func TestBulletinRecallRefused(t *testing.T) {
	t.Parallel()
	b := day(t, recallCommands(nil)...)
	mustContain(t, b.Say(headOfOffice, "/通报 撤回"), "今天还没有发布通报，没有可撤回的。")
	mustContain(t, b.Say(writer, "/通报 撤回"), "您没有“/通报 撤回”的权限。")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第9期 有误"), "还没有第9期。")
	b.Say(headOfOffice, "/通报 发布")
	b.Say("J1019", "/申诉 X1-1 当时在三楼开会")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 有误"), "记录 X1-1 已有人申诉（A1），2026年第1期不能撤回。")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 确认 有误"), "记录 X1-1 已有人申诉（A1）")
	b.Say("J1019", "/申诉 收回 A1")
	b.Clock.Set("16:11")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 有误"), "2026年第1期发布已超过 10 分钟，不能撤回，请用更正。")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第1期 确认 有误"), "请用更正")
	b.Clock.Set("16:10")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 确认 有误"), "2026年第1期已撤回")
	mustContain(t, b.Say(officeClerk, "/通报 撤回 确认 有误"), "2026年第1期已由薛涵明于 16:10 撤回，理由：有误。")
	mustContain(t, b.Say(officeClerk, "/通报 撤回 第1期"), "已由薛涵明于 16:10 撤回")
}

// TestBulletinRecallAtNight: who sleeps is told in the morning.
func TestBulletinRecallAtNight(t *testing.T) {
	t.Parallel()
	stays := bottest.Stays{"J1019", "机关职工群"}
	b := day(t, recallCommands(stays)...)
	b.Clock.Set("21:55")
	b.Say(headOfOffice, "/通报 发布")
	b.Pushed("J1019")
	b.PushedTo("机关职工群")
	b.Clock.Set("22:02")
	b.Say(headOfOffice, "/通报 撤回 确认 有误")
	b.TakeBack(stays)
	mustContain(t, one(t, b.PushedTo("机关职工群")), "第1期已撤回")
	if got := b.Pushed("J1019"); got != nil {
		t.Errorf("at night: %q", got)
	}
	b.Clock.Set("2026-11-24 07:01")
	mustContain(t, one(t, b.Pushed("J1019")), "第1期已撤回")
}

// TestBulletinRecallOfLastNight: past midnight the issue of the day before is still
// the last, unless there is another.
func TestBulletinRecallOfLastNight(t *testing.T) {
	t.Parallel()
	b := day(t, recallCommands(nil)...)
	b.Clock.Set("23:58")
	b.Say(headOfOffice, "/通报 发布")
	b.Clock.Set("2026-11-24 00:03")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第1期 确认 有误"), "各条记录并入下一期。")
	// The private messages waited for the morning.
	b.TakeBack(nil)
	mustContain(t, one(t, b.Pushed(headOfOffice)), "7 条还没发出，已取消")
	b.Clock.Set("2026-11-24 08:00")
	if got := b.Pushed("J1019"); got != nil {
		t.Errorf("told of what was recalled: %q", got)
	}
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(headOfOffice, "/通报 发布")
	mustContain(t, b.Say(headOfOffice, "/通报"), "第1期已撤回，以本期为准。", "人事科（11月23日）", "X2-1")
	b.Say(headOfOffice, "/通报 撤回 确认 有误")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(headOfOffice, "/通报 发布")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 第1期"), "已由薛涵明于")
}

// TestBulletinRecallLeavesTheDayOpen: attendance and corrections are as they were
// before the issue.
func TestBulletinRecallLeavesTheDayOpen(t *testing.T) {
	t.Parallel()
	b := day(t, recallCommands(nil)...)
	b.Say(headOfOffice, "/通报 发布")
	b.Clock.Set("17:00")
	b.Say("J1032", "/考勤 全勤") // 补报
	b.Say(headOfOffice, "/通报 更正 第1期 X1-1 经核实为公差，予以更正")
	b.Clock.Set("2026-11-24 10:00")
	b.Say("J1093", "/考勤 全勤")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(headOfOffice, "/通报 发布")
	first := b.Say(headOfOffice, "/通报 第2期")
	b.Clock.Set("10:04")
	mustContain(t, b.Say("J1051", "/考勤 全勤"), "补报")
	b.Say(headOfOffice, "/通报 更正 第2期 计财科一处写错")
	mustContain(t, b.Say(headOfOffice, "/通报 撤回 确认 漏了一处"), "对这一期的 1 条更正随之作废。")
	mustNotContain(t, b.Say("J1023", "/考勤 全勤"), "补报")
	b.Say(headOfOffice, "/通报 发布")
	again := b.Say(headOfOffice, "/通报")
	for _, line := range []string{"第1期：基础教育科 11月23日补报考勤", "第1期：X1-1 经核实为公差，予以更正。"} {
		mustContain(t, first, line)
		mustContain(t, again, line)
	}
	mustContain(t, again, "2026年第3期", "第2期已撤回，以本期为准。")
	mustNotContain(t, again, "11月24日补报", "11月24日考勤更正", "计财科一处写错")
	// What is in the third is in no other.
	b.Clock.Set("2026-11-25 10:00")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(headOfOffice, "/通报 发布")
	mustNotContain(t, b.Say(headOfOffice, "/通报"), "更正", "补报", "以本期为准")
}

// TestBulletinRecallToldOnce: who has several messages of an issue that stay is told
// once that it does not count.
func TestBulletinRecallToldOnce(t *testing.T) {
	t.Parallel()
	stays := bottest.Stays{hrHead}
	b := bottest.New(t, "2026-11-23 10:00", recallCommands(stays)...)
	b.Say(inspector, "/巡查 人事科 缺岗 "+hrHead+"\n人事科 缺岗 卢涵贵")
	b.Say(headOfOffice, "/通报 发布")
	if got := b.Pushed(hrHead); len(got) != 2 { // as the one concerned, and as the head
		t.Fatalf("the head got %q", got)
	}
	b.Say(headOfOffice, "/通报 撤回 确认 有误")
	b.TakeBack(stays)
	mustContain(t, one(t, b.Pushed(hrHead)), "第1期已撤回")
}
