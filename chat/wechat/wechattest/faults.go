package wechattest

import (
	"bytes"
	"io"
	"net/http"
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
func (s *Server) Fail(e Endpoint, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if times < 0 {
		times = 1 << 16
	}
	for range times {
		s.faults[e] = append(s.faults[e], f)
	}
}

// Heal takes the faults of an endpoint back.
func (s *Server) Heal(e Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, e)
}

// faulty counts the calls of an endpoint and lets them fail as told.
func (s *Server) faulty(e Endpoint, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		failing := false
		s.change(func() {
			s.calls[e]++
			if queue := s.faults[e]; len(queue) > 0 {
				f, failing = queue[0], true
				s.faults[e] = queue[1:]
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

// KillToken makes the access token given out no longer good, though its time is not
// over: an ordinary call for a token still returns it, as the platform does after
// another machine has forced a renewal of a stale copy.
func (s *Server) KillToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token.dead = true
}
