package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Probe tries the credentials by asking for an access token, which has no effect
// in any chat, and returns the platform's clock; the zero Time where it gives none.
func (c *Channel) Probe(ctx context.Context) (time.Time, error) {
	token, ans, fault := c.askToken(ctx, false)
	if fault != nil {
		return time.Time{}, fmt.Errorf("access token: %w", fault)
	}
	if token.Value == "" {
		return time.Time{}, errors.New("access token: no token in the answer")
	}
	return ans.Clock(), nil
}
