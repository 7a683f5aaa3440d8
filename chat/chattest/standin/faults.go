package standin

import (
	"bytes"
	"context"
	"fmt"
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

// Faults counts the calls of a stand-in's endpoints and lets them fail as told.
type Faults[E ~string] struct {
	state *State
	calls map[E]int
	queue map[E][]Fault
}

// NewFaults makes the Faults of a stand-in.
func NewFaults[E ~string](s *State) *Faults[E] {
	return &Faults[E]{state: s, calls: map[E]int{}, queue: map[E][]Fault{}}
}

// Fail lets the next times calls of an endpoint fail; times < 0 means all.
func (f *Faults[E]) Fail(e E, times int, fault Fault) {
	f.state.Mu.Lock()
	defer f.state.Mu.Unlock()
	if times < 0 {
		times = 1 << 16
	}
	for range times {
		f.queue[e] = append(f.queue[e], fault)
	}
}

// Heal takes the faults of an endpoint back.
func (f *Faults[E]) Heal(e E) {
	f.state.Mu.Lock()
	defer f.state.Mu.Unlock()
	delete(f.queue, e)
}

// Calls is how often an endpoint was called, failures included.
func (f *Faults[E]) Calls(e E) int {
	f.state.Mu.Lock()
	defer f.state.Mu.Unlock()
	return f.calls[e]
}

// WaitCalls blocks until an endpoint was called n times.
func (f *Faults[E]) WaitCalls(ctx context.Context, e E, n int) error {
	return f.state.Wait(ctx, fmt.Sprintf("%d calls of %s", n, e), func() bool { return f.calls[e] >= n })
}

// next counts a call and tells whether it is to fail.
func (f *Faults[E]) next(e E) (fault Fault, failing bool) {
	f.state.Change(func() {
		f.calls[e]++
		if queue := f.queue[e]; len(queue) > 0 {
			fault, failing = queue[0], true
			f.queue[e] = queue[1:]
		}
	})
	return fault, failing
}

// Faulty is the handler of an endpoint, with its faults.
func (f *Faults[E]) Faulty(e E, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fault, failing := f.next(e)
		if !failing {
			h(w, r)
			return
		}
		fault.serve(w, r, h)
	}
}

func (f Fault) serve(w http.ResponseWriter, r *http.Request, h http.HandlerFunc) {
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

// discard is an answer that nobody sees.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
