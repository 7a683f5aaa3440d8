package webchat

import "testing"

func TestGroupTalkDoesNotReachTheBot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"大家早": false, "下午三点开会/地点不变": false,
		"/考勤 全勤": true, "　／帮助": true, "@运转 你好": true,
	} {
		if got := addressed(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
