package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"yunzhuan/chat"
	"yunzhuan/internal/obs"
	"yunzhuan/store"
)

const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
)

// serveHTTP answers on the one listener until ctx ends, and lets the requests
// that run come to their end.
func (a *app) serveHTTP(ctx context.Context, listener net.Listener) error {
	// No WriteTimeout: the web chat's event stream stays open.
	srv := &http.Server{
		Handler: a.pages(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return srv.Close()
	}
	return nil
}

// callback is a channel to which its platform brings messages over HTTP.
type callback interface {
	http.Handler
	CallbackPath() string // "" where nothing comes in
}

// pages are all that is served.
func (a *app) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/healthz", obs.Healthz())
	mux.Handle("/readyz", obs.Readyz(a.log, a.checks()))
	a.metrics.Watch(obs.Sources{Outbox: a.outboxDepth, StoreSize: a.store.db.Size, Connections: a.connections})
	mux.Handle("/metrics", a.metrics.Handler())
	for _, ch := range a.channels {
		if c, ok := ch.(callback); ok && c.CallbackPath() != "" {
			mux.Handle(c.CallbackPath(), c)
		}
	}
	if a.demo != nil {
		mux.Handle("/", a.demo.Handler())
	}
	return mux
}

// checks are the components that /readyz asks.
func (a *app) checks() map[string]obs.Check {
	checks := map[string]obs.Check{
		"store": func(ctx context.Context) error {
			return a.store.Update(ctx, func(tx *store.Tx) error { return tx.Probe() })
		},
	}
	for _, ch := range a.channels {
		if h, ok := ch.(chat.Health); ok {
			checks[string(ch.ID())] = func(context.Context) error {
				if s := h.Status(); !s.Connected {
					return errors.New(s.Detail)
				}
				return nil
			}
		}
	}
	return checks
}

// outboxDepth is how many messages wait to be sent, and how long the oldest of
// those that are due has waited.
func (a *app) outboxDepth() (depth int, oldest time.Duration, err error) {
	now := a.store.Now()
	err = a.store.View(context.Background(), func(tx *store.Tx) error {
		depth, oldest = 0, 0
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			depth++
			// What is held back on purpose is not late.
			if !e.NotBefore.After(now) && !e.Held {
				oldest = max(oldest, now.Sub(e.At))
			}
			return true, nil
		})
	})
	return depth, oldest, err
}
