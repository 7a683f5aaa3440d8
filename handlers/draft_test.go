package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// The people of these tests: 周一 is head of 人事科, 金国兰 and 卢涵贵 are in it;
// 薛涵明 is head of the office, 方云庆 and 邹兰志 are in it; 刘玉欣 is a leader.
const (
	headOfStaffing = "J1017"
	writer         = "J1018"
	colleague      = "J1019"
	headOfOffice   = "J1006"
	officeDeputy   = "J1007"
	officeClerk    = "J1008"
	leader         = "J1002"
)

func newBot(t *testing.T, at bottest.At) *bottest.Bot { return bottest.New(t, at, surveyCommands()...) }

// getDraft reads a draft of 2026.
func getDraft(b *bottest.Bot, no int) (d draft.Draft) {
	b.View(func(tx *store.Tx) (err error) {
		d, err = draft.Find(tx, 2026, no)
		return err
	})
	return d
}

// at checks where a draft of 2026 is.
func at(t *testing.T, b *bottest.Bot, no int, stage draft.Stage, holder people.ID) {
	t.Helper()
	if d := getDraft(b, no); d.Stage != stage || d.Holder != holder {
		t.Errorf("draft %d is at %s with %q, want %s with %q", no, d.Stage, d.Holder, stage, holder)
	}
}

// leave switches somebody off who has left.
func leave(b *bottest.Bot, id people.ID) {
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, id)
		if err != nil {
			return err
		}
		p.Left = true
		return people.Put(tx, p)
	})
}

func mustNotContain(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(got, p) {
			t.Errorf("do not want %q in:\n%s", p, got)
		}
	}
}

// TestDraftWay goes the whole ordinary way of a draft, with one return.
func TestDraftWay(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(writer, "/文稿 新 关于做好冬季校园安全工作的通知 期限 周五")
	k.say(writer, "/文稿 交 1 请审核")
	k.pushed(headOfStaffing)
	k.Clock.Set("2026-11-24 09:10")
	k.say(headOfStaffing, "/文稿 退 1 第二段数据请核实")
	k.pushed(writer)
	k.say(writer, "/文稿 交 W2026-001")
	k.pushed(headOfStaffing)
	k.say(headOfStaffing, "/文稿 交 w1")
	k.pushed(headOfOffice)
	k.say(headOfOffice, "/文稿")
	k.say(headOfOffice, "/文稿 交 1 请签发")
	k.say(headOfOffice, "/文稿 交 W2026-001 给 J1002 请签发")
	k.pushed(leader)
	k.Clock.Set("2026-11-25 10:00")
	k.say(leader, "/文稿 交 1")
	k.pushed(headOfOffice)
	k.say(headOfOffice, "/文稿 交 1")
	k.pushed(writer)
	k.say(writer, "/文稿 归档 1")
	k.say(headOfOffice, "/文稿 查 1")
	k.say(headOfOffice, "/文稿 交 1")
	k.say(writer, "/文稿")
	golden(t, "draft/way", k.text.String())
	d := getDraft(k.Bot, 1)
	if d.Stage != draft.Archived || d.Returns != 1 || d.Holder != "" || len(d.Moves) != 9 {
		t.Errorf("at the end: %+v", d)
	}
}

// TestDraftMajor is the way of a major draft through its consultation.
func TestDraftMajor(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say(writer, "/文稿 新 全县教育高质量发展三年行动方案 重大")
	k.say(writer, "/文稿 交 1")
	k.say(headOfStaffing, "/文稿 交 1")
	k.say(headOfOffice, "/文稿 会商 1 同意")
	k.say(headOfOffice, "/文稿 交 1")
	k.pushed(writer)
	k.pushedTo("办公室群")
	k.say(headOfOffice, "/文稿 交 1 给 刘玉欣")
	k.say(writer, "/文稿 会商 1 意见 提纲：现状、目标、六项任务、保障")
	k.sayIn("办公室群", officeClerk, "/文稿 会商 W2026-001 同意")
	k.say(officeDeputy, "/文稿 会商 1 意见")
	k.say(officeDeputy, "/文稿 会商 1 可以")
	k.say(officeDeputy, "/文稿 会商 1 意见：第三项任务请写明牵头科室")
	k.pushed(headOfOffice)
	k.say(headOfOffice, "/文稿 查 行动方案")
	k.say(headOfOffice, "/文稿 交 1 给 刘玉欣，请签发")
	golden(t, "draft/major", k.text.String())
	at(t, k.Bot, 1, draft.Signature, leader)
}

// TestThreePeople is the rule that three different people write a draft, review
// it first and review it second.
func TestThreePeople(t *testing.T) {
	t.Parallel()
	const taken = "已经拟稿或审核过这份文稿"
	for _, c := range []struct {
		name  string
		lines [][2]string // who says what
		want  string      // in the last reply
		stage draft.Stage
		with  people.ID
	}{
		{"the head wrote it", [][2]string{
			{headOfStaffing, "/文稿 新 甲"}, {headOfStaffing, "/文稿 交 1"},
		}, "拟稿人不能审核自己的文稿，请指定另一位同志审核。", draft.Writing, headOfStaffing},
		{"the head wrote it and names a colleague", [][2]string{
			{headOfStaffing, "/文稿 新 甲"}, {headOfStaffing, "/文稿 交 1 给 金国兰"},
		}, "科室审核，在金国兰处", draft.FirstReview, writer},
		{"the head wrote it and names somebody of another section", [][2]string{
			{headOfStaffing, "/文稿 新 甲"}, {headOfStaffing, "/文稿 交 1 给 何代"},
		}, "科室审核须是人事科的同志，何代不是。", draft.Writing, headOfStaffing},
		{"the head wrote it and names himself", [][2]string{
			{headOfStaffing, "/文稿 新 甲"}, {headOfStaffing, "/文稿 交 1 给 周一"},
		}, taken, draft.Writing, headOfStaffing},
		{"the writer is named by hand", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 交 1 给 金国兰"},
		}, taken, draft.Writing, writer},
		{"passed on to the writer", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 交 1"}, {headOfStaffing, "/文稿 转 1 金国兰"},
		}, taken, draft.FirstReview, headOfStaffing},
		{"passed on to the writer by the office", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 交 1"}, {officeClerk, "/文稿 转 1 金国兰"},
		}, taken, draft.FirstReview, headOfStaffing},
		{"written by one, handed in by another: the writer may not review", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 转 1 卢涵贵"}, {colleague, "/文稿 交 1 给 金国兰"},
		}, taken, draft.Writing, colleague},
		{"handed in before: not the first review either", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 转 1 卢涵贵"}, {colleague, "/文稿 交 1"},
			{headOfStaffing, "/文稿 退 1 再改"}, {colleague, "/文稿 转 1 余世建"}, {"J1020", "/文稿 交 1 给 卢涵贵"},
		}, taken, draft.Writing, "J1020"},
		{"the first reviewer may review again after a return", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 交 1"}, {headOfStaffing, "/文稿 退 1 再改"}, {writer, "/文稿 交 1"},
		}, "科室审核，在周一处", draft.FirstReview, headOfStaffing},
		{"a writer of the office: its head reviews first, who is asked for next", [][2]string{
			{officeClerk, "/文稿 新 甲"}, {officeClerk, "/文稿 交 1"}, {headOfOffice, "/文稿 交 1"},
		}, "请指定由谁核稿。", draft.FirstReview, headOfOffice},
		{"a writer of the office: the first reviewer is named for the second", [][2]string{
			{officeClerk, "/文稿 新 甲"}, {officeClerk, "/文稿 交 1"}, {headOfOffice, "/文稿 交 1 给 薛涵明"},
		}, taken, draft.FirstReview, headOfOffice},
		{"a writer of the office: the writer is named for the second", [][2]string{
			{officeClerk, "/文稿 新 甲"}, {officeClerk, "/文稿 交 1"}, {headOfOffice, "/文稿 交 1 给 邹兰志"},
		}, taken, draft.FirstReview, headOfOffice},
		{"a writer of the office: a third person reviews second", [][2]string{
			{officeClerk, "/文稿 新 甲"}, {officeClerk, "/文稿 交 1"}, {headOfOffice, "/文稿 交 1 给 方云庆"},
		}, "办公室核稿，在方云庆处", draft.SecondReview, officeDeputy},
		{"the head of the office wrote it", [][2]string{
			{headOfOffice, "/文稿 新 甲"}, {headOfOffice, "/文稿 交 1 给 方云庆"}, {officeDeputy, "/文稿 交 1"},
		}, "请指定由谁核稿。", draft.FirstReview, officeDeputy},
		{"the first reviewer of an earlier round may not review second", [][2]string{
			{officeClerk, "/文稿 新 甲"}, {officeClerk, "/文稿 交 1 给 方云庆"}, {officeDeputy, "/文稿 交 1 给 何琴小"},
			{"J1009", "/文稿 退 1 再改"}, {officeDeputy, "/文稿 退 1 再改"},
			{officeClerk, "/文稿 交 1 给 薛涵明"}, {headOfOffice, "/文稿 交 1 给 方云庆"},
		}, taken, draft.FirstReview, headOfOffice},
		{"second review must be of the office", [][2]string{
			{writer, "/文稿 新 甲"}, {writer, "/文稿 交 1"}, {headOfStaffing, "/文稿 交 1 给 卢涵贵"},
		}, "办公室核稿须是办公室的同志，卢涵贵不是。", draft.FirstReview, headOfStaffing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			last := ""
			for _, l := range c.lines {
				last = b.Say(l[0], l[1])
			}
			mustContain(t, last, c.want)
			at(t, b, 1, c.stage, c.with)
		})
	}
}

// toSecondReview brings a new draft to the desk of the head of the office.
func toSecondReview(b *bottest.Bot, title string) {
	b.Say(writer, "/文稿 新 "+title)
	b.Say(writer, "/文稿 交 1")
	b.Say(headOfStaffing, "/文稿 交 1")
}

func TestDraftMoves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, who, line, want string
		stage                 draft.Stage
		with                  people.ID
	}{
		{"somebody else hands on", writer, "/文稿 交 1", "W2026-001 现在在薛涵明处（办公室核稿），不在您手上。", draft.SecondReview, headOfOffice},
		{"somebody else sends back", officeClerk, "/文稿 退 1 再改", "不在您手上", draft.SecondReview, headOfOffice},
		{"sent back to the desk before", headOfOffice, "/文稿 退 1 再改", "科室审核，在周一处", draft.FirstReview, headOfStaffing},
		{"sent back without a reason", headOfOffice, "/文稿 退 1", "请写明退回的理由。\n例：/文稿 退 1 ", draft.SecondReview, headOfOffice},
		{"passed over by the holder", headOfOffice, "/文稿 转 1 方云庆 出差三天", "已转。现在：办公室核稿，在方云庆处", draft.SecondReview, officeDeputy},
		{"passed over by the office for the holder", officeClerk, "/文稿 转 1 给 方云庆", "在方云庆处", draft.SecondReview, officeDeputy},
		{"passed over by somebody else", writer, "/文稿 转 1 方云庆", "不在您手上", draft.SecondReview, headOfOffice},
		{"passed over to who has it", officeClerk, "/文稿 转 1 薛涵明", "W2026-001 本来就在薛涵明处。", draft.SecondReview, headOfOffice},
		{"passed over to nobody", headOfOffice, "/文稿 转 1", "请写姓名。\n例：/文稿 转 1 姓名", draft.SecondReview, headOfOffice},
		{"signature by who is no leader", headOfOffice, "/文稿 交 1 给 方云庆", "签发须是委领导，方云庆不是。", draft.SecondReview, headOfOffice},
		{"signature by a name that two bear", headOfOffice, "/文稿 交 1 给 孔强", "有 2 位孔强，请用工号再发一次：", draft.SecondReview, headOfOffice},
		{"signature by number", headOfOffice, "/文稿 交 1 给 j1005", "签发，在孔强处", draft.Signature, "J1005"},
		{"unknown name", headOfOffice, "/文稿 交 1 给 刘玉新", "没有找到“刘玉新”这个人。\n例：/文稿 交 1 给 姓名", draft.SecondReview, headOfOffice},
		{"filed before its time", headOfOffice, "/文稿 归档 1", "还在办公室核稿，校对之后才能归档。", draft.SecondReview, headOfOffice},
		{"withdrawn by the writer", writer, "/文稿 撤 1 不再需要", "已撤销。", draft.Withdrawn, ""},
		{"withdrawn by somebody else", headOfStaffing, "/文稿 撤 1", "只有拟稿人和办公室可以撤销 W2026-001。", draft.SecondReview, headOfOffice},
		{"consultation of what is not major", headOfOffice, "/文稿 会商 1 同意", "不在会商环节，现在是办公室核稿。", draft.SecondReview, headOfOffice},
		{"no number", headOfOffice, "/文稿 交", "请写文稿的编号。\n例：/文稿 交 31", draft.SecondReview, headOfOffice},
		{"no such number", headOfOffice, "/文稿 交 9", "没有 9 号文稿。", draft.SecondReview, headOfOffice},
		{"no number at all", headOfOffice, "/文稿 交 安全", "“安全”不是文稿的编号。", draft.SecondReview, headOfOffice},
		{"a mistake of a stage it went through", headOfOffice, "/文稿 差错 1 审核 标题有错字", "差错已记：科室审核　周一　标题有错字", draft.SecondReview, headOfOffice},
		{"a mistake of a stage to come", headOfOffice, "/文稿 差错 1 印制 漏页", "W2026-001 没有经过印制。", draft.SecondReview, headOfOffice},
		{"a mistake of no stage", headOfOffice, "/文稿 差错 1 漏页", "请写是哪个环节", draft.SecondReview, headOfOffice},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			toSecondReview(b, "关于做好冬季校园安全工作的通知")
			mustContain(t, b.Say(c.who, c.line), c.want)
			at(t, b, 1, c.stage, c.with)
		})
	}
}

// TestDraftTellsThoseConcerned: whom a draft is taken from learns of it.
func TestDraftTellsThoseConcerned(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	toSecondReview(b, "甲")
	b.Pushed(headOfOffice)
	b.Say(officeClerk, "/文稿 转 1 方云庆 薛科长出差")
	if got := b.Pushed(headOfOffice); len(got) != 1 || got[0] != "W2026-001 甲\n邹兰志已把这份文稿从您处转给方云庆。\n说明：薛科长出差" {
		t.Errorf("the old holder got %q", got)
	}
	mustContain(t, strings.Join(b.Pushed(officeDeputy), ""), "邹兰志转到您处，请核稿")
	b.Say(officeClerk, "/文稿 差错 1 拟稿 附件漏了一页")
	mustContain(t, strings.Join(b.Pushed(writer), ""), "邹兰志记了一处差错（您经手的拟稿）：附件漏了一页")
	mustContain(t, b.Say(officeClerk, "/文稿 查 1"), "# 差错\n· 拟稿　金国兰　附件漏了一页（邹兰志 记）")
	b.Say(writer, "/文稿 撤 1 会议取消")
	mustContain(t, strings.Join(b.Pushed(officeDeputy), ""), "金国兰已撤销这份文稿，不用再办。\n说明：会议取消")
}

// TestDraftOfWhoLeft: a draft never goes to somebody who is gone.
func TestDraftOfWhoLeft(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	toSecondReview(b, "甲")
	leave(b, headOfStaffing)
	mustContain(t, b.Say(headOfOffice, "/文稿 退 1 再改"), "科室审核，在卢涵贵处") // not 金国兰, who wrote it
	leave(b, writer)
	mustContain(t, b.Say(colleague, "/文稿 退 1 再改"), "拟稿，在卢涵贵处")
	mustContain(t, b.Say(colleague, "/文稿 交 1"), "请指定由谁审核。")
	mustContain(t, b.Say(colleague, "/文稿 交 1 给 余世建"), "科室审核，在余世建处")
}

func TestDraftUndo(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	b.Say(writer, "/文稿 新 甲")
	b.Say(writer, "/文稿 交 1")
	mustContain(t, b.Say(writer, "/撤回"), "已撤回")
	at(t, b, 1, draft.Writing, writer)
	if d := getDraft(b, 1); len(d.Moves) != 1 {
		t.Errorf("moves after undo: %+v", d.Moves)
	}
	mustContain(t, b.Say(headOfStaffing, "/文稿 交 1"), "不在您手上") // the tap of the message that came too early
	b.Say(writer, "/文稿 交 1")
	b.Say(headOfStaffing, "/文稿 交 1")
	mustContain(t, b.Say(writer, "/撤回"), "又有了新的变动")
	at(t, b, 1, draft.SecondReview, headOfOffice)
	b.Clock.Set("09:11")
	mustContain(t, b.Say(headOfStaffing, "/撤回"), "没有可以撤回的操作")
}

func TestDraftPermission(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	b.Say(writer, "/文稿 新 甲")
	for _, who := range []string{"J1142", "J1141"} { // a teacher, a principal
		for _, line := range []string{"/文稿", "/文稿 查 1", "/文稿 新 乙", "/文稿 撤 1", "/通报", "/值班", "/巡查 人事科 正常"} {
			mustContain(t, b.Say(who, line), "的权限。发 /帮助 看您能用的命令。")
		}
		mustNotContain(t, b.Say(who, "/帮助"), "/文稿", "/通报", "/巡查", "/值班")
	}
	for _, who := range []string{headOfStaffing, leader, "J1088", "J1131"} {
		mustNotContain(t, b.Say(who, "/文稿 查 1"), "权限")
	}
}

func TestDraftTitles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, title, due, reply string }{
		{"/文稿 新 甲", "甲", "", "已建立"},
		{"／文稿　新　甲 重大", "甲", "", "重大文稿，核稿后要会商。"},
		{"/文稿 新 关于 A 的通知 期限：周五前", "关于 A 的通知", "2026-11-27", "期限 11月27日。"},
		{"/文稿 新 甲 重大 期限11月30日", "甲", "2026-11-30", "重大"},
		{"/文稿 新 甲 期限 11-30 重大", "甲", "2026-11-30", "重大"},
		{"/文稿 新建 甲\n乙", "甲 乙", "", "已建立"},
		{"文稿 新 甲", "甲", "", "已建立"},
		{"/draft 新 甲", "甲", "", "已建立"},
		{"/文稿 新 重大", "重大", "", "已建立"},
		{"/文稿 新", "", "", "请写文稿的标题。\n例：/文稿 新 "},
		{"/文稿 新 甲 期限 昨天", "", "", "期限 11月22日 已经过去了。"},
		{"/文稿 新 甲 期限 尽快", "", "", "没看懂日期“尽快”"},
		{"/文稿 新 " + strings.Repeat("甲", 81), "", "", "标题有 81 个字，请压到 80 个字以内。"},
		{"/文稿 新学期工作要点", "", "", "是要新建《学期工作要点》，还是查“新学期工作要点”？\n[新建](/文稿 新 学期工作要点) [查](/文稿 查 新学期工作要点)"},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			mustContain(t, b.Say(writer, c.line), c.reply)
			var d draft.Draft
			b.View(func(tx *store.Tx) error {
				all, err := draft.Open(tx)
				if len(all) > 0 {
					d = all[0]
				}
				return err
			})
			if d.Title != c.title || string(d.Due) != c.due {
				t.Errorf("title %q, due %q", d.Title, d.Due)
			}
		})
	}
}

func TestDraftNumbers(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-12-31 15:00")
	for i := 1; i <= 31; i++ {
		b.Say(writer, fmt.Sprintf("/文稿 新 %d月份工作小结", i))
	}
	const it = "W2026-031 31月份工作小结\n人事科"
	for _, no := range []string{"31", "031", "W2026-031", "w31", "ｗ２０２６－０３１", "2026-31", "#31", "第31号", "31号", "W-31"} {
		mustContain(t, b.Say(writer, "/文稿 查 "+no), it)
	}
	mustContain(t, b.Say(writer, "/文稿 31"), it)
	mustContain(t, b.Say(writer, "/draft 31"), it)
	mustContain(t, b.Say(writer, "文稿查31"), it)
	mustContain(t, b.Say(writer, "/文稿 查 W2025-031"), "没有找到“W2025-031”")
	mustContain(t, b.Say(writer, "/文稿 交 W2025-031"), "没有 W2025-031 这份文稿。")

	b.Clock.Set("2027-01-04 09:00")
	mustContain(t, b.Say(writer, "/文稿 查 31"), it) // the only one
	b.Say(colleague, "/文稿 新 元旦值班安排")
	mustContain(t, b.Say(writer, "/文稿 查 1"), "找到 2 份：", "W2027-001 元旦值班安排", "W2026-001 1月份工作小结", "(/文稿 查 W2026-001)")
	mustContain(t, b.Say(writer, "/文稿 交 1"), "1 号文稿有 2 份：W2027-001《元旦值班安排》、W2026-001《1月份工作小结》。请写上年份。")
	mustContain(t, b.Say(writer, "/文稿 交 2026-1"), "科室审核，在周一处")
	b.Say(headOfOffice, "/文稿 撤 2026-1")
	mustContain(t, b.Say(colleague, "/文稿 交 1"), "W2027-001 元旦值班安排\n已交") // the only one that can move
}

func TestDraftSearch(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	for i, title := range []string{"安全工作总结", "关于做好冬季校园安全工作的通知", "2026年春季招生方案", "ＡＩ素养提升计划", "教师节表彰名单"} {
		b.Say([]string{writer, "J1053"}[i%2], "/文稿 新 "+title)
	}
	b.Say(headOfOffice, "/文稿 撤 1")
	for _, c := range []struct{ words, want string }{
		{"安全", "找到 2 份：\n· W2026-002 关于做好冬季校园安全工作的通知　拟稿　在蒋思晓处　今天刚到\n· W2026-001 安全工作总结　已撤销 11月23日\n[看 W2026-002 的全过程](/文稿 查 W2026-002)"},
		{"安全 通知", "W2026-002 关于做好冬季校园安全工作的通知\n安全稳定科"},
		{"安全通知", "W2026-002 "},
		{"ai", "W2026-004 "},
		{"2026", "W2026-003 "},
		{"人事科", "找到 3 份："},
		{"表彰教师", "W2026-005 "},
		{"食堂", "没有找到“食堂”。"},
		{"99", "没有找到“99”。"},
	} {
		t.Run(c.words, func(t *testing.T) { mustContain(t, b.Say(headOfOffice, "/文稿 查 "+c.words), c.want) })
	}
	mustContain(t, b.Say(headOfOffice, "/文稿 查"), "请写文稿的编号或标题里的词。")
}

func TestDraftNudge(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	b.Say(writer, "/文稿 新 甲")
	mustContain(t, b.Say(writer, "/文稿 催 1"), "W2026-001 就在您手上。")
	b.Say(writer, "/文稿 交 1")
	b.Pushed(headOfStaffing)
	mustContain(t, b.Say(writer, "/文稿 催 1"), "已提醒周一（科室审核，今天刚到）。")
	mustContain(t, strings.Join(b.Pushed(headOfStaffing), ""), "人事科金国兰请您看一下这份文稿（科室审核，今天刚到）。")
	mustContain(t, b.Say(colleague, "/文稿 催 1"), "今天已经催过了")
	if got := b.Pushed(headOfStaffing); got != nil {
		t.Errorf("nudged twice: %q", got)
	}
	b.Clock.Set("2026-11-24 09:00")
	mustContain(t, b.Say(colleague, "/文稿 催 1"), "已提醒周一（科室审核，已 1 天）。")
	b.Say(headOfStaffing, "/文稿 退 1 再改")
	b.Say(writer, "/文稿 撤 1")
	mustContain(t, b.Say(colleague, "/文稿 催 1"), "已撤销，不能再动。")
}
