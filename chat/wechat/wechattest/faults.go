package wechattest

import "yunzhuan/chat/chattest/standin"

// Fault is how a call goes wrong.
type Fault = standin.Fault

// KillToken makes the access token given out no longer good, though its time is not
// over: an ordinary call for a token still returns it, as the platform does after
// another machine has forced a renewal of a stale copy.
func (s *Server) KillToken() {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.token.dead = true
}
