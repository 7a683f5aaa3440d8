package wire

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"yunzhuan/chat"
)

// Tokens keeps an application's access token: it is fetched once for all who wait
// for it, and renewed before it expires.
type Tokens struct {
	fetch  func(context.Context) (Token, *chat.SendError)
	clock  func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	token   string
	renewAt time.Time
	refused *chat.SendError // the platform's last word on the credentials
	until   time.Time       // refused is not asked again before
}

// Token is a fresh access token and how long it is good for.
type Token struct {
	Value string
	Life  time.Duration
}

const (
	tokenMargin  = 5 * time.Minute  // before its end a token is renewed
	tokenTimeout = 10 * time.Second // for one fetch
	refusedPause = 30 * time.Second // bad credentials are not tried more often
	refusedWait  = 5 * time.Minute  // messages wait while credentials are bad
)

// NewTokens makes a keeper; fetch asks the platform, and its error is never
// Unknown.
func NewTokens(clock func() time.Time, fetch func(context.Context) (Token, *chat.SendError)) *Tokens {
	return &Tokens{fetch: fetch, clock: clock}
}

// Get returns a token that is good for a while. Its error is never Unknown.
func (t *Tokens) Get(ctx context.Context) (string, *chat.SendError) {
	t.mu.Lock()
	now := t.clock()
	token, fresh := t.token, t.token != "" && now.Before(t.renewAt)
	refused, until := t.refused, t.until
	t.mu.Unlock()
	if fresh {
		return token, nil
	}
	if refused != nil && now.Before(until) {
		return "", refused
	}
	// One caller's end does not end the fetch for the others.
	result := t.flight.DoChan("token", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
		defer cancel()
		return t.renew(ctx)
	})
	select {
	case <-ctx.Done():
		return "", &chat.SendError{Kind: chat.Temporary, Err: errors.New("access token: " + Describe(ctx.Err()))}
	case r := <-result:
		if r.Err != nil {
			var fault *chat.SendError
			errors.As(r.Err, &fault)
			return "", fault
		}
		return r.Val.(string), nil
	}
}

func (t *Tokens) renew(ctx context.Context) (string, error) {
	got, fault := t.fetch(ctx)
	if fault == nil && got.Value == "" {
		fault = &chat.SendError{Kind: chat.Temporary, Err: errors.New("no token in the answer")}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	if fault != nil {
		if fault.Kind == chat.Final {
			fault.Kind, fault.RetryAfter = chat.Temporary, refusedWait // the message is not at fault
		}
		fault.Err = fmt.Errorf("access token: %w", fault.Err)
		if fault.Code != "" {
			t.refused, t.until = fault, now.Add(refusedPause)
		}
		return "", fault
	}
	t.token, t.refused = got.Value, nil
	t.renewAt = now.Add(got.Life - min(tokenMargin, got.Life/4))
	return t.token, nil
}

// Drop forgets a token that the platform no longer takes, unless it has been
// replaced meanwhile.
func (t *Tokens) Drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}
