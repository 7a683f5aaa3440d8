package aibot

import (
	"encoding/json"
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// event is what happened (WW 101463, aibot-node-sdk). The key of a tapped button
// stands inside template_card_event (field); the SDK's types have it beside the
// event's type, and both are read.
type event struct {
	EventType wire.Loose `json:"eventtype"`
	EventKey  wire.Loose `json:"event_key"`
	Card      cardEvent  `json:"template_card_event"`
}

type cardEvent struct {
	EventKey wire.Loose `json:"event_key"`
}

// decodeEvent reads an event; m holds its envelope.
func (c *Channel) decodeEvent(m chat.Message, cb callback, f frame) (chat.Message, bool, error) {
	var ev event
	if err := json.Unmarshal(cb.Event, &ev); err != nil {
		return m, false, fmt.Errorf("decode event of %d bytes", len(f.Body))
	}
	switch ev.EventType {
	case "disconnected_event":
		return m, false, errKicked
	case "enter_chat": // the first time on a day that somebody opens the direct chat
		if m.From == "" {
			return m, false, fmt.Errorf("decode event %q: no account", ev.EventType)
		}
		m.Event, m.Conv, m.Group = chat.EventFollowed, chat.ConvID(m.From), false
		m.Reply = c.replyToken(addrWelcome, f, welcomeLife)
		return m, true, nil
	case "template_card_event":
		// What is tapped is said. The event's request id takes no answer but a change
		// of the card (846605; field), so the answer is pushed.
		if ev.Card.EventKey == "" {
			ev.Card.EventKey = ev.EventKey
		}
		m.Text = strings.TrimSpace(string(ev.Card.EventKey))
		if m.Text == "" || m.Conv == "" {
			return m, false, fmt.Errorf("decode event %q: no key or no conversation", ev.EventType)
		}
		return m, true, nil
	}
	return m, false, nil // feedback_event, and what is yet to come
}
