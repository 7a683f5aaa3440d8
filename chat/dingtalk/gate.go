package dingtalk

import (
	"sync"
	"time"
)

// gate counts the frames that are being worked on and can wait for them to end.
type gate struct {
	mu    sync.Mutex
	n     int
	bytes int64
	high  bool          // n has been near its limit and not far below since
	idle  chan struct{} // closed when n is 0; nil while nobody waits
}

// maxBusy and maxBusyBytes bound the frames in work. The SDK's own bound lies
// above: what it drops is lost without a word, what is refused here is answered
// with an error and logged.
const (
	maxPending   = 8192 // the SDK's
	maxBusy      = 8000
	maxBusyBytes = 64 << 20
)

// enter counts a frame in; false if there is no room. near is true once each
// time that three quarters of the room are taken.
func (g *gate) enter(size int) (ok, near bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n >= maxBusy || g.bytes+int64(size) > maxBusyBytes && g.n > 0 {
		return false, false
	}
	g.n++
	g.bytes += int64(size)
	if g.n > maxBusy*3/4 && !g.high {
		g.high = true
		near = true
	}
	return true, near
}

func (g *gate) leave(size int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
	g.bytes -= int64(size)
	if g.n < maxBusy/2 {
		g.high = false
	}
	if g.n == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// wait blocks until no frame is in work, at most as long as limit.
func (g *gate) wait(limit time.Duration) bool {
	g.mu.Lock()
	if g.n == 0 {
		g.mu.Unlock()
		return true
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	idle := g.idle
	g.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
		return true
	case <-timer.C:
		return false
	}
}
