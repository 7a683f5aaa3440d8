package survey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	tpl := contractTemplate()
	single, multiple, scale, text := tpl.Questions[0], tpl.Questions[1], tpl.Questions[2], tpl.Questions[3]
	days := Question{ID: "n", Kind: Number, Min: number(0), Max: number(20)}
	count := Question{ID: "c", Kind: Single, Options: []string{"0", "1", "2", "3 以上"}}
	choice := func(c ...int) Answer { return Answer{Choices: c} }
	tests := []struct {
		name  string
		q     Question
		typed string
		want  Answer
		wrong string // part of what the person reads
	}{
		{"a letter", single, "B", choice(1), ""},
		{"a small letter", single, " b。", choice(1), ""},
		{"a full-width letter", single, "Ｂ", choice(1), ""},
		{"the option", single, "不满意", choice(3), ""},
		{"letter and option", single, "A.很满意", choice(0), ""},
		{"letter, space, option", single, "选A", choice(0), ""},
		{"the number of an option", single, "3", choice(2), ""},
		{"two of one", single, "AB", Answer{}, "只能选一项，您选了 2 项"},
		{"no such letter", single, "E", Answer{}, "没有选项 E，本题是 A 到 D"},
		{"something else", single, "还行吧", Answer{}, "没有看懂“还行吧”，请回复选项的字母，例如 A"},
		{"nothing", single, " ", Answer{}, "没有写答案"},
		{"letters", multiple, "db", choice(1, 3), ""},
		{"a letter twice", multiple, "BB", choice(1), ""},
		{"letters with marks", multiple, "B、D", choice(1, 3), ""},
		{"letters with a word between", multiple, "B和D", choice(1, 3), ""},
		{"options", multiple, "会议多，检查多", choice(0, 3), ""},
		{"too many", multiple, "ABC", Answer{}, "最多选 2 项，您选了 3 项"},
		{"an option that is a number", count, "1", choice(1), ""},
		{"an option with a space", count, "3以上", choice(3), ""},
		{"a value", scale, "4", Answer{Number: number(4)}, ""},
		{"a value in points", scale, "５分", Answer{Number: number(5)}, ""},
		{"outside the scale", scale, "6", Answer{}, "6 不在范围内，请回复 1 到 5 的整数"},
		{"between two steps", scale, "3.5", Answer{}, "3.5 不在范围内"},
		{"no value", scale, "很好", Answer{}, "“很好”不是一个数"},
		{"a number", days, "2.5", Answer{Number: number(2.5)}, ""},
		{"a number that is none", days, "NaN", Answer{}, "不是一个数"},
		{"hexadecimal", days, "0x10", Answer{}, "不是一个数"},
		{"infinity", days, "1e999", Answer{}, "不是一个数"},
		{"too small", days, "-1", Answer{}, "-1 不在范围内，请回复 0 到 20 的数"},
		{"words", text, "  建议少开会\x00  ", Answer{Text: "建议少开会"}, ""},
		{"too many words", text, strings.Repeat("长", 201), Answer{}, "太长了（201 字），最多 200 字"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.q.Read(tt.typed)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("error is %v, want %q in it", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	tpl := &Template{Questions: []Question{
		{ID: "a", Kind: Single, Options: []string{"是", "否"}, Required: true},
		{ID: "b", Kind: Scale, Min: number(1), Max: number(5), When: []Condition{{"a", []string{"是"}}}},
		{ID: "c", Kind: Text, Required: true, When: []Condition{{"b", []string{"1", "2"}}}},
	}}
	form := Form{Answers: map[string]Answer{}, Steps: true}
	turn := func(want int) {
		t.Helper()
		if i, more := form.Turn(tpl); i+1 != want && more || more != (want > 0) {
			t.Fatalf("turn of question %d (%v), want %d", i+1, more, want)
		}
	}
	set := func(n int, typed string) {
		t.Helper()
		if err := form.Set(tpl, n, typed); err != nil {
			t.Fatal(err)
		}
	}
	turn(1)
	if err := form.Set(tpl, 2, "1"); err == nil || err.Error() != "第 2 题不用答（第 1 题选“是”才需要）" {
		t.Errorf("answer to a question that is not asked: %v", err)
	}
	set(1, "是")
	turn(2)
	set(2, "2")
	turn(3)
	if missing := form.Missing(tpl); !cmp.Equal(missing, []int{3}) {
		t.Errorf("missing %v", missing)
	}
	set(3, "太远")
	turn(0)
	if err := form.Back(tpl); err != nil {
		t.Fatal(err)
	}
	turn(3)
	if err := form.Back(tpl); err != nil {
		t.Fatal(err)
	}
	turn(2)
	set(2, "5") // the third question is not asked any more, its answer does not count
	turn(0)
	b, err := Survey{No: 1, Template: *tpl}.ballot(form.Answers)
	if err != nil {
		t.Fatal(err)
	}
	want := Ballot{Answers: map[string]Answer{"a": {Choices: []int{0}}, "b": {Number: number(5)}}}
	if d := cmp.Diff(want, b); d != "" {
		t.Error(d)
	}
	set(1, "否") // and with the second one the third goes too
	if b, err = (Survey{Template: *tpl}).ballot(form.Answers); err != nil || len(b.Answers) != 1 {
		t.Errorf("ballot %v %v", b, err)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	s := Survey{No: 7}
	code := newCode()
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " － ")} {
		if !IsCode(typed) || s.codeKey(typed) != s.codeKey(code) {
			t.Errorf("%q is not the code %q", typed, code)
		}
	}
	if s.codeKey(code) == (Survey{No: 8}).codeKey(code) {
		t.Error("two surveys share a key")
	}
	if code == newCode() {
		t.Error("two codes are the same")
	}
	for _, no := range []string{"", "1B", "K7QX2-M9DA", "K7QX2-M9DA0"} {
		if IsCode(no) {
			t.Errorf("%q is a code", no)
		}
	}
}
