package chattest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"yunzhuan/chat"
)

// charactersOut: a body that is far too long for one message arrives whole, in
// parts that are torn nowhere inside a character.
func charactersOut(t *testing.T, h Harness) {
	r := start(t, h, keep)
	const line = "𠮷田é喆堃玥👩‍👩‍👧。"
	// Every line is numbered, so that what is missing or torn can be named.
	var b strings.Builder
	const lines = 900
	for i := range lines {
		fmt.Fprintf(&b, "%03d%s", i, strings.Repeat(line, 2))
		if i%7 == 0 {
			b.WriteString("\n")
		}
	}
	for i, to := range r.Targets {
		before := len(r.Heard())
		parts, err := r.send(to, chat.Text(b.String()))
		if err != nil {
			t.Fatalf("target %d: %v", i, err)
		}
		heard := r.Heard()[before:]
		if parts < 2 || len(heard) != parts {
			t.Errorf("target %d: %d parts sent, %d heard; want several", i, parts, len(heard))
		}
		whole := strings.Join(heard, "")
		if !utf8.ValidString(whole) || strings.ContainsRune(whole, utf8.RuneError) {
			t.Errorf("target %d: a character was torn", i)
		}
		for n := range lines {
			if !strings.Contains(whole, fmt.Sprintf("%03d", n)) {
				t.Fatalf("target %d: line %d is missing", i, n)
			}
		}
		for _, piece := range []string{"𠮷", "é", "👩‍👩‍👧"} {
			if got, want := strings.Count(whole, piece), strings.Count(b.String(), piece); got != want {
				t.Errorf("target %d: %q arrived %d times of %d", i, piece, got, want)
			}
		}
	}
}

// failures: each refusal is of the kind that the table says, with no secret.
func failures(t *testing.T, h Harness) {
	for _, f := range h.Failures {
		t.Run(f.Code, func(t *testing.T) {
			t.Parallel()
			r := start(t, h, keep)
			r.Refuse(f.Code)
			_, err := r.send(r.Targets[0], chat.Text("正文"))
			if got := chat.KindOf(err); got != f.Want {
				t.Errorf("kind %q, want %q (%v)", got, f.Want, err)
			}
			var se *chat.SendError
			if err != nil && !errors.As(err, &se) {
				t.Fatalf("%T is no *chat.SendError", err)
			}
			if se != nil && se.RetryAfter < f.MinWait {
				t.Errorf("retry after %v, want at least %v", se.RetryAfter, f.MinWait)
			}
			if err != nil && strings.Contains(err.Error(), "正文") {
				t.Errorf("the error holds the message: %v", err)
			}
		})
	}
}

// concurrentSends: what is sent from many goroutines arrives once each.
func concurrentSends(t *testing.T, h Harness) {
	r := start(t, h, keep)
	const n = 24
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			to := r.Targets[i%len(r.Targets)]
			if _, err := r.Channel.Send(r.ctx, chat.Outgoing{Target: to, Body: chat.Text(fmt.Sprintf("[%02d]", i)), Key: fmt.Sprint("k", i)}); err != nil {
				t.Errorf("send %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	heard := strings.Join(r.Heard(), "\n")
	heard = strings.NewReplacer("［", "[", "］", "]").Replace(heard)
	for i := range n {
		if got := strings.Count(heard, fmt.Sprintf("[%02d]", i)); got != 1 {
			t.Errorf("message %d arrived %d times", i, got)
		}
	}
}

// cancelledSend: a Send whose context has ended fails with a kind, and what never
// left is not called unknown.
func cancelledSend(t *testing.T, h Harness) {
	r := start(t, h, keep)
	ctx, cancel := context.WithCancel(r.ctx)
	cancel()
	for i, to := range r.Targets {
		_, err := r.Channel.Send(ctx, chat.Outgoing{Target: to, Body: chat.Text("正文")})
		if err != nil && chat.KindOf(err) != chat.Temporary {
			t.Errorf("target %d: %v", i, err)
		}
	}
}

// stopsAndSaysSo: Run takes what is in work to its end, returns nil, and the
// status tells.
func stopsAndSaysSo(t *testing.T, h Harness) {
	held := make(chan inboxed, 1)
	r := start(t, h, func(m chat.Message, done func(error)) { held <- inboxed{m, done} })
	health, hasHealth := r.Channel.(chat.Health)
	if hasHealth && !health.Status().Connected {
		t.Errorf("not connected: %+v", health.Status())
	}
	acked := make(chan Ack, 1)
	go func() {
		ack, _ := r.Deliver(r.ctx, r.Write(Inbound{ID: "m1", Conv: "c1", From: "u1", Text: "你好", SentAt: time.Now()}))
		acked <- ack
	}()
	in := <-held
	stopped := make(chan struct{})
	go func() {
		r.stop()
		close(stopped)
	}()
	in.done(nil)
	<-stopped
	<-acked
	if hasHealth && health.Status().Connected {
		t.Errorf("still connected after the end: %+v", health.Status())
	}
}
