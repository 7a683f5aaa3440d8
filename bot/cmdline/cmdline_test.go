package cmdline

import (
	"slices"
	"strings"
	"testing"
)

// known are command names and aliases as the bot has them.
var known = []string{
	"帮助", "help", "我的", "待办", "me", "绑定", "bind", "绑定码", "绑定群", "登录", "login",
	"撤回", "undo", "勿扰", "quiet", "考勤", "attendance", "巡查", "patrol", "值班", "duty", "校务", "school",
	"通报", "bulletin", "申诉", "appeal", "考核", "assess", "问卷", "survey", "答", "answer", "文稿", "draft",
	"督办", "task", "会议", "meeting", "宣传", "publicity", "食堂", "canteen", "慰问", "aid", "送达", "?",
}

func TestParse(t *testing.T) {
	t.Parallel()
	const group, direct = false, true
	tests := []struct {
		text   string
		direct bool
		name   string
		words  []string
	}{
		// as documented
		{"/考勤 全勤", group, "考勤", []string{"全勤"}},
		{"/考勤", group, "考勤", nil},
		{"/help", group, "help", nil},
		{"/HELP 考勤", group, "help", []string{"考勤"}},
		{"／ＨＥＬＰ", group, "help", nil},
		{"/考勤 缺 张三(病假) 李四（公差）", group, "考勤", []string{"缺", "张三(病假)", "李四(公差)"}},
		{"/考勤 应到 ９ 实到 ６ 缺 甲", group, "考勤", []string{"应到", "9", "实到", "6", "缺", "甲"}},
		{"/文稿 查 Ｗ２０２６－０３１", group, "文稿", []string{"查", "W2026-031"}},
		{"/答 S7 1A 2BD 3：有空格 的文字", group, "答", []string{"S7", "1A", "2BD", "3:有空格", "的文字"}},
		{"/勿扰 22:00-7:00", group, "勿扰", []string{"22:00-7:00"}},
		// what input methods do
		{"/ 考勤 全勤", group, "考勤", []string{"全勤"}},
		{"／　考勤　全勤", group, "考勤", []string{"全勤"}},
		{"/考勤全勤", group, "考勤", []string{"全勤"}},
		{"/考勤　缺", group, "考勤", []string{"缺"}},
		{"/考 勤 全勤", group, "考勤", []string{"全勤"}},
		{"/考 勤全勤", group, "考勤", []string{"全勤"}},
		{"/考勤：全勤", group, "考勤", []string{"全勤"}},
		{"/考勤，全勤", group, "考勤", []string{"全勤"}},
		{"/考勤。", group, "考勤", nil},
		{"/考勤 全勤。", group, "考勤", []string{"全勤"}},
		{"/值班 下周？", group, "值班", []string{"下周"}},
		{"/帮助！", group, "帮助", nil},
		{"/help.", group, "help", nil},
		{"/?", group, "?", nil},
		{"/？", group, "?", nil},
		{"//考勤 全勤", group, "考勤", []string{"全勤"}},
		{"/考勤\t全勤\r\n", group, "考勤", []string{"全勤"}},
		{"/考勤\u00a0全勤", group, "考勤", []string{"全勤"}},
		{"/考勤\u2005全勤", group, "考勤", []string{"全勤"}},
		{"/考勤\u200b全勤", group, "考勤", []string{"全勤"}},
		{"/考\u200b勤 全勤", group, "考勤", []string{"全勤"}},
		{"\ufeff/考勤 全\u200d勤", group, "考勤", []string{"全勤"}},
		{"\u200f/考勤 \u202b全勤\u202c", group, "考勤", []string{"全勤"}},
		{"/考勤\n缺\n张三\n李四", group, "考勤", []string{"缺", "张三", "李四"}},
		{"/考勤 缺 张三（病 假） 李四", group, "考勤", []string{"缺", "张三(病 假)", "李四"}},
		{"/考勤 缺 张三（病假 李四", group, "考勤", []string{"缺", "张三(病假", "李四"}},
		{"/考勤(全勤)", group, "考勤", []string{"(全勤)"}},
		{"/宣传 报 《我县 开学 第一课》 人民日报", group, "宣传", []string{"报", "《我县 开学 第一课》", "人民日报"}},
		{"/宣传 报 “开学 第一课” 县融媒", group, "宣传", []string{"报", "“开学 第一课”", "县融媒"}},
		{"/文稿 新 「年度 总结」 重大", group, "文稿", []string{"新", "「年度 总结」", "重大"}},
		{"/会议 新 周三 15：00 例会", group, "会议", []string{"新", "周三", "15:00", "例会"}},
		{"/考勤 👍🏻 全勤", group, "考勤", []string{"👍🏻", "全勤"}},
		{"/考勤 ｱｲｳ", group, "考勤", []string{"アイウ"}},
		{"/文稿 查 ①", group, "文稿", []string{"查", "①"}},
		// where a name ends
		{"/绑定码 张三", group, "绑定码", []string{"张三"}},
		{"/绑定群校长群", group, "绑定群", []string{"校长群"}},
		{"/绑定 123456", group, "绑定", []string{"123456"}},
		{"/绑定123456", group, "绑定", []string{"123456"}},
		{"/draft31", group, "draft", []string{"31"}},
		{"/help考勤", group, "help", []string{"考勤"}},
		{"/me", group, "me", nil},
		{"/meeting", group, "meeting", nil},
		{"/mention", group, "mention", nil},
		{"/答7 1A", group, "答", []string{"7", "1A"}},
		{"/答Ｓ7 1A", group, "答", []string{"S7", "1A"}},
		{"/答复 7", group, "答复", []string{"7"}},
		// mentions
		{"@运转 /考勤 全勤", group, "考勤", []string{"全勤"}},
		{" @运转\u2005/考勤 全勤", group, "考勤", []string{"全勤"}},
		{"@运转　@张三 /考勤 查", group, "考勤", []string{"查"}},
		{"＠运转 ／考勤", group, "考勤", nil},
		{"@小助手/考勤", group, "考勤", nil},
		{"@小助手/ 考勤", group, "考勤", nil},
		{"@小助手／考靳 全勤", group, "考靳", []string{"全勤"}},
		{"@甲@乙 /考勤", group, "考勤", nil},
		{"@张三/办公室 /考勤 全勤", group, "考勤", []string{"全勤"}},
		{"@县教委 小助手 /考勤 全勤", group, "考勤", []string{"全勤"}},
		{"@Li Lei 🌸 /考勤 全勤", group, "考勤", []string{"全勤"}},
		{"@𠮷野 é /考勤 全勤", group, "考勤", []string{"全勤"}},
		{"@小助手/文稿 查 a /b", group, "文稿", []string{"查", "a", "/b"}},
		{"@运转\n/考勤\n全勤", group, "考勤", []string{"全勤"}},
		{"@运转 考勤 全勤", direct, "考勤", []string{"全勤"}},
		// direct chats
		{"考勤 全勤", direct, "考勤", []string{"全勤"}},
		{"考勤全勤", direct, "考勤", []string{"全勤"}},
		{"Ｈｅｌｐ", direct, "help", nil},
		{"我的", direct, "我的", nil},
		{"答 7 1A 2B", direct, "答", []string{"7", "1A", "2B"}},
		{"/考靳 全勤", direct, "考靳", []string{"全勤"}},
		// slashes that name nothing known
		{"/", group, "", nil},
		{"//", group, "", nil},
		{"/。", group, "", nil},
		{"／ 　", group, "", nil},
		{"@运转 /", group, "", nil},
		{"/考靳：全勤", group, "考靳", []string{"全勤"}},
		{"/Foo-Bar x", group, "foo-bar", []string{"x"}},
		{"/etc/passwd", group, "etc", []string{"/passwd"}},
		{"/帮助 /考勤", group, "帮助", []string{"/考勤"}},
		{"/\xff\xfe 考勤", group, "\ufffd\ufffd", []string{"考勤"}},
		{"/考勤 \xff张三", group, "考勤", []string{"\xff张三"}},
		{"/" + strings.Repeat("啊", 99) + " 好", group, strings.Repeat("啊", maxUnknown), []string{"好"}},
	}
	for _, tc := range tests {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			l, ok := Parse(tc.text, tc.direct, known)
			if !ok || l.Name != tc.name || !slices.Equal(l.Args.Words(), tc.words) {
				t.Errorf("got %q %q %v, want %q %q", l.Name, l.Args.Words(), ok, tc.name, tc.words)
			}
		})
	}
}

func TestParseNoCommand(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text   string
		direct bool
	}{
		"empty":                                {"", true},
		"white space":                          {" \u3000\u200b\n", true},
		"unseen only":                          {"\u200d\ufeff", false},
		"no slash in a group":                  {"考勤 全勤", false},
		"mention without slash in a group":     {"@运转 考勤 全勤", false},
		"mention alone":                        {"@运转", true},
		"mention sign alone":                   {"@", false},
		"talk":                                 {"大家好，今天开会", false},
		"talk with a slash":                    {"今天和/或明天", false},
		"sentence about a command":             {"@运转 请问一下，昨天 /考勤 怎么写", false},
		"long sentence about a command":        {"@运转 我 昨天 已经 发过 /考勤 全勤", false},
		"name with spaces, nothing known":      {"@县教委 小助手 /不认识", false},
		"text after the end mark of a mention": {"@运转\u2005昨天 /考勤 全勤", false},
		"link":                                 {"@运转 看 https://example.edu.cn/考勤", false},
		"answer in a direct chat":              {"满意", true},
		"letter in a direct chat":              {"A", true},
		"spaced name without slash":            {"会 议太多", true},
		"one-character name in a word":         {"答应了", true},
		"alias in a word":                      {"meeting-room", true},
		"link in a direct chat":                {"https://example.edu.cn/考勤", true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, ok := Parse(tc.text, tc.direct, known); ok {
				t.Errorf("Parse(%q) = %q %q", tc.text, l.Name, l.Args.Words())
			}
		})
	}
}

func TestParseKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	l, ok := Parse("@运转 ／考勤 缺：张三（病　假），\n 李四　", false, known)
	if !ok || l.Raw != "／考勤 缺：张三（病　假），\n 李四" || !l.Slash {
		t.Errorf("Raw = %q, Slash = %v, ok = %v", l.Raw, l.Slash, ok)
	}
	if got := l.Args.Rest(0); got != "缺：张三（病　假），\n 李四" {
		t.Errorf("Rest(0) = %q", got)
	}
	if l, _ := Parse("考勤", true, known); l.Slash {
		t.Error("Slash is set without a slash")
	}
}

func TestParseLongInput(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	for name, unit := range map[string]string{
		"words": "张三 ", "one word": "啊", "brackets": "(", "mentions": "@甲 ", "glued mentions": "@a/", "slashes": "/",
		"spaces": "　", "unseen": "\u200d", "invalid": "\xff", "closed brackets": "(a b)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat(unit, size/len(unit))
			l, ok := Parse("/考勤 "+text, false, known)
			if !ok || l.Name != "考勤" || !strings.Contains(text, l.Args.Rest(0)) {
				t.Errorf("Name = %q, ok = %v", l.Name, ok)
			}
			if l, ok := Parse("@运转 "+text+"/考勤 好", false, known); ok && l.Name == "" && unit != "/" {
				t.Errorf("empty name, Raw begins %q", l.Raw[:10])
			}
			Suggest(text, known)
			SplitNames(Tokenize(text))
			ParseAnswers(text)
		})
	}
}
