package dingtalk_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

// What was said by the server API can be taken back by its receipt, in a group and
// from people.
func TestRecall(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	group, person := chat.Target{Conv: "cid1", Group: true}, chat.Target{User: "u1"}
	send := func(to chat.Target) string {
		t.Helper()
		r, err := c.Send(ctx, chat.Outgoing{Target: to, Body: chat.Text("正文")})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	inGroup, toPerson := send(group), send(person)
	if err := c.Recall(ctx, chat.Target{Conv: "cid2", Group: true}, inGroup); chat.KindOf(err) != chat.Final {
		t.Errorf("in another group: %v", err)
	}
	g.ExpireTokens()
	for _, call := range []struct {
		to      chat.Target
		receipt string
	}{{group, inGroup}, {person, toPerson}} {
		if err := c.Recall(ctx, call.to, call.receipt); err != nil {
			t.Errorf("%+v: %v", call.to, err)
		}
	}
	if diff := cmp.Diff(g.Sent(), g.Recalled()); diff != "" {
		t.Errorf("recalled (-want +got):\n%s", diff)
	}
}

func TestRecallFaults(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	for _, to := range []chat.Target{{Conv: "cid1", Group: true}, {User: "u1"}} {
		e := dingtalktest.UsersRecall
		if to.Group {
			e = dingtalktest.GroupRecall
		}
		r, err := c.Send(ctx, chat.Outgoing{Target: to, Body: chat.Text("正文")})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			name  string
			fault dingtalktest.Fault
			kind  chat.SendKind
		}{
			{"429", dingtalktest.Fault{Status: 429}, chat.Limited},
			{"500", dingtalktest.Fault{Status: 500}, chat.Unknown},
			{"broken", dingtalktest.Fault{Drop: true}, chat.Unknown},
			{"too fast", dingtalktest.Fault{Status: 403, Body: `{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}`}, chat.Limited},
			{"no permission", dingtalktest.Fault{Status: 403, Body: `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied"}`}, chat.Final},
			{"not a word", dingtalktest.Fault{Body: `{}`}, chat.Final},
		} {
			g.Fail(e, 1, f.fault)
			if err := c.Recall(ctx, to, r.ID); chat.KindOf(err) != f.kind {
				t.Errorf("%s of %s: %v", f.name, e, err)
			}
		}
		if err := c.Recall(ctx, to, "key-unknown"); chat.KindOf(err) != chat.Final {
			t.Errorf("unknown key: %v", err)
		}
		g.TooLate()
		if err := c.Recall(ctx, to, r.ID); chat.KindOf(err) != chat.Final {
			t.Errorf("too late: %v", err)
		}
	}
	robot := chat.Target{Conv: dingtalk.RobotConv("x"), Group: true}
	if c.Recallable(robot) != 0 || c.Recallable(chat.Target{User: "u1"}) == 0 || c.Recallable(chat.Target{Conv: "cid1", Group: true}) == 0 {
		t.Error("what can be taken back")
	}
	if err := c.Recall(ctx, robot, "x"); chat.KindOf(err) != chat.Final {
		t.Errorf("custom robot: %v", err)
	}
}
