package aibot

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/semaphore"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// receiver is one Run of a Channel: it keeps a connection and works on its
// frames.
type receiver struct {
	c       *Channel
	sink    chat.Sink
	room    *semaphore.Weighted // bytes of the callbacks in work
	notices chan struct{}       // bounds the notices that are being sent
	full    atomic.Bool         // waiting for room was for nothing
	busy    wire.Gate           // callbacks that were read and are not done with

	refusals atomic.Int64
	life     context.Context // ends with the receiver
	end      context.CancelFunc

	mu     sync.Mutex
	closed bool           // no task begins any more
	tasks  sync.WaitGroup // goroutines that read a connection or send a notice
}

func newReceiver(c *Channel, sink chat.Sink) *receiver {
	r := &receiver{c: c, sink: sink, room: semaphore.NewWeighted(c.room), notices: make(chan struct{}, maxNotices)}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// begin starts a task that stop waits for; false if the receiver has ended.
func (r *receiver) begin(task func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.tasks.Go(task)
	return true
}

// run keeps a connection until ctx ends.
func (r *receiver) run(ctx context.Context) {
	for {
		s := r.connect(ctx)
		if s == nil {
			r.stop(nil)
			return
		}
		began := time.Now()
		select {
		case <-ctx.Done():
			r.stop(s)
			return
		case <-s.dead:
		}
		r.lost(ctx, s, time.Since(began))
	}
}

// lost waits as long as the end of a connection asks for.
func (r *receiver) lost(ctx context.Context, s *session, lived time.Duration) {
	p := &r.c.pace
	r.c.setSession(nil)
	if lived >= p.kicked.MaxInterval {
		p.kicked.Reset()
	}
	switch {
	case s.kicked.Load():
		wait := p.kicked.NextBackOff()
		r.c.SetStatus(false, kickedText)
		r.c.log.Error("another connection of this robot has taken over, it is left alone", "next", wait.Round(time.Second))
		sleep(ctx, wait)
	case lived < p.stable:
		r.c.SetStatus(false, "connection lost")
		sleep(ctx, p.retry.NextBackOff())
	default:
		r.c.SetStatus(false, "connection lost")
		p.retry.Reset()
	}
}

// connect tries until there is a subscribed connection; nil if ctx ended before.
func (r *receiver) connect(ctx context.Context) *session {
	for {
		s, err := r.open(ctx)
		if err == nil {
			r.c.pace.refused.Reset()
			r.c.log.Info("connected")
			return s
		}
		if ctx.Err() != nil {
			return nil
		}
		why, wait := describe(err), time.Duration(0)
		if badCredentials(err) {
			why, wait = "credentials refused: "+why, r.c.pace.refused.NextBackOff()
		} else {
			wait = r.c.pace.retry.NextBackOff()
		}
		r.c.SetStatus(false, "not connected: "+why)
		r.c.log.Warn("connection not opened", "error", why, "next", wait.Round(time.Millisecond))
		sleep(ctx, wait)
		if ctx.Err() != nil {
			return nil
		}
	}
}

// open connects and subscribes.
func (r *receiver) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, r.c.pace.open)
	defer cancel()
	ws, err := r.c.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(ws, r.c.pace.ack)
	every, silence := r.c.pace.ping, r.c.pace.silence
	if !r.begin(func() {
		err := s.read(every, silence, func(raw []byte) { r.frame(s, raw) })
		if r.life.Err() == nil {
			r.c.log.Info("connection ended", "why", describe(err))
		}
	}) {
		s.close()
		return nil, errNotOpen
	}
	if err := s.subscribe(ctx, r.c.cfg.BotID, r.c.cfg.Secret); err != nil {
		s.close()
		<-s.dead
		r.c.setSession(nil) // it may have been subscribed just when ctx ended
		return nil, err
	}
	return s, nil
}

// dial opens the WebSocket, which says nothing of the robot yet.
func (c *Channel) dial(ctx context.Context) (*websocket.Conn, error) {
	ws, resp, err := c.cfg.Dialer.DialContext(ctx, c.cfg.WSURL, nil)
	if resp != nil {
		_ = resp.Body.Close() // the handshake's; nothing of it is of use
	}
	return ws, err
}

// subscribed is called when the platform has taken the subscription of s, before
// the frames behind are read.
func (r *receiver) subscribed(s *session) {
	r.c.setSession(s)
	r.c.SetStatus(true, "connected")
}

// stop ends the receiver. The connection stays open while what is in work is
// finished, for answers and notices go over it; then it is closed, and what is
// still in work is waited for without it.
func (r *receiver) stop(s *session) {
	if s != nil {
		until := time.Now().Add(r.c.pace.drain)
		r.busy.Wait(time.Until(until))
		s.busy.Wait(time.Until(until))
		r.c.setSession(nil)
	}
	r.end()
	if s != nil {
		s.goodbye()
	}
	if !r.busy.Wait(r.c.pace.finish) {
		r.c.log.Error("messages still in work at the end")
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.tasks.Wait()
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
