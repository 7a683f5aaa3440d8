package aibottest

import (
	"encoding/json"
	"fmt"
)

// Fault is how a frame of the client is answered instead of as it should be.
type Fault struct {
	Code    int             // the errcode of the answer
	Body    any             // of the answer
	Until   <-chan struct{} // the answer waits until this is closed, and what comes behind it too
	Deliver bool            // the frame takes effect; with a Code 0 its answer is the right one
	Silent  bool            // there is no answer
	Drop    bool            // the connection breaks instead of an answer
}

// Fail lets the next times frames of a command fail; times < 0 means all.
func (s *Server) Fail(cmd string, times int, f Fault) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	if times < 0 {
		times = 1 << 16
	}
	for range times {
		s.faults[cmd] = append(s.faults[cmd], f)
	}
}

// Heal takes the faults of a command back.
func (s *Server) Heal(cmd string) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	delete(s.faults, cmd)
}

// Kick takes the connection away as if the robot had connected elsewhere: it is
// told so, and ended.
func (s *Server) Kick() error {
	c, err := s.holding()
	if err != nil {
		return err
	}
	s.state.Change(func() { s.holder = nil })
	c.kick()
	return nil
}

// DropConnections breaks all connections without a word.
func (s *Server) DropConnections() {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	for _, c := range s.conns {
		_ = c.ws.NetConn().Close() // that is the fault
	}
	s.holder = nil
}

// Silence makes the present connections dead lines: nothing is heard or said on
// them any more, and nothing ends them.
func (s *Server) Silence() {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	for _, c := range s.conns {
		c.silent.Store(true)
	}
	s.holder = nil
}

// PushRaw writes text that need not be a frame.
func (s *Server) PushRaw(text string) error {
	c, err := s.holding()
	if err != nil {
		return err
	}
	return c.writeRaw([]byte(text))
}

// HalfFrame writes half of a callback's frame and breaks the connection.
func (s *Server) HalfFrame(cb Callback) error {
	c, err := s.holding()
	if err != nil {
		return err
	}
	f, err := s.callback(Message, cb, map[string]any{"msgtype": "text", "text": map[string]string{"content": cb.Text}})
	if err != nil {
		return err
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if len(raw) > 65535 {
		return fmt.Errorf("frame of %d bytes is too long for this", len(raw))
	}
	head := []byte{0x81, 126, byte(len(raw) >> 8), byte(len(raw))}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if _, err := c.ws.NetConn().Write(append(head, raw[:len(raw)/2]...)); err != nil {
		return err
	}
	return c.ws.NetConn().Close()
}
