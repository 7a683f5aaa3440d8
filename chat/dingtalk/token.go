package dingtalk

import (
	"context"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// tokenPath is where the server API gives out access tokens (KB 0033).
const tokenPath = "/v1.0/oauth2/accessToken"

// credentials is the body of a request for a token.
func (c *Channel) credentials() ([]byte, error) {
	return wire.Encode(map[string]string{"appKey": c.cfg.ClientID, "appSecret": c.cfg.ClientSecret})
}

// fetchToken asks for an access token (KB 0033: it is good for 7200 s).
func (c *Channel) fetchToken(ctx context.Context) (wire.Token, *chat.SendError) {
	body, err := c.credentials()
	if err != nil {
		return wire.Token{}, wire.Final("credentials not encodable")
	}
	var got struct {
		AccessToken string  `json:"accessToken"`
		ExpireIn    float64 `json:"expireIn"` // seconds
	}
	_, fault := c.ask(ctx, c.cfg.APIBase+tokenPath, "application/json", body, &got)
	return wire.Token{Value: got.AccessToken, Life: time.Duration(got.ExpireIn) * time.Second}, fault
}

// token is the access token to use now.
func (c *Channel) token(ctx context.Context) (string, *chat.SendError) {
	if c.cfg.ClientID == "" {
		return "", wire.Final("no application is configured")
	}
	return c.tokens.Get(ctx)
}
