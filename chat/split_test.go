package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yunzhuan/chat"
)

// flat is the text of a Body, as the simplest of platforms would show it.
func flat(b chat.Body) string {
	var sb strings.Builder
	line := func(l chat.Line) { sb.WriteString(l.Strong + l.Text + "\n") }
	sb.WriteString(b.Title + "\n")
	for _, m := range b.Mentions {
		sb.WriteString("@" + string(m) + "\n")
	}
	for _, bl := range b.Blocks {
		switch {
		case bl.Heading != "":
			sb.WriteString(bl.Heading + "\n")
		case bl.List != nil:
			for i, it := range bl.List.Items {
				if bl.List.Ordered {
					fmt.Fprintf(&sb, "%d. ", i+1)
				}
				line(it)
			}
		case bl.Table != nil:
			sb.WriteString(strings.Join(bl.Table.Header, "|") + "\n")
			for _, r := range bl.Table.Rows {
				sb.WriteString(strings.Join(r, "|") + "\n")
			}
		case bl.Picture != nil:
			sb.WriteString("[" + bl.Picture.Name + "]\n")
		case bl.File != nil:
			sb.WriteString("{" + bl.File.Name + "}\n")
		default:
			for _, l := range bl.Lines {
				line(l)
			}
		}
	}
	for _, a := range b.Actions {
		sb.WriteString("<" + a.Label + ">\n")
	}
	return sb.String()
}

func within(n int) func(chat.Body) bool {
	return func(b chat.Body) bool { return len(flat(b)) <= n }
}

func texts(parts []chat.Body) []string {
	var out []string
	for _, p := range parts {
		out = append(out, flat(p))
	}
	return out
}

func TestSplit(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"甲", "1"}, {"乙", "2"}, {"丙", "3"}, {"丁", "4"}, {"戊", "5"}, {"己", "6"}}
	tests := []struct {
		name string
		body chat.Body
		max  int
		want []string
	}{
		{"what fits stays as it is", chat.Titled("题").Para("正文").Tap("好", "/好"), 100, []string{"题\n正文\n<好>\n"}},
		{"between lines", chat.Text("第一行文字\n第二行文字\n第三行文字"), 45,
			[]string{"（1/3）\n第一行文字\n", "（2/3）\n第二行文字\n", "（3/3）\n第三行文字\n"}},
		{"the header of a table is repeated", chat.Titled("表").Table([]string{"人", "数"}, rows), 44,
			[]string{"表（1/2）\n人|数\n甲|1\n乙|2\n丙|3\n", "表（2/2）\n人|数\n丁|4\n戊|5\n己|6\n"}},
		{"a heading goes with what it heads", chat.Body{}.Para("零一二三四五六七八九").Heading("标题").Para("零一二三四五六七八九"), 60,
			[]string{"（1/2）\n零一二三四五六七八九\n", "（2/2）\n标题\n零一二三四五六七八九\n"}},
		{"a numbered list goes on", chat.Body{}.Numbered(chat.Line{Text: "第一项文字"}, chat.Line{Strong: "第二项", Text: "文字"}, chat.Line{Text: "第三项文字"}), 42,
			[]string{"（1/3）\n1. 第一项文字\n", "（2/3）\n2. 第二项文字\n", "（3/3）\n3. 第三项文字\n"}},
		{"a row that fits nowhere becomes lines", chat.Body{}.Table([]string{"人", "事"}, [][]string{{"甲", "零一二三四五六七八九"}}), 40,
			[]string{"（1/2）\n人：甲\n事：零一二\n", "（2/2）\n三四五六七八九\n"}},
		{"an address is not torn", chat.Text("请打开https://bot.example.edu.cn/s/abcdefgh填写"), 53,
			[]string{"（1/3）\n请打开\n", "（2/3）\nhttps://bot.example.edu.cn/s/abcdefgh\n", "（3/3）\n填写\n"}},
		{"what is seen as one character is not torn", chat.Text("零一👩‍👩‍👧e\u0301👍🏽二三"), 42,
			[]string{"（1/2）\n零一👩‍👩‍👧e\u0301\n", "（2/2）\n👍🏽二三\n"}},
		{"a pause is a good place", chat.Text("零一二三，四五六七八九"), 34,
			[]string{"（1/2）\n零一二三，\n", "（2/2）\n四五六七八九\n"}},
		{"mentions first, actions last", chat.Body{Mentions: []chat.UserID{"u1"}}.Para("零一二三四五六七八九\n零一二三四五六七八九").Tap("好", "/好"), 60,
			[]string{"（1/2）\n@u1\n零一二三四五六七八九\n", "（2/2）\n零一二三四五六七八九\n<好>\n"}},
		{"a picture stands whole", chat.Text("零一二三四五六七八九").Picture(chat.Picture{Name: "attendance-trend.png"}), 50,
			[]string{"（1/2）\n零一二三四五六七八九\n", "（2/2）\n[attendance-trend.png]\n"}},
		{"files come last and do not count", chat.Titled("表").File(chat.File{Name: "a.xlsx"}).Para("零一二三四五六七八九").File(chat.File{Name: "b.pdf"}).Tap("好", "/好"), 57,
			[]string{"表\n零一二三四五六七八九\n<好>\n", "表\n{a.xlsx}\n", "表\n{b.pdf}\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts := tt.body.Split(within(tt.max))
			if diff := cmp.Diff(tt.want, texts(parts)); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

// An address that is longer than a part is torn all the same, and in few parts.
func TestSplitOfWhatCannotBeKeptWhole(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"address": "https://" + strings.Repeat("a", 4000),
		"marks":   "e" + strings.Repeat("\u0301", 2000),
	} {
		if n := len(chat.Text(text).Split(within(500))); n > 12 {
			t.Errorf("%s: %d parts", name, n)
		}
	}
}

// Whatever the body: every part fits, nothing is lost, nothing comes twice, and
// the parts are the same each time.
func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	word := rapid.StringOf(rapid.SampledFrom([]rune("甲乙丙𠀀é，。 ab1👍🏽")))
	rapid.Check(t, func(t *rapid.T) {
		var b chat.Body
		b.Title = rapid.StringN(0, 5, 20).Draw(t, "title")
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				b = b.Para(word.Draw(t, "text"))
			case 1:
				b = b.Bullets(chat.Line{Strong: word.Draw(t, "strong"), Text: word.Draw(t, "text")}, chat.Line{Text: word.Draw(t, "text")})
			case 2:
				b = b.Table([]string{"H"}, [][]string{{word.Draw(t, "cell")}, {word.Draw(t, "cell")}})
			case 3:
				b = b.Heading("x" + word.Draw(t, "heading"))
			}
		}
		b = b.Tap("go", "/go")
		fits := within(rapid.IntRange(90, 400).Draw(t, "max"))
		parts := b.Split(fits)
		if diff := cmp.Diff(parts, b.Split(fits)); diff != "" {
			t.Fatalf("parts differ from call to call:\n%s", diff)
		}
		var got strings.Builder
		for i, p := range parts {
			if !fits(p) {
				t.Fatalf("part %d does not fit: %q", i, flat(p))
			}
			if !utf8.ValidString(flat(p)) {
				t.Fatalf("part %d is torn inside a character", i)
			}
			if len(p.Actions) > 0 && i < len(parts)-1 {
				t.Fatalf("an action in part %d of %d", i+1, len(parts))
			}
			p.Title = ""
			got.WriteString(flat(p))
		}
		b.Title = ""
		if want := bare(flat(b)); bare(got.String()) != want {
			t.Fatalf("text\n got %q\nwant %q", bare(got.String()), want)
		}
	})
}

// bare drops what a split may add: line ends, repeated headers, the "：" of a row
// that became lines.
func bare(s string) string {
	return strings.NewReplacer("\n", "", "H", "", "：", "").Replace(s)
}
