// Package chattest is the suite that every chat platform must pass: what comes
// in is understood and acknowledged only once it is kept, what goes out arrives
// whole, every refusal is of a known kind, and no secret is in any error or log.
//
// A platform's test gives a Harness, which brings the platform together with a
// stand-in of it that speaks the real wire protocol, and calls Run.
package chattest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
)

// Harness says how the suite gets hold of a platform.
type Harness struct {
	// Start makes a Channel and the stand-in that it will talk to, fresh for each
	// test, and cleans up with t.Cleanup. It does not call Run. The Channel writes
	// its log to log.
	Start func(t *testing.T, log *slog.Logger) Platform
	// Callbacks is a folder with recorded callbacks, a file each, and beside each
	// <name>.golden, the Messages that come of it. Files ending in .golden are not
	// callbacks.
	Callbacks string
	// Failures are the ways in which a platform refuses.
	Failures []Failure
}

// Platform is a Channel together with its stand-in.
type Platform struct {
	Channel chat.Channel
	// Ready blocks until the running Channel can hear the stand-in. nil: at once.
	Ready func(ctx context.Context) error
	// Deliver brings a callback to the Channel as the platform would, and returns
	// when the platform has its answer.
	Deliver func(ctx context.Context, callback []byte) (Ack, error)
	// Burst delivers callbacks together, in this order; nil where the platform
	// brings one at a time.
	Burst func(ctx context.Context, callbacks [][]byte) error
	// Write makes a callback of the platform of what somebody wrote.
	Write func(in Inbound) []byte
	// Targets are places that Send may write to, one of each kind.
	Targets []chat.Target
	// Heard lists the texts that arrived at the stand-in, in order, without the
	// platform's markup where that is part of the text.
	Heard func() []string
	// Refuse lets the stand-in answer the next Send with a failure's Code.
	Refuse func(code string)
	// Secrets may appear in no error and no log.
	Secrets []string
	// Normalize makes a Message the same in every run; nil where it is already.
	Normalize func(*chat.Message)
}

// Inbound is a message that somebody writes. ID is the platform's id: equal for a
// redelivery.
type Inbound struct {
	ID, Conv       string
	Group          bool
	From, FromName string
	Text           string
	SentAt         time.Time
}

// Ack is what the platform was told of a callback.
type Ack struct {
	OK  bool   // the platform believes that the message is kept
	Raw string // all of the answer
}

// Failure is a row of the table of refusals.
type Failure struct {
	Code    string        // as the platform calls it; Platform.Refuse understands it
	Want    chat.SendKind //
	MinWait time.Duration // RetryAfter must be at least this
}

// timeout ends a test that hangs; nothing measures it.
const timeout = 20 * time.Second

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, f := range map[string]func(*testing.T, Harness){
		"Callbacks":              callbacks,
		"AckOnlyWhenKept":        ackOnlyWhenKept,
		"NoAckWhenNotKept":       noAckWhenNotKept,
		"PanicInAccept":          panicInAccept,
		"Redelivery":             redelivery,
		"Order":                  order,
		"CharactersIn":           charactersIn,
		"CharactersOut":          charactersOut,
		"Failures":               failures,
		"ConcurrentSends":        concurrentSends,
		"StopsAndSaysSo":         stopsAndSaysSo,
		"CancelledSendIsNoPanic": cancelledSend,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, h)
		})
	}
}

// rig is a running Platform.
type rig struct {
	Platform
	t    *testing.T
	ctx  context.Context
	log  *syncBuffer
	stop func() // ends Run and waits for it
}

// start starts a platform with a sink that answers as accept does.
func start(t *testing.T, h Harness, accept func(m chat.Message, done func(error))) *rig {
	t.Helper()
	buf := &syncBuffer{}
	p := h.Start(t, slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	runCtx, end := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- p.Channel.Run(runCtx, sinkFunc(accept)) }()
	r := &rig{Platform: p, t: t, ctx: ctx, log: buf}
	r.stop = sync.OnceFunc(func() {
		end()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		r.noSecretIn("log", buf.String())
	})
	t.Cleanup(r.stop)
	if p.Ready != nil {
		if err := p.Ready(ctx); err != nil {
			t.Fatalf("not ready: %v", err)
		}
	}
	return r
}

// keep is a sink that keeps everything at once.
func keep(_ chat.Message, done func(error)) { done(nil) }

func (r *rig) noSecretIn(where, text string) {
	r.t.Helper()
	for _, s := range r.Secrets {
		if s != "" && strings.Contains(text, s) {
			r.t.Errorf("a secret (%.6s…) stands in the %s", s, where)
		}
	}
}

// send sends all parts of a body.
func (r *rig) send(to chat.Target, b chat.Body) (parts int, err error) {
	for {
		receipt, err := r.Channel.Send(r.ctx, chat.Outgoing{Target: to, Body: b, Key: r.t.Name(), Part: parts})
		if err != nil {
			r.noSecretIn("error", err.Error())
			return parts, err
		}
		parts++
		if !receipt.More {
			return parts, nil
		}
	}
}

type sinkFunc func(chat.Message, func(error))

func (f sinkFunc) Accept(_ context.Context, m chat.Message, done func(error)) { f(m, done) }

// syncBuffer is a log that is written by many.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
