package bottest

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/notice"
	"yunzhuan/store"
)

// Stays are conversations from which the platform takes nothing back.
type Stays []string

// Recallable says whether what went to a target can be taken back.
func (s Stays) Recallable(t chat.Target) bool {
	return !slices.Contains(s, string(t.Conv)) && !slices.Contains(s, string(t.User))
}

// TakeBack works on the messages that are to be taken back, as the bot does by itself,
// and returns from where the platform took something back.
func (b *Bot) TakeBack(stays Stays) []string {
	b.t.Helper()
	p := &taker{b: b, stays: stays}
	r := bot.NewRecaller(b.Store, slog.New(slog.DiscardHandler), notice.RecallEnded(b.Push), p)
	if _, err := r.Pass(b.t.Context()); err != nil {
		b.t.Fatalf("take back: %v", err)
	}
	return p.gone
}

// taker is the platform as it takes messages back.
type taker struct {
	b     *Bot
	stays Stays
	mu    sync.Mutex
	gone  []string
}

func (p *taker) ID() chat.ChannelID                         { return Channel }
func (p *taker) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }
func (p *taker) Send(context.Context, chat.Outgoing) (chat.Receipt, error) {
	return chat.Receipt{}, nil
}

func (p *taker) Recallable(t chat.Target) time.Duration {
	if p.stays.Recallable(t) {
		return 24 * time.Hour
	}
	return 0
}

func (p *taker) Recall(_ context.Context, t chat.Target, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = append(p.gone, string(t.Conv)+string(t.User))
	return nil
}

// receiptOf is what the platform says of an entry that it took.
func receiptOf(e store.Entry) string { return e.Out.Key }
