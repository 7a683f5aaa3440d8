package cmdline

import (
	"slices"
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // typed → the best suggestion
		"考靳": "考勤", "考琴": "考勤", "考情": "考勤", "kaoqin": "考勤", "kaoqing": "考勤", "KaoQin": "考勤", "ｋａｏｑｉｎ": "考勤",
		"kq": "考勤", "考": "考勤", "烤勤": "考勤", "勤考": "考勤", "考勤勤": "考勤", "查考勤": "考勤", "考qin": "考勤",
		"文搞": "文稿", "文高": "文稿", "wengao": "文稿", "wg": "文稿",
		"温卷": "问卷", "问券": "问卷", "wenjuan": "问卷", "wenjaun": "问卷", "wj": "问卷",
		"hlep": "help", "hepl": "help", "helpp": "help", "hel": "help", "attendnce": "attendance", "meting": "meeting", "surve": "survey",
		"帮组": "帮助", "幫助": "帮助", "bangzhu": "帮助", "邦助": "帮助",
		"巡察": "巡查", "寻查": "巡查", "督查": "巡查", "通抱": "通报", "申述": "申诉", "直班": "值班", "都办": "督办",
		"绑订": "绑定", "绑定吗": "绑定码", "我得": "我的", "食趟": "食堂", "会义": "会议", "huiyi": "会议", "登陆": "登录", "撤会": "撤回",
	}
	for word, want := range tests {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			got := Suggest(word, known)
			if len(got) == 0 || got[0] != want || len(got) > maxSuggestions {
				t.Errorf("Suggest = %q, want %s first", got, want)
			}
		})
	}
}

func TestSuggestNothing(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", " ", "天气", "你好", "x", "xyz", "etc", "今天中午吃什么", "12345", "😀", "\xff", strings.Repeat("考", 9000)} {
		if got := Suggest(word, known); len(got) != 0 {
			t.Errorf("Suggest(%.20q) = %q", word, got)
		}
	}
	if got := Suggest("考靳", nil); got != nil {
		t.Errorf("Suggest without names = %q", got)
	}
	if got := Suggest("kaoqin", []string{"考勤", "考勤"}); !slices.Equal(got, []string{"考勤"}) {
		t.Errorf("a name given twice is suggested as %q", got)
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"help", "hlep", 1}, {"考勤", "考靳", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := editDistance([]rune(tc.a), []rune(tc.b)); got != tc.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
		if got := editDistance([]rune(tc.b), []rune(tc.a)); got != tc.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tc.b, tc.a, got, tc.want)
		}
	}
}
