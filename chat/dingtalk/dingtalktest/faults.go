package dingtalktest

import (
	"context"
	"encoding/json"
	"time"

	"yunzhuan/chat/chattest/standin"
)

// Fault is how a call goes wrong.
type Fault = standin.Fault

// ExpireTokens makes the access tokens given out so far invalid.
func (g *Gateway) ExpireTokens() {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	clear(g.tokens)
}

// NoSuchUsers makes accounts that the organisation does not have.
func (g *Gateway) NoSuchUsers(ids ...string) { g.mark(g.invalid, ids) }

// LimitUsers makes accounts that get no more messages for now.
func (g *Gateway) LimitUsers(ids ...string) { g.mark(g.limited, ids) }

func (g *Gateway) mark(set map[string]bool, ids []string) {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	for _, id := range ids {
		set[id] = true
	}
}

// DropConnections breaks every connection without a word.
func (g *Gateway) DropConnections() {
	for _, c := range g.all() {
		_ = c.ws.NetConn().Close() // it may have ended
	}
}

// GoSilent leaves every connection open and says nothing over it any more: no
// frames, no answers to pings, no word on acks. New connections are not affected.
func (g *Gateway) GoSilent() {
	g.state.Change(func() {
		for _, c := range g.conns {
			c.silent.Store(true)
		}
	})
}

// HalfFrame breaks every connection in the middle of a frame.
func (g *Gateway) HalfFrame() {
	for _, c := range g.all() {
		c.writeMu.Lock()
		// A text frame of 200 bytes, of which some come.
		_, _ = c.ws.NetConn().Write(append([]byte{0x81, 126, 0, 200}, `{"specVersion":"1.0","type":"CALLB`...))
		_ = c.ws.NetConn().Close()
		c.writeMu.Unlock()
	}
}

func (g *Gateway) all() []*conn {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	return append([]*conn(nil), g.conns...)
}

// LeaveAfter sets how long a connection stands after its disconnect frame; the
// platform's 10 seconds are the default.
func (g *Gateway) LeaveAfter(d time.Duration) {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	g.leaving = d
}

// Disconnect tells every connection that it will end: nothing more is pushed over
// it, and it is closed after a while. It returns when each has acknowledged, or
// ended.
func (g *Gateway) Disconnect(ctx context.Context, reason string) error {
	data, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return err
	}
	g.state.Mu.Lock()
	leaving := g.leaving
	g.state.Mu.Unlock()
	for _, c := range g.all() {
		g.state.Change(func() { c.gone.Store(true) })
		ch, err := g.start(c, "disconnect", Frame{Type: "SYSTEM", Topic: "disconnect", Data: string(data)})
		if err != nil {
			continue // it has ended
		}
		end := time.AfterFunc(leaving, func() { _ = c.ws.NetConn().Close() })
		_, err = c.await(ctx, "disconnect", ch)
		if ctx.Err() != nil {
			end.Stop()
			return err
		}
	}
	return nil
}
