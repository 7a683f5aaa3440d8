package wechattest

import (
	"fmt"
	"time"
)

// follower is what the platform knows of a person.
type follower struct {
	following bool
	free      bool // any number of customer messages
	wrote     allowance
	tapped    allowance
	last      string // what opened them
}

// allowance is how many customer messages are open, and until when.
type allowance struct {
	left  int
	until time.Time
}

// What is opened (MP sendCustomMessage).
const (
	wroteLeft, wroteTime = 5, 48 * time.Hour
	tapLeft, tapTime     = 3, time.Minute
	textMax              = 2048
)

// person returns the entry of an openid; s.mu is held.
func (s *Server) person(openid string) *follower {
	f := s.followers[openid]
	if f == nil {
		f = &follower{}
		s.followers[openid] = f
	}
	return f
}

// Follow makes people follow the account, without a callback.
func (s *Server) Follow(openids ...string) {
	s.state.Change(func() {
		for _, id := range openids {
			s.person(id).following = true
		}
	})
}

// Allow makes people follow, and opens any number of customer messages to them.
func (s *Server) Allow(openids ...string) {
	s.state.Change(func() {
		for _, id := range openids {
			f := s.person(id)
			f.following, f.free = true, true
		}
	})
}

// Left is how many customer messages are open to a person.
func (s *Server) Left(openid string) int {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	f, now, n := s.person(openid), s.now(), 0
	for _, a := range []allowance{f.wrote, f.tapped} {
		if now.Before(a.until) {
			n += a.left
		}
	}
	return n
}

// opens notes what a callback opens, once however often it is brought; s.mu is held.
func (s *Server) opens(cb Callback) {
	f, now, event := s.person(cb.OpenID), s.now(), cb.Fields["Event"]
	id := fmt.Sprint(cb.MsgID, cb.At.Unix(), event)
	if f.last == id {
		return
	}
	f.last = id
	switch {
	case cb.Type != "event":
		f.following = true
		f.wrote = allowance{wroteLeft, now.Add(wroteTime)}
	case event == "unsubscribe":
		*f = follower{last: id}
	case event == "subscribe", event == "SCAN", event == "CLICK":
		f.following = true
		f.tapped = allowance{tapLeft, now.Add(tapTime)}
	}
}

// take counts a customer message; the code is 0 where it may go. s.mu is held.
func (s *Server) take(openid string) int {
	f, now := s.followers[openid], s.now()
	switch {
	case f == nil:
		return 40003
	case !f.following:
		return 45015
	case f.free:
		return 0
	case f.tapped.left > 0 && now.Before(f.tapped.until):
		f.tapped.left--
		return 0
	case !now.Before(f.wrote.until):
		return 45015
	case f.wrote.left == 0:
		return 45047
	}
	f.wrote.left--
	return 0
}

// violated notes a broken rule; s.mu is held.
func (s *Server) violated(code int, openid string) {
	s.violations = append(s.violations, fmt.Sprintf("%d %s", code, openid))
}
