package wecom_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/wecom"
)

// bodies are what the office says, and what somebody may try.
func bodies() map[string]chat.Body {
	many := chat.Titled("请选择单位").Para("您要看哪一个？")
	for i := range 14 {
		many = many.Tap(fmt.Sprint("第", i+1, "小学"), fmt.Sprint("/考勤 查 ", i+1))
	}
	long := chat.Titled("通报")
	for i := range 120 {
		long = long.Strong(fmt.Sprint(i+1, "号 "), "𠮷田（病假）、喆堃玥，见 https://example.com/a_b*c?d=[1]")
	}
	mentioned := chat.Text("请两位确认").Tap("确认", "/确认")
	mentioned.Mentions = []chat.UserID{"zhangSan", "@all", "li.si@x"}
	return map[string]chat.Body{
		"short":     chat.Text("已记录：全勤"),
		"card":      chat.Titled("考勤").Para("今天全勤吗？").Tap("全勤", "/考勤 全勤").Tap("有人缺", "/考勤 缺"),
		"card-bare": chat.Text("今天全勤吗？").Tap("全勤", "/考勤 全勤"),
		"cards":     many,
		"mixed": chat.Titled("全勤名单").Heading("上午").Bullets(chat.Line{Strong: "一小", Text: " 12 人"}, chat.Line{Text: "二小 9 人"}).
			Numbered(chat.Line{Text: "先"}, chat.Line{Text: "后"}).
			Table([]string{"单位", "应到"}, [][]string{{"一小", "12"}, {"# 二小", "9|8"}}).
			Link("打开表格", "https://example.com/t?a=(1)").Tap("确认", "/确认"),
		"media": chat.Titled("图").Picture(chat.Picture{Name: "a.png", Alt: "图", Data: png(9)}).
			Picture(chat.Picture{Name: "b.png", Alt: "没有数据"}).File(chat.File{Name: "表.xlsx", Data: []byte("PK")}),
		"page":     chat.Titled("教育管理意见征集").Para("请于三日内完成。").Link("填写问卷", "https://bot.example.edu.cn/s/abc"),
		"mentions": mentioned,
		"hostile": chat.Titled("# <@all> [x](y)").Para("## 标题\n> 引用 `code` **粗** <a href=\"https://evil.example\">点</a>\n<font color=\"warning\">红</font>").
			Link("[坏](x)", "javascript:alert(1)").Tap("<@all>", "/x <@all>"),
		"long-line": chat.Text("短").Tap("太长", "/"+strings.Repeat("很", 400)),
		"long":      long,
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	ways := map[string]func(chat.Body) []wecom.Page{
		"person": wecom.RenderForPerson, "webhook": wecom.RenderForWebhook, "chat": wecom.RenderForChat,
	}
	for name, b := range bodies() {
		for way, render := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				pages := render(b)
				if diff := cmp.Diff(pages, render(b)); diff != "" {
					t.Errorf("not the same each time:\n%s", diff)
				}
				var out strings.Builder
				for i, p := range pages {
					room := 2048
					if way == "webhook" && p.Kind == "markdown" {
						room = 4096
					}
					if len(p.Text) > room || !utf8.ValidString(p.Text) {
						t.Errorf("page %d has %d bytes", i, len(p.Text))
					}
					fmt.Fprintf(&out, "---- %s\n%s\n", p.Kind, p.Text)
					if len(p.Mentions) > 0 {
						fmt.Fprintf(&out, "@ %s\n", strings.Join(p.Mentions, " "))
					}
					for _, b := range p.Buttons {
						fmt.Fprintf(&out, "[ %s ]\n", b)
					}
				}
				if name != "long" {
					chattest.Golden(t, "testdata/render/"+name+"."+way+".txt", []byte(out.String()))
				}
			})
		}
	}
}

// Cards keep the platform's rules whatever there is to tap.
func TestCards(t *testing.T) {
	t.Parallel()
	b := chat.Titled(strings.Repeat("题", 40)).Tap("a", "/a").Tap("又一个", "/a").Tap("", "/b")
	pages := wecom.RenderForPerson(b)
	last := pages[len(pages)-1]
	if want := []string{"a = /a", "/b = /b"}; !slices.Equal(last.Buttons, want) {
		t.Errorf("%q, want %q", last.Buttons, want)
	}
	if title, _, _ := strings.Cut(last.Text, "\n"); utf8.RuneCountInString(title) > 26 {
		t.Errorf("title %q", title)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("**粗** [x](y) <@all> `c` https://a.example/_*x*[1]")
	f.Fuzz(func(t *testing.T, s string) {
		got := wecom.Escape(s)
		if strings.ContainsAny(got, "*`[]<>\n") || !utf8.ValidString(got) {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}
