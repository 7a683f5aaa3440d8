package cmdline

import "testing"

func TestArgs(t *testing.T) {
	t.Parallel()
	a := Tokenize(" 报 《开学 第一课》 人民日报 HTTPS://Example.CN/?a=B， 完 ")
	if a.Len() != 5 {
		t.Fatalf("Len = %d, %q", a.Len(), a.Words())
	}
	for i, want := range []string{"报", "《开学 第一课》", "人民日报", "HTTPS://Example.CN/?a=B", "完", ""} {
		if got := a.At(i); got != want {
			t.Errorf("At(%d) = %q, want %q", i, got, want)
		}
	}
	if got := a.Typed(3); got != "HTTPS://Example.CN/?a=B，" {
		t.Errorf("Typed(3) = %q", got)
	}
	if got := a.Rest(2); got != "人民日报 HTTPS://Example.CN/?a=B， 完" {
		t.Errorf("Rest(2) = %q", got)
	}
	b := a.From(1).From(1)
	if b.Len() != 3 || b.At(0) != "人民日报" || b.Rest(0) != a.Rest(2) {
		t.Errorf("From(1).From(1) = %q", b.Words())
	}
	for _, empty := range []Args{{}, a.From(5), a.From(99), Tokenize(""), Tokenize(" \u200d ")} {
		if empty.Len() != 0 || empty.At(0) != "" || empty.Typed(0) != "" || empty.Rest(0) != "" || len(empty.Words()) != 0 {
			t.Errorf("not empty: %+v", empty)
		}
	}
	if a.At(-1) != "" || a.Typed(-1) != "" || a.Rest(-1) != "" || a.From(-1).Len() != 5 {
		t.Error("a negative index is not empty")
	}
}

func TestArgsCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, word, rest string
		words            []string
	}{
		{"缺 张三", "缺", "张三", []string{"缺", "查"}},
		{"缺张三 李四", "缺", "张三 李四", []string{"缺", "查"}},
		{"缺：张三", "缺", "张三", []string{"缺"}},
		{"缺： 张三", "缺", "张三", []string{"缺"}},
		{"查３１", "查", "３１", []string{"查"}},
		{"处理 A3 采纳", "处理", "A3 采纳", []string{"处", "处理"}},
		{"处理A3 采纳", "处理", "A3 采纳", []string{"处", "处理"}},
		{"ALL", "all", "", []string{"all"}},
		{"缺", "缺", "", []string{"缺"}},
		{"全勤", "", "全勤", []string{"缺", "查"}},
		{"", "", "", []string{"缺", ""}},
	}
	for _, tc := range tests {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			word, rest := Tokenize(tc.text).Cut(tc.words...)
			if word != tc.word || rest.Rest(0) != tc.rest {
				t.Errorf("Cut = %q, %q; want %q, %q", word, rest.Rest(0), tc.word, tc.rest)
			}
		})
	}
}
