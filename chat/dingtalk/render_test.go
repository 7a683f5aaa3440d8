package dingtalk_test

import (
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/dingtalk"
)

// attacks are texts of people who would like to say something in the bot's name.
var attacks = []string{
	"[点我领奖](https://evil.example/)",
	"![](https://evil.example/track.png)",
	"[x](dtmd://dingtalkclient/sendMessage?content=%2F%E6%92%A4)",
	"# 大标题", "### 标题", "> 引用", "- 项", "+ 项", "* 项", "1. 项", "12) 项", "---", "===", "- - -", "***", "___",
	"**粗** *斜* __粗__ _斜_ ~~删~~ `码` ```",
	"<font color=red>红</font> <https://evil.example> <script>",
	"a|b|c", "|---|---|", `\[x\](y) \`,
	"    四个空格开头", "\t制表符", "第一行\n# 第二行", "a\r\n- b", "\u202e倒写\u2066", "零\u0000字节\u0007",
	"https://bot.example.edu.cn/s/a_b_c?x=1&y=(2)[3]*4*~~5~~ 后文_斜_",
	"https://bot.example.edu.cn/)[点我](https://evil.example/)",
	"snake_case_name 和 user_1@example.com",
}

func bulletin(rows int) chat.Body {
	var units [][]string
	for i := range rows {
		units = append(units, []string{fmt.Sprintf("第%02d单位（直属）", i+1), "9", "7", "1", "1", "0"})
	}
	return chat.Titled("机关巡查信息").
		Para("2026年第37期　县教委办公室　11月23日").
		Strong("一、巡查组", "　带班领导：副主任").
		Heading("二、出勤").
		Table([]string{"单位", "应到", "实到", "请假", "公差", "未到"}, units).
		Heading("三、巡查情况").
		Numbered(chat.Line{Text: "人事科、计财科等 9 个科室：人员在岗，秩序良好。"}, chat.Line{Strong: "职成教科：", Text: "1 人 9:40 不在岗（记录 X37-2）。"}).
		Para("对记录有异议，可在 3 个工作日内回复：/申诉 X37-2 理由").
		Link("看全文", "https://bot.example.edu.cn/b/37?from=(chat)&x=1")
}

func TestRender(t *testing.T) {
	t.Parallel()
	hostile := chat.Titled(attacks[0]).Heading(attacks[3])
	for _, a := range attacks {
		hostile = hostile.Para(a).Strong(a, a)
	}
	hostile = hostile.Table(attacks[:2], [][]string{attacks[2:4], {"a|b", "行\n行"}}).
		Bullets(chat.Line{Text: attacks[0]}, chat.Line{Strong: attacks[9], Text: attacks[16]}).
		Tap(attacks[0], "/a](b) c&d=e+f 全勤").Link("x", "javascript:alert(1)").Link("y", "https://ok.example/a b(c)<d>")
	bodies := map[string]chat.Body{
		"short":    chat.Text("刚才没有记上，请过一分钟再发一次。已通知办公室（编号 E-8842）。"),
		"mentions": chat.Body{Mentions: []chat.UserID{"0147", "bad](id)", "u_2"}}.Para("请今天交。\n截止 18:00"),
		"reply": chat.Titled("基础教育科 11月23日考勤已登记").Para("应到 9　实到 7　出勤率 77.8%\n病假 1：甲　公差 1：乙\n登记人：科长　8:52").
			Tap("撤回", "/撤回").Tap("改为全勤", "/考勤 全勤"),
		"bulletin":      bulletin(3),
		"bulletin-long": bulletin(400),
		"actions": chat.Titled("1/6　您对机关办事效率的评价").Para("回复字母也可以；“退”回上一题，“停”下次继续。").
			Tap("A 很满意", "/答 S7 1A").Tap("B 满意", "/答 S7 1B").Tap("C 一般", "/答 S7 1C").Tap("D 不满意", "/答 S7 1D").Link("打开网页填写", "https://bot.example.edu.cn/s/abc"),
		"bullets":      chat.Body{}.Bullets(chat.Line{Strong: "W2026-031", Text: "关于做好冬季校园安全工作的通知"}, chat.Line{Text: "安全工作总结"}),
		"picture":      chat.Titled("走势").Picture(chat.Picture{Name: "a.png", Alt: "本周[出勤率]", Data: []byte("x")}).Picture(chat.Picture{Name: "b.png", Alt: "没有数据"}),
		"picture-only": chat.Body{}.Picture(chat.Picture{Name: "a.png", Data: []byte("x")}),
		"four-bytes":   chat.Titled("𠮷田👩‍👩‍👧").Strong("𠀀𠀁：", "喆堃玥 émoji 👍🏽"),
		"blank-lines":  chat.Titled("题").Para("一\n\n二\n"),
		"hostile":      hostile,
	}
	for name, b := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			for _, p := range dingtalk.Render(b) {
				kind := "markdown"
				if p.Plain {
					kind = "text"
				}
				fmt.Fprintf(&out, "=== %s %s %v\n%s\n", kind, p.Title, p.Mentions, p.Text)
				if n := dingtalk.ParamSize(p); n > dingtalk.MaxParam {
					t.Errorf("%d bytes", n)
				}
			}
			chattest.Golden(t, filepath.Join("testdata", "render", name+".md"), []byte(out.String()))
		})
	}
}

// However long a body is, each part is within the platform's limit by each way,
// and the header stands over every part of a table.
func TestRenderLong(t *testing.T) {
	t.Parallel()
	b := bulletin(800)
	for _, pages := range [][]dingtalk.Page{dingtalk.Render(b), dingtalk.RenderForRobot(b)} {
		if len(pages) < 3 {
			t.Fatalf("%d parts", len(pages))
		}
		for i, p := range pages {
			if n := dingtalk.ParamSize(p); n > dingtalk.MaxParam {
				t.Errorf("part %d: %d bytes", i, n)
			}
			if want := fmt.Sprintf("机关巡查信息（%d/%d）", i+1, len(pages)); p.Title != want {
				t.Errorf("title %q, want %q", p.Title, want)
			}
			if rows := strings.Contains(p.Text, "第"); rows && strings.Contains(p.Text, "单位（直属） |") && !strings.Contains(p.Text, "| 单位 | 应到 |") {
				t.Errorf("part %d has rows without header", i)
			}
			if last := i == len(pages)-1; strings.Contains(p.Text, "看全文") != last {
				t.Errorf("part %d of %d: action there: %v", i+1, len(pages), !last)
			}
		}
	}
}

// A tap carries exactly the line that it stands for.
func TestTapCarriesItsLine(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"/考勤 全勤", "/a](b) c&d=e+f%20 #x", "/答 S7 3:文字 👍🏽"} {
		text := dingtalk.Render(chat.Text("好").Tap("好", line))[0].Text
		m := regexp.MustCompile(`\(dtmd://dingtalkclient/sendMessage\?content=([^)]*)\)`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no tap in %q", text)
		}
		if got, err := url.PathUnescape(m[1]); err != nil || got != line { // a plus stays a plus here
			t.Errorf("%q carries %q", line, got)
		}
	}
}

// markup is what a reader of markdown would take for markup in escaped text that
// begins a line.
var markup = regexp.MustCompile("[\\[\\]<>`*|\\\\]|~~|^#{1,6}( |$)|^[-+]( |$)|^\\d{1,9}[.)]( |$)|^[-=]+ *$|^\\s|[\\x00-\\x1f\u202a-\u202e\u2066-\u2069]")

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		if got := dingtalk.EscapeLine(a); markup.MatchString(got) {
			t.Errorf("%q becomes %q", a, got)
		}
	}
	for in, want := range map[string]string{
		"普通文字，（括号）100%":                        "普通文字，（括号）100%",
		"3.5 分":                                "3.5 分",
		"-1 分":                                 "-1 分",
		"#话题":                                  "＃话题", // WeCom wants no space behind the mark
		"1. 项":                                 "1．项",
		"https://bot.example.edu.cn/s/a_b?x=1": "https://bot.example.edu.cn/s/a_b?x=1",
		"snake_case":                           "snake_case",
		"_斜_":                                  "＿斜＿",
	} {
		if got := strings.ReplaceAll(dingtalk.EscapeLine(in), "． ", "．"); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := dingtalk.EscapeLine(s)
		if markup.MatchString(got) {
			t.Errorf("%q becomes %q", s, got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q becomes invalid %q", s, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/callbacks/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no callbacks")
	}
	for _, file := range files {
		f.Add(readFile(f, file))
	}
	c, err := dingtalk.New(dingtalk.Config{ClientID: "a", ClientSecret: "b", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data string) {
		m, err := dingtalk.Decode(c, data)
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("the error repeats the message: %v", err)
			}
			return
		}
		again, err := dingtalk.Decode(c, data)
		if m.ID == "" || m.Conv == "" || m.Channel == "" || m.SentAt.IsZero() || err != nil || again.ID != m.ID {
			t.Errorf("incomplete: %+v", m)
		}
		if m.Reply.Addr != "" && !strings.HasPrefix(strings.ToLower(m.Reply.Addr), "https://oapi.dingtalk.com") {
			t.Errorf("reply address %q", m.Reply.Addr)
		}
	})
}
