package dingtalktest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
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

// Fail lets the next times calls of an endpoint fail; times < 0 means all.
func (g *Gateway) Fail(e Endpoint, times int, f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if times < 0 {
		times = 1 << 16
	}
	for range times {
		g.faults[e] = append(g.faults[e], f)
	}
}

// Heal takes the faults of an endpoint back.
func (g *Gateway) Heal(e Endpoint) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.faults, e)
}

// faulty counts the calls of an endpoint and lets them fail as told.
func (g *Gateway) faulty(e Endpoint, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		failing := false
		g.change(func() {
			g.calls[e]++
			if queue := g.faults[e]; len(queue) > 0 {
				f, failing = queue[0], true
				g.faults[e] = queue[1:]
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

// ExpireTokens makes the access tokens given out so far invalid.
func (g *Gateway) ExpireTokens() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.tokens)
}

// NoSuchUsers makes accounts that the organisation does not have.
func (g *Gateway) NoSuchUsers(ids ...string) { g.mark(g.invalid, ids) }

// LimitUsers makes accounts that get no more messages for now.
func (g *Gateway) LimitUsers(ids ...string) { g.mark(g.limited, ids) }

func (g *Gateway) mark(set map[string]bool, ids []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
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
	g.change(func() {
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
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]*conn(nil), g.conns...)
}

// LeaveAfter sets how long a connection stands after its disconnect frame; the
// platform's 10 seconds are the default.
func (g *Gateway) LeaveAfter(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
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
	g.mu.Lock()
	leaving := g.leaving
	g.mu.Unlock()
	for _, c := range g.all() {
		g.change(func() { c.gone.Store(true) })
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
