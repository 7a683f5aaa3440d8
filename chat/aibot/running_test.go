package aibot_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/aibot/aibottest"
)

// timeout ends a test that hangs; nothing measures it.
const timeout = time.Minute

// running is a Channel that runs against a stand-in.
type running struct {
	s       *aibottest.Server
	c       *aibot.Channel
	ctx     context.Context
	log     *logBuffer
	through *ends
	stop    func()
}

// run starts a Channel whose messages go to accept.
func run(t *testing.T, s *aibottest.Server, accept func(chat.Message, func(error)), tune ...func(*aibot.Channel)) *running {
	t.Helper()
	return runWith(t, s, nil, accept, tune...)
}

func runWith(t *testing.T, s *aibottest.Server, change func(*aibot.Config), accept func(chat.Message, func(error)), tune ...func(*aibot.Channel)) *running {
	t.Helper()
	r := &running{s: s, log: &logBuffer{}}
	r.c = newChannel(t, s, slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), change)
	r.through = listen(r.c)
	for _, f := range tune {
		f(r.c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	r.ctx = ctx
	runCtx, end := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- r.c.Run(runCtx, sinkFunc(accept)) }()
	r.stop = sync.OnceFunc(func() {
		end()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		if strings.Contains(r.log.String(), s.Secret) {
			t.Errorf("the secret stands in the log:\n%s", r.log)
		}
	})
	t.Cleanup(func() { r.stop(); cancel() })
	return r
}

// connected starts a Channel and waits until it is connected.
func connected(t *testing.T, accept func(chat.Message, func(error)), tune ...func(*aibot.Channel)) *running {
	t.Helper()
	r := run(t, newServer(t), accept, tune...)
	r.ready(t)
	return r
}

func (r *running) ready(t *testing.T) {
	t.Helper()
	if err := ready(r.ctx, r.s, r.c); err != nil {
		t.Fatalf("not connected: %v; %s", err, r.log)
	}
}

// status blocks until the status holds a word.
func (r *running) status(t *testing.T, word string) {
	t.Helper()
	for !strings.Contains(r.c.Status().Detail, word) {
		if r.ctx.Err() != nil {
			t.Fatalf("status %+v, want %q", r.c.Status(), word)
		}
		runtime.Gosched()
	}
}

// say says something and waits until the Channel is through with it.
func (r *running) say(t *testing.T, cb aibottest.Callback) (kept bool) {
	t.Helper()
	id, err := r.s.Say(r.ctx, cb)
	if err != nil {
		t.Fatal(err)
	}
	return r.done(t, id)
}

func (r *running) done(t *testing.T, reqID string) (kept bool) {
	t.Helper()
	kept, err := r.through.wait(r.ctx, reqID)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// send sends all parts of a body.
func (r *running) send(to chat.Target, b chat.Body) (parts int, err error) {
	to.Channel = r.c.ID()
	for {
		receipt, err := r.c.Send(r.ctx, chat.Outgoing{Target: to, Body: b, Key: "k", Part: parts})
		if err != nil {
			return parts, err
		}
		parts++
		if !receipt.More {
			return parts, nil
		}
	}
}

// kinds lists what was said, as "command type".
func (r *running) kinds() string {
	var all []string
	for _, m := range r.s.Sent() {
		all = append(all, m.Cmd+" "+m.Type)
	}
	return strings.Join(all, ", ")
}

func keep(_ chat.Message, done func(error)) { done(nil) }

type sinkFunc func(chat.Message, func(error))

func (f sinkFunc) Accept(_ context.Context, m chat.Message, done func(error)) { f(m, done) }

// logBuffer is a log that is written by many.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
