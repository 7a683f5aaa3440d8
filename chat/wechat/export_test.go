package wechat

import (
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
)

// Decline says that nothing will go in the response that a reply address names.
func Decline(c *Channel, r chat.ReplyToken) { c.slots.Decline(strings.TrimPrefix(r.Addr, replyPrefix)) }

// Parse makes a Message of a callback, and the key of its response.
func Parse(raw []byte) (chat.Message, string, error) {
	a, _, err := parse(raw)
	return a.Msg, a.Slot, err
}

// Known is how many people are remembered.
func Known(c *Channel) int {
	c.people.mu.Lock()
	defer c.people.mu.Unlock()
	return len(c.people.known)
}

// Pages renders a Body.
func Pages(b chat.Body) []weixin.Page { return weixin.Pages(b, dialect) }

// Exported for tests.
var (
	Tap         = tap
	Untap       = untap
	EscapeLine  = escapeLine
	LineOfScene = lineOfScene
	SceneOfLine = sceneOfLine
	Cut         = cut
)
