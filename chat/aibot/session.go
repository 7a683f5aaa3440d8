package aibot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// session is one WebSocket connection to the platform. Frames are read by one
// goroutine, in the order in which they come, and written by whoever has one, in
// turn.
type session struct {
	ws          *websocket.Conn
	ackWait     time.Duration
	subscribeID string
	dead        chan struct{} // closed when nothing is read any more
	kicked      atomic.Bool   // a newer connection of the robot has taken over
	busy        wire.Gate     // frames whose answer is waited for

	writeMu sync.Mutex

	mu      sync.Mutex
	waiting map[string]chan frame // for the answer to our frame of that request id
}

const (
	maxFrame  = 4 << 20          // bytes; messages and answers are far shorter
	writeWait = 15 * time.Second // a piece of a file takes its time on a slow line
)

func newSession(ws *websocket.Conn, ackWait time.Duration) *session {
	ws.SetReadLimit(maxFrame)
	return &session{
		ws: ws, ackWait: ackWait, subscribeID: newReqID(cmdSubscribe),
		dead: make(chan struct{}), waiting: map[string]chan frame{},
	}
}

// subscribe makes the connection the robot's (WW 101463). The secret goes into
// this one frame and nowhere else.
func (s *session) subscribe(ctx context.Context, botID, secret string) error {
	got, _, err := s.exchange(ctx, cmdSubscribe, s.subscribeID, map[string]string{"bot_id": botID, "secret": secret})
	switch {
	case err != nil:
		return fmt.Errorf("subscribe: %w", err)
	case got.ErrCode != "0":
		return &subscribeError{code: wire.SafeCode(string(got.ErrCode))}
	}
	return nil
}

// read hands every frame to take, until the connection ends. A connection on
// which the platform says nothing for silence, not even to our pings, has ended;
// control frames of the WebSocket do not count, for anything in between may
// answer them.
func (s *session) read(every, silence time.Duration, take func(raw []byte)) error {
	defer close(s.dead)
	defer s.close()
	go s.ping(every)
	for {
		_ = s.ws.SetReadDeadline(time.Now().Add(silence)) // fails with the connection only
		kind, raw, err := s.ws.ReadMessage()
		if err != nil {
			return err
		}
		if kind == websocket.TextMessage {
			take(raw)
		}
	}
}

// ping asks regularly whether the platform is there (WW 101463: every 30 s).
func (s *session) ping(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.dead:
			return
		case <-tick.C:
			raw, err := encodeFrame(cmdPing, newReqID(cmdPing), nil)
			if err != nil || s.write(raw) != nil {
				s.close()
				return
			}
		}
	}
}

func (s *session) write(raw []byte) error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	return s.ws.WriteMessage(websocket.TextMessage, raw)
}

// resolve hands an answer to who waits for it; false if nobody does.
func (s *session) resolve(f frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.waiting[string(f.Headers.ReqID)]
	if ch == nil {
		return false
	}
	delete(s.waiting, string(f.Headers.ReqID))
	ch <- f // has room for one
	return true
}

// exchange writes a frame and waits for its answer. Only one frame of a request
// id may be under way. left says, with an error, whether the frame may have
// arrived: a write that fails leaves half a frame, which is none.
func (s *session) exchange(ctx context.Context, cmd, reqID string, body any) (got frame, left bool, err error) {
	raw, err := encodeFrame(cmd, reqID, body)
	if err != nil {
		return frame{}, false, err
	}
	if err := ctx.Err(); err != nil {
		return frame{}, false, err
	}
	s.busy.Enter()
	defer s.busy.Leave()
	ch := make(chan frame, 1)
	s.mu.Lock()
	s.waiting[reqID] = ch
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.waiting[reqID] == ch {
			delete(s.waiting, reqID)
		}
	}()
	if err := s.write(raw); err != nil {
		s.close()
		return frame{}, false, err
	}
	timer := time.NewTimer(s.ackWait)
	defer timer.Stop()
	select {
	case got = <-ch:
		return got, true, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = errNoAck
	case <-s.dead:
		err = errDropped
	}
	select {
	case got = <-ch: // both happened
		return got, true, nil
	default:
		return frame{}, true, err
	}
}

// call is exchange for a frame that says something; fault is nil if the platform
// took it, and says otherwise what that means for the message.
func (s *session) call(ctx context.Context, cmd, reqID string, body any) (answer json.RawMessage, v verdict, fault *chat.SendError) {
	got, left, err := s.exchange(ctx, cmd, reqID, body)
	if err != nil {
		kind := chat.Temporary
		if left {
			kind = chat.Unknown
		}
		return nil, verdict{}, &chat.SendError{Kind: kind, Err: errors.New(describe(err))}
	}
	fault, v = judge(got.ErrCode)
	return got.Body, v, fault
}

func (s *session) close() { _ = s.ws.Close() } // closing twice is no fault

// goodbye ends the connection so that the platform knows that it is meant.
func (s *session) goodbye() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = s.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) // a courtesy
	s.close()
}
