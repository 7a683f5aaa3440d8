package handlers_test

import (
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
)

// scoredOffice is an office in which somebody was scored and appealed.
func scoredOffice(t *testing.T) *bottest.Bot {
	t.Helper()
	b := withBulletin(t)
	mustContain(t, b.Say(found, "/申诉 X1-1 当时在三楼会议室"), "A1")
	for _, who := range []string{found, another, "办公室群"} {
		b.Pushed(who)
		b.PushedTo(who)
	}
	return b
}

func TestAssessmentExplained(t *testing.T) {
	t.Parallel()
	b := scoredOffice(t)
	mustContain(t, b.Say(found, "/考核"), "考核　我的　2026年11月\n合计 -1　扣分 -1　加分 0\n",
		"· X1-1　11月23日　缺岗　-1　人事科，2026-01-01 版规则，武强远记录，第1期\n", "[看规则](/考核 规则)")
	mustContain(t, b.Say(hrHead, "考核 人事科 本季度"), "考核　人事科　2026年第四季度\n合计 -0.5", "X1-1　11月23日　缺岗　-0.5　2026-01-01 版规则", "[picture: 人事科　各月考核记分]")
	mustContain(t, b.Say(leader, "/assessment 侯静 今年"), "考核　侯静　2026年\n合计 +1　扣分 0　加分 +1")
	mustContain(t, b.Say(found, "/考核 规则"), "考核规则　2026年1月1日起", "缺岗 | -1 | -0.5", "学校另行规定　环境卫生 本人 0、单位 -1",
		"一个月里同一情形第 3 次起按 2 倍扣分。", "未核实的、申诉采纳的不记分")

	// What an upheld appeal takes back stands beside what it took.
	mustContain(t, b.Say(another, "/申诉 处理 A1 采纳 经核实在开会"), "申诉采纳")
	mustContain(t, b.Say(found, "/考核 11月"), "合计 0　扣分 0　加分 0\n· X1-1　11月23日　缺岗　-1　",
		"· X1-1　11月23日　缺岗　+1　人事科，2026-01-01 版规则，武强远记录，申诉 A1 采纳")
	mustContain(t, b.Say(hrHead, "/考核 人事科"), "合计 0　")
	mustContain(t, b.Say(found, "/考核 10月"), "没有记分。")
}

// Points are for whom they concern: in a group they are not said aloud, and nobody
// sees a neighbour's.
func TestAssessmentDiscreet(t *testing.T) {
	t.Parallel()
	b := scoredOffice(t)
	if got := b.SayIn("机关中层群", hrHead, "/考核 人事科"); got != "已私发给您。" {
		t.Errorf("in a group: %q", got)
	}
	if got := b.Pushed(hrHead); len(got) != 1 || !strings.Contains(got[0], "合计 -0.5") {
		t.Errorf("the head got %q", got)
	}
	for who, lines := range map[string][]string{
		another: {"/考核 卢涵贵", "/考核 人事科"},
		found:   {"/考核 侯静", "/考核 人事科"},
		hrHead:  {"/考核 安全稳定科", "/考核 侯静"},
	} {
		for _, line := range lines {
			mustContain(t, b.Say(who, line), "的考核只有本人、单位负责人、委领导和办公室可以看。")
		}
	}
	mustContain(t, b.Say(officeClerk, "/考核 排名"), "您没有“/考核 排名”的权限。")
	mustContain(t, b.Say(hrHead, "/考核 表格"), "您没有“/考核 表格”的权限。")
}

func TestAssessmentRanking(t *testing.T) {
	t.Parallel()
	b := scoredOffice(t)
	mustContain(t, b.Say(leader, "/考核 排名"), "考核排名　机关单位　2026年11月", "1 | 安全稳定科 | 0 | +0.5 | +0.5\n2 | 基础教育科 | 0 | 0 | 0\n", "14 | 人事科 | -0.5 | 0 | -0.5")
	mustContain(t, b.Say(leader, "/考核 排名 个人 今年"), "有记分的 2 人，其余为 0。", "1 | 侯静 | 安全稳定科 | +1\n2 | 卢涵贵 | 人事科 | -1")
	mustContain(t, b.Say(leader, "/考核 排名 学校"), "考核排名　学校", "1 | 城区第一小学 | 0 | 0 | 0")
	mustContain(t, b.Say(officeClerk, "/考核 表格 本季度"), "考核表　2026年第四季度", "[file: 考核表 2026年第四季度.xlsx]")
}

func TestAssessmentMistakes(t *testing.T) {
	t.Parallel()
	b := scoredOffice(t)
	for line, want := range map[string]string{
		"/考核 人世科":          "没有“人世科”这个单位，是不是：人事科？",
		"/考核 人事科 计财科 本月":   "没看懂“人事科 计财科 本月”，一次只看一个人或一个单位。",
		"/考核 排名 科长":        "没看懂“科长”，可以写 机关、学校、个人。\n例：/考核 排名 学校 本季度",
		"/考核 表格 学校":        "没看懂“学校”是哪一段时间。\n例：/考核 表格 上月",
		"/考核 人事科 明年":       "2027年还没到。",
		"/考核 孔强":           "孔强",
		"/考核 排名 机关 2027Q1": "2027年第一季度还没到。",
	} {
		mustContain(t, b.Say(leader, line), want)
	}
}
