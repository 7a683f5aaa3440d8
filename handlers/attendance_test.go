package handlers_test

import (
	"strings"
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// bare is a reply without who reported it and without what can be tapped.
func bare(reply string) string {
	var out []string
	for line := range strings.SplitSeq(reply, "\n") {
		if !strings.HasPrefix(line, "[") && !strings.HasPrefix(line, "登记人") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

const (
	saved    = "人事科 11月23日考勤已登记\n"
	allHere  = saved + "应到 6　实到 6　出勤率 100.0%"
	twoAway  = saved + "应到 6　实到 4　出勤率 66.7%\n病假 1：金国兰　公差 1：卢涵贵"
	tip      = "\n例：/考勤 全勤　或　/考勤 缺 姓名(病假) 姓名(公差)"
	notUs    = "您只能登记本单位的考勤，计财科由该单位或办公室登记。"
	oneLate  = saved + "应到 6　实到 6　出勤率 100.0%\n迟到 1：金国兰"
	unproved = "人数对不上：应到 6、实到 5，应有 1 人缺勤，没有列出是谁。未作登记。\n例：/考勤 应到 6 实到 5 缺 甲(病假)"
)

// Monday, 23 November, in the sample county: 人事科 has 周一 (head), 金国兰, 卢涵贵,
// 余世建, 闫淑梅 and 马堃娟; 何代 is head of 计财科, which has nine people.
func TestAttendanceAsTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, said, want string }{
		{"full", "/考勤 全勤", allHere},
		{"full, written together", "/考勤全勤", allHere},
		{"full, without the slash", "考勤 全勤", allHere},
		{"full, in other words", "/考勤 到齐", allHere},
		{"full, with the unit", "/考勤 人事科 全勤", allHere},
		{"full, with the unit in short, together", "/考勤 人事全勤", allHere},
		{"full, with a mention and full-width signs", "@运转 ／考勤　全勤。", allHere},
		{"full, the day behind", "/考勤 全勤 上周五", "人事科 11月20日考勤已登记\n应到 6　实到 6　出勤率 100.0%"},
		{"full, the day before", "/考勤 11月20日 全勤", "人事科 11月20日考勤已登记\n应到 6　实到 6　出勤率 100.0%"},
		{"full, the alias", "/kq 全勤", allHere},
		{"full, but not quite", "/考勤 全勤 但金国兰病假", "“全勤”后面还写了“但金国兰病假”，没有看懂。有人缺勤请写“缺”和姓名。未作登记。" + tip},

		{"reasons in brackets", "/考勤 缺 金国兰(病假) 卢涵贵(公差)", twoAway},
		{"full-width brackets and commas", "/考勤 缺 金国兰（病假）、卢涵贵（公差）", twoAway},
		{"no space anywhere", "/考勤缺金国兰（病假）卢涵贵（公差）", twoAway},
		{"spaces of an input method", "/考 勤 缺 金国兰 （病 假）， 卢涵贵（公差）", twoAway},
		{"a list below each other", "/考勤 缺：\n金国兰 病假\n卢涵贵 公差", twoAway},
		{"reasons behind the names", "/考勤 缺 金国兰 病假 卢涵贵 公差", twoAway},
		{"reasons before the names", "/考勤 缺 病假：金国兰 公差：卢涵贵", twoAway},
		{"reasons written on to the names", "/考勤 缺 金国兰病假、卢涵贵公差", twoAway},
		{"reasons written before the names", "/考勤 缺 病假金国兰、公差卢涵贵", twoAway},
		{"other words for reasons", "/考勤 缺 金国兰(生病) 卢涵贵(出差)", twoAway},
		{"by number", "/考勤 缺 J1018(病假) j1019(公差)", twoAway},
		{"one reason for several", "/考勤 缺 事假 金国兰 卢涵贵 余世建", saved + "应到 6　实到 3　出勤率 50.0%\n事假 3：金国兰、卢涵贵、余世建"},
		{"no reason", "/考勤 缺 金国兰", saved + "应到 6　实到 5　出勤率 83.3%\n未到 1：金国兰"},
		{"a remark", "/考勤 缺 金国兰（病假，半天）", saved + "应到 6　实到 5　出勤率 83.3%\n病假 1：金国兰（半天）"},
		{"a person named like a day", "/考勤 缺 周一(外出)", saved + "应到 6　实到 5　出勤率 83.3%\n外出 1：周一"},
		{"late counts as here", "/考勤 缺 金国兰(迟到)", oneLate},
		{"everybody away", "/考勤 缺 周一 金国兰 卢涵贵 余世建 闫淑梅 马堃娟", saved + "应到 6　实到 0　出勤率 0.0%\n未到 6：周一、金国兰、卢涵贵、余世建、闫淑梅、马堃娟"},

		{"nobody named", "/考勤 缺", "请写缺勤人员的姓名。" + tip},
		{"a reason alone", "/考勤 缺 病假", "请写缺勤人员的姓名。" + tip},
		{"whose reason", "/考勤 缺 金国兰 卢涵贵 病假", "“病假”前面有 2 个人（金国兰、卢涵贵），不知道是其中谁的。未作登记。\n例：/考勤 缺 金国兰(病假) 卢涵贵(病假)"},
		{"unknown reason", "/考勤 缺 金国兰(婚假)", "没有“婚假”这种原因，可以写：病假 事假 年假 产假 公差 培训 外出 未到 旷工 迟到 早退。未作登记。" + tip},
		{"of another unit", "/考勤 缺 何代(病假)", "“何代”不是人事科的人（计财科）。未作登记。" + tip},
		{"of two other units", "/考勤 缺 马明(病假)", "“马明”不是人事科的人。未作登记。" + tip},
		{"a slip of the pen", "/考勤 缺 金国蓝(病假)", "人事科没有“金国蓝”这个人，是不是金国兰？未作登记。" + tip},
		{"a character missing", "/考勤 缺 国兰(病假)", "人事科没有“国兰”这个人，是不是金国兰？未作登记。" + tip},
		{"nobody of the name", "/考勤 缺 欧阳锋(病假)", "人事科没有“欧阳锋”这个人。未作登记。" + tip},
		{"twice", "/考勤 缺 金国兰(病假) J1018", "金国兰写了两次。未作登记。" + tip},
		{"缺 forgotten", "/考勤 金国兰 病假", "还没有登记。要登记缺勤，请加“缺”字："},
		{"not understood", "/考勤 随便写点什么", "没有“随便写点什么”这个单位。" + tip},

		{"numbers", "/考勤 应到 6 实到 6", allHere},
		{"numbers together", "/考勤应到6实到4缺金国兰（病假）卢涵贵（公差）", twoAway},
		{"numbers with words", "/考勤 应到6人，实到4人，缺：金国兰（病假）、卢涵贵（公差）", twoAway},
		{"full-width numbers", "/考勤 应到：６ 实到：４ 缺 金国兰(病假) 卢涵贵(公差)", twoAway},
		{"numbers the other way round", "/考勤 实到 4 应到 6 缺 金国兰(病假) 卢涵贵(公差)", twoAway},
		{"numbers, late is here", "/考勤 应到 6 实到 6 缺 金国兰(迟到)", oneLate},
		{"numbers without names", "/考勤 应到 6 实到 5", unproved},
		{"too few names", "/考勤 应到 6 实到 3 缺 金国兰", "人数对不上：应到 6、实到 3，应有 3 人缺勤，只列了 1 人（金国兰）。未作登记。\n例：/考勤 应到 6 实到 3 缺 甲(病假) 乙 丙(公差)"},
		{"too many names", "/考勤 应到 6 实到 5 缺 金国兰 卢涵贵", "人数对不上：应到 6、实到 5，应有 1 人缺勤，却列了 2 人（金国兰、卢涵贵）。未作登记。\n例：/考勤 应到 6 实到 5 缺 甲(病假)"},
		{"late counted as away", "/考勤 应到 6 实到 5 缺 金国兰(迟到)", "人数对不上：应到 6、实到 5，应有 1 人缺勤；列出的金国兰是迟到或早退，算到岗。未作登记。\n例：/考勤 应到 6 实到 5 缺 甲(病假)"},
		{"more than the roll", "/考勤 应到 7 实到 7", "人数对不上：人事科在册 6 人，报的应到是 7 人，多了 1 人。未作登记。人员有变动请告诉办公室。\n例：/考勤 应到 6 实到 6"},
		{"less than the roll", "/考勤 应到 5 实到 5", "人数对不上：人事科在册 6 人，报的应到是 5 人，少了 1 人。未作登记。人员有变动请告诉办公室。\n例：/考勤 应到 6 实到 6"},
		{"more here than expected", "/考勤 应到 6 实到 7", "人数对不上：应到 6、实到 7，实到多于应到。未作登记。\n例：/考勤 应到 6 实到 6"},
		{"one number", "/考勤 应到 6", "请把应到和实到的人数都写上，用数字。未作登记。\n例：/考勤 应到 9 实到 8 缺 姓名(病假)"},
		{"no number", "/考勤 应到六人实到六人", "请把应到和实到的人数都写上，用数字。未作登记。\n例：/考勤 应到 9 实到 8 缺 姓名(病假)"},
		{"a broken number", "/考勤 应到 6.5 实到 6", "请把应到和实到的人数都写上，用数字。未作登记。\n例：/考勤 应到 9 实到 8 缺 姓名(病假)"},

		{"another unit", "/考勤 计财科 全勤", notUs},
		{"another unit in short", "/考勤 计财 缺 何代", notUs},
		{"no such unit", "/考勤 法规科 全勤", "没有“法规科”这个单位。" + tip},
		{"two units", "/考勤 人事科、计财科 全勤", "单位写了两个：人事科 和 计财科。请一个一个登记。" + tip},
		{"two days", "/考勤 昨天 前天 全勤", "日期写了两个：11月22日 和 11月21日。" + tip},
		{"a Sunday", "/考勤 昨天 全勤", "11月22日（周日）不上班，不用登记考勤。"},
		{"a holiday", "/考勤 10-1 全勤", "10月1日（国庆节）不上班，不用登记考勤。"},
		{"tomorrow", "/考勤 明天 全勤", "11月24日还没到，不能登记。"},
		{"three workdays back", "/考勤 11-18 全勤", "人事科 11月18日考勤已登记\n应到 6　实到 6　出勤率 100.0%"},
		{"four workdays back", "/考勤 11-17 全勤", "11月17日已超过 3 个工作日，请由办公室补登记。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 08:50")
			if got := bare(b.Say(headOfStaffing, c.said)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if got, want := recorded(b), strings.Contains(c.want, "已登记"); got != want {
				t.Errorf("recorded: %v, want %v", got, want)
			}
		})
	}
}

// recorded says whether 人事科 or 计财科 has reported for one of the days of the tests.
func recorded(b *bottest.Bot) (any bool) {
	b.View(func(tx *store.Tx) error {
		for _, unit := range []string{"人事科", "计财科"} {
			for day := calendar.Day("2026-11-17"); day <= "2026-11-24"; day = day.AddDays(1) {
				_, ok, err := attendance.Get(tx, day, unit)
				if err != nil {
					return err
				}
				any = any || ok
			}
		}
		return nil
	})
	return any
}

func TestWhoMayReportAttendance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, who, said, want string }{
		{"staff", writer, "/考勤 全勤", "人事科的考勤由负责人或考勤员登记。查自己的记录发 /考勤 我。"},
		{"a leader", leader, "/考勤 全勤", "委领导不在考勤范围内。"},
		{"a principal", "J1141", "/考勤 全勤", "您没有“/考勤”的权限。发 /帮助 看您能用的命令。"},
		{"the office for any unit", officeClerk, "/考勤 基教科 全勤", "基础教育科 11月23日考勤已登记\n应到 9　实到 9　出勤率 100.0%"},
		{"the office, unit and day together", officeClerk, "/考勤 计财科上周五全勤", "没有“计财科上周五”这个单位，是不是：计财科？" + tip},
		{"the office on a Sunday", officeClerk, "/考勤 计财科昨天全勤", "计财科 11月22日考勤已登记\n应到 9　实到 9　出勤率 100.0%\n这天不上班，按值班登记。"},
		{"the office, long ago", officeClerk, "/考勤 计财科 10-10 全勤", "10月10日已超过 31 天，不能再登记。"},
		{"the office for a school", officeClerk, "/考勤 城区一小 全勤", "机关考勤只报科室和直属单位，城区第一小学不用报。"},
		{"the office for the leaders", officeClerk, "/考勤 委领导 全勤", "委领导不在考勤范围内。"},
		{"the office, many units of the name", officeClerk, "/考勤 一小 全勤", "叫“一小”的单位有 5 个：城区第一小学、东片第一小学、西片第一小学、南片第一小学、北片第一小学。请写全称。" + tip},
		{"an outsider", "nobody", "/考勤 全勤", "还不认识您这个账号。请向办公室要一个绑定码，再发 /绑定 <码>。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 08:50")
			if got := bare(b.Say(c.who, c.said)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Two of one name in a unit are asked for, not guessed.
func TestAttendanceOfTwoWithOneName(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 08:50")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, colleague)
		if err != nil {
			return err
		}
		p.Name = "金国兰"
		return people.Put(tx, p)
	})
	const want = "有 2 位金国兰，请用工号再发一次：\n· J1018 金国兰　人事科　副科长\n· J1019 金国兰　人事科　科员"
	for _, said := range []string{"/考勤 缺 金国兰(病假)", "/考勤 缺 金国兰病假"} {
		if got := b.Say(headOfStaffing, said); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got\n%s", said, got)
		}
	}
	if got := bare(b.Say(headOfStaffing, "/考勤 缺 J1019(病假)")); !strings.HasSuffix(got, "病假 1：金国兰") {
		t.Errorf("by number:\n%s", got)
	}
}

// A second report replaces the first, which is kept; undoing it brings it back.
func TestAttendanceReportedAgain(t *testing.T) {
	t.Parallel()
	k := talk{Bot: newBot(t, "2026-11-23 08:40")}
	k.say(headOfStaffing, "/考勤")
	k.say(headOfStaffing, "/考勤 缺 金国兰(病假) 卢涵贵(公差)")
	k.Clock.Set("08:52")
	k.say(headOfStaffing, "/考勤 缺 卢涵贵(公差) 金国兰(病假)")
	k.say(headOfStaffing, "/考勤 全勤")
	k.say(headOfStaffing, "/考勤")
	k.say(headOfStaffing, "/撤回")
	k.say(headOfStaffing, "/考勤")
	k.say(headOfStaffing, "/撤回")
	k.Clock.Set("2026-11-24 08:30")
	k.say(headOfStaffing, "/考勤 缺 马堃娟(事假)")
	k.say(headOfStaffing, "/撤回")
	k.say(headOfStaffing, "/考勤")
	golden(t, "attendance/again", k.text.String())
}

func TestAttendanceShown(t *testing.T) {
	t.Parallel()
	k := talk{Bot: newBot(t, "2026-11-23 08:52")}
	k.say(headOfStaffing, "/考勤 缺 金国兰(病假，半天) 卢涵贵(公差)")
	k.say(officeClerk, "/考勤 计财科 缺 何代(迟到) 闫淑凡")
	k.say(officeClerk, "/考勤 查")
	k.say(leader, "/考勤 查 人事科")
	k.say(leader, "/考勤 查 昨天")
	k.say(headOfStaffing, "/考勤 查")
	k.say(headOfStaffing, "/考勤 查 计财科")
	k.say(writer, "/考勤 查")
	k.say(writer, "/考勤 我")
	k.say(writer, "/考勤 我 上月")
	k.say("J1002", "/考勤 我 13月")
	golden(t, "attendance/shown", k.text.String())
}

// Names and reasons stay out of groups but the office's own.
func TestAttendanceInAGroup(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 08:52")
	b.Say(headOfStaffing, "/考勤 缺 金国兰(病假)")
	if got := b.SayIn("机关中层群", officeClerk, "/考勤 查 人事科"); strings.Contains(got, "金国兰") || !strings.Contains(got, "病假 1") {
		t.Errorf("in a group:\n%s", got)
	}
	if got := b.SayIn("办公室群", officeClerk, "/考勤 查 人事科"); !strings.Contains(got, "病假 1：金国兰") {
		t.Errorf("in the office's group:\n%s", got)
	}
	if got := b.SayIn("机关中层群", writer, "/考勤 我"); got != "已私发给您。" {
		t.Errorf("my own in a group:\n%s", got)
	}
	if got := b.Pushed(writer); len(got) != 1 || !strings.Contains(got[0], "病假 1") {
		t.Errorf("privately: %q", got)
	}
}

func TestAttendanceOfficer(t *testing.T) {
	t.Parallel()
	k := talk{Bot: newBot(t, "2026-11-23 08:52")}
	k.say(headOfStaffing, "/考勤 考勤员")
	k.say(headOfStaffing, "/考勤 考勤员 何代")
	k.say(headOfStaffing, "/考勤 考勤员 金国兰")
	k.say(writer, "/我的")
	k.say(writer, "/考勤 全勤")
	k.say(writer, "/考勤 考勤员 卢涵贵")
	k.say(headOfStaffing, "/我的")
	k.say(headOfStaffing, "/考勤 考勤员 计财科 何代")
	k.say(officeClerk, "/考勤 考勤员 计财科 闫淑凡")
	k.say(officeClerk, "/考勤 考勤员 计财科")
	k.say(officeClerk, "/撤回")
	k.say(officeClerk, "/考勤 考勤员 计财科")
	k.say(headOfStaffing, "/考勤 考勤员 取消")
	k.say(writer, "/考勤 全勤")
	golden(t, "attendance/officer", k.text.String())
}

// After the bulletin is out a report is 补报, and what the bulletin holds is not
// undone under it.
func TestAttendanceAfterTheBulletin(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 17:25")
	b.Say(headOfStaffing, "/考勤 全勤")
	b.Clock.Advance(5 * time.Minute)
	b.Update(func(tx *store.Tx) error { return attendance.MarkPublished(tx, "2026-11-23") })
	if got := b.Say(headOfStaffing, "/撤回"); got != "不能撤回：17:25 的“/考勤”之后，又有了新的变动。请直接更正。" {
		t.Errorf("undo: %s", got)
	}
	if got := bare(b.Say(headOfStaffing, "/考勤 全勤")); !strings.HasSuffix(got, "与上次登记的相同，没有变动。") {
		t.Errorf("the same again:\n%s", got)
	}
	const want = "人事科 11月23日考勤已补报\n应到 6　实到 5　出勤率 83.3%\n病假 1：金国兰\n替换了 17:25 的登记（应到 6　实到 6），原登记留存。\n当天的通报已经发布，这次登记将在下一期更正。"
	if got := bare(b.Say(headOfStaffing, "/考勤 缺 金国兰(病假)")); got != want {
		t.Errorf("late:\n%s", got)
	}
}
