package cmdline

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"short", "/考勤 全勤"},
		{"typical", "@运转\u2005/考勤 缺 张三(病假) 李四(公差)"},
		{"full-width", "＠运转　／考勤　缺　张三（病假）、李四（公差）"},
		{"last name", "/送达 查看"},
		{"talk", "大家好，今天下午三点开会"},
		{"64KB", "/文稿 新 " + strings.Repeat("关于做好 ", 64<<10/13)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.text)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(bm.text, false, known)
			}
		})
	}
}

func BenchmarkSplitNames(b *testing.B) {
	args := Tokenize("张三(病假)、李四（事假） 王五，赵六")
	b.ReportAllocs()
	for b.Loop() {
		SplitNames(args)
	}
}

func BenchmarkParseAnswers(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseAnswers("1A 2BD 3:文字 有空格 4B 5：5")
	}
}

func BenchmarkSuggest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Suggest("考靳", known)
	}
}
