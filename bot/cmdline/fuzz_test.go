package cmdline

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var lineOptions = cmp.AllowUnexported(Args{}, token{})

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"/考勤 缺 张三(病假)、李四（事假） 王五", "@运转　@张三 /考勤　应到 ９", "@小助手/文稿 新 《关于 做好》 重大",
		"／ＨＥＬＰ", "/考 勤 全勤", "考勤全勤", "// /", "@教委 小助手 /答 7 1A", "\ufeff/\u200b考\u200d勤：\xff", "/draft31 a/b",
		"@a/b@c /考靳", "/([【《“「『 x\n)]", "答7", "/考勤\u2005👨‍👩‍👧 \u202eabc",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, direct bool) {
		l, ok := Parse(text, direct, known)
		if !ok {
			return
		}
		if !strings.Contains(text, l.Raw) || !strings.Contains(l.Raw, l.Args.Rest(0)) {
			t.Errorf("Raw %q or Rest(0) %q is no part of the input", l.Raw, l.Args.Rest(0))
		}
		if n := utf8.RuneCountInString(l.Name); n > maxUnknown {
			t.Errorf("Name has %d runes", n)
		}
		if !l.Slash && (!direct || l.Name == "") {
			t.Errorf("taken as a command without a slash: %q", l.Name)
		}
		again, ok := Parse(l.Raw, direct, known)
		if !ok {
			t.Fatalf("Raw %q is no command", l.Raw)
		}
		if diff := cmp.Diff(l, again, lineOptions); diff != "" {
			t.Errorf("Parse(Raw) differs: %s", diff)
		}
		checkArgs(t, l.Args, utf8.ValidString(text))
	})
}

// checkArgs checks what holds for any Args.
func checkArgs(t *testing.T, a Args, valid bool) {
	t.Helper()
	whole := a.Rest(0)
	at := 0
	for i := range a.Len() {
		if a.At(i) == "" || a.Typed(i) == "" || a.Words()[i] != a.At(i) {
			t.Errorf("word %d is empty: %q %q", i, a.At(i), a.Typed(i))
		}
		if valid && !utf8.ValidString(a.At(i)+a.Typed(i)+a.Rest(i)) {
			t.Errorf("word %d is no UTF-8: %q %q", i, a.At(i), a.Typed(i))
		}
		if !strings.HasSuffix(whole, a.Rest(i)) || !strings.HasPrefix(a.Rest(i), a.Typed(i)) || a.From(i).Rest(0) != a.Rest(i) {
			t.Errorf("Rest(%d) = %q does not fit %q", i, a.Rest(i), a.Typed(i))
		}
		start := len(whole) - len(a.Rest(i))
		if start < at || trim(whole[at:start]) != "" {
			t.Errorf("lost %q before word %d", whole[at:start], i)
		}
		at = start + len(a.Typed(i))
	}
	if trim(whole[at:]) != "" {
		t.Errorf("lost %q at the end", whole[at:])
	}
	if diff := cmp.Diff(a, Tokenize(whole), lineOptions); diff != "" {
		t.Errorf("Tokenize(Rest(0)) differs: %s", diff)
	}
	if word, rest := a.Cut("缺", "查", "应到", "new"); !strings.HasSuffix(whole, rest.Rest(0)) || word == "" && rest.Len() != a.Len() {
		t.Errorf("Cut = %q, %q", word, rest.Rest(0))
	}
}

func FuzzParseAnswers(f *testing.F) {
	for _, s := range []string{
		"1A 2BD 3:文字 有空格 4 5：5", "3:建议装 5G 网络 4A", "1A2BD,3c、4-D 5. E", "1:\n2:A\n3 ：很好 14:30", "2:A 1B 1C 二", "1\u200d:\xff 2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		answers, bad := ParseAnswers(s)
		seen := map[int]bool{}
		total := 0
		for _, a := range answers {
			if a.No < 1 || a.No > maxQuestion || seen[a.No] {
				t.Errorf("question %d", a.No)
			}
			seen[a.No] = true
			if a.Text == "" || !strings.Contains(s, a.Text) {
				t.Errorf("Text %q is no part of the input", a.Text)
			}
			for i, c := range a.Choice {
				if c < 'A' || c > 'Z' || strings.ContainsRune(a.Choice[:i], c) {
					t.Errorf("Choice = %q", a.Choice)
				}
			}
			total += len(a.Text)
		}
		for _, piece := range bad {
			if piece == "" || !strings.Contains(s, piece) {
				t.Errorf("bad piece %q is no part of the input", piece)
			}
			total += len(piece)
		}
		if total > len(s) {
			t.Errorf("%d bytes came out of %d", total, len(s))
		}
		if total == 0 && strings.ContainsFunc(s, func(r rune) bool { return !unseen(r) && !isListMark(fold(r)) }) {
			t.Error("nothing came out")
		}
	})
}

func FuzzSplitNames(f *testing.F) {
	for _, s := range []string{
		"张三(病假)、李四（事假） 王五，赵六 病假", "张三：病假;@李四", "((a)b)(c", "【】〔[", "张三\u200d（外出 3 天）", "\xff(\xfe)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range SplitNames(Tokenize(s)) {
			if n.Name == "" || n.Name != foldText(n.Name) || n.Note != tidy(n.Note) {
				t.Errorf("%+q", n)
			}
			if utf8.ValidString(s) && !utf8.ValidString(n.Name+n.Note) {
				t.Errorf("no UTF-8: %+q", n)
			}
			if strings.ContainsAny(n.Name, " ,;、\n") && n.Name[0] != '(' {
				t.Errorf("separator in %q", n.Name)
			}
		}
	})
}

func FuzzParseFinding(f *testing.F) {
	for _, s := range []string{"X37-2", "Ｊ１１－２", "j2026-11-2号", "#J12—1", "37-2", "J13-1", "J2026年11-2", "XJ1-1", "X-", "\xff11-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		no, ok := ParseFinding(s)
		if !ok {
			if no != (FindingNo{}) {
				t.Errorf("no number, but %+v", no)
			}
			return
		}
		if no.Issue < 1 || no.Line < 1 || no.School && no.Issue > 12 || no.Year != 0 && !isYear(no.Year) {
			t.Errorf("%+v", no)
		}
		letter := "X"
		if no.School {
			letter = "J"
		}
		written := fmt.Sprintf("%s%d-%d", letter, no.Issue, no.Line)
		if no.Year != 0 {
			written = fmt.Sprintf("%s%d-%d-%d", letter, no.Year, no.Issue, no.Line)
		}
		if again, ok := ParseFinding(written); !ok || again != no {
			t.Errorf("%q is %+v, and %s is %+v", s, no, written, again)
		}
	})
}
