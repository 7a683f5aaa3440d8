package aibot

import (
	"context"
	"sync"
	"time"
)

// lanes lets one at a time through for each key, in no particular order.
type lanes struct {
	mu   sync.Mutex
	open map[string]*lane
}

type lane struct {
	turn  chan struct{} // holds the one that is through
	users int           // those that are through or wait
}

// enter waits for its turn; leave must be called unless there is an error.
func (l *lanes) enter(ctx context.Context, key string) (leave func(), err error) {
	l.mu.Lock()
	if l.open == nil {
		l.open = map[string]*lane{}
	}
	ln := l.open[key]
	if ln == nil {
		ln = &lane{turn: make(chan struct{}, 1)}
		l.open[key] = ln
	}
	ln.users++
	l.mu.Unlock()
	out := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if ln.users--; ln.users == 0 {
			delete(l.open, key)
		}
	}
	select {
	case ln.turn <- struct{}{}:
		return func() { <-ln.turn; out() }, nil
	case <-ctx.Done():
		out()
		return nil, ctx.Err()
	}
}

// spent remembers callbacks that can be answered no more: the platform said so,
// or did not acknowledge an answer, whose late acknowledgement could be taken for
// that of the next.
type spent struct {
	mu    sync.Mutex
	until map[string]time.Time // by request id
}

const spentMax = 1024

func (s *spent) add(reqID string, until, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil || len(s.until) >= spentMax {
		fresh := map[string]time.Time{}
		for id, t := range s.until {
			if now.Before(t) && len(fresh) < spentMax/2 {
				fresh[id] = t
			}
		}
		s.until = fresh
	}
	s.until[reqID] = until
}

func (s *spent) has(reqID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.until[reqID]
	return ok
}
