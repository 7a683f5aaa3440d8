package handlers_test

import (
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Of 城区第一小学.
const (
	principal   = "J1141"
	schoolStaff = "J1142"
)

// visits lists what was recorded of schools on a day.
func visits(b *bottest.Bot, day calendar.Day) (out []patrol.Finding) {
	b.View(func(tx *store.Tx) (err error) {
		out, err = patrol.Schools.On(tx, day)
		return err
	})
	return out
}

// name is a person's name.
func name(b *bottest.Bot, id string) string { return b.Person(id).Name }

// give adds a role to a person.
func give(b *bottest.Bot, id people.ID, role people.Role) {
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, id)
		if err != nil {
			return err
		}
		p.Roles = append(p.Roles, role)
		return people.Put(tx, p)
	})
}

// TestSchoolForms records visits in the ways people write them: one code reads them
// and those of the offices, so a few will do.
func TestSchoolForms(t *testing.T) {
	t.Parallel()
	who := name(newBot(t, "2026-11-23 10:00"), schoolStaff)
	for _, c := range []struct {
		line string
		want []string // unit, kind, people, time, note
	}{
		{"/校务 城区第一小学 正常", []string{"城区第一小学 正常"}},
		{"／校务　城区一小　正常。", []string{"城区第一小学 正常"}},
		{"校务 城区第一小学正常", []string{"城区第一小学 正常"}},
		{"/school 城区第一小学 正常", []string{"城区第一小学 正常"}},
		{"/校务 城区第一小学、东片二中，城区中心幼儿园 正常", []string{"城区第一小学 正常", "东片第二中学 正常", "城区中心幼儿园 正常"}},
		{"/校务 城区第一小学 缺岗 " + who + " ９：４０ 未请假", []string{"城区第一小学 缺岗 J1142 9:40 未请假"}},
		{"/校务 城区第一小学 环境卫生 走廊堆放\n杂物", []string{"城区第一小学 环境卫生 走廊堆放 杂物"}},
		{"/校务 城区第一小学 正常\n/校务 城区第二小学 表扬 校园整洁", []string{"城区第一小学 正常", "城区第二小学 表扬 校园整洁"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			mustContain(t, b.Say(inspector, c.line), "校务检查已登记", "[撤回](/撤回) [校务进度](/校务 进度)")
			var got []string
			for _, f := range visits(b, "2026-11-23") {
				words := []string{f.Unit, string(f.Kind)}
				for _, id := range f.Persons {
					words = append(words, string(id))
				}
				got = append(got, strings.Join(strings.Fields(strings.Join(append(words, f.Clock, f.Note), " ")), " "))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("recorded %q", got)
			}
			if all := findings(b, "2026-11-23"); len(all) != 0 {
				t.Errorf("in the book of the offices: %+v", all)
			}
			b.Say(inspector, "/撤回")
			if left := visits(b, "2026-11-23"); len(left) != 0 {
				t.Errorf("after /撤回: %+v", left)
			}
		})
	}
}

func TestSchoolMistakes(t *testing.T) {
	t.Parallel()
	who := name(newBot(t, "2026-11-23 10:00"), schoolStaff)
	for _, c := range []struct{ name, who, line, want string }{
		{"no school", inspector, "/校务", "请写学校和情形。\n例：/校务 城区第一小学 缺岗"},
		{"no kind", inspector, "/校务 城区第一小学", "请写学校和情形。"},
		{"unknown kind", inspector, "/校务 城区第一小学 摸鱼", "没有“摸鱼”这种情形。可以写：正常 缺岗"},
		{"a mistyped school", inspector, "/校务 城区第一小雪 正常", "没有“城区第一小雪”这个单位，是不是：城区第一小学"},
		{"several schools", inspector, "/校务 第一小学 正常", "叫“第一小学”的单位有 5 个：城区第一小学、东片第一小学"},
		{"a section", inspector, "/校务 人事科 正常", "人事科是科室，不在校务检查范围内，请用 /巡查 记。\n例：/巡查 人事科 正常"},
		{"a section in short", inspector, "/校务 基教科 正常", "基础教育科是科室"},
		{"an affiliated unit", inspector, "/校务 教师进修学院 正常", "教师进修学院是直属单位，不在校务检查范围内，请用 /巡查 记。"},
		{"the leaders", inspector, "/校务 委领导 正常", "委领导不在校务检查范围内。"},
		{"a section on the second line", inspector, "/校务 城区第一小学 环境卫生 乱\n/巡查 人事科 正常", "第 2 条：人事科是科室，不在校务检查范围内，请用 /巡查 记。 都没有记。"},
		{"a school after a section", inspector, "/巡查 人事科 环境卫生 乱\n/校务 城区第一小学 正常", "第 2 条：城区第一小学是学校，不在机关巡查范围内，请用 /校务 记。 都没有记。"},
		{"one's own school, as its principal", principal, "/校务 城区第一小学 正常", "城区第一小学是您所在的单位，请由别的同志记录。"},
		{"one's own school, as a teacher", schoolStaff, "/校务 城区第一小学 表扬", "城区第一小学是您所在的单位，请由别的同志记录。"},
		{"a leader not on duty", leader, "/校务 城区第一小学 正常", "本周不是您带班，不能记校务检查。"},
		{"no inspector", writer, "/校务 城区第一小学 正常", "您没有“/校务”的权限。"},
		{"another principal", "J1146", "/校务 城区第一小学 正常", "您没有“/校务”的权限。"},
		{"a mistyped name", inspector, "/校务 城区第一小学 缺岗 " + string([]rune(who)[:1]) + "某某", "城区第一小学没有“"},
		{"a time to come", inspector, "/校务 城区第一小学 缺岗 15:00", "15:00 还没到，现在是 10:00。"},
		{"正常 not verified", inspector, "/校务 城区第一小学 正常 未核实", "“正常”不能记成未核实。"},
		{"a day to come", inspector, "/校务 记录 明天", "11月24日还没到。\n例：/校务 记录 昨天"},
		{"a finding of a day to come", inspector, "/校务 撤 明天 1", "11月24日还没到。"},
		{"no such number", inspector, "/校务 撤 9", "11月23日没有第 9 条校务检查记录。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 10:00")
			give(b, principal, people.Inspector)
			give(b, schoolStaff, people.Inspector)
			mustContain(t, b.Say(c.who, c.line), c.want)
			if all := append(visits(b, "2026-11-23"), findings(b, "2026-11-23")...); len(all) != 0 {
				t.Errorf("recorded %+v", all)
			}
		})
	}
}

// TestSchoolAskedBack: schools report no attendance today; where one is known all
// the same, whoever is away is asked back about.
func TestSchoolAskedBack(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	who := name(b, schoolStaff)
	mustContain(t, b.Say(inspector, "/校务 城区第一小学 缺岗 "+who+" 9:40 未核实"), "缺岗　"+who+"　9:40　未核实", "核实后请改：/校务 改 1 …")
	b.Say(inspector, "/校务 撤 1")
	b.Say(hrHead, "/考勤 缺 卢涵贵(病假)")
	b.Update(func(tx *store.Tx) error {
		u, _, err := people.GetUnit(tx, "人事科")
		if err != nil {
			return err
		}
		u.Kind = people.School // the only one whose attendance is known
		return people.PutUnit(tx, u)
	})
	mustContain(t, b.Say(inspector, "/校务 人事科 缺岗 卢涵贵"), "当天考勤里，卢涵贵登记为病假。没有记。", "[照记](/校务 人事科 缺岗 卢涵贵 照记)")
	mustNotContain(t, b.SayIn("校长群", inspector, "/校务 人事科 缺岗 卢涵贵"), "卢涵贵")
	mustContain(t, b.Say(inspector, "/校务 人事科 缺岗 卢涵贵 照记"), "校务检查已登记")
	if all := visits(b, "2026-11-23"); len(all) != 1 || !all[0].Confirmed {
		t.Errorf("recorded %+v", all)
	}
}

func TestSchoolByLeaderOnDuty(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆、武强远")
	mustContain(t, b.Say(leader, "/校务 城区第一小学 正常"), "校务检查已登记　城区第一小学")
}

func TestSchoolProgress(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-10-30 10:00")
	b.Say(inspector, "/校务 北片第一小学 正常") // another month
	b.Clock.Set("2026-11-02 10:00")
	b.Say(inspector, "/校务 城区第一小学、东片第一小学 正常")
	b.Clock.Set("2026-11-23 10:00")
	b.Say(inspector, "/校务 城区第二小学 环境卫生 走廊堆放杂物")
	b.Say(inspector, "/巡查 人事科 正常")
	golden(t, "school/progress", b.Say(inspector, "/校务 进度"))
	mustContain(t, b.Say(inspector, "/巡查 进度"), "今日　已巡 1 个单位：人事科\n")
}

// TestSchoolChange: the two books number apart, and what is done in one does not
// touch the other.
func TestSchoolChange(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 10:00")
	b.Say(inspector, "/巡查 人事科 正常")
	b.Say(inspector, "/校务 城区第一小学 环境卫生 走廊堆放杂物")
	mustContain(t, b.Say(inspector, "/校务 记录"), "校务检查记录　11月23日\n· 第 1 条　城区第一小学　环境卫生　走廊堆放杂物\n通报发布以前可以改、可以撤：/校务 改 <第几条> …，/校务 撤 <第几条>。")
	mustContain(t, b.Say(inspector, "/校务 改 1 人事科 正常"), "请用 /巡查 记。")
	mustContain(t, b.Say(officeClerk, "/校务 改 1 城区第一小学 办公秩序 上课铃响后走廊喧哗"), "校务检查已改　城区第一小学\n办公秩序")
	if got := b.Pushed(inspector); len(got) != 1 || !strings.Contains(got[0], "邹兰志改了您记的一条校务检查记录：11月23日第 1 条，城区第一小学　环境卫生。") {
		t.Errorf("whoever recorded it got %q", got)
	}
	mustContain(t, b.Say("J1088", "/校务 撤 1"), "这条记录不是您记的")
	give(b, principal, people.Office)
	mustContain(t, b.Say(principal, "/校务 撤 1"), "城区第一小学是您所在的单位，这条记录请由别的同志处理。")
	mustContain(t, b.Say(inspector, "/校务 撤 1"), "已撤销：11月23日第 1 条，城区第一小学　办公秩序。")
	if all := findings(b, "2026-11-23"); len(all) != 1 || all[0].Withdrawn {
		t.Errorf("of the offices: %+v", all)
	}
	mustContain(t, b.Say(headOfOffice, "/通报 发布"), "已发布")
	if got := strings.Join(b.PushedTo("办公室群"), "\n"); strings.Contains(got, "城区") {
		t.Errorf("the bulletin has a school: %s", got)
	}
}
