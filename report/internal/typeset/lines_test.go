package typeset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// count measures each character as 2, ASCII as 1.
func count(s string) float64 {
	w := 0.0
	for _, r := range s {
		w++
		if r >= utf8.RuneSelf {
			w++
		}
	}
	return w
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text          string
		indent, width float64
		want          []string
	}{
		"nothing":                     {"", 0, 10, []string{""}},
		"fits exactly":                {"机关巡查", 0, 8, []string{"机关巡查"}},
		"one too many":                {"机关巡查信", 0, 8, []string{"机关巡查", "信"}},
		"indent":                      {"机关巡查信息", 4, 8, []string{"机关", "巡查信息"}},
		"no closing mark begins":      {"机关巡查，信息", 0, 8, []string{"机关巡", "查，信息"}},
		"nor several":                 {"关于《办法》。好", 0, 12, []string{"关于《办", "法》。好"}},
		"no opening mark ends":        {"关于贯彻（试行", 0, 10, []string{"关于贯彻", "（试行"}},
		"words stay whole":            {"见 report_final.xlsx 附件", 0, 20, []string{"见 report_final.xlsx ", "附件"}},
		"numbers stay whole":          {"今天1,286人", 0, 8, []string{"今天", "1,286人"}},
		"a space may hang":            {"abcd efgh", 0, 4, []string{"abcd ", "efgh"}},
		"new lines":                   {"一\n\n二", 0, 8, []string{"一", "", "二"}},
		"a word longer than the line": {"abcdefgh", 0, 3, []string{"abc", "def", "gh"}},
		"narrower than a character":   {"机关", 0, 1, []string{"机", "关"}},
		"dashes stay together":        {"机关——巡查", 0, 6, []string{"机", "关——", "巡查"}},
	} {
		if diff := cmp.Diff(c.want, Wrap(c.text, c.indent, c.width, count)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestBalanced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"": {""}, "机关巡查": {"机关巡查"}, "机关巡查信息通报": {"机关巡查", "信息通报"},
		"机关巡查信息，通报": {"机关巡查信", "息，通报"},
	} {
		if diff := cmp.Diff(want, Balanced(text, 14, count)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab 1，。（《》教委\n—"))).Draw(t, "text")
		width := rapid.Float64Range(0, 30).Draw(t, "width")
		lines := Wrap(text, rapid.Float64Range(0, 8).Draw(t, "indent"), width, count)
		if got, want := strings.Join(lines, ""), strings.ReplaceAll(text, "\n", ""); got != want {
			t.Fatalf("lines are %q of %q", lines, text)
		}
		for _, l := range lines {
			if w := count(strings.TrimRight(l, " ")); w > width && utf8.RuneCountInString(strings.TrimRight(l, " ")) > 1 {
				t.Fatalf("line %q is %v wide, more than %v", l, w, width)
			}
		}
	})
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	r, err := NewRuler()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"王喆堃玥": "王喆堃玥", "a\tb\x00c\u200b": "a bc", "好😀": "好□", "\xff": "□", "a\nb": "a\nb",
	} {
		if got := r.Printable(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if w := r.At(10)("教委"); w != 20 {
		t.Errorf("two characters are %v wide, want 20", w)
	}
	if got := r.Fit("教委教委", 48, 10, 80); got != 20 {
		t.Errorf("fit is %v, want 20", got)
	}
}
