package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// post makes one call, unless the platform has shut out this machine.
func (c *Channel) post(ctx context.Context, addr, contentType, token string, body []byte) (answer, *chat.SendError) {
	if until := time.Unix(0, c.bannedUntil.Load()); c.clock().Before(until) {
		return answer{}, &chat.SendError{Kind: chat.Limited, Code: "1111", RetryAfter: until.Sub(c.clock()), Err: errors.New("the platform has shut out this machine for a while")}
	}
	r := wire.Request{Addr: addr, ContentType: contentType, Body: body}
	if token != "" {
		r.Header = map[string]string{"x-acs-dingtalk-access-token": token}
	}
	return wire.Do(ctx, c.http, r)
}

// say posts what will be seen in a chat, and judges the answer.
func (c *Channel) say(ctx context.Context, addr, token string, body any) (answer, verdict, *chat.SendError) {
	raw, err := wire.Encode(body)
	if err != nil {
		return answer{}, verdict{}, wire.Final("message not encodable")
	}
	a, fault := c.post(ctx, addr, "application/json; charset=utf-8", token, raw)
	if fault != nil {
		return a, verdict{}, fault
	}
	fault, v := judge(a)
	c.noteBan(v)
	return a, v, fault
}

// noteBan keeps further calls back while the platform refuses all of them.
func (c *Channel) noteBan(v verdict) {
	if v.ban {
		c.bannedUntil.Store(c.clock().Add(v.wait).UnixNano())
		c.log.Error("the platform has shut out this machine", "wait", v.wait)
	}
}

// ask posts what has no effect in any chat: whatever fails may be tried again.
func (c *Channel) ask(ctx context.Context, addr, contentType string, body []byte, result any) (verdict, *chat.SendError) {
	a, fault := c.post(ctx, addr, contentType, "", body)
	var v verdict
	if fault == nil {
		fault, v = judge(a)
		c.noteBan(v)
	}
	if fault == nil && json.Unmarshal(a.Body, result) != nil {
		fault = &chat.SendError{Kind: chat.Temporary, Err: fmt.Errorf("status %d with an unreadable body", a.Status)}
	}
	if fault != nil && fault.Kind == chat.Unknown {
		fault.Kind = chat.Temporary
	}
	return v, fault
}
