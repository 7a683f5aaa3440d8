package wechat

import (
	"context"
	"sync"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// tokenPath gives out access tokens that do not kill one another (MP
// getStableAccessToken: 7200 s at most; an ordinary call returns the same token
// until five minutes before its end; a forced one replaces it, at most 20 times a
// day and at least 30 s apart).
const tokenPath = "/cgi-bin/stable_token"

const (
	// forcePause is the least time between two forced renewals.
	forcePause = time.Minute
	// renewedEarly is how long before its end a token may be asked for anew without
	// having been refused: the platform and the keeper of tokens do so five minutes
	// before.
	renewedEarly = 6 * time.Minute
)

// tokenState is what is known of the token given out last.
type tokenState struct {
	mu       sync.Mutex
	until    time.Time // its end
	forcedAt time.Time // when a renewal was last forced
}

// force says whether the next call must force a renewal: a token that should be
// good for a while yet is asked for again only because the platform refused it.
func (t *tokenState) force(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !now.Before(t.until.Add(-renewedEarly)) || now.Sub(t.forcedAt) < forcePause {
		return false
	}
	t.forcedAt = now
	return true
}

func (t *tokenState) note(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = until
}

// fetchToken asks for an access token.
func (c *Channel) fetchToken(ctx context.Context) (wire.Token, *chat.SendError) {
	force := c.token.force(c.clock())
	token, _, fault := c.askToken(ctx, force)
	if force && fault != nil {
		// The day's forced renewals may be used up: what an ordinary call returns is
		// the best there is.
		token, _, fault = c.askToken(ctx, false)
	}
	if fault == nil && token.Value != "" {
		c.token.note(c.clock().Add(token.Life))
	}
	return token, fault
}

// askToken makes one call for a token; its error is never Unknown.
func (c *Channel) askToken(ctx context.Context, force bool) (wire.Token, wire.Answer, *chat.SendError) {
	body, err := wire.Encode(map[string]any{
		"grant_type": "client_credential", "appid": c.cfg.AppID, "secret": c.cfg.AppSecret, "force_refresh": force,
	})
	if err != nil {
		return wire.Token{}, wire.Answer{}, wire.Final("credentials not encodable")
	}
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"` // seconds
	}
	r := wire.Request{Addr: c.cfg.APIBase + tokenPath, ContentType: "application/json; charset=utf-8", Body: body}
	ans, _, _, fault := c.api.Do(ctx, r, &got)
	if fault != nil {
		if fault.Kind == chat.Unknown {
			fault.Kind = chat.Temporary // nothing is said in any chat
		}
		return wire.Token{}, ans, fault
	}
	life := time.Duration(min(max(got.ExpiresIn, 0), 7200)) * time.Second
	return wire.Token{Value: got.AccessToken, Life: life}, ans, nil
}
