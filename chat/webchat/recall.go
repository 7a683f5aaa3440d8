package webchat

import (
	"context"
	"time"

	"yunzhuan/chat"
)

// Recallable implements chat.Recaller.
func (c *Channel) Recallable(chat.Target) time.Duration { return 24 * time.Hour }

// Recall implements chat.Recaller: the message disappears from every open page, and a
// line says that there was one. A message that is shown nowhere any more counts as
// taken back.
func (c *Channel) Recall(_ context.Context, t chat.Target, receipt string) error {
	conv, err := c.target(t)
	if err != nil {
		return err
	}
	c.hist.recall(conv, receipt)
	return nil
}

// recalledBrief stands for a message that was taken back.
const recalledBrief = "消息已撤回"

// recall takes what the bot said out of a conversation.
func (h *history) recall(conv chat.ConvID, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.find(conv, func(o entry) bool { return o.ID == id && o.From == "" && !o.Recalled })
	if i < 0 {
		return
	}
	e := h.convs[conv][i]
	for j, p := range h.pushes {
		if p.Conv == conv && p.At == e.At && p.Brief == e.Brief {
			h.pushes[j].Brief = recalledBrief
		}
	}
	e.Body, e.Brief, e.Recalled = nil, recalledBrief, true
	h.put(e)
}
