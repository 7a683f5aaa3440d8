package wecom

import (
	"context"
	"slices"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// batchSize is how many people one call may speak to (WW 90236).
const batchSize = 1000

// Send implements chat.Channel: in the response that waits for it where there is
// one, by a webhook or into a group of the application where the conversation is
// one, and as a message of the application else.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	t := out.Target
	if name, ok := strings.CutPrefix(string(t.Conv), webhookPrefix); ok {
		return receipt(c.sendByWebhook(ctx, name, out))
	}
	if c.cfg.CorpID == "" {
		return chat.Receipt{}, wire.Final("no application is configured")
	}
	if t.Group {
		return receipt(c.sendToChat(ctx, out))
	}
	p, more, fault := pageOf(personPages(out.Body), out.Part)
	answered, answerFault := c.answer(ctx, out.Target, p)
	if answered || fault != nil {
		if fault == nil {
			fault = answerFault
		}
		return receipt(chat.Receipt{More: more}, fault)
	}
	r := c.sendToPeople(ctx, []chat.Outgoing{out}, p)[0]
	r.Receipt.More = r.Err == nil && more
	return r.Receipt, r.Err
}

func receipt(r chat.Receipt, fault *chat.SendError) (chat.Receipt, error) {
	if fault != nil {
		return chat.Receipt{}, fault
	}
	return r, nil
}

// BatchSize implements chat.BatchSender.
func (c *Channel) BatchSize() int { return batchSize }

// SendBatch implements chat.BatchSender.
func (c *Channel) SendBatch(ctx context.Context, outs []chat.Outgoing) []chat.SendResult {
	results := make([]chat.SendResult, 0, len(outs))
	for chunk := range slices.Chunk(outs, batchSize) {
		p, more, fault := pageOf(personPages(chunk[0].Body), chunk[0].Part)
		if c.cfg.CorpID == "" {
			fault = wire.Final("no application is configured")
		}
		if fault != nil {
			for range chunk {
				results = append(results, chat.SendResult{Err: fault})
			}
			continue
		}
		for _, r := range c.sendToPeople(ctx, chunk, p) {
			r.Receipt.More = r.Err == nil && more
			results = append(results, r)
		}
	}
	return results
}

// Idempotent implements chat.Idempotent: true for a card that was sent to one
// person alone.
//
// The platform's duplicate check (WW 90236) compares what is said, not a key, and
// drops the second of two equal messages to the same people. Somebody who confirms
// 全勤 twice must be told so twice, so texts, pictures and files go without it and
// are not idempotent. A card holds a task id made of its Key: a second try is equal
// to the first, another message never is, and an application may not use a task id
// twice at all. What went to several people in one call may go to others together
// the next time, and is not covered; a further part, and an answer, goes alone.
func (c *Channel) Idempotent(out chat.Outgoing) bool {
	t := out.Target
	if out.Key == "" || t.Group || strings.HasPrefix(string(t.Conv), webhookPrefix) || out.Part == 0 && t.Reply.Addr == "" {
		return false
	}
	p, _, fault := pageOf(personPages(out.Body), out.Part)
	return fault == nil && p.card != nil
}
