package bottest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/store"
)

// Send is Say with pictures along; nil is one that the platform no longer has when
// it is asked for it.
func (b *Bot) Send(account, text string, pictures ...[]byte) string {
	b.t.Helper()
	return b.accept(chat.Message{
		Conv: chat.ConvID("dm:" + account), From: chat.UserID(account), Text: text, Attachments: b.attach(pictures),
	})
}

// SendIn is SayIn with pictures along.
func (b *Bot) SendIn(group, account, text string, pictures ...[]byte) string {
	b.t.Helper()
	return b.accept(chat.Message{
		Conv: chat.ConvID(group), Group: true, ConvTitle: group, From: chat.UserID(account), Text: text, Attachments: b.attach(pictures),
	})
}

func (b *Bot) attach(pictures [][]byte) []chat.Attachment {
	if b.pictures == nil {
		b.pictures = gallery{}
	}
	var out []chat.Attachment
	for _, data := range pictures {
		ref := fmt.Sprintf("ref-%d", len(b.pictures)+1)
		b.pictures[ref] = data
		out = append(out, chat.Attachment{Kind: chat.AttachmentPicture, Ref: ref})
	}
	return out
}

// gallery is the platform's side of pictures: their content by ref.
type gallery map[string][]byte

func (gallery) ID() chat.ChannelID                                        { return Channel }
func (gallery) Run(context.Context, chat.Sink) error                      { return nil }
func (gallery) Send(context.Context, chat.Outgoing) (chat.Receipt, error) { return chat.Receipt{}, nil }
func (g gallery) Download(_ context.Context, a chat.Attachment) (io.ReadCloser, error) {
	if g[a.Ref] == nil {
		return nil, &chat.SendError{Kind: chat.Final, Err: errors.New("expired")}
	}
	return io.NopCloser(bytes.NewReader(g[a.Ref])), nil
}

// Fetch brings every picture that waits, until none is left.
func (b *Bot) Fetch(taker bot.Taker) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	f := bot.NewFetcher(b.engine, slog.New(slog.DiscardHandler), taker, b.pictures)
	go func() { ended <- f.Run(ctx) }()
	for left := 1; left > 0 && ctx.Err() == nil; runtime.Gosched() {
		b.View(func(tx *store.Tx) (err error) {
			left, err = bot.Fetching(tx)
			return err
		})
	}
	stop()
	if err := <-ended; err != nil {
		b.t.Errorf("fetch: %v", err)
	}
}
