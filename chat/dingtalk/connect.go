package dingtalk

import (
	"context"
	"slices"
	"time"
)

// run keeps a connection until ctx ends.
func (r *receiver) run(ctx context.Context) {
	defer r.stop()
	for {
		since := r.c.clock()
		if !r.connect(ctx) || !r.watch(ctx) {
			return
		}
		r.c.SetStatus(false, "connection lost")
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
		c, err := r.open(ctx)
		if err == nil {
			r.use(c)
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
		r.c.SetStatus(false, "not connected: "+why)
		r.c.log.Warn("connection not opened", "error", why, "next", wait.Round(time.Millisecond))
		sleep(ctx, wait)
	}
}

// use makes c the current connection and reads from it; the one before is left
// to its end.
func (r *receiver) use(c *connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		c.close()
		return
	}
	if r.current != nil {
		close(r.current.replaced)
	}
	r.current = c
	r.all = append(r.all, c)
	r.c.SetStatus(true, "connected")
	every, silence := r.c.pace.ping, r.c.pace.silence
	r.tasks.Go(func() {
		err := c.read(every, silence, func(raw []byte) { r.frame(c, raw) })
		if r.life.Err() == nil {
			r.c.log.Info("connection ended", "why", describe(err))
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = slices.DeleteFunc(r.all, func(other *connection) bool { return other == c })
	})
}

// watch returns true when the current connection, which may change meanwhile, is
// dead, and false when ctx ends.
func (r *receiver) watch(ctx context.Context) bool {
	for {
		r.mu.Lock()
		c := r.current
		r.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-c.replaced:
		case <-c.dead:
			select {
			case <-c.replaced:
			default:
				return true
			}
		}
	}
}

// renew replaces a connection that the server is about to close: it sends no more
// over it and closes it after 10 seconds. The next one is opened first, and the
// frames in work get to be answered over the old one.
func (r *receiver) renew(old *connection) {
	ctx, cancel := context.WithTimeout(r.life, r.c.pace.renew)
	defer cancel()
	next, err := r.open(ctx)
	if err != nil {
		r.c.log.Warn("connection not renewed", "error", describe(err))
		return // when the server closes the old one, there will be another try
	}
	r.use(next)
	deadline, _ := ctx.Deadline()
	old.busy.Wait(time.Until(deadline))
	old.close()
}

// stop ends the receiver: the frames in work are answered, then the connection is
// closed, then what is still in work is waited for.
func (r *receiver) stop() {
	r.mu.Lock()
	r.closed = true
	open := slices.Clone(r.all)
	r.mu.Unlock()
	until := time.Now().Add(r.c.pace.drain)
	for _, c := range open {
		c.busy.Wait(time.Until(until))
	}
	r.end()
	for _, c := range open {
		c.close()
	}
	until = time.Now().Add(r.c.pace.finish)
	for _, c := range open {
		if !c.busy.Wait(time.Until(until)) {
			r.c.log.Error("messages still in work at the end")
		}
	}
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
