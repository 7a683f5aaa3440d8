package aibot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
)

// Probe tries the way to the platform: name, TLS, WebSocket. It does not
// subscribe, because a newer subscription of the robot ends the older, which may
// be that of the bot at work; so it says nothing of the credentials, and knows no
// clock: the time is the zero Time.
func (c *Channel) Probe(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pace.open)
	defer cancel()
	ws, err := c.dial(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("open long connection: %w", errors.New(describe(err)))
	}
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) // a courtesy
	_ = ws.Close()                                                                // nothing was written to it
	return time.Time{}, nil
}
