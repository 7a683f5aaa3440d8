package handlers_test

import (
	"strings"
	"testing"
)

// What was sent about a draft is taken back with the move.
func TestUndoingAMoveTellsWhoHadTheDraft(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 08:50")
	b.Say("J1018", "/文稿 新 关于做好冬季校园安全工作的通知")
	b.Say("J1018", "/文稿 交 1")
	if got := strings.Join(b.Pushed("J1017"), "\n"); !strings.Contains(got, "请审核") {
		t.Fatalf("handed on: %s", got)
	}
	b.Say("J1018", "/撤回")
	if got := strings.Join(b.Pushed("J1017"), "\n"); !strings.Contains(got, "不用处理了") {
		t.Errorf("after 撤回: %s", got)
	}
}
