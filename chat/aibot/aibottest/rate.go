package aibottest

import "time"

// The platform's rates of one conversation (WW 101463).
var rates = []struct {
	n   int
	per time.Duration
}{{30, time.Minute}, {1000, time.Hour}}

// within notes a message to a conversation and tells whether it is within the rates.
// s.mu is held.
func (s *Server) within(conv string) bool {
	now := time.Now()
	at := s.said[conv]
	for _, r := range rates {
		if n := len(at); n >= r.n && now.Sub(at[n-r.n]) < r.per {
			s.violations++
			return false
		}
	}
	s.said[conv] = append(at, now)
	return true
}

// Violations is how many messages came beyond the rates, and were refused.
func (s *Server) Violations() int {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return s.violations
}
