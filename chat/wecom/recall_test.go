package wecom_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yunzhuan/chat"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
)

// A message of the application can be taken back, a group's cannot.
func TestRecall(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := newChannel(t, p, quiet(), nil)
	var receipts []string
	for _, body := range []chat.Body{chat.Text("正文"), chat.Text("有按钮").Tap("申诉", "/申诉 X1-1")} {
		r, err := c.Send(t.Context(), chat.Outgoing{Target: toUser("u1"), Body: body, Key: body.Title + "k" + body.Blocks[0].Lines[0].Text})
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, r.ID)
	}
	p.ExpireTokens()
	for _, f := range []struct {
		name  string
		fault wecomtest.Fault
		kind  chat.SendKind
	}{
		{"429", wecomtest.Fault{Status: 429}, chat.Limited},
		{"500", wecomtest.Fault{Status: 500}, chat.Unknown},
		{"broken", wecomtest.Fault{Drop: true}, chat.Unknown},
		{"busy", wecomtest.Refusal(-1), chat.Temporary},
		{"too often", wecomtest.Refusal(45009), chat.Limited},
		{"another application's", wecomtest.Refusal(301002), chat.Final},
	} {
		p.Fail(wecomtest.Recall, 1, f.fault)
		if err := c.Recall(t.Context(), toUser("u1"), receipts[0]); chat.KindOf(err) != f.kind {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	for _, r := range receipts {
		if err := c.Recall(t.Context(), toUser("u1"), r); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(p.Sent(), p.Recalled(), cmpopts.IgnoreUnexported(wecomtest.Upload{})); diff != "" {
		t.Errorf("recalled (-want +got):\n%s", diff)
	}
	if err := c.Recall(t.Context(), toUser("u1"), "msg-unknown"); chat.KindOf(err) != chat.Final {
		t.Errorf("unknown: %v", err)
	}
	r, err := c.Send(t.Context(), chat.Outgoing{Target: toUser("u1"), Body: chat.Text("正文二")})
	if err != nil {
		t.Fatal(err)
	}
	p.TooLate()
	if err := c.Recall(t.Context(), toUser("u1"), r.ID); chat.KindOf(err) != chat.Final {
		t.Errorf("too late: %v", err)
	}
	for _, to := range []chat.Target{{Conv: "chat1", Group: true}, {Conv: wecom.WebhookConv("x"), Group: true}} {
		if err := c.Recall(t.Context(), to, "x"); chat.KindOf(err) != chat.Final || c.Recallable(to) != 0 {
			t.Errorf("%+v: %v", to, err)
		}
	}
}
