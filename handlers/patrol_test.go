package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// inspector is of 派驻纪检组.
const inspector = "J1087"

// findings lists what was recorded on a day.
func findings(b *bottest.Bot, day calendar.Day) (out []patrol.Finding) {
	b.View(func(tx *store.Tx) (err error) {
		out, err = patrol.Offices.On(tx, day)
		return err
	})
	return out
}

// TestPatrolForms records findings in the ways people write them.
func TestPatrolForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line    string
		unit    string
		kind    patrol.Kind
		persons string
		clock   string
		note    string
	}{
		{"/巡查 人事科 正常", "人事科", patrol.InOrder, "", "", ""},
		{"／巡查　人事科　正常", "人事科", patrol.InOrder, "", "", ""},
		{"巡查 人事科正常", "人事科", patrol.InOrder, "", "", ""},
		{"/patrol 基教科 正常 ", "基础教育科", patrol.InOrder, "", "", ""},
		{"/巡查 人事科 缺岗", "人事科", patrol.Absent, "", "", ""},
		{"/巡查 人事科 缺岗 卢涵贵 9:40 未履行请假手续", "人事科", patrol.Absent, "J1019", "9:40", "未履行请假手续"},
		{"/巡查 人事科 缺岗 9:40 卢涵贵 未履行请假手续", "人事科", patrol.Absent, "J1019", "9:40", "未履行请假手续"},
		{"/巡查 人事科 缺岗 卢涵贵、余世建 ９：４０", "人事科", patrol.Absent, "J1019 J1020", "9:40", ""},
		{"/巡查 人事科 缺岗 卢涵贵，余世建 9点40分", "人事科", patrol.Absent, "J1019 J1020", "9:40", ""},
		{"/巡查 人事科 缺岗 卢涵贵 余世建 上午9点半", "人事科", patrol.Absent, "J1019 J1020", "9:30", ""},
		{"/巡查 人事科 缺岗 卢涵贵和余世建 上午 9:40", "人事科", patrol.Absent, "J1019 J1020", "9:40", ""},
		{"/巡查 人事科 缺岗卢涵贵 9时40分", "人事科", patrol.Absent, "J1019", "9:40", ""},
		{"/巡查 人事科 缺岗：卢涵贵", "人事科", patrol.Absent, "J1019", "", ""},
		{"/巡查 人事科 缺岗 J1019", "人事科", patrol.Absent, "J1019", "", ""},
		{"/巡查 人事科 缺岗 ｊ１０１９", "人事科", patrol.Absent, "J1019", "", ""},
		{"/巡查 人事科 迟到 卢涵贵（未请假） 9:05", "人事科", patrol.Late, "J1019", "9:05", "未请假"},
		{"/巡查 人事科 早退 卢涵贵 未请假", "人事科", patrol.LeftEarly, "J1019", "", "未请假"},
		{"/巡查 人事科 脱岗 2人 去向不明", "人事科", patrol.AwayFrom, "", "", "2人 去向不明"},
		{"/巡查 人事科 缺岗 备注 周转房停电", "人事科", patrol.Absent, "", "", "周转房停电"},
		{"/巡查 人事科 办公秩序 上班时间聊天，声音大", "人事科", patrol.Order, "", "", "上班时间聊天，声音大"},
		{"/巡查 教师进修学院 环境卫生 走廊堆放\n杂物", "教师进修学院", patrol.Cleanliness, "", "", "走廊堆放 杂物"},
		{"/巡查 人事科 接待服务 周到", "人事科", patrol.Reception, "", "", "周到"},
		{"/巡查 安全稳定科 表扬 侯静 接待来访耐心细致", "安全稳定科", patrol.Praise, "J1052", "", "接待来访耐心细致"},
		{"/巡查 安全稳定科 表扬 接待来访耐心细致", "安全稳定科", patrol.Praise, "", "", "接待来访耐心细致"},
		{"/巡查 人事科 其他 打印机故障", "人事科", patrol.Other, "", "", "打印机故障"},
		{"/巡查 职成教科 缺岗 马明 9:40", "职成教科", patrol.Absent, "J1041", "9:40", ""}, // the other 马明 is of another unit
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			reply := b.Say(inspector, c.line)
			mustContain(t, reply, "巡查已登记　"+c.unit, "11月23日第 1 条。\n[撤回](/撤回) [巡查进度](/巡查 进度)")
			all := findings(b, "2026-11-23")
			if len(all) != 1 {
				t.Fatalf("%d findings", len(all))
			}
			f := all[0]
			var ids []string
			for _, id := range f.Persons {
				ids = append(ids, string(id))
			}
			if f.Unit != c.unit || f.Kind != c.kind || strings.Join(ids, " ") != c.persons || f.Clock != c.clock || f.Note != c.note || f.By != inspector {
				t.Errorf("recorded %+v", f)
			}
		})
	}
}

func TestPatrolMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, who, line, want string }{
		{"no unit", inspector, "/巡查", "请写单位和情形。\n例：/巡查 人事科"},
		{"no kind", inspector, "/巡查 人事科", "请写单位和情形。"},
		{"unknown kind", inspector, "/巡查 人事科 摸鱼", "没有“摸鱼”这种情形。可以写：正常 缺岗 迟到 早退 脱岗 办公秩序 环境卫生 接待服务 表扬 其他。"},
		{"unknown unit", inspector, "/巡查 基础教育处 正常", "没有“基础教育处”这个单位，是不是：基础教育科"},
		{"nothing like a unit", inspector, "/巡查 财政局 正常", "没有“财政局”这个单位。"},
		{"a school", inspector, "/巡查 城区第一小学 正常", "城区第一小学是学校，不在机关巡查范围内，请用 /校务 记。\n例：/校务 城区第一小学 正常"},
		{"the leaders", inspector, "/巡查 委领导 正常", "委领导不在巡查范围内。"},
		{"own unit", inspector, "/巡查 派驻纪检组 正常", "派驻纪检组是您所在的单位，请由别的同志记录。"},
		{"own unit of the office", officeClerk, "/巡查 办公室 缺岗", "办公室是您所在的单位"},
		{"a leader not on duty", leader, "/巡查 人事科 正常", "本周不是您带班，不能记巡查。"},
		{"no inspector", writer, "/巡查 计财科 正常", "您没有“/巡查”的权限。"},
		{"a mistyped name", inspector, "/巡查 人事科 缺岗 卢涵桂", "人事科没有“卢涵桂”这个人，是不是卢涵贵？"},
		{"a mistyped second name", inspector, "/巡查 人事科 缺岗 卢涵贵 余世健", "人事科没有“余世健”这个人，是不是余世建？"},
		{"a mistyped name of a list", inspector, "/巡查 人事科 缺岗 卢涵贵、余世健", "人事科没有“余世健”这个人。"},
		{"somebody of another unit", inspector, "/巡查 人事科 表扬 何代", "人事科没有“何代”这个人（在计财科）。"},
		{"what may be a name", inspector, "/巡查 人事科 缺岗 周转房", "人事科没有“周转房”这个人。是备注的话，前面请加“备注”两个字。"},
		{"a name twice", inspector, "/巡查 人事科 缺岗 卢涵贵 卢涵贵", "卢涵贵写了两次。"},
		{"names with 正常", inspector, "/巡查 人事科 正常 卢涵贵", "“正常”后面不用写姓名。"},
		{"其他 without a word", inspector, "/巡查 人事科 其他", "“其他”请写明情况。"},
		{"a time to come", inspector, "/巡查 人事科 缺岗 卢涵贵 15:00", "15:00 还没到，现在是 10:00。"},
		{"a time that may be two", inspector, "/巡查 人事科 缺岗 卢涵贵 3点", "“3点”分不清上午下午"},
		{"no time", inspector, "/巡查 人事科 缺岗 卢涵贵 25:00", "没有“25:00”这个时间"},
		{"a long note", inspector, "/巡查 人事科 其他 " + strings.Repeat("长", 201), "备注请压到 200 个字以内。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			mustContain(t, b.Say(c.who, c.line), c.want)
			if all := findings(b, "2026-11-23"); len(all) != 0 {
				t.Errorf("recorded %+v", all)
			}
		})
	}
}

// TestPatrolSameNameInAUnit asks which one is meant.
func TestPatrolSameNameInAUnit(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1020")
		if err != nil {
			return err
		}
		p.Name = "卢涵贵"
		return people.Put(tx, p)
	})
	mustContain(t, b.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 9:40"), "有 2 位卢涵贵，请用工号再发一次：\n· J1019 卢涵贵　人事科　科员\n· J1020 卢涵贵　人事科　科员")
	mustContain(t, b.Say(inspector, "/巡查 人事科 缺岗 余世建、卢涵贵"), "人事科没有“余世建”这个人")
	if all := findings(b, "2026-11-23"); len(all) != 0 {
		t.Fatalf("recorded %+v", all)
	}
	mustContain(t, b.Say(inspector, "/巡查 人事科 缺岗 J1020 9:40"), "缺岗　卢涵贵　9:40")
}

func TestPatrolInAGroup(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	reply := b.SayIn("机关中层群", inspector, "@运转 /巡查 人事科 缺岗 卢涵贵 9:40")
	mustContain(t, reply, "缺岗　1 人　9:40")
	mustNotContain(t, reply, "卢涵贵")
}

func TestPatrolByLeaderOnDuty(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆、武强远")
	mustContain(t, b.Say(leader, "/巡查 人事科 正常"), "巡查已登记　人事科")
	mustContain(t, b.Say("J1003", "/巡查 人事科 正常"), "本周不是您带班")
	mustContain(t, b.Say("J1005", "/巡查 人事科 正常"), "巡查已登记") // 纪检组长, an inspector
	b.Clock.Set("2026-11-30 10:00")
	mustContain(t, b.Say(leader, "/巡查 人事科 正常"), "本周不是您带班")
}

func TestPatrolProgress(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(inspector, "/巡查 人事科 表扬 服务热情")
	b.Say(officeDeputy, "/巡查 学生资助中心 正常")
	b.Clock.Set("2026-11-24 10:00")
	b.Say(inspector, "/巡查 计财科 缺岗")
	const want = "巡查进度\n今日　已巡 1 个单位：计财科\n本周　已巡 3 个，还有 13 个\n" +
		"本周未巡　办公室、基础教育科、职成教科、安全稳定科、督导室、体卫艺科、师训科、党建科、派驻纪检组、教师进修学院、招生考试中心、教育技术装备中心、后勤服务中心\n" +
		"[办公室 正常](/巡查 办公室 正常)"
	mustContain(t, b.Say(inspector, "/巡查 进度"), want)
	b.Clock.Set("2026-11-30 09:00")
	mustContain(t, b.Say(inspector, "/巡查 进度"), "今日　已巡 0 个单位\n本周　已巡 0 个，还有 16 个")
}

func TestPatrolUndo(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 16:00")
	b.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 9:40")
	b.Say(inspector, "/巡查 计财科 正常")
	b.Say(inspector, "/巡查 计财科 缺岗 9:50")
	mustContain(t, b.Say(inspector, "/撤回"), "已撤回")
	mustContain(t, b.Say(inspector, "/巡查 计财科 迟到 闫淑凡 9:50"), "第 3 条") // corrected
	var units []string
	for _, f := range findings(b, "2026-11-23") {
		units = append(units, f.Unit+string(f.Kind))
	}
	if want := []string{"人事科缺岗", "计财科正常", "计财科迟到"}; !slices.Equal(units, want) {
		t.Errorf("recorded %q", units)
	}
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "2026年第1期已发布")
	mustNotContain(t, b.Say(inspector, "/撤回"), "已撤回") // it is in a bulletin
	if n := len(findings(b, "2026-11-23")); n != 3 {
		t.Errorf("%d findings after the bulletin", n)
	}
}

// TestPatrolSeveral records several findings with one message, or none of them.
func TestPatrolSeveral(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want []string // unit, kind, people, note
	}{
		{"/巡查 人事科、计财科，党建科 正常", []string{"人事科 正常", "计财科 正常", "党建科 正常"}},
		{"/巡查 人事科 计财科 正常", []string{"人事科 正常", "计财科 正常"}},
		{"/巡查 人事科、计财科 环境卫生 走廊堆放杂物", []string{"人事科 环境卫生 走廊堆放杂物", "计财科 环境卫生 走廊堆放杂物"}},
		{"/巡查 人事科 正常\n计财科 缺岗 毛诗强 9:40\n/巡查 党建科正常", []string{"人事科 正常", "计财科 缺岗 J1026 9:40", "党建科 正常"}},
		{"/巡查\n人事科 正常\n\n计财科 正常", []string{"人事科 正常", "计财科 正常"}},
		{"/巡查 人事科 正常；计财科 缺岗 毛诗强；", []string{"人事科 正常", "计财科 缺岗 J1026"}},
		{"/巡查 人事科 办公秩序 上班聊天；声音大\n窗户没关", []string{"人事科 办公秩序 上班聊天；声音大 窗户没关"}},
		{"/巡查 人事科、计财科 正常\n党建科 表扬 万明志 耐心", []string{"人事科 正常", "计财科 正常", "党建科 表扬 J1079 耐心"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			reply := b.Say(inspector, c.line)
			mustContain(t, reply, "巡查已登记", "[撤回](/撤回)")
			var got []string
			for _, f := range findings(b, "2026-11-23") {
				words := []string{f.Unit, string(f.Kind)}
				for _, id := range f.Persons {
					words = append(words, string(id))
				}
				got = append(got, strings.TrimSpace(strings.Join(append(words, f.Clock, f.Note), " ")))
				got[len(got)-1] = strings.Join(strings.Fields(got[len(got)-1]), " ")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("recorded %q, want %q; reply:\n%s", got, c.want, reply)
			}
			if len(c.want) > 1 {
				mustContain(t, reply, fmt.Sprintf("巡查已登记　%d 条", len(c.want)))
			}
			b.Say(inspector, "/撤回")
			if left := findings(b, "2026-11-23"); len(left) != 0 {
				t.Errorf("after /撤回: %+v", left)
			}
		})
	}
	for _, c := range []struct{ name, line, want string }{
		{"one of them is mistyped", "/巡查 人事科 正常\n计财可 正常", "第 2 条：没有“计财可”这个单位，是不是：计财科？ 都没有记。"},
		{"one of them is one's own unit", "/巡查 人事科、派驻纪检组 正常", "第 2 条：派驻纪检组是您所在的单位，请由别的同志记录。 都没有记。"},
		{"a unit twice", "/巡查 人事科、人事科 正常", "人事科写了两次。"},
		{"names for several units", "/巡查 人事科、计财科 缺岗 卢涵贵", "几个单位一起记，不能写姓名。写姓名的请一个单位一行。"},
		{"no kind", "/巡查 人事科、计财科", "请写单位和情形。"},
		{"no kind after two words", "/巡查 人事科 计财科", "请写是什么情形：正常 缺岗"},
		{"no kind on a line", "/巡查 人事科 正常\n计财科", "第 2 条：请写单位和情形。 都没有记。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			mustContain(t, b.Say(inspector, c.line), c.want)
			if all := findings(b, "2026-11-23"); len(all) != 0 {
				t.Errorf("recorded %+v", all)
			}
		})
	}
	b := newBot(t, "2026-11-23 10:00")
	mustNotContain(t, b.SayIn("机关中层群", inspector, "/巡查 人事科 缺岗 卢涵贵\n计财科 正常"), "卢涵贵")
}

// TestPatrolUnverified: what is not known is recorded and published as such.
func TestPatrolUnverified(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"/巡查 人事科 缺岗 卢涵贵 9:40 未核实", "/巡查 人事科 缺岗 卢涵贵（未核实） 9:40", "/巡查 人事科 未核实 缺岗 卢涵贵 9:40", "/巡查 人事科 缺岗 卢涵贵 9:40 （待核实）"} {
		b := newBot(t, "2026-11-23 10:00")
		mustContain(t, b.Say(inspector, line), "缺岗　卢涵贵　9:40　未核实", "不计入考核。核实后请改：/巡查 改 1 …")
		if f := findings(b, "2026-11-23")[0]; !f.Unverified || f.Note != "" || len(f.Persons) != 1 {
			t.Errorf("%s: %+v", line, f)
		}
		b.Say(headOfOffice, "/通报 发布")
		mustContain(t, strings.Join(b.PushedTo("机关中层群"), "\n"), "（记录 X1-1，未核实）")
		mustContain(t, strings.Join(b.Pushed("J1019"), "\n"), "这条还没有核实，不计入考核。")
	}
	b := newBot(t, "2026-11-23 10:00")
	mustContain(t, b.Say(inspector, "/巡查 人事科 正常 未核实"), "“正常”不能记成未核实。没有看到的，先不要记。")
	if f := findings(b, "2026-11-23"); len(f) != 0 {
		t.Errorf("recorded %+v", f)
	}
}

// TestPatrolAskedBack: somebody whom their unit reported as away is recorded only
// when it is meant, and a group does not learn why they are away.
func TestPatrolAskedBack(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say("J1017", "/考勤 缺 卢涵贵(病假) 余世建(公差) 闫淑梅(迟到)")
	for _, c := range []struct{ line, want string }{
		{"/巡查 人事科 缺岗 卢涵贵 9:40", "当天考勤里，卢涵贵登记为病假。没有记。确认要记的，请点“照记”。\n[照记](/巡查 人事科 缺岗 卢涵贵 9:40 照记)"},
		{"/巡查 计财科 正常\n人事科 脱岗 余世建、卢涵贵", "卢涵贵登记为病假，余世建登记为公差。没有记。"},
	} {
		mustContain(t, b.Say(inspector, c.line), c.want)
	}
	if f := findings(b, "2026-11-23"); len(f) != 0 {
		t.Fatalf("recorded %+v", f)
	}
	if got := b.SayIn("机关中层群", inspector, "/巡查 人事科 缺岗 卢涵贵"); strings.Contains(got, "病假") || strings.Contains(got, "卢涵贵") {
		t.Errorf("said in a group: %s", got)
	}
	mustContain(t, b.Say(inspector, "/巡查 人事科 迟到 闫淑梅"), "巡查已登记")
	mustContain(t, b.Say(inspector, "/巡查 人事科 表扬 卢涵贵 带病值守"), "巡查已登记")
	mustContain(t, b.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 9:40 照记"), "巡查已登记")
	all := findings(b, "2026-11-23")
	if f := all[len(all)-1]; !f.Confirmed || f.Note != "" || len(all) != 3 {
		t.Errorf("recorded %+v", all)
	}
}

// TestPatrolChange: until a bulletin holds it, whoever recorded a finding, or the
// office, changes and withdraws it, and never one on their own unit.
func TestPatrolChange(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 9:40\n办公室 环境卫生 走廊堆放杂物\n计财科 正常")
	const list = "巡查记录　11月23日\n· 第 1 条　人事科　缺岗　卢涵贵　9:40\n· 第 2 条　办公室　环境卫生　走廊堆放杂物\n· 第 3 条　计财科　正常\n通报发布以前可以改、可以撤"
	mustContain(t, b.Say(inspector, "/巡查 记录"), list)
	mustNotContain(t, b.SayIn("机关中层群", inspector, "/巡查 记录"), "卢涵贵")
	mustContain(t, b.Say(inspector, "/巡查 记录 昨天"), "巡查记录　11月22日\n没有记录。")
	for _, c := range []struct{ name, who, line, want string }{
		{"no number", inspector, "/巡查 撤", "请写第几条。发 /巡查 记录 看今天的各条。\n例：/巡查 撤 3"},
		{"no such number", inspector, "/巡查 撤 9", "11月23日没有第 9 条巡查记录。"},
		{"another day", inspector, "/巡查 撤 昨天 1", "11月22日没有第 1 条巡查记录。"},
		{"a word too much", inspector, "/巡查 撤 1 吧", "没看懂“吧”。"},
		{"another inspector", "J1088", "/巡查 撤 1", "这条记录不是您记的，请记录人或办公室处理。"},
		{"the office on itself", officeClerk, "/巡查 撤 2", "办公室是您所在的单位，这条记录请由别的同志处理。"},
		{"the office on itself, by a change", officeClerk, "/巡查 改 2 计财科 正常", "办公室是您所在的单位，这条记录请由别的同志处理。"},
		{"to one's own unit", inspector, "/巡查 改 1 派驻纪检组 正常", "派驻纪检组是您所在的单位，请由别的同志记录。"},
		{"into two", inspector, "/巡查 改 1 人事科、计财科 正常", "一条只能改成一条。"},
		{"into nonsense", inspector, "/巡查 改 1 人事科 摸鱼", "没有“摸鱼”这种情形。"},
		{"into nothing", inspector, "/巡查 改 1", "请写单位和情形。"},
		{"no inspector", writer, "/巡查 撤 1", "您没有“/巡查 撤”的权限。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mustContain(t, b.Say(c.who, c.line), c.want)
			mustContain(t, b.Say(inspector, "/巡查 记录"), list)
		})
	}
	mustContain(t, b.Say(inspector, "/巡查 改 第1条 人事科 迟到 卢涵贵 9:05 已到岗"), "巡查已改　人事科\n迟到　卢涵贵　9:05　已到岗\n11月23日第 1 条。")
	if got := b.Pushed(inspector); len(got) != 0 {
		t.Errorf("told of one's own change: %q", got)
	}
	mustContain(t, b.Say(officeClerk, "/巡查 改 1 人事科 迟到 9:05 未核实"), "巡查已改　人事科")
	if got := b.Pushed(inspector); len(got) != 1 || !strings.Contains(got[0], "邹兰志改了您记的一条巡查记录：11月23日第 1 条，人事科　迟到。") {
		t.Errorf("whoever recorded it got %q", got)
	}
	if f := findings(b, "2026-11-23")[0]; f.By != inspector || f.Kind != patrol.Late || !f.Unverified || len(f.Persons) != 0 {
		t.Errorf("changed to %+v", f)
	}
	mustContain(t, b.Say(inspector, "/巡查 撤 3"), "已撤销：11月23日第 3 条，计财科　正常。\n[撤回](/撤回)")
	mustContain(t, b.Say(inspector, "/撤回"), "已撤回")
	mustContain(t, b.Say(officeClerk, "/巡查 撤 3"), "已撤销：11月23日第 3 条")
	mustNotContain(t, b.Say(officeClerk, "/撤回"), "已撤回") // whoever recorded it was told
	b.Say(headOfOffice, "/通报 发布")
	for _, line := range []string{"/巡查 撤 1", "/巡查 改 1 人事科 正常"} {
		mustContain(t, b.Say(inspector, line), "这条记录已载入通报（X1-1），不能再改。需要更正的请办公室发：/通报 更正 第1期 X1-1")
	}
	mustContain(t, b.Say(inspector, "/巡查 记录"), "· X1-1　人事科　迟到　9:05　未核实\n", "都已载入通报，不再改动；要更正，请办公室发 /通报 更正。")
	mustContain(t, b.Say(inspector, "/巡查 撤 3"), "11月23日第 3 条已经撤销。")
	b.Say(inspector, "/巡查 计财科 正常")
	mustContain(t, b.Say(inspector, "/巡查 记录"), "· 第 4 条　计财科　正常\n有编号的已载入通报，不再改动。\n通报发布以前可以改")
}
