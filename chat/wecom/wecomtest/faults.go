package wecomtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Fault is how a call goes wrong.
type Fault struct {
	Status  int             // default 200
	Body    string          // of the answer
	Header  http.Header     // of the answer
	Until   <-chan struct{} // the call goes on only when this is closed
	Deliver bool            // the call takes effect, and only its answer is this Fault's
	Drop    bool            // the connection breaks instead of an answer
	Proceed bool            // after Until, the call goes on as if there were no Fault
}

// Refusal is a Fault with an error code of the platform.
func Refusal(code int) Fault {
	return Fault{Body: fmt.Sprintf(`{"errcode":%d,"errmsg":"refused by the stand-in, hint: [1234]"}`, code)}
}

// Fail lets the next times calls of an endpoint fail; times < 0 means all.
func (p *Platform) Fail(e Endpoint, times int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if times < 0 {
		times = 1 << 16
	}
	for range times {
		p.faults[e] = append(p.faults[e], f)
	}
}

// Heal takes the faults of an endpoint back.
func (p *Platform) Heal(e Endpoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.faults, e)
}

// ExpireTokens makes the access tokens given out so far invalid.
func (p *Platform) ExpireTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tokens)
}

// NoSuchUsers makes accounts that the organisation does not have.
func (p *Platform) NoSuchUsers(ids ...string) { p.mark(p.missing, ids) }

// Unlicensed makes accounts that may not be written to for want of a licence.
func (p *Platform) Unlicensed(ids ...string) { p.mark(p.barred, ids) }

func (p *Platform) mark(set map[string]bool, ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
}

// Calls is how often an endpoint was called, failures included.
func (p *Platform) Calls(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[e]
}

// WaitCalls blocks until an endpoint was called n times.
func (p *Platform) WaitCalls(ctx context.Context, e Endpoint, n int) error {
	return p.wait(ctx, fmt.Sprintf("%d calls of %s", n, e), func() bool { return p.calls[e] >= n })
}

// faulty counts the calls of an endpoint and lets them fail as told.
func (p *Platform) faulty(e Endpoint, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		failing := false
		p.change(func() {
			p.calls[e]++
			if queue := p.faults[e]; len(queue) > 0 {
				f, failing = queue[0], true
				p.faults[e] = queue[1:]
			}
		})
		if !failing {
			h(w, r)
			return
		}
		// Read to the end, so that the server notices when the client goes away.
		body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f.Until != nil {
			select {
			case <-f.Until:
			case <-r.Context().Done():
				return
			}
		}
		if f.Proceed {
			h(w, r)
			return
		}
		if f.Deliver {
			h(&discard{header: http.Header{}}, r)
		}
		if f.Drop {
			panic(http.ErrAbortHandler)
		}
		for k, v := range f.Header {
			w.Header()[k] = v
		}
		if f.Status != 0 {
			w.WriteHeader(f.Status)
		}
		_, _ = io.WriteString(w, f.Body) // the client may be gone
	}
}

// discard is an answer that nobody sees.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
