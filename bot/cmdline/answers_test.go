package cmdline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// choice and text are short forms for the tables.
func choice(no int, letters string) Answer { return Answer{no, letters, letters} }
func text(no int, s string) Answer         { return Answer{No: no, Text: s} }
func list(a ...Answer) []Answer            { return a }

func TestParseAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s    string
		want []Answer
		bad  []string
	}{
		{s: ""},
		{s: "1A", want: list(choice(1, "A"))},
		{s: "1A 2BD 3:文字 有空格 5：5", want: list(choice(1, "A"), choice(2, "BD"), text(3, "文字 有空格"), text(5, "5"))},
		{s: "1A 2BD 3:文字 有空格 4 5：5", want: list(choice(1, "A"), choice(2, "BD"), text(3, "文字 有空格 4"), text(5, "5"))},
		{s: "1a 2bd", want: list(Answer{1, "A", "a"}, Answer{2, "BD", "bd"})},
		{s: "１Ａ　２ＢＤ", want: list(Answer{1, "A", "Ａ"}, Answer{2, "BD", "ＢＤ"})},
		{s: "1.A 2-B 3、C 4:D 5)E", want: list(choice(1, "A"), choice(2, "B"), choice(3, "C"), choice(4, "D"), choice(5, "E"))},
		{s: "1. A 2. BD", want: list(choice(1, "A"), choice(2, "BD"))},
		{s: "1 A 2 BD 3 C", want: list(choice(1, "A"), choice(2, "BD"), choice(3, "C"))},
		{s: "1\nA\n2\nB", want: list(choice(1, "A"), choice(2, "B"))},
		{s: "1A2BD3C", want: list(choice(1, "A"), choice(2, "BD"), choice(3, "C"))},
		{s: "1A,2B，3C；4D、5E。", want: list(choice(1, "A"), choice(2, "B"), choice(3, "C"), choice(4, "D"), choice(5, "E"))},
		{s: "2B、D", want: list(Answer{2, "BD", "B、D"})},
		{s: "2B,D 3A+C 4A/B", want: list(Answer{2, "BD", "B,D"}, Answer{3, "AC", "A+C"}, Answer{4, "AB", "A/B"})},
		{s: "2BB", want: list(Answer{2, "B", "BB"})},
		{s: "3C 1A", want: list(choice(3, "C"), choice(1, "A"))},
		{s: "12AB 999Z", want: list(choice(12, "AB"), choice(999, "Z"))},
		{s: "01A", want: list(choice(1, "A"))},
		{s: "4:5 5:3 6A", want: list(text(4, "5"), text(5, "3"), choice(6, "A"))},
		{s: "1:A 2:BD 3:C", want: list(choice(1, "A"), choice(2, "BD"), choice(3, "C"))},
		{s: "2:A 1B", want: list(choice(2, "A"), choice(1, "B"))},
		{s: "5:3 4:2", want: list(text(5, "3"), text(4, "2"))},
		{s: "3 ： 很好", want: list(text(3, "很好"))},
		{s: "3:ok", want: list(Answer{3, "OK", "ok"})},
		{s: "1:\u200d好\u200d", want: list(text(1, "好"))},
		// texts with numbers and letters in them
		{s: "3:我认为2B铅笔 很好", want: list(text(3, "我认为2B铅笔 很好"))},
		{s: "3:建议装 5G 网络 4A", want: list(text(3, "建议装 5G 网络"), choice(4, "A"))},
		{s: "3:建议装 5G 网络", want: list(text(3, "建议装 5G 网络"))},
		{s: "3:买 2B 铅笔", want: list(text(3, "买 2B 铅笔"))},
		{s: "3:买 2B", want: list(text(3, "买 2B"))},
		{s: "3:一楼 4B 二楼 5C", want: list(text(3, "一楼 4B 二楼"), choice(5, "C"))},
		{s: "3:很好 4A 5B", want: list(text(3, "很好"), choice(4, "A"), choice(5, "B"))},
		{s: "3:很好 5B 4A", want: list(text(3, "很好 5B"), choice(4, "A"))},
		{s: "3:很好 4A 5:也好 6B", want: list(text(3, "很好"), choice(4, "A"), text(5, "也好"), choice(6, "B"))},
		{s: "3:会议 14:30 开始 4:好", want: list(text(3, "会议 14:30 开始"), text(4, "好"))},
		{s: "3:人数 4:30", want: list(text(3, "人数"), text(4, "30"))},
		{s: "3:共 20:100 的比例", want: list(text(3, "共"), text(20, "100 的比例"))},
		{s: "3:建议 1:少开会 2:少填表", want: list(text(3, "建议 1:少开会 2:少填表"))},
		{s: "3:第一行\n第二行\n4A", want: list(text(3, "第一行\n第二行"), choice(4, "A"))},
		{s: "3:OK 2B pencils are good", want: list(text(3, "OK 2B pencils are good"))},
		{s: "3:网址 https://a.cn/1A?b=2", want: list(text(3, "网址 https://a.cn/1A?b=2"))},
		// what is wrong is named, the rest is kept
		{s: "1A 二B 3C", want: list(choice(1, "A"), choice(3, "C")), bad: []string{"二B"}},
		{s: "1A 很好 很好 3C", want: list(choice(1, "A"), choice(3, "C")), bad: []string{"很好 很好"}},
		{s: "1A,2很好,3C", want: list(choice(1, "A"), choice(3, "C")), bad: []string{"2很好"}},
		{s: "1A 1B 2C", want: list(choice(1, "A"), choice(2, "C")), bad: []string{"1B"}},
		{s: "1A 4 2B", want: list(choice(1, "A"), choice(2, "B")), bad: []string{"4"}},
		{s: "4 5", bad: []string{"4 5"}},
		{s: "0A 1000B 1A", want: list(choice(1, "A")), bad: []string{"0A 1000B"}},
		{s: "A", bad: []string{"A"}},
		{s: "1A/2B", bad: []string{"1A/2B"}},
		{s: "3:", bad: []string{"3:"}},
		{s: "3: 4A", want: list(choice(4, "A")), bad: []string{"3:"}},
		{s: "1:\n2:A\n3:\n4:很好", want: list(choice(2, "A"), text(4, "很好")), bad: []string{"1:", "3:"}},
		{s: "1A \xff 2B", want: list(choice(1, "A"), choice(2, "B")), bad: []string{"\xff"}},
		{s: "1😀 2B", want: list(choice(2, "B")), bad: []string{"1😀"}},
		{s: ":", bad: []string{":"}},
	}
	for _, tc := range tests {
		t.Run(tc.s, func(t *testing.T) {
			t.Parallel()
			got, bad := ParseAnswers(tc.s)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.bad, bad); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The look ahead for a clean row of choices must not be done anew for each
// choice of a long row that is not clean.
func TestParseAnswersLongRow(t *testing.T) {
	t.Parallel()
	row := "2A 3A 4A 5A 6A 7A 8A 9A 10A 11A 12A 好 "
	s := "1:好 " + strings.Repeat(row, 64<<10/len(row))
	got, bad := ParseAnswers(s)
	if len(got) != 1 || len(bad) != 0 || got[0].Text != strings.TrimSpace(s[len("1:"):]) {
		t.Errorf("%d answers, %d bad", len(got), len(bad))
	}
}
