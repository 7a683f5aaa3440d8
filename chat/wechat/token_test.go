package wechat_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat/wechattest"
)

// TestTokenRefused: a token that the platform no longer takes is renewed by force,
// once, and the call is made again.
func TestTokenRefused(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	b.srv.Allow(person)
	if got := b.push(person, "一"); got != "" {
		t.Fatal(got)
	}
	b.srv.KillToken()
	if got := b.push(person, "二"); got != "" {
		t.Errorf("after the token was refused: %s", got)
	}
	if n := b.srv.Calls(wechattest.StableToken); n != 2 {
		t.Errorf("%d calls for tokens, want 2", n)
	}
	// Refused again within a minute: it is not forced again, and the message waits.
	b.srv.KillToken()
	clk.move(40 * time.Second) // the platform would force it again by now
	if got := b.push(person, "三"); got != chat.Temporary {
		t.Errorf("refused again: %q", got)
	}
	clk.move(20 * time.Second)
	if got := b.push(person, "三"); got != "" {
		t.Errorf("a minute later: %s", got)
	}
	if n := len(b.srv.Sent()); n != 3 {
		t.Errorf("%d said", n)
	}
}

// TestTokenEnds: a token is renewed before its end, without force.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	b.srv.Allow(person)
	for range 4 {
		if got := b.push(person, "推送"); got != "" {
			t.Fatal(got)
		}
		clk.move(time.Hour)
	}
	if n := b.srv.Calls(wechattest.StableToken); n != 2 {
		t.Errorf("%d calls for tokens in four hours, want 2", n)
	}
	b.kept()
}

// TestForcedRenewalsUsedUp: when a forced renewal is refused, the ordinary call is
// tried.
func TestForcedRenewalsUsedUp(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	b.push(person, "一")
	b.srv.Fail(wechattest.CustomSend, 1, wechattest.Fault{Body: `{"errcode":42001,"errmsg":"expired"}`})
	b.srv.Fail(wechattest.StableToken, 1, wechattest.Fault{Body: `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`})
	if got := b.push(person, "二"); got != "" {
		t.Errorf("kind %s", got)
	}
}

// TestHungTokenServer: a server that gives no token blocks nobody longer than they
// want to wait, and what was held up goes on when it answers.
func TestHungTokenServer(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person, "oLi")
	hung := make(chan struct{})
	b.srv.Fail(wechattest.StableToken, 1, wechattest.Fault{Until: hung, Proceed: true})
	ctx, cancel := context.WithCancel(b.ctx)
	var wg sync.WaitGroup
	kinds := make(chan chat.SendKind, 2)
	for _, to := range []string{person, "oLi"} {
		wg.Go(func() {
			_, err := b.Send(ctx, chat.Outgoing{Target: pushTo(to), Body: chat.Text("推送")})
			kinds <- chat.KindOf(err)
		})
	}
	if err := b.srv.WaitCalls(b.ctx, wechattest.StableToken, 1); err != nil {
		t.Fatal(err)
	}
	if a := b.say(person, "在吗"); !a.OK() {
		t.Errorf("a callback: %+v", a)
	}
	cancel()
	wg.Wait()
	for range 2 {
		if k := <-kinds; k != chat.Temporary {
			t.Errorf("gave up with %q", k)
		}
	}
	close(hung)
	if got := b.push(person, "推送"); got != "" {
		t.Errorf("after it answered: %s", got)
	}
}

// TestBadCredentials: a wrong secret is the message's fault in no way, and stands in
// no error.
func TestBadCredentials(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	secret := b.srv.AppSecret
	for _, body := range []string{`{"errcode":40125,"errmsg":"invalid appsecret ` + secret + `"}`, `{"errcode":40164,"errmsg":"invalid ip"}`, `{}`, `null`, `{"access_token":""}`, ``} {
		b2, _ := newBot(t, nil, nil)
		b2.srv.Fail(wechattest.StableToken, -1, wechattest.Fault{Body: body})
		err := b2.send(pushTo(person), chat.Text("推送"))
		if chat.KindOf(err) != chat.Temporary || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", body, err)
		}
		if _, err := b2.Probe(b2.ctx); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: probe: %v", body, err)
		}
	}
}

// TestProbe: it tells the platform's clock, and forces no renewal of the token that
// is asked for afterwards.
func TestProbe(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	b.srv.Allow(person)
	at, err := b.Probe(b.ctx)
	if err != nil || at.IsZero() {
		t.Errorf("probe: %v %v", at, err)
	}
	if got := b.push(person, "推送"); got != "" {
		t.Error(got)
	}
	if _, err := b.Probe(b.ctx); err != nil {
		t.Error(err)
	}
	if got := b.push(person, "推送"); got != "" {
		t.Error(got)
	}
	if n := b.srv.Calls(wechattest.StableToken); n != 3 {
		t.Errorf("%d calls for tokens", n)
	}
}
