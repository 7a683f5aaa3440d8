// Package standin is what the stand-ins of platforms have in common: state that can
// be waited for, calls that fail as told, and HTTP without a socket, for tests in
// simulated time.
package standin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
)

// Transport is an http.RoundTripper that answers by calling a handler, without a
// socket. It reports the request as written before the handler runs, as a
// connection would.
type Transport struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (m Transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // a panic's value is compared as the server does
				panic(p)
			}
			resp, err = nil, errAborted
		}
	}()
	w := httptest.NewRecorder()
	m.Handler.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

var errAborted = errors.New("connection broken")
