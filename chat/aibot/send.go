package aibot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

const (
	// replyMargin is how long before its end a reply address is no longer used.
	replyMargin = 500 * time.Millisecond
	// maxWelcome is what a welcome may hold, in bytes; assumed, as of other texts of
	// WeCom. A longer one is pushed.
	maxWelcome = 2048
	// maxReqID bounds what is taken as a request id.
	maxReqID = 256
)

// Send implements chat.Channel. Text answers a callback while it can be answered,
// as a stream that ends with its first frame, and is pushed after; pictures,
// files and buttons are pushed always, because a callback that was answered with
// one takes nothing more (846606, field). Between a picture and its text nothing
// changes places: the next part leaves when the one before was acknowledged.
//
// The platform acknowledges each frame, but knows no key by which it would take a
// message once: what was written and not acknowledged is Unknown.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	all := pieces(out.Body, out.Target.Group)
	if len(all) == 0 {
		return chat.Receipt{}, wire.Final("nothing to say")
	}
	if out.Part < 0 || out.Part >= len(all) {
		return chat.Receipt{}, wire.Final(fmt.Sprintf("no part %d of %d", out.Part, len(all)))
	}
	tag := ""
	if out.Key != "" {
		tag = fmt.Sprintf("%s\x00%s\x00%d", out.Target.Lane(), out.Key, out.Part)
	}
	if fault := c.say(ctx, out.Target, all[out.Part], tag); fault != nil {
		return chat.Receipt{}, fault
	}
	return chat.Receipt{More: out.Part+1 < len(all)}, nil
}

// say sends one piece. tag says which message it is, for the ids that are ours to
// choose; "" is a message that is never tried again.
func (c *Channel) say(ctx context.Context, to chat.Target, p piece, tag string) *chat.SendError {
	if err := ctx.Err(); err != nil {
		return wire.NoAnswer(err, false)
	}
	s := c.current()
	if s == nil {
		return &chat.SendError{Kind: chat.Temporary, Err: errNotOpen}
	}
	id := idOf(tag)
	var body map[string]any
	switch p.kind {
	case piecePicture, pieceFile:
		media, fault := c.upload(ctx, s, p)
		if fault != nil {
			return fault
		}
		if media == "" {
			return c.say(ctx, to, piece{kind: pieceText, text: p.text, plain: p.plain}, tag)
		}
		kind := mediaImage
		if p.kind == pieceFile {
			kind = mediaFile
		}
		body = map[string]any{"msgtype": kind, kind: map[string]string{"media_id": media}}
	case pieceCard:
		body = map[string]any{"msgtype": "template_card", "template_card": p.card(id)}
	default:
		if gone, fault := c.answer(ctx, s, to.Reply, p, id); !gone {
			return fault
		}
		body = map[string]any{"msgtype": "markdown", "markdown": map[string]string{"content": p.text}}
	}
	return c.push(ctx, s, to, body)
}

// idOf makes an id of ours: the same for the same tag, so that a stream that was
// refused for the moment is the same one when it is tried again.
func idOf(tag string) string {
	if tag == "" {
		return "yz-" + rand.Text()
	}
	sum := sha256.Sum256([]byte(tag))
	return "yz-" + hex.EncodeToString(sum[:16])
}

// answer says a text in answer to a callback; gone says that the callback can not
// be answered, or not any more, and nothing was said.
func (c *Channel) answer(ctx context.Context, s *session, reply chat.ReplyToken, p piece, id string) (gone bool, fault *chat.SendError) {
	cmd, reqID, body := c.answerBody(reply, p, id)
	if cmd == "" {
		return true, nil
	}
	leave, err := c.lanes.enter(ctx, reqID)
	if err != nil {
		return false, wire.NoAnswer(err, false)
	}
	defer leave()
	if c.spent.has(reqID) {
		return true, nil
	}
	_, v, fault := s.call(ctx, cmd, reqID, body)
	c.heed(s, v)
	welcome := cmd == cmdRespondWelcome
	gone = v.gone || welcome && fault != nil && fault.Kind == chat.Final
	if gone || welcome && fault == nil || fault != nil && fault.Kind == chat.Unknown {
		c.spent.add(reqID, reply.ExpiresAt, c.clock())
	}
	if gone {
		return true, nil
	}
	return false, fault
}

// answerBody is the command that answers a callback; "" for none.
func (c *Channel) answerBody(reply chat.ReplyToken, p piece, id string) (cmd, reqID string, body any) {
	if reply.Addr == "" || !c.clock().Add(replyMargin).Before(reply.ExpiresAt) || len(reply.Addr) > maxReqID {
		return "", "", nil
	}
	if reqID, ok := strings.CutPrefix(reply.Addr, addrReply); ok && reqID != "" {
		return cmdRespond, reqID, map[string]any{
			"msgtype": "stream", "stream": map[string]any{"id": id, "finish": true, "content": p.text},
		}
	}
	if reqID, ok := strings.CutPrefix(reply.Addr, addrWelcome); ok && reqID != "" && len(p.plain) <= maxWelcome {
		return cmdRespondWelcome, reqID, map[string]any{"msgtype": "text", "text": map[string]string{"content": p.plain}}
	}
	return "", "", nil
}

// Kinds of conversations as a push names them (WW 101463).
const (
	chatSingle = 1
	chatGroup  = 2
)

// push says something without being asked.
func (c *Channel) push(ctx context.Context, s *session, to chat.Target, body map[string]any) *chat.SendError {
	body["chatid"], body["chat_type"] = string(to.Conv), chatGroup
	if !to.Group {
		body["chat_type"] = chatSingle
		if to.User != "" {
			body["chatid"] = string(to.User)
		}
	}
	if body["chatid"] == "" {
		return &chat.SendError{Kind: chat.Final, Err: errors.New("no conversation to write to")}
	}
	_, v, fault := s.call(ctx, cmdSend, newReqID(cmdSend), body)
	c.heed(s, v)
	return fault
}

// heed ends a connection that the platform knows nothing of: the next one
// subscribes anew.
func (c *Channel) heed(s *session, v verdict) {
	if v.lost {
		s.close()
	}
}
