package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"yunzhuan/bot"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// day is a day with attendance and a patrol, at 16:00.
func day(t *testing.T, commands ...*bot.Command) *bottest.Bot {
	t.Helper()
	if commands == nil {
		commands = surveyCommands()
	}
	b := bottest.New(t, "2026-11-23 08:50", commands...)
	b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆 邹兰志 武强远")
	b.Say(headOfStaffing, "/考勤 缺 金国兰(病假) 余世建(公差)")
	b.Say("J1023", "/考勤 全勤")
	b.Say("J1051", "/考勤 缺 侯静")
	b.Say("J1093", "/考勤 全勤")
	b.Clock.Set("09:30")
	for _, unit := range []string{"计财科", "基础教育科", "督导室", "教师进修学院", "招生考试中心"} {
		b.Say(inspector, "/巡查 "+unit+" 正常")
	}
	b.Clock.Set("09:55")
	b.Say(officeDeputy, "/巡查 人事科 缺岗 卢涵贵 闫淑梅 9:40 未履行请假手续")
	b.Say(officeDeputy, "/巡查 职成教科 环境卫生 走廊堆放杂物")
	b.Say(officeDeputy, "/巡查 安全稳定科 表扬 接待来访耐心细致")
	b.Say(officeDeputy, "/巡查 安全稳定科 表扬 张远远 主动加班")
	b.Say(officeDeputy, "/巡查 学生资助中心 其他 反映蔡永芳办公室长期上锁")
	b.Clock.Set("16:00")
	for _, who := range []string{leader, officeDeputy, officeClerk, inspector} { // the roster
		b.Pushed(who)
	}
	return b
}

func one(t *testing.T, got []string) string {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1: %q", len(got), got)
	}
	return got[0]
}

// TestBulletinGoesOut: the whole of it, to everyone who gets it.
func TestBulletinGoesOut(t *testing.T) {
	t.Parallel()
	b := day(t)
	golden(t, "bulletin/preview", b.Say(headOfOffice, "/通报 预览"))
	if got := b.Say(headOfOffice, "/通报 发布"); got != "2026年第1期已发布，送 4 个群，并通知有关同志 7 人次。" {
		t.Errorf("reply %q", got)
	}
	public, full := one(t, b.PushedTo("机关中层群")), one(t, b.PushedTo("委领导群"))
	golden(t, "bulletin/public", public)
	golden(t, "bulletin/full", full)
	if got := one(t, b.PushedTo("机关职工群")); got != public {
		t.Errorf("to the staff: %s", got)
	}
	if got := one(t, b.PushedTo("办公室群")); got != full+"\n[file: 机关巡查信息 2026年第1期.docx]" {
		t.Errorf("to the office: %s", got)
	}
	if got := b.PushedTo("校长群"); got != nil {
		t.Errorf("to the principals: %q", got)
	}
	b.View(func(tx *store.Tx) error {
		all, err := people.All(tx)
		for _, p := range all {
			mustNotContain(t, public, p.Name)
		}
		return err
	})
	var private strings.Builder
	for _, who := range []string{"J1019", "J1021", "J1017", "J1041", "J1054", "J1051", "J1121", "J1018", officeDeputy, leader} {
		for _, text := range b.Pushed(who) {
			fmt.Fprintf(&private, "〔→ %s〕\n%s\n\n", who, text)
		}
	}
	golden(t, "bulletin/private", private.String())
}

// TestBulletinReadBack: an issue reads the same for good, whoever is renamed,
// moves or leaves.
func TestBulletinReadBack(t *testing.T) {
	t.Parallel()
	b := day(t)
	b.Say(headOfOffice, "/通报 发布")
	public, full := one(t, b.PushedTo("机关中层群")), one(t, b.PushedTo("委领导群"))
	b.Update(func(tx *store.Tx) error {
		for _, id := range []people.ID{"J1019", leader, inspector, "J1054"} {
			p, _, err := people.Get(tx, id)
			if err != nil {
				return err
			}
			p.Name, p.Post, p.Unit = "改名", "处长", "师训科"
			if err := people.Put(tx, p); err != nil {
				return err
			}
		}
		u, _, err := people.GetUnit(tx, "人事科")
		if err != nil {
			return err
		}
		u.Kind, u.Closed = people.Affiliated, true
		return people.PutUnit(tx, u)
	})
	leave(b, "J1021")
	leave(b, officeDeputy)
	b.Clock.Set("2027-02-01 09:00")
	for _, ask := range []string{"/通报", "/通报 第1期", "/通报 1", "/通报 2026年第1期", "/通报 2026-11-23", "/通报 去年11月23日"} {
		if got := b.Say(headOfOffice, ask); got != full+formsOfFirst {
			t.Errorf("%s reads\n%s\nwas\n%s", ask, got, full)
		}
	}
	if got := b.Say(writer, "/通报 第1期"); got != public+formsOfFirst {
		t.Errorf("to the staff it reads\n%s\nwas\n%s", got, public)
	}
	if got := b.SayIn("机关中层群", headOfOffice, "/通报 第1期"); got != public+formsOfFirst {
		t.Errorf("in a group it reads\n%s\nwas\n%s", got, public)
	}
}

// formsOfFirst offers the first issue in its other forms.
const formsOfFirst = "\n[图片](/通报 2026年第1期 图片) [Word](/通报 2026年第1期 Word) [PDF](/通报 2026年第1期 PDF)"

func TestBulletinForms(t *testing.T) {
	t.Parallel()
	b := day(t)
	b.Say(headOfOffice, "/通报 发布")
	for line, want := range map[string]string{
		"/通报 第1期 PDF":        "[file: 机关巡查信息 2026年第1期.pdf]",
		"/通报 word":           "[file: 机关巡查信息 2026年第1期.docx]",
		"/通报 今天 文件":          "[file: 机关巡查信息 2026年第1期.docx]",
		"/通报 2026年第1期 图片":    "[picture: 机关巡查信息　2026年第1期]",
		"/通报 第2期 PDF":        "还没有第2期。",
		"/通报 第1期 PPT 和 word": "没看懂",
	} {
		mustContain(t, b.Say(writer, line), want)
	}
}

// TestBulletinNames: where the office wants it so, the groups see the names.
func TestBulletinNames(t *testing.T) {
	t.Parallel()
	b := day(t, handlers.All(handlers.Deps{Push: bottest.Push(), PublicFindings: "name", MinGroup: 5})...)
	b.Say(headOfOffice, "/通报 发布")
	public := one(t, b.PushedTo("机关中层群"))
	if full := one(t, b.PushedTo("委领导群")); public != full {
		t.Errorf("in public %s", public)
	}
	if got := b.Say(writer, "/通报"); got != public+formsOfFirst {
		t.Errorf("read back %s", got)
	}
}

func TestBulletinLong(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	for i := range 30 {
		unit := []string{"人事科", "计财科", "基础教育科", "安全稳定科", "后勤服务中心"}[i%5]
		line := fmt.Sprintf("/巡查 %s 办公秩序 第%d处问题", unit, i+1)
		if i%3 == 0 {
			line = fmt.Sprintf("/巡查 %s 缺岗 9:%02d", unit, i)
		}
		b.Say(inspector, line)
	}
	b.Say(headOfOffice, "/通报 发布")
	golden(t, "bulletin/long", one(t, b.PushedTo("机关职工群")))
	mustContain(t, one(t, b.Pushed(headOfStaffing)), "2026年第1期《机关巡查信息》载有贵单位 6 条记录：")
}

// TestBulletinContradiction: a unit where something was found is not in order,
// and a head learns of himself once.
func TestBulletinContradiction(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(inspector, "/巡查 安全稳定科 正常")
	b.Say(inspector, "/巡查 安全稳定科 表扬 服务热情")
	b.Say(officeDeputy, "/巡查 人事科 迟到 周一 9:20")
	b.Say(headOfOffice, "/通报 发布")
	public := one(t, b.PushedTo("机关中层群"))
	mustContain(t, public, "1. 计财科、安全稳定科：人员在岗，秩序良好。\n2. 表扬：安全稳定科服务热情（记录 X1-1）。\n3. 人事科：1 人 9:20 迟到（记录 X1-2）。")
	mustContain(t, one(t, b.Pushed(headOfStaffing)), "11月23日 9:20 巡查记录（X1-2）：迟到。已载入2026年第1期《机关巡查信息》。")
}

func TestBulletinByHand(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	mustContain(t, b.Say(headOfOffice, "/通报"), "还没有发布过《机关巡查信息》。")
	mustContain(t, b.Say(headOfOffice, "/通报 第3期"), "还没有第3期。")
	mustContain(t, b.Say(headOfOffice, "/通报 昨天"), "11月22日没有发布通报。")
	mustContain(t, b.Say(headOfOffice, "/通报 看看"), "没看懂日期“看看”", "例：/通报 第3期，或 /通报 昨天")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "今天没有巡查记录，没有可发布的通报。")
	mustContain(t, b.Say(headOfOffice, "/通报 预览"), "今天还没有巡查记录，不会发布。")
	mustContain(t, b.Say(headOfOffice, "/通报 发布 第3期"), "只能处理今天的通报，后面不用写“第3期”。")
	for _, sub := range []string{"预览", "发布", "暂缓", "恢复", "更正"} {
		mustContain(t, b.Say(writer, "/通报 "+sub), "您没有“/通报 "+sub+"”的权限。")
	}
	b.Say(inspector, "/巡查 人事科 正常")
	mustContain(t, b.Say(headOfOffice, "/通报 恢复"), "11月23日的通报没有暂缓。")
	mustContain(t, b.Say(headOfOffice, "/通报 暂缓"), "已暂缓，到点不会自动发布。\n[恢复自动发布](/通报 恢复) [现在发布](/通报 发布)")
	mustContain(t, b.Say(headOfOffice, "/通报 预览"), "已暂缓，到点不会自动发布。")
	mustContain(t, b.Say(headOfOffice, "/通报 恢复"), "已恢复，到点自动发布。")
	mustContain(t, b.Say(headOfOffice, "/通报 暂缓"), "已暂缓")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "2026年第1期已发布")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "今天的通报已经发布，不会再发一次。")
	mustContain(t, b.Say(officeClerk, "/通报 暂缓"), "11月23日的通报已经发布（2026年第1期）。")
	mustContain(t, b.Say(officeClerk, "/通报 预览"), "今天的通报已发布（2026年第1期）。")
	mustNotContain(t, b.Say(headOfOffice, "/撤回"), "已撤回")
}

// TestPreviewStaysInTheOffice: it has names in it.
func TestPreviewStaysInTheOffice(t *testing.T) {
	t.Parallel()
	b := day(t)
	mustContain(t, b.SayIn("办公室群", headOfOffice, "/通报 预览"), "卢涵贵")
	if got := b.SayIn("机关中层群", headOfOffice, "/通报 预览"); got != "预览里有姓名，已单独发给您。" {
		t.Errorf("in the group %q", got)
	}
	mustContain(t, one(t, b.Pushed(headOfOffice)), "卢涵贵")
}

// TestBulletinCorrections: what comes after a bulletin stands in the next one.
func TestBulletinCorrections(t *testing.T) {
	t.Parallel()
	b := day(t)
	b.Say(headOfOffice, "/通报 发布")
	b.Clock.Set("17:00")
	b.Say("J1032", "/考勤 全勤")       // 补报
	b.Say("J1051", "/考勤 缺 侯静(病假)") // another version of what is published
	b.Say(inspector, "/巡查 计财科 早退 万燕贵 16:50")
	b.Say(inspector, "/巡查 师训科 正常")
	mustContain(t, b.Say(headOfOffice, "/通报 更正"), "请写更正哪一期。\n例：/通报 更正 第3期")
	mustContain(t, b.Say(headOfOffice, "/通报 更正 第9期 有误"), "还没有第9期。")
	mustContain(t, b.Say(headOfOffice, "/通报 更正 第1期"), "请写更正的内容。")
	mustContain(t, b.Say(headOfOffice, "/通报 更正 第1期 卢涵贵系公差"), "更正会发到各群，请不要写姓名，写单位和记录号。")
	mustContain(t, b.Say(headOfOffice, "/通报 更正 第1期 记录 X1-1 写错"), "对2026年第1期的更正已记下，载入下一期：")
	mustContain(t, b.Say(headOfOffice, "/撤回"), "已撤回")
	b.Say(headOfOffice, "/通报 更正 第1期 “人事科 2 人缺岗”（X1-1）经核实为公差，予以更正")
	b.Clock.Set("2026-11-24 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	for range 4 {
		b.PushedTo("机关中层群")
	}
	preview := b.Say(headOfOffice, "/通报 预览")
	b.Say(headOfOffice, "/通报 发布")
	public := one(t, b.PushedTo("机关中层群"))
	golden(t, "bulletin/corrections", public)
	mustContain(t, preview, "人事科、师训科（11月23日）", "第1期：基础教育科 11月23日补报考勤")
	b.Clock.Set("2026-11-25 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(headOfOffice, "/通报 发布")
	mustNotContain(t, one(t, b.PushedTo("机关中层群")), "更正", "X1-1", "早退") // each once
}

// TestBulletinNumbers run without a gap, also when a commit fails, and from 1
// each year.
func TestBulletinNumbers(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-12-29 10:00")
	publish := func(day, want string) {
		t.Helper()
		b.Clock.Set(day + " 10:00")
		b.Say(inspector, "/巡查 人事科 缺岗 9:00")
		b.FailCommits(1)
		mustContain(t, b.Say(headOfOffice, "/通报 发布"), want+"已发布")
		texts := b.PushedTo("委领导群")
		mustContain(t, one(t, texts), want+"　县教委办公室", "（记录 X"+want[len("2026年第"):len(want)-len("期")]+"-1）")
	}
	publish("2026-12-29", "2026年第1期")
	publish("2026-12-30", "2026年第2期")
	publish("2026-12-31", "2026年第3期")
	b.Clock.Set("2026-12-31 17:00")
	b.Say(inspector, "/巡查 计财科 缺岗 16:40") // stands in the first of next year
	publish2027 := func(day, want string) {
		t.Helper()
		b.Clock.Set(day + " 10:00")
		b.Say(inspector, "/巡查 人事科 正常")
		mustContain(t, b.Say(headOfOffice, "/通报 发布"), want+"已发布")
	}
	publish2027("2027-01-04", "2027年第1期")
	mustContain(t, one(t, b.PushedTo("委领导群")), "计财科（12月31日）：16:40 缺岗（记录 X1-1）。")
	publish2027("2027-01-05", "2027年第2期")
	mustContain(t, b.Say(headOfOffice, "/通报 第3期"), "2026年第3期")
	mustContain(t, b.Say(headOfOffice, "/通报 第2期"), "2027年第2期")
	mustContain(t, b.Say(headOfOffice, "/通报 2026年第2期"), "2026年第2期")
	b.View(func(tx *store.Tx) error {
		for year, nos := range map[int]int{2026: 3, 2027: 2} {
			for no := 1; no <= nos; no++ {
				if _, err := bulletin.Get(tx, year, no); err != nil {
					t.Errorf("%d/%d: %v", year, no, err)
				}
			}
		}
		return nil
	})
}

// TestBulletinWithoutGroups says that nobody was reached.
func TestBulletinWithoutGroups(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Update(func(tx *store.Tx) error {
		all, err := people.Groups(tx)
		for _, g := range all {
			g.Gone = true
			if err == nil {
				err = people.PutGroup(tx, g)
			}
		}
		return err
	})
	b.Say(inspector, "/巡查 人事科 正常")
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "还没有绑定接收通报的群")
}
