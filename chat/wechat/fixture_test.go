package wechat_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// person is who speaks in most tests.
const person = "oZhang"

// patience ends a test that hangs; nothing measures it.
const patience = 20 * time.Second

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 10, 14, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bot is the other end of a Channel: it acts once on each message, and answers.
type bot struct {
	*wechat.Channel
	srv *wechattest.Server
	t   testing.TB
	ctx context.Context

	answer func(m chat.Message) []chat.Body // called once a message; nil: no answers
	again  chan chat.Message                // gets what was brought once more, if not nil

	work sync.WaitGroup
	mu   sync.Mutex
	acts []chat.Message
	errs []error // of answers that were not sent
	seen map[chat.MessageID]bool
}

// start runs a Channel and waits until it listens.
func start(t testing.TB, s *wechattest.Server, c *wechat.Channel, answer func(chat.Message) []chat.Body) *bot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	b := &bot{Channel: c, srv: s, t: t, ctx: ctx, answer: answer, seen: map[chat.MessageID]bool{}}
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx, b) }()
	t.Cleanup(func() {
		b.work.Wait()
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	if err := ready(ctx, c); err != nil {
		t.Fatal(err)
	}
	return b
}

// newBot is a bot with a Channel of its own, over HTTP, by a clock that stands still.
func newBot(t testing.TB, change func(*wechat.Config), answer func(chat.Message) []chat.Body) (*bot, *clock) {
	t.Helper()
	s, clk := newServer(t), newClock()
	s.SetClock(clk.Now)
	c := newChannel(t, s, slog.New(slog.DiscardHandler), func(cfg *wechat.Config) {
		cfg.Clock = clk.Now
		if change != nil {
			change(cfg)
		}
	})
	return start(t, s, c, answer), clk
}

// offline is a bot without a socket, for tests with simulated time.
func offline(t testing.TB, answer func(chat.Message) []chat.Body) *bot {
	t.Helper()
	s := wechattest.NewOffline()
	c, err := wechat.New(s.Config(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	s.To(c)
	return start(t, s, c, answer)
}

// Accept implements chat.Sink.
func (b *bot) Accept(_ context.Context, m chat.Message, done func(error)) {
	b.mu.Lock()
	again := b.seen[m.ID]
	b.seen[m.ID] = true
	if !again {
		b.acts = append(b.acts, m)
	}
	b.mu.Unlock()
	done(nil)
	if again {
		if b.again != nil {
			b.again <- m
		} else {
			wechat.Decline(b.Channel, m.Reply)
		}
		return
	}
	b.work.Go(func() {
		var bodies []chat.Body
		if b.answer != nil {
			bodies = b.answer(m)
		}
		if len(bodies) == 0 {
			wechat.Decline(b.Channel, m.Reply)
		}
		for _, body := range bodies {
			if err := b.send(replyTo(m), body); err != nil {
				b.mu.Lock()
				b.errs = append(b.errs, err)
				b.mu.Unlock()
			}
		}
	})
}

// replyTo is where an answer to a message goes.
func replyTo(m chat.Message) chat.Target {
	return chat.Target{Channel: m.Channel, Conv: m.Conv, User: m.From, Reply: m.Reply}
}

// pushTo is where something that answers nothing goes.
func pushTo(openid string) chat.Target {
	return chat.Target{Channel: wechat.ChannelID, User: chat.UserID(openid), Heard: lately}
}

// send sends all parts of a body.
func (b *bot) send(to chat.Target, body chat.Body) error {
	for part := 0; ; part++ {
		r, err := b.Send(b.ctx, chat.Outgoing{Target: to, Body: body, Key: body.Title, Part: part})
		if err != nil || !r.More {
			return err
		}
	}
}

// push pushes a text and returns the kind of its failure.
func (b *bot) push(openid, text string) chat.SendKind {
	return chat.KindOf(b.send(pushTo(openid), chat.Text(text)))
}

// say brings a text and waits until the bot has answered all that it will.
func (b *bot) say(openid, text string) wechattest.Answer {
	b.t.Helper()
	a, err := b.srv.Say(b.ctx, openid, text)
	if err != nil || !a.OK() || a.Junk {
		b.t.Fatalf("say: %+v %v", a, err)
	}
	b.work.Wait()
	return a
}

// event brings an event and waits as say does.
func (b *bot) event(openid, event, key string) wechattest.Answer {
	b.t.Helper()
	a, err := b.srv.Event(b.ctx, openid, event, key)
	if err != nil || !a.OK() || a.Junk {
		b.t.Fatalf("%s: %+v %v", event, a, err)
	}
	b.work.Wait()
	return a
}

// heard is what the bot acted upon.
func (b *bot) heard() []chat.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]chat.Message(nil), b.acts...)
}

// failed is the first answer that was not sent.
func (b *bot) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.errs...)
}

// kept fails the test if a rule of the platform was broken.
func (b *bot) kept() {
	b.t.Helper()
	if v := b.srv.Violations(); len(v) > 0 {
		b.t.Errorf("rules of the platform were broken: %q", v)
	}
}

// ways lists how and what was said.
func ways(sent []wechattest.Sent) []string {
	var out []string
	for _, m := range sent {
		out = append(out, string(m.Way)+" "+m.Text)
	}
	return out
}

// echo answers with what was said.
func echo(m chat.Message) []chat.Body { return []chat.Body{chat.Text("收到：" + m.Text)} }

// lately is a Heard that no test's clock gets past.
var lately = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
