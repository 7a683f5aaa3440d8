// Package wire is what the platforms have in common below their dialects: one
// HTTP call with a clear outcome, access tokens, media that were uploaded, and
// words for errors in which no secret can stand.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"yunzhuan/chat"
)

// NewClient is the client that sends: it has timeouts, and follows no redirect,
// so that a token or a message never goes where it was not meant to. given may be
// nil.
func NewClient(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	} else {
		client.Transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second,
			MaxIdleConnsPerHost:   256, // as many as are sent at once
			IdleConnTimeout:       30 * time.Second,
			ForceAttemptHTTP2:     true,
		}
		client.Timeout = 20 * time.Second
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// Request is one call. Without a Body it is a GET.
type Request struct {
	Addr        string
	ContentType string
	Header      map[string]string
	Body        []byte
}

// Answer is what the platform said to a call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxAnswer bounds what is read of an answer: the longest is the members of a large
// department.
const maxAnswer = 8 << 20

// Do makes one call. Its error is about the way there and back: Temporary if the
// request never left, Unknown if it may have arrived. An answer, good or bad, is
// for the platform to judge.
func Do(ctx context.Context, client *http.Client, r Request) (Answer, *chat.SendError) {
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	method, body := http.MethodGet, io.Reader(nil)
	if r.Body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.Addr, body)
	if err != nil {
		return Answer{}, Final("address not usable")
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	req.Header.Set("Accept", "application/json")
	for k, v := range r.Header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, NoAnswer(err, left.Load())
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written to it
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Answer{}, NoAnswer(err, true)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: got}, nil
}

// NoAnswer is the failure of a call without an answer; left says whether the
// request may have arrived. The cause's own text may hold the address with its
// token and is not kept.
func NoAnswer(err error, left bool) *chat.SendError {
	kind := chat.Temporary
	if left {
		kind = chat.Unknown
	}
	return &chat.SendError{Kind: kind, Err: errors.New("no answer: " + Describe(err))}
}

// Final is a failure of what was to be sent, found before it was.
func Final(text string) *chat.SendError {
	return &chat.SendError{Kind: chat.Final, Err: errors.New(text)}
}

// Encode is JSON without the \u003c that platforms count as six bytes, or refuse.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// RetryAfter reads the header of that name (seconds).
func RetryAfter(h http.Header, def time.Duration) time.Duration {
	if n, err := strconv.Atoi(h.Get("Retry-After")); err == nil && n > 0 && n <= 3600 {
		return time.Duration(n) * time.Second
	}
	return def
}

// Clock is the platform's clock by its answer; the zero Time where it gives none.
func (a Answer) Clock() time.Time {
	clock, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return clock
}

// Secure says whether what goes to u cannot be read on the way: https, or http on
// loopback.
func Secure(u *url.URL) bool {
	if u.Scheme == "https" {
		return u.Hostname() != ""
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
