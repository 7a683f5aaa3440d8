package wechat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

const (
	// replyPrefix begins the Addr of a reply address; the key of the response that
	// waits follows.
	replyPrefix = "passive:"
	customPath  = "/cgi-bin/message/custom/send"
)

// slotKey names the response to a message: the account, the person, the message.
// None of the first two has a slash in it.
func slotKey(account, person string, id chat.MessageID) string {
	return account + "/" + person + "/" + string(id)
}

// Send implements chat.Channel: in the response to the person's message while that
// waits; by customer message as long as any are left; a push by template message,
// where one is configured. If none of these is possible, the message is Held until
// the person says something.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	receipt, fault := c.send(ctx, out)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	return receipt, nil
}

func (c *Channel) send(ctx context.Context, out chat.Outgoing) (chat.Receipt, *chat.SendError) {
	user, page, more, fault := c.part(out)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	if err := ctx.Err(); err != nil {
		return chat.Receipt{}, wire.NoAnswer(err, false)
	}
	if c.people.isGone(user) {
		return chat.Receipt{}, &chat.SendError{Kind: chat.Final, Code: codeNotFollowing, Err: errors.New("the person has unfollowed the account")}
	}
	receipt := chat.Receipt{More: more}
	if account, key, ok := c.replyTo(out.Target, user); ok {
		if said, fault := c.inResponse(ctx, account, key, user, page); said || fault != nil {
			return receipt, fault
		}
	}
	heard := out.Target.Heard
	if out.Target.Reply.Addr != "" {
		heard = c.clock() // it answers what the person said a moment ago
	}
	fault = c.byCustomMessage(ctx, user, heard, page)
	if fault != nil && fault.Kind == chat.Held && c.cfg.Template != nil && out.Part == 0 && out.Target.Reply.Addr == "" {
		return c.byTemplate(ctx, user, out)
	}
	return receipt, fault
}

// part finds the person and the wire message; more says that another follows.
func (c *Channel) part(out chat.Outgoing) (user chat.UserID, page weixin.Page, more bool, fault *chat.SendError) {
	user = out.Target.User
	if user == "" {
		user = chat.UserID(out.Target.Conv) // the conversation is the person's account
	}
	if out.Target.Group || user == "" {
		return "", page, false, wire.Final("an official account writes to persons alone")
	}
	pages := weixin.Pages(out.Body, dialect)
	if len(pages) == 0 {
		return "", page, false, wire.Final("nothing to say")
	}
	if out.Part < 0 || out.Part >= len(pages) {
		return "", page, false, wire.Final(fmt.Sprintf("no part %d of %d", out.Part, len(pages)))
	}
	return user, pages[out.Part], out.Part+1 < len(pages), nil
}

// replyTo reads a reply address; ok is false for one that has expired or is for
// another person.
func (c *Channel) replyTo(t chat.Target, user chat.UserID) (account, key string, ok bool) {
	key, ok = strings.CutPrefix(t.Reply.Addr, replyPrefix)
	if !ok || !c.clock().Before(t.Reply.ExpiresAt) {
		return "", "", false
	}
	account, rest, _ := strings.Cut(key, "/")
	person, _, ok := strings.Cut(rest, "/")
	return account, key, ok && person == string(user)
}

// inResponse answers in the response that waits; said is false, without a fault, if
// none does any more. A picture that is not uploaded in time goes by the API.
func (c *Channel) inResponse(ctx context.Context, account, key string, user chat.UserID, page weixin.Page) (said bool, fault *chat.SendError) {
	m, fault := c.prepare(ctx, page)
	if fault != nil {
		c.slots.Decline(key)
		return false, fault
	}
	if len(m.text) > weixin.MaxText {
		c.slots.Decline(key)
		return false, nil
	}
	return c.slots.Answer(ctx, key, m.passive(account, user, c.clock()), c.clock())
}

// byCustomMessage sends a customer message, unless it is known that the platform
// would take none.
func (c *Channel) byCustomMessage(ctx context.Context, user chat.UserID, heard time.Time, page weixin.Page) *chat.SendError {
	if c.clock().Before(time.Unix(0, c.shutUntil.Load())) {
		return &chat.SendError{Kind: chat.Held, Code: codeNoPermission, Err: errors.New("the account may send no customer messages")}
	}
	ticket, ok := c.people.take(user, heard)
	if !ok {
		return &chat.SendError{Kind: chat.Held, Code: codeNoneLeft, Err: errors.New("no customer message to this person is left")}
	}
	m, fault := c.prepare(ctx, page)
	if fault != nil {
		ticket.back()
		return fault
	}
	fault = c.api.Call(ctx, customPath, m.custom(user), nil)
	if fault == nil || fault.Kind == chat.Unknown {
		return fault // it counts
	}
	switch fault.Code {
	case codeNoWindow, codeNoneLeft:
		ticket.refused()
		return fault
	case codeNoPermission, codeForbidden:
		c.shutUntil.Store(c.clock().Add(permissionWait).UnixNano())
		c.log.Error("the account may send no customer messages", "code", fault.Code, "wait", permissionWait)
	case codeNotFollowing:
		c.people.left(user)
	case codeMediaGone:
		if m.picture != nil {
			c.forget(*m.picture)
		}
	}
	ticket.back()
	return fault
}
