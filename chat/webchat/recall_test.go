package webchat_test

import (
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

// What was taken back is gone from open pages and from those that come later, and a
// line says so.
func TestRecall(t *testing.T) {
	t.Parallel()
	f := start(t)
	to := chat.Target{Channel: webchat.ChannelID, Group: true, Conv: "g-office"}
	first, err := f.channel.Send(t.Context(), chat.Outgoing{Target: to, Body: numbered(1)})
	if err != nil {
		t.Fatal(err)
	}
	open := f.listen(t, "J1008", "")
	open.until(t, "now")
	if f.channel.Recallable(to) == 0 {
		t.Error("cannot take anything back")
	}
	for range 2 { // twice does no harm
		if err := f.channel.Recall(t.Context(), to, first.ID); err != nil {
			t.Fatal(err)
		}
	}
	evs := open.until(t, "message")
	if got := said(evs); got != "g-office bot: 消息已撤回\n" || evs[len(evs)-1].Body != nil || evs[len(evs)-1].Msg != first.ID {
		t.Errorf("told %q", got)
	}
	evs = f.listen(t, "J1008", "").until(t, "now")
	if got := said(evs); got != "g-office bot: 消息已撤回\n" {
		t.Errorf("a new page gets %q", got)
	}
	for _, ev := range evs {
		if ev.Name == "push" && ev.Brief != "消息已撤回" {
			t.Errorf("the list still says %q", ev.Brief)
		}
	}
	if err := f.channel.Recall(t.Context(), to, "bot-gone"); err != nil {
		t.Errorf("what is shown nowhere: %v", err)
	}
	if err := f.channel.Recall(t.Context(), chat.Target{User: "J9999"}, "x"); chat.KindOf(err) != chat.Final {
		t.Errorf("nobody: %v", err)
	}
}
