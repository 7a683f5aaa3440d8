package aibot_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/chattest"
)

// attacks are texts of people who would like to say something in the bot's name.
var attacks = []string{
	"[点我领奖](https://evil.example/)", "![](https://evil.example/track.png)", "<@all> <@zhangsan>", "<think>藏起来", "</think>",
	"# 大标题", "###标题", "> 引用", "- 项", "+ 项", "* 项", "1. 项", "12) 项", "---", "===", "- - -", "***", "___",
	"**粗** *斜* __粗__ _斜_ ~~删~~ `码` ```", `<font color="warning">红</font> <https://evil.example>`, "a|b|c", "|---|---|", `\[x\](y) \`,
	"    四个空格开头", "\t制表符", "第一行\n# 第二行", "a\r\n- b", "\u202e倒写\u2066", "零\u0000字节\u0007", "坏\xff\xfe字节",
	"https://bot.example.edu.cn/s/a_b_c?x=1&y=(2)[3]*4*~~5~~ 后文_斜_", "https://bot.example.edu.cn/)[点我](https://evil.example/)",
	"snake_case_name 和 user_1@example.com",
}

func bulletin(rows int) chat.Body {
	var units [][]string
	for i := range rows {
		units = append(units, []string{fmt.Sprintf("第%02d单位（直属）", i+1), "9", "7", "1", "", "0"})
	}
	return chat.Titled("机关巡查信息").
		Para("2026年第37期　县教委办公室　11月23日").
		Strong("一、巡查组", "　带班领导：副主任").
		Heading("二、出勤").
		Table([]string{"单位", "应到", "实到", "请假", "公差", "未到"}, units).
		Heading("三、巡查情况").
		Numbered(chat.Line{Text: "人事科、计财科等 9 个科室：人员在岗，秩序良好。"}, chat.Line{Strong: "职成教科：", Text: "1 人 9:40 不在岗（记录 X37-2）。"}).
		Bullets(chat.Line{Text: "- 项"}, chat.Line{Strong: "负责人", Text: "：𠮷田"}).
		Para("对记录有异议，可在 3 个工作日内回复：/申诉 X37-2 理由").
		Link("看全文", "https://bot.example.edu.cn/b/37?from=(chat)&x=1")
}

func TestRender(t *testing.T) {
	t.Parallel()
	hostile := chat.Titled(attacks[0]).Heading(attacks[5])
	for _, a := range attacks {
		hostile = hostile.Para(a).Strong(a, a)
	}
	hostile = hostile.Table(attacks[:2], [][]string{attacks[2:4], {"a|b", "行\n行"}}).
		Bullets(chat.Line{Text: attacks[0]}, chat.Line{Strong: attacks[9], Text: attacks[16]}).
		Tap(attacks[0], "/a](b) c&d=e+f 全勤").Link("x", "javascript:alert(1)").Link("y", "https://ok.example/a b(c)<d>")
	bodies := map[string]chat.Body{
		"short":     chat.Text("刚才没有记上，请过一分钟再发一次。已通知办公室（编号 E-8842）。"),
		"bulletin":  bulletin(3).Tap("我要申诉", "/申诉 X37-2").Tap("知道了", "/知道了"),
		"mentions":  chat.Body{Mentions: []chat.UserID{"0147", "bad](id)", "u_2"}}.Para("请今天交。\n截止 18:00"),
		"taps only": chat.Titled("请假").Tap("上午", "/请假 上午").Tap("", "/请假 下午").Tap("上午", "/请假 上午").Tap("早", "/请假 上午"),
		"media": chat.Titled("榜").Picture(chat.Picture{Name: "a.png", Alt: "甲[乙]", Data: png(1)}).Picture(chat.Picture{Data: png(1)}).
			Para("后").File(chat.File{Name: "通知.docx", Data: []byte("d")}),
		"empty table": chat.Body{}.Table([]string{"单位", "人数"}, nil),
		"hostile":     hostile,
	}
	for name, b := range bodies {
		var out strings.Builder
		for _, p := range aibot.Pieces(b, true) {
			fmt.Fprintf(&out, "=== %s\n%s\n", p.Kind, p.Text)
			if p.Kind == "text" {
				fmt.Fprintf(&out, "--- plain\n%s\n", p.Plain)
			}
			for _, bt := range p.Buttons {
				fmt.Fprintf(&out, "(%s)\n", bt)
			}
		}
		chattest.Golden(t, filepath.Join("testdata", "render", strings.ReplaceAll(name, " ", "-")+".golden"), []byte(out.String()))
	}
}

// our marks are all that may stand in a rendered text as markup: bold, headings,
// items, mentions and links of ours.
var (
	ourBold    = regexp.MustCompile(`\*\*[^*\n]+\*\*`)
	ourLink    = regexp.MustCompile(`\[[^\[\]\n]*\]\(https?://[^\s()]+\)`)
	ourMention = regexp.MustCompile(`<@[A-Za-z0-9._@-]+>`)
)

func TestNoMarkupFromText(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		b := chat.Titled(a).Para(a).Strong(a, a).Heading(a).Bullets(chat.Line{Strong: a, Text: a}).
			Table([]string{a, a}, [][]string{{a, a}}).Link(a, "https://ok.example/")
		for _, p := range aibot.Pieces(b, true) {
			if rest := markupLeft(p.Text); rest != "" {
				t.Errorf("%q: %q stands in\n%s", a, rest, p.Text)
			}
		}
	}
}

// markupLeft is what may be markup in a text beside what the bot writes.
func markupLeft(text string) string {
	text = ourLink.ReplaceAllString(ourMention.ReplaceAllString(text, ""), "")
	text = ourBold.ReplaceAllString(text, "")
	for _, mark := range []string{"*", "`", "<", ">", "](", "![", "|", "~~"} {
		if strings.Contains(text, mark) {
			return mark
		}
	}
	return ""
}

func TestPiecesFit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("很长的一行，没有尽头。", 1500)
	mentions := make([]chat.UserID, 300)
	for i := range mentions {
		mentions[i] = chat.UserID(fmt.Sprintf("user-%d", i))
	}
	for name, b := range map[string]chat.Body{
		"lines":    chat.Text(long),
		"rows":     bulletin(900),
		"one row":  chat.Body{}.Table([]string{long, "b"}, [][]string{{"x", long}}),
		"header":   chat.Body{}.Table([]string{long, long}, nil),
		"title":    chat.Titled(long).Para("短"),
		"headings": chat.Body{}.Heading(long).Heading(long).Para("短"),
		"items":    chat.Body{}.Numbered(chat.Line{Strong: long, Text: long}, chat.Line{Text: "b"}),
		"link":     chat.Text("x").Link(long, "https://ok.example/"+strings.Repeat("a", 30000)),
		"tap":      chat.Text("x").Tap(long, "/"+long),
		"alt":      chat.Body{}.Picture(chat.Picture{Name: long, Alt: long}).File(chat.File{Name: long}),
		"mentions": chat.Body{Mentions: mentions}.Para(long),
	} {
		all := aibot.Pieces(b, true)
		if len(all) == 0 {
			t.Errorf("%s: nothing", name)
		}
		for i, p := range all {
			if len(p.Text) > aibot.MaxContent || !utf8.ValidString(p.Text) {
				t.Errorf("%s: piece %d has %d bytes, valid %v", name, i, len(p.Text), utf8.ValidString(p.Text))
			}
		}
	}
}
