package wire

import (
	"sync"
	"time"
)

// Gate counts what is being worked on and can wait for it to end.
type Gate struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n is 0; nil while nobody waits
}

// Enter begins a piece of work.
func (g *Gate) Enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
}

// Leave ends it.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
	if g.n == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// Wait blocks until nothing is in work, at most as long as limit; false if
// something still is.
func (g *Gate) Wait(limit time.Duration) bool {
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
