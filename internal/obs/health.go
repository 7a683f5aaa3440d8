package obs

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// checkTimeout is how long a component has to say that it is ready.
const checkTimeout = 2 * time.Second

// Check says whether a component works: nil if it does. It may be called from
// any goroutine and should return once ctx ends.
type Check func(ctx context.Context) error

// Healthz is the page /healthz: the process is alive and answers.
func Healthz() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // the caller is gone if this fails
	})
}

// readyz asks its checks and logs every change of their answers.
type readyz struct {
	log    *slog.Logger
	checks map[string]Check

	mu   sync.Mutex
	last map[string]string
}

// Readyz is the page /readyz: a JSON object of every component's state, "ok" or
// "down", with status 503 unless all are ok. Why one is down is in the log
// alone.
func Readyz(log *slog.Logger, checks map[string]Check) http.Handler {
	return &readyz{log: log, checks: checks, last: map[string]string{}}
}

func (z *readyz) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	answer := struct {
		Ready      bool              `json:"ready"`
		Components map[string]string `json:"components"`
	}{true, map[string]string{}}
	for name, err := range z.ask(ctx) {
		answer.Components[name] = "ok"
		if err != nil {
			answer.Components[name], answer.Ready = "down", false
		}
		z.note(name, answer.Components[name], err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer) // the caller is gone if this fails
}

// ask runs all checks at once. One that does not answer until ctx ends is down.
func (z *readyz) ask(ctx context.Context) map[string]error {
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(z.checks))
	for name, check := range z.checks {
		go func() { results <- result{name, check(ctx)} }()
	}
	answers := map[string]error{}
	for len(answers) < len(z.checks) {
		select {
		case r := <-results:
			answers[r.name] = r.err
		case <-ctx.Done():
			for name := range z.checks {
				if _, ok := answers[name]; !ok {
					answers[name] = ctx.Err()
				}
			}
		}
	}
	return answers
}

// note logs a component's state when it is another than before.
func (z *readyz) note(name, state string, err error) {
	z.mu.Lock()
	before := z.last[name]
	z.last[name] = state
	z.mu.Unlock()
	switch {
	case err != nil && before != state:
		z.log.Warn("not ready", "component", name, "error", err)
	case err == nil && before == "down":
		z.log.Info("ready again", "component", name)
	}
}
