package handlers_test

import (
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
		out, err = patrol.On(tx, day)
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
		{"a school", inspector, "/巡查 城区第一小学 正常", "城区第一小学是学校，机关巡查只记科室和直属单位。"},
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
