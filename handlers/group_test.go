package handlers_test

import (
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/office/people"
)

func TestBindingAGroup(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	b.Event("新群", chat.EventBotAdded)
	if got := b.PushedTo("新群"); len(got) != 1 || !strings.Contains(got[0], "/绑定群 <群类型>") {
		t.Errorf("greeting %q", got)
	}
	const layers = "[委领导群](/绑定群 委领导群) [机关中层群](/绑定群 机关中层群) [机关职工群](/绑定群 机关职工群) [校长群](/绑定群 校长群) [办公室群](/绑定群 办公室群) [教师群](/绑定群 教师群)"
	for _, c := range []struct{ name, who, said, want string }{
		{"not of the office", headOfStaffing, "/绑定群 校长群", "您没有“/绑定群”的权限。发 /帮助 看您能用的命令。"},
		{"no layer", headOfOffice, "/绑定群", "请选择本群是哪一种群：\n" + layers},
		{"no such layer", headOfOffice, "/绑定群 全体群", "没有“全体群”这种群，可以是：委领导群、机关中层群、机关职工群、校长群、办公室群、教师群。\n请选择本群是哪一种群：\n" + layers},
		{"bound", headOfOffice, "/绑定群 校长", "本群已设为校长群。\n以后发到这里的有：" + people.LayerGets("校长群") + "。\n[撤回](/撤回)"},
		{"bound anew", headOfOffice, "/绑定群 机关职工群", "本群已由校长群改为机关职工群。\n以后发到这里的有：" + people.LayerGets("机关职工群") + "。\n[撤回](/撤回)"},
		{"taken back", headOfOffice, "/撤回", "已撤回 9:00 的“/绑定群”：群类型恢复原样。"},
	} {
		if got := b.SayIn("新群", c.who, c.said); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	if got := b.Say(headOfOffice, "/绑定群 校长群"); got != "“/绑定群”请在工作群里发。" {
		t.Errorf("in a direct chat: %s", got)
	}
}
