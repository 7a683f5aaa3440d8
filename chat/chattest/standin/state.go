package standin

import (
	"context"
	"fmt"
	"sync"
)

// State guards what a stand-in knows, and lets tests wait until it has changed. The
// zero value is ready.
type State struct {
	Mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something changes
}

// Change runs f under the lock and wakes who waits.
func (s *State) Change(f func()) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	f()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// Wait blocks until ok, which is called under the lock, is true.
func (s *State) Wait(ctx context.Context, what string, ok func() bool) error {
	for {
		s.Mu.Lock()
		good := ok()
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.Mu.Unlock()
		if good {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}
