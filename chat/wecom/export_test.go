package wecom

import (
	"context"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// Hasty is c with a Run that lets every response go as soon as its message is
// kept: for tests in which nobody answers.
func Hasty(c *Channel) chat.Channel { return hasty{c} }

type hasty struct{ *Channel }

func (h hasty) Run(ctx context.Context, sink chat.Sink) error {
	return h.Channel.Run(ctx, declining{h.Channel, sink})
}

type declining struct {
	c    *Channel
	sink chat.Sink
}

func (d declining) Accept(ctx context.Context, m chat.Message, done func(error)) {
	d.sink.Accept(ctx, m, func(err error) {
		done(err)
		if key, ok := strings.CutPrefix(m.Reply.Addr, passivePrefix); ok {
			d.c.slots.Decline(key)
		}
	})
}

// OpenReply opens a response that waits until ctx ends, and hears what is said in
// it.
func OpenReply(ctx context.Context, c *Channel, key string, hear func(xml []byte)) chat.ReplyToken {
	slot := c.slots.Open(key, c.clock())
	go func() {
		if answer := slot.Wait(ctx); answer != nil {
			hear(answer)
			slot.Written(nil)
		}
	}()
	return chat.ReplyToken{Addr: passivePrefix + key, ExpiresAt: c.clock().Add(time.Minute)}
}

// Decode reads a decrypted callback.
func Decode(c *Channel, raw []byte) (weixin.Arrival, error) { return c.decode(raw) }

// Page is a rendered message for tests.
type Page struct {
	Kind     string
	Text     string
	Mentions []string
	Buttons  []string
}

func export(pages []page) []Page {
	var out []Page
	for _, p := range pages {
		e := Page{Kind: "text", Text: p.text, Mentions: p.mentions}
		switch {
		case p.markdown:
			e.Kind = "markdown"
		case p.picture != nil:
			e.Kind, e.Text = "picture", p.picture.Name
		case p.file != nil:
			e.Kind, e.Text = "file", p.file.Name
		case p.link != nil:
			e.Kind, e.Text = "textcard", p.link.Title+"\n"+p.link.Text
			e.Buttons = []string{p.link.Button + " = " + p.link.URL}
		case p.card != nil:
			e.Kind, e.Text = "card", p.card.Title.Title
			for _, b := range p.card.Buttons {
				e.Buttons = append(e.Buttons, b.Text+" = "+b.Key)
			}
		}
		out = append(out, e)
	}
	return out
}

// RenderForPerson renders a body as a person gets it.
func RenderForPerson(b chat.Body) []Page { return export(personPages(b)) }

// RenderForWebhook renders a body as a webhook posts it.
func RenderForWebhook(b chat.Body) []Page { return export(groupPages(b, webhookDialect)) }

// RenderForChat renders a body as a group of the application gets it.
func RenderForChat(b chat.Body) []Page { return export(groupPages(b, chatDialect)) }

// Escape is escape.
var Escape = wire.EscapeMarkdown
