package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"yunzhuan/chat"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// post makes one call. Its error is about the way there and back: Temporary if
// the request never left, Unknown if it may have arrived. An answer, good or bad,
// is left to judge.
func (c *Channel) post(ctx context.Context, addr, contentType, token string, body []byte) (answer, *chat.SendError) {
	if until := time.Unix(0, c.bannedUntil.Load()); c.clock().Before(until) {
		return answer{}, &chat.SendError{Kind: chat.Limited, Code: "1111", RetryAfter: until.Sub(c.clock()), Err: errors.New("the platform has shut out this machine for a while")}
	}
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, addr, bytes.NewReader(body))
	if err != nil {
		return answer{}, final("address not usable")
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set("x-acs-dingtalk-access-token", token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, transportError(err, left.Load())
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written to it
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, transportError(err, true)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: got}, nil
}

// transportError tells whether the request may have arrived. The cause's own
// text holds the address with its token and is not kept.
func transportError(err error, left bool) *chat.SendError {
	kind := chat.Temporary
	if left {
		kind = chat.Unknown
	}
	return &chat.SendError{Kind: kind, Err: errors.New("no answer: " + describe(err))}
}

// say posts what will be seen in a chat, and judges the answer.
func (c *Channel) say(ctx context.Context, addr, token string, body any) (answer, verdict, *chat.SendError) {
	raw, err := encode(body)
	if err != nil {
		return answer{}, verdict{}, final("message not encodable")
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
	if fault == nil && json.Unmarshal(a.body, result) != nil {
		fault = &chat.SendError{Kind: chat.Temporary, Err: fmt.Errorf("status %d with an unreadable body", a.status)}
	}
	if fault != nil && fault.Kind == chat.Unknown {
		fault.Kind = chat.Temporary
	}
	return v, fault
}

// encode is JSON without the \u003c that the platform counts as six bytes.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
