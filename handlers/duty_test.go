package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

func TestDuty(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line, want string }{
		{"next week", "/值班 排 下周 刘玉欣 方云庆 武强远", "巡查值班　11月30日至12月6日\n带班领导　刘玉欣（副主任）\n成员　方云庆、武强远\n已排好，前一周最后一个工作日通知到人。\n[撤回](/撤回)"},
		{"by a date", "/值班 排 12-8 刘玉欣 方云庆", "巡查值班　12月7日至13日"},
		{"sloppily", "／值班 排 下周 刘玉欣，方云庆、武强远，", "成员　方云庆、武强远"},
		{"the leader alone", "/值班 排 下周 刘玉欣", "成员　未排"},
		{"no leader", "/值班 排 下周 方云庆 武强远", "带班须是委领导，方云庆不是。\n例：/值班 排 下周 领导姓名 成员甲 成员乙"},
		{"a member who is no inspector", "/值班 排 下周 刘玉欣 金国兰", "成员须是巡查组、派驻纪检组或办公室的同志，金国兰不是。"},
		{"a teacher", "/值班 排 下周 刘玉欣 J1142", "成员须是巡查组、派驻纪检组或办公室的同志"},
		{"somebody twice", "/值班 排 下周 刘玉欣 方云庆 方云庆", "方云庆写了两次。"},
		{"the leader as member", "/值班 排 下周 刘玉欣 刘玉欣", "刘玉欣写了两次。"},
		{"a name that two bear", "/值班 排 下周 孔强 方云庆", "有 2 位孔强，请用工号再发一次：\n· J1005 孔强　委领导　纪检组长\n· J1146 孔强　城区第二小学　校长"},
		{"nobody", "/值班 排 下周", "请写哪一周和带班领导。"},
		{"an unknown name", "/值班 排 下周 刘玉兴", "没有找到“刘玉兴”这个人。"},
		{"a week gone by", "/值班 排 上周 刘玉欣", "11月16日至22日这一周已经过去了。"},
		{"no week", "/值班 排 刘玉欣 方云庆", "没看懂是哪一周：“刘玉欣”"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			mustContain(t, b.Say(headOfOffice, c.line), c.want)
			if c.want[:len("巡查值班")] != "巡查值班" && c.name != "sloppily" && c.name != "the leader alone" {
				mustContain(t, b.Say(headOfOffice, "/值班 下周"), "还没有排班。")
			}
		})
	}
}

// TestDutyShown: everyone of the commission sees the roster; the office alone
// sets it.
func TestDutyShown(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	b.Say(officeClerk, "/值班 排 下周 刘玉欣 方云庆")
	mustContain(t, b.Say(writer, "/值班"), "巡查值班　11月23日至29日\n还没有排班。")
	mustContain(t, b.Say(writer, "/duty 下周"), "带班领导　刘玉欣（副主任）")
	mustContain(t, b.Say(writer, "/值班 12月2日"), "带班领导　刘玉欣（副主任）")
	mustContain(t, b.Say(writer, "/值班 看看"), "没看懂是哪一周：“看看”", "例：/值班 下周")
	mustContain(t, b.Say(writer, "/值班 排 下周 刘玉欣"), "您没有“/值班 排”的权限。")
	mustContain(t, b.Say(officeClerk, "/撤回"), "已撤回")
	mustContain(t, b.Say(writer, "/值班 下周"), "还没有排班。")
}

// TestDutyChangedLate: whoever is put on this week's roster, or taken off it,
// learns of it at once.
func TestDutyChangedLate(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-24 09:00")
	mustContain(t, b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆 武强远"), "已排好，有变动的同志已通知到人。")
	for who, want := range map[string]string{leader: "这一周由您带班巡查。", officeDeputy: "这一周由您参加巡查。", inspector: "这一周由您参加巡查。"} {
		if got := b.Pushed(who); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s got %q", who, got)
		}
	}
	b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆 邹兰志")
	for who, want := range map[string]string{leader: "", officeDeputy: "", inspector: "值班有调整，这一周不再由您巡查。", officeClerk: "这一周由您参加巡查。"} {
		if got := strings.Join(b.Pushed(who), ""); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s got %q", who, got)
		}
	}
}

// roster reads the roster of the week of a day.
func roster(b *bottest.Bot, day calendar.Day) (d duty.Duty) {
	b.View(func(tx *store.Tx) (err error) {
		d, _, err = duty.Of(tx, calendar.WeekOf(day))
		return err
	})
	return d
}

func lastDraw(t *testing.T, b *bottest.Bot, day calendar.Day) (d duty.Draw) {
	t.Helper()
	b.View(func(tx *store.Tx) error {
		all, err := duty.Draws(tx, calendar.WeekOf(day))
		if len(all) > 0 {
			d = all[len(all)-1]
		}
		return err
	})
	return d
}

func TestDutyDrawMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line, want string }{
		{"no week", "/值班 抽签", "请写哪一周。\n例：/值班 抽签 下周"},
		{"a week gone by", "/值班 抽签 上周", "这一周已经过去了。"},
		{"nobody", "/值班 抽签 下周 0人", "成员可以抽 1 到 10 人。"},
		{"too many", "/值班 抽签 下周 50人", "成员可以抽 1 到 10 人。"},
		{"a leader who is none", "/值班 抽签 下周 方云庆", "带班须是委领导，方云庆不是。不参加抽签的人写在“除”后面。"},
		{"two leaders", "/值班 抽签 下周 刘玉欣 黎锋", "带班只能是一位。"},
		{"except nobody", "/值班 抽签 下周 除", "“除”后面请写不参加的人。"},
		{"except somebody unknown", "/值班 抽签 下周 除 方云青", "没有找到“方云青”这个人"},
		{"anew without a reason", "/值班 抽签 下周 重抽", "重抽要写理由，理由会公示。"},
		{"not enough are left", "/值班 抽签 下周 10人 除 方云庆 邹兰志 薛涵明 何琴小 董一俊 顾凡梓 秦盛雪 何云丽 程诗德 叶光然 毛琴佳 袁昌晓", "能抽的成员只有 6 人，不够 10 人。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			mustContain(t, b.Say(headOfOffice, c.line), c.want)
			mustContain(t, b.Say(headOfOffice, "/值班 下周"), "还没有排班。")
			mustContain(t, b.Say(writer, "/值班 公示 下周"), "这一周没有抽过签。")
		})
	}
	b := newBot(t, "2026-11-23 09:00")
	mustContain(t, b.Say(inspector, "/值班 抽签 下周"), "您没有“/值班 抽签”的权限。")
}

// TestDutyDraw: a draw is kept with all it follows from, cannot be taken back, and
// is made anew only with a reason that everyone sees.
func TestDutyDraw(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	reply := b.Say(headOfOffice, "／值班 抽签 下周 刘玉欣 ３人 除 方云庆、邹兰志")
	first := lastDraw(t, b, "2026-11-30")
	mustContain(t, reply, "带班领导　刘玉欣（副主任）", "不参加　方云庆、邹兰志", "种子　"+first.Seed+"（第 1 次抽签）",
		"前一周最后一个工作日通知到人。", "[抽签公示](/值班 公示 2026-11-30)")
	now := roster(b, "2026-11-30")
	if len(now.Members) != 3 || now.Has(officeDeputy) || now.Has(officeClerk) || !slices.Equal(now.Members, first.Result.Members) {
		t.Errorf("roster %+v after draw %+v", now, first)
	}
	for _, who := range []string{leader, inspector, headOfOffice} {
		if got := b.Pushed(who); len(got) > 0 {
			t.Errorf("%s was told before the notice: %q", who, got)
		}
	}
	mustNotContain(t, b.Say(headOfOffice, "/撤回"), "已撤回")
	mustContain(t, b.Say(headOfOffice, "/值班 抽签 下周"), "11月30日至12月6日已经排好了。要重新抽签，请写明理由，理由会公示。\n例：/值班 抽签 下周 3人 重抽 姓名甲出差")
	b.Clock.Advance(1)
	reply = b.Say(headOfOffice, "/值班 抽签 下周 重抽：两位要出差")
	second := lastDraw(t, b, "2026-11-30")
	mustContain(t, reply, "带班领导　刘玉欣", "（第 2 次抽签）")
	if second.No != 2 || second.Seed == first.Seed || second.Result.Leader != leader || !slices.Equal(roster(b, "2026-11-30").Members, second.Result.Members) {
		t.Errorf("second draw %+v", second)
	}
	shown := b.Say(writer, "/值班 公示 下周")
	mustContain(t, shown, "种子　"+second.Seed+"　第 2 次抽签　11月23日 9:00", "第 2 次重抽的理由　两位要出差", "按种子重算，结果一致。")
	if n := strings.Count(shown, "抽中"); n != 2 {
		t.Errorf("%d drawn:\n%s", n, shown)
	}
	second.Result.Members[0] = "J1010"
	if second.Holds() {
		t.Error("a result that the seed does not give holds")
	}
	b.Say(headOfOffice, "/值班 排 下周 刘玉欣 方云庆")
	mustContain(t, b.Say(writer, "/值班 公示 下周"), "抽签之后，值班表有调整")
}

// TestDutyDrawLeave: whoever is on leave today is not drawn for the week that has
// begun, and everyone who was drawn learns of it at once.
func TestDutyDrawLeave(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-24 09:00")
	mustContain(t, b.Say("J1086", "/考勤 缺 武强远(病假) 邵俊远(事假) 田锋远(年假) 叶航琪(产假) J1091(病假) 罗平(公差)"), "已登记")
	reply := b.Say(headOfOffice, "/值班 抽签 本周 10人")
	mustContain(t, reply, "不参加　武强远、邵俊远、田锋远、叶航琪、马明", "有变动的同志已通知到人。")
	for _, id := range []people.ID{"J1087", "J1088", "J1089", "J1090", "J1091"} {
		if roster(b, "2026-11-24").Has(id) {
			t.Errorf("%s is on leave and was drawn", id)
		}
	}
	for _, id := range roster(b, "2026-11-24").Everyone() {
		if got := b.Pushed(string(id)); len(got) != 1 || !strings.Contains(got[0], "这一周由您") {
			t.Errorf("%s got %q", id, got)
		}
	}
}

// TestDutyYearIsFair draws a year, with two people off now and then: among the
// others nobody has a second turn before all had their first, and so on; whoever was
// off does not fall far behind.
func TestDutyYearIsFair(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-01-05 09:00")
	offEver := map[people.ID]bool{}
	turns := map[people.ID]int{}
	led := map[people.ID]int{}
	day := calendar.Day("2026-01-05")
	var before duty.Duty
	var pool, leaders []people.ID
	b.View(func(tx *store.Tx) error {
		all, err := people.All(tx)
		for _, p := range all {
			switch {
			case p.Has(people.Leader):
				leaders = append(leaders, p.ID)
			case p.Has(people.Inspector, people.Office):
				pool = append(pool, p.ID)
			}
		}
		return err
	})
	for week := range 51 {
		b.Clock.Set(string(day) + " 09:00")
		line := "/值班 抽签 本周"
		if week%4 == 3 {
			// The same two go away now and then.
			line += fmt.Sprintf(" 除 %s %s", pool[0], pool[1])
			offEver[pool[0]], offEver[pool[1]] = true, true
		}
		mustContain(t, b.Say(headOfOffice, line), "种子")
		d := roster(b, day)
		if len(d.Members) != 2 {
			t.Fatalf("week %s: %+v", d.Week, d)
		}
		if draw := lastDraw(t, b, day); !draw.Holds() {
			t.Errorf("week %s cannot be drawn again", d.Week)
		}
		// Seven are of the discipline team: so long they and the office go together.
		if week < 6 && b.Person(string(d.Members[0])).Unit == b.Person(string(d.Members[1])).Unit {
			t.Errorf("week %s: both members are of one unit: %q", d.Week, d.Members)
		}
		led[d.Leader]++
		for _, id := range d.Everyone() {
			turns[id]++
			if before.Has(id) {
				t.Errorf("week %s: %s is on duty two weeks running", d.Week, id)
			}
		}
		before = d
		least, most := 1<<30, 0
		for _, id := range pool {
			if !offEver[id] {
				least, most = min(least, turns[id]), max(most, turns[id])
			}
		}
		if most-least > 1 {
			t.Fatalf("after week %s the turns are from %d to %d: %v", d.Week, least, most, turns)
		}
		for _, id := range leaders {
			if led[id] > week/len(leaders)+1 {
				t.Fatalf("after week %s %s led %d times", d.Week, id, led[id])
			}
		}
		day = day.AddDays(7)
	}
	for _, id := range pool[:2] {
		if turns[id] < turns[pool[5]]-2 {
			t.Errorf("%s, who was off now and then, has %d turns of %v", id, turns[id], turns)
		}
	}
}

func TestDutySwap(t *testing.T) {
	t.Parallel()
	const deputy, asked = officeDeputy, "J1088"
	b := newBot(t, "2026-11-23 09:00")
	b.Say(headOfOffice, "/值班 排 下周 刘玉欣 方云庆 武强远")
	b.Say(headOfOffice, "/值班 排 12-7 黎锋 邵俊远 邹兰志")
	for _, c := range []struct{ name, who, line, want string }{
		{"nothing said", deputy, "/值班 换", "请写您的哪一周、和谁换。\n例：/值班 换 下周 姓名"},
		{"oneself", deputy, "/值班 换 下周 方云庆", "不能和自己换。"},
		{"who is not on duty", asked, "/值班 换 下周 邹兰志", "11月30日至12月6日这一周没有排邵俊远值班。"},
		{"the same week", deputy, "/值班 换 下周 武强远", "11月30日至12月6日这一周武强远本来就值班。"},
		{"somebody who may not", deputy, "/值班 换 下周 金国兰", "成员须是巡查组、派驻纪检组或办公室的同志，金国兰不是。"},
		{"a leader with a member", leader, "/值班 换 下周 邵俊远", "带班须是委领导，邵俊远不是。"},
		{"the other is not on duty then", deputy, "/值班 换 下周 邵俊远 12-14", "12月14日至20日这一周没有排邵俊远值班。"},
		{"a week gone by", deputy, "/值班 换 上周 邵俊远", "11月16日至22日这一周已经过去了。"},
		{"an unknown number", asked, "/值班 同意 7", "没有您的 7 号换班请求。"},
		{"no number", asked, "/值班 同意 好", "没看懂换班号“好”。"},
		{"somebody without duty", writer, "/值班 换 下周 邵俊远", "您没有“/值班 换”的权限。"},
	} {
		t.Run(c.name, func(t *testing.T) { mustContain(t, b.Say(c.who, c.line), c.want) })
	}
	reply := b.Say(deputy, "/值班 换 下周 邵俊远 12-7")
	const words = "方云庆 11月30日至12月6日的巡查值班，换邵俊远 12月7日至13日的。"
	mustContain(t, reply, "换班请求　1 号", words, "已请邵俊远确认。对方同意之前，值班表不变。", "[收回](/值班 不换 1)")
	if got := b.Pushed(asked); len(got) != 1 || !strings.Contains(got[0], words) || !strings.Contains(got[0], "[同意](/值班 同意 1) [不换](/值班 不换 1)") {
		t.Errorf("asked with %q", got)
	}
	mustContain(t, b.Say(asked, "/我的"), "换班 1 号", words, "[同意换班 1](/值班 同意 1)")
	mustContain(t, b.Say(deputy, "/值班 换 下周 邹兰志"), "您这一周已经有一个换班请求（1 号）在等对方回复。")
	mustContain(t, b.Say(deputy, "/值班 同意 1"), "要等对方同意。")
	mustContain(t, b.Say(inspector, "/值班 同意 1"), "没有您的 1 号换班请求。")
	if !roster(b, "2026-11-30").Has(deputy) {
		t.Fatal("swapped before both agreed")
	}
	mustContain(t, b.Say(asked, "/值班 同意 1"), "已换班", words)
	if got, want := roster(b, "2026-11-30").Members, []people.ID{asked, inspector}; !slices.Equal(got, want) {
		t.Errorf("first week: %q, want %q", got, want)
	}
	if got, want := roster(b, "2026-12-07").Members, []people.ID{deputy, officeClerk}; !slices.Equal(got, want) {
		t.Errorf("second week: %q, want %q", got, want)
	}
	if got := b.Pushed(deputy); len(got) != 1 || !strings.Contains(got[0], "已换班") {
		t.Errorf("whoever asked got %q", got)
	}
	mustContain(t, b.Say(asked, "/值班 同意 1"), "1 号换班已经换好了。")
	mustContain(t, b.Say(asked, "/值班 不换 1"), "1 号换班已经换好了。")
	mustNotContain(t, b.Say(asked, "/撤回"), "已撤回")

	// Declined, and taken back.
	b.Say(deputy, "/值班 换 12-7 武强远")
	mustContain(t, b.Say(inspector, "/值班 不换 2"), "没有换成", "值班表不变。")
	if got := b.Pushed(deputy); len(got) != 1 || !strings.Contains(got[0], "没有换成") {
		t.Errorf("whoever asked got %q", got)
	}
	b.Say(deputy, "/值班 换 12-7 武强远")
	mustContain(t, b.Say(deputy, "/值班 不换 3"), "换班请求已收回")
	mustContain(t, b.Say(inspector, "/值班 同意 3"), "3 号换班请求已经收回。")

	// The roster changed in between: what can no longer be done is refused.
	b.Say(deputy, "/值班 换 12-7 武强远")
	b.Say(headOfOffice, "/值班 排 12-7 黎锋 邹兰志")
	mustContain(t, b.Say(inspector, "/值班 同意 4"), "12月7日至13日这一周没有排方云庆值班。")

	// A week whose notice is out: who stays on it learns who comes.
	b.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆 武强远")
	b.Pushed(inspector)
	b.Say(deputy, "/值班 换 本周 邹兰志")
	mustContain(t, b.Say(officeClerk, "/值班 同意 5"), "方云庆请邹兰志代11月23日至29日的巡查值班。")
	if got := b.Pushed(inspector); len(got) != 1 || !strings.Contains(got[0], "成员　邹兰志、武强远") {
		t.Errorf("who stays got %q", got)
	}
}
