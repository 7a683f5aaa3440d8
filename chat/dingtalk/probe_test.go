package dingtalk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	at, err := c.Probe(ctx)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("good credentials: clock %v, %v", at, err)
	}
	if sent := g.Sent(); len(sent) > 0 {
		t.Errorf("probing said %+v", sent)
	}

	g.Fail(dingtalktest.Token, 1, dingtalktest.Fault{
		Body: `{"accessToken":"x","expireIn":7200}`, Header: http.Header{"Date": {"Mon, 23 Nov 2026 01:00:00 GMT"}},
	})
	if at, err := c.Probe(ctx); err != nil || !at.Equal(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("another clock: %v, %v", at, err)
	}

	g.Fail(dingtalktest.Token, 1, dingtalktest.Fault{
		Status: http.StatusBadRequest, Body: `{"code":"invalidClientIdOrSecret","message":"` + g.ClientSecret + ` is wrong"}`,
	})
	_, err = c.Probe(ctx)
	if err == nil || !strings.Contains(err.Error(), "invalidClientIdOrSecret") || strings.Contains(err.Error(), g.ClientSecret) {
		t.Errorf("bad credentials: %v", err)
	}

	g.Fail(dingtalktest.Token, 1, dingtalktest.Fault{Drop: true})
	if _, err := c.Probe(ctx); err == nil {
		t.Error("a platform that does not answer is no error")
	}
}

func TestProbeRobotsAlone(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	c, err := dingtalk.New(dingtalk.Config{CustomRobots: map[string]dingtalk.CustomRobot{"校长群": g.AddRobot("校长群", "")}})
	if err != nil {
		t.Fatal(err)
	}
	if at, err := c.Probe(t.Context()); err != nil || !at.IsZero() || g.Calls(dingtalktest.Token) > 0 {
		t.Errorf("clock %v, %v, %d calls", at, err, g.Calls(dingtalktest.Token))
	}
}
