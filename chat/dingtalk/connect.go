package dingtalk

import (
	"context"
	"time"
)

// run keeps a connection until ctx ends.
func (r *receiver) run(ctx context.Context) {
	defer r.stop()
	for ctx.Err() == nil {
		since := r.c.clock()
		if !r.connect(ctx) {
			return
		}
		r.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		r.c.setStatus(false, "connection lost")
		r.c.log.Warn("connection lost")
		if r.c.clock().Sub(since) < r.c.pace.stable {
			sleep(ctx, r.c.pace.retry.NextBackOff())
		} else {
			r.c.pace.retry.Reset()
		}
	}
}

// connect tries until there is a connection; false if ctx ended before.
func (r *receiver) connect(ctx context.Context) bool {
	for {
		l, err := r.open(ctx)
		if err == nil {
			r.use(l)
			r.c.pace.refused.Reset()
			r.c.log.Info("connected")
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		why := describe(err)
		wait := r.c.pace.retry.NextBackOff()
		if badCredentials(err) {
			wait = r.c.pace.refused.NextBackOff()
			why = "credentials refused: " + why
		}
		r.c.setStatus(false, "not connected: "+why)
		r.c.log.Warn("connection not opened", "error", why, "next", wait.Round(time.Millisecond))
		sleep(ctx, wait)
	}
}

// use makes l the current connection; the one before is left to its end.
func (r *receiver) use(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		l.cli.Close()
		return
	}
	r.current = l
	r.c.setStatus(true, "connected")
}

// watch returns when the current connection, which may change meanwhile, is dead
// or ctx ends.
func (r *receiver) watch(ctx context.Context) {
	tick := time.NewTicker(r.c.pace.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r.mu.Lock()
		l := r.current
		r.mu.Unlock()
		if !l.rotating.Load() && !l.alive() {
			l.cli.Close()
			return
		}
	}
}

// rotate replaces a connection that the server is about to close: it sends no
// more over it and closes it after 10 seconds, so the next one is opened first,
// and the frames in work get to be answered over the old one. When rotate
// returns, the SDK closes the old one.
func (r *receiver) rotate(l *link) {
	if !l.rotating.CompareAndSwap(false, true) {
		return
	}
	defer l.rotating.Store(false) // if it is still the current one, watch finds it dead
	ctx, cancel := context.WithTimeout(r.life, r.c.pace.rotate)
	defer cancel()
	next, err := r.open(ctx)
	if err != nil {
		r.c.log.Warn("connection not renewed", "error", describe(err))
		return
	}
	r.use(next)
	r.c.log.Info("connection renewed")
	deadline, _ := ctx.Deadline()
	l.busy.wait(time.Until(deadline))
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
