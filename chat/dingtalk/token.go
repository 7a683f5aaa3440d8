package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"yunzhuan/chat"
)

// tokens keeps the application's access token: it is fetched once for all who
// wait for it, and renewed before it expires (KB 0033: 7200 s).
type tokens struct {
	c      *Channel
	flight singleflight.Group

	mu      sync.Mutex
	token   string
	renewAt time.Time
	refused *chat.SendError // the platform's last word on the credentials
	until   time.Time       // refused is not asked again before
}

const (
	tokenMargin  = 5 * time.Minute  // before its end a token is renewed
	tokenTimeout = 10 * time.Second // for one fetch
	refusedPause = 30 * time.Second // bad credentials are not tried more often
)

func newTokens(c *Channel) *tokens { return &tokens{c: c} }

// get returns a token that is good for a while. Its error is a *chat.SendError
// and never Unknown.
func (t *tokens) get(ctx context.Context) (string, *chat.SendError) {
	if t.c.cfg.ClientID == "" {
		return "", final("no application is configured")
	}
	t.mu.Lock()
	now := t.c.clock()
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
		return t.fetch(ctx)
	})
	select {
	case <-ctx.Done():
		return "", &chat.SendError{Kind: chat.Temporary, Err: errors.New("access token: " + describe(ctx.Err()))}
	case r := <-result:
		if r.Err != nil {
			var fault *chat.SendError
			errors.As(r.Err, &fault)
			return "", fault
		}
		return r.Val.(string), nil
	}
}

// tokenPath is where the server API gives out access tokens (KB 0033).
const tokenPath = "/v1.0/oauth2/accessToken"

// credentials is the body of a request for a token.
func (t *tokens) credentials() ([]byte, error) {
	return encode(map[string]string{"appKey": t.c.cfg.ClientID, "appSecret": t.c.cfg.ClientSecret})
}

func (t *tokens) fetch(ctx context.Context) (string, error) {
	body, err := t.credentials()
	if err != nil {
		return "", final("credentials not encodable")
	}
	var got struct {
		AccessToken string  `json:"accessToken"`
		ExpireIn    float64 `json:"expireIn"` // seconds
	}
	_, fault := t.c.ask(ctx, t.c.cfg.APIBase+tokenPath, "application/json", body, &got)
	if fault == nil && got.AccessToken == "" {
		fault = &chat.SendError{Kind: chat.Temporary, Err: errors.New("no token in the answer")}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.c.clock()
	if fault != nil {
		if fault.Kind == chat.Final {
			fault.Kind, fault.RetryAfter = chat.Temporary, banWait // the message is not at fault
		}
		fault.Err = fmt.Errorf("access token: %w", fault.Err)
		if fault.Code != "" {
			t.refused, t.until = fault, now.Add(refusedPause)
		}
		return "", fault
	}
	life := time.Duration(got.ExpireIn) * time.Second
	t.token, t.refused = got.AccessToken, nil
	t.renewAt = now.Add(life - min(tokenMargin, life/4))
	return t.token, nil
}

// drop forgets a token that the platform no longer takes, unless it has been
// replaced meanwhile.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}
