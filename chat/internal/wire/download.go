package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"yunzhuan/chat"
)

// Open begins to read what is at an address that the platform gave: https, or http
// on loopback. Nothing of ours goes there, no token and no cookie, and no redirect
// is followed. The caller closes what it gets, and ctx ends the reading. Its error
// is never Unknown.
func Open(ctx context.Context, client *http.Client, addr string) (io.ReadCloser, *chat.SendError) {
	u, err := url.Parse(addr)
	if err != nil || u.User != nil || u.Opaque != "" || !Secure(u) {
		return nil, Final("address of the download not usable")
	}
	resp, fault := OpenAny(ctx, client, addr)
	if fault != nil {
		return nil, fault
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // the status says it all
		return nil, notOpened(resp)
	}
	return resp.Body, nil
}

// OpenAny is Open for an address of the platform's API, whatever its answer is.
func OpenAny(ctx context.Context, client *http.Client, addr string) (*http.Response, *chat.SendError) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return nil, Final("address of the download not usable")
	}
	patient := *client
	patient.Timeout = 0 // it would cut short a long download; ctx bounds it
	resp, err := patient.Do(req)
	if err != nil {
		return nil, NoAnswer(err, false)
	}
	return resp, nil
}

// notOpened says what a status means for a download.
func notOpened(resp *http.Response) *chat.SendError {
	fault := &chat.SendError{Kind: chat.Final, Code: strconv.Itoa(resp.StatusCode), Err: errors.New("download refused")}
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests:
		fault.Kind, fault.RetryAfter = chat.Limited, RetryAfter(resp.Header, 0)
	case s >= 500 || s == http.StatusRequestTimeout:
		fault.Kind = chat.Temporary
	}
	return fault
}

// Faulty is what a download fails with: nil for no fault, for a *chat.SendError
// that is nil is an error.
func Faulty(fault *chat.SendError) error {
	if fault == nil {
		return nil
	}
	if fault.Kind == chat.Unknown {
		again := *fault
		again.Kind = chat.Temporary
		fault = &again
	}
	return fmt.Errorf("download: %w", fault)
}
