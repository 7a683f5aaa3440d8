package handlers_test

import (
	"fmt"
	"strings"
	"testing"
)

// Everything that waits for somebody stands in one list, each with its tap.
func TestMine(t *testing.T) {
	t.Parallel()
	k := talk{Bot: newBot(t, "2026-11-23 08:30")}
	k.say(writer, "/我的")
	k.say(headOfStaffing, "/我的")
	k.Say(headOfStaffing, "/文稿 新 关于做好冬季校园安全工作的通知")
	k.say(headOfStaffing, "/待办")
	k.Say(headOfStaffing, "/考勤 全勤")
	k.say(headOfStaffing, "/me")
	k.Say(headOfOffice, "/值班 排 本周 刘玉欣 方云庆")
	k.say(officeDeputy, "/我的")
	k.Clock.Set("2026-11-28 09:00") // a Saturday: no attendance
	k.say("J1023", "/我的")
	golden(t, "mine/list", k.text.String())
	if got := k.SayIn("机关中层群", headOfStaffing, "/我的"); got != "已私发给您。" {
		t.Errorf("in a group: %s", got)
	}
	if got := k.Pushed(headOfStaffing); len(got) != 1 || !strings.HasPrefix(got[0], "等您处理的事　1 件") {
		t.Errorf("privately: %q", got)
	}
}

func TestMineIsNotEndless(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-28 08:30")
	for i := range 15 {
		b.Say(writer, fmt.Sprintf("/文稿 新 通知%d", i))
	}
	got := b.Say(writer, "/我的")
	if !strings.HasPrefix(got, "等您处理的事　15 件\n1. ") || strings.Contains(got, "\n13. ") || !strings.Contains(got, "还有 3 件") || strings.Count(got, "](") != 6 {
		t.Errorf("got\n%s", got)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 08:30")
	const nothing = "没有可以撤回的操作。只能撤回 10 分钟以内的最后一次，已经发出去的不能撤回。"
	if got := b.Say(headOfStaffing, "/撤回"); got != nothing {
		t.Errorf("nothing done: %s", got)
	}
	b.Say(headOfStaffing, "/勿扰 关")
	if got := b.Say(headOfStaffing, "/撤回"); got != "已撤回 8:30 的“/勿扰”。" {
		t.Errorf("quiet hours: %s", got)
	}
	if p := b.Person(headOfStaffing); p.Quiet != "" {
		t.Errorf("quiet hours are %q", p.Quiet)
	}
	b.Say(headOfStaffing, "/考勤 全勤")
	b.Say(headOfOffice, "/考勤 人事科 缺 金国兰")
	if got := b.Say(headOfStaffing, "/撤回"); got != "不能撤回：8:30 的“/考勤”之后，又有了新的变动。请直接更正。" {
		t.Errorf("built upon: %s", got)
	}
	b.Clock.Set("08:41")
	if got := b.Say(headOfOffice, "/撤回"); got != nothing {
		t.Errorf("eleven minutes later: %s", got)
	}
}
