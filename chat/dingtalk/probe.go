package dingtalk

import (
	"context"
	"fmt"
	"time"
)

// Probe tries the credentials by asking for an access token, which has no effect
// in any chat, and returns the platform's clock: the zero Time where there is no
// application, but custom robots alone, or the platform gives none.
func (c *Channel) Probe(ctx context.Context) (time.Time, error) {
	if c.cfg.ClientID == "" {
		return time.Time{}, nil
	}
	body, err := c.credentials()
	if err != nil {
		return time.Time{}, fmt.Errorf("encode credentials: %w", err)
	}
	a, fault := c.post(ctx, c.cfg.APIBase+tokenPath, "application/json", "", body)
	if fault == nil {
		fault, _ = judge(a)
	}
	if fault != nil {
		return time.Time{}, fmt.Errorf("access token: %w", fault)
	}
	return a.Clock(), nil
}
