package wecom

import (
	"context"
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// gotToken is an answer to gettoken (WW 91039).
type gotToken struct {
	AccessToken string  `json:"access_token"`
	ExpiresIn   float64 `json:"expires_in"` // seconds: 7200
}

// askToken asks for an access token. The address holds the secret and must stand
// in no error and no log.
func (c *Channel) askToken(ctx context.Context) (wire.Answer, gotToken, *chat.SendError) {
	var got gotToken
	addr := c.api.Base + "/cgi-bin/gettoken?corpid=" + wire.Percent(c.cfg.CorpID) + "&corpsecret=" + wire.Percent(c.cfg.Secret)
	ans, _, _, fault := c.api.Do(ctx, wire.Request{Addr: addr}, &got)
	if fault != nil && fault.Kind == chat.Unknown {
		fault.Kind = chat.Temporary // nothing is said in any chat
	}
	return ans, got, explained(fault)
}

// fetchToken is askToken for those who send.
func (c *Channel) fetchToken(ctx context.Context) (wire.Token, *chat.SendError) {
	_, got, fault := c.askToken(ctx)
	return wire.Token{Value: got.AccessToken, Life: time.Duration(got.ExpiresIn) * time.Second}, fault
}

// Probe tries the credentials by asking for an access token, which has no effect
// in any chat, and returns the platform's clock: the zero Time where there is no
// application, but webhooks alone, or the platform gives none.
func (c *Channel) Probe(ctx context.Context) (time.Time, error) {
	if c.cfg.CorpID == "" {
		return time.Time{}, nil
	}
	ans, got, fault := c.askToken(ctx)
	if fault != nil {
		return time.Time{}, fmt.Errorf("access token: %w", fault)
	}
	if got.AccessToken == "" {
		return time.Time{}, fmt.Errorf("access token: none in the answer (status %d)", ans.Status)
	}
	return ans.Clock(), nil
}
