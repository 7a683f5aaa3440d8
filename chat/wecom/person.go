package wecom

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// duplicateInterval is for how many seconds the platform drops an equal card (see
// Idempotent): a bot that died is back within it. The platform allows four hours;
// should it look at what a card shows and not at its task id, a card that is asked
// for again is not kept back for as long.
const duplicateInterval = 600

// message is a message of the application to people (WW 90236) or into one of its
// groups (WW 90248), or by a webhook (WW 99110).
type message struct {
	ToUser   string `json:"touser,omitempty"`
	AgentID  int    `json:"agentid,omitempty"`
	ChatID   string `json:"chatid,omitempty"`
	Type     string `json:"msgtype"`
	Text     *text  `json:"text,omitempty"`
	Markdown *text  `json:"markdown,omitempty"`
	Image    *media `json:"image,omitempty"`
	File     *media `json:"file,omitempty"`
	Card     *card  `json:"template_card,omitempty"`

	Link *textCard `json:"textcard,omitempty"`

	DuplicateCheck    int `json:"enable_duplicate_check,omitempty"`
	DuplicateInterval int `json:"duplicate_check_interval,omitempty"`
}

type text struct {
	Content   string   `json:"content"`
	Mentioned []string `json:"mentioned_list,omitempty"` // webhooks only
}

type media struct {
	ID     string `json:"media_id,omitempty"`
	Base64 string `json:"base64,omitempty"` // webhooks only
	MD5    string `json:"md5,omitempty"`
}

func textMessage(p page) message {
	if p.markdown {
		return message{Type: "markdown", Markdown: &text{Content: p.text}}
	}
	return message{Type: "text", Text: &text{Content: p.text, Mentioned: p.mentions}}
}

// answer says a page in the response that waits for it; ok is false if there is
// none, or the page is no text, and nothing was said. A response whose answer goes
// another way is let go at once.
func (c *Channel) answer(ctx context.Context, t chat.Target, p page) (ok bool, fault *chat.SendError) {
	key, ok := strings.CutPrefix(t.Reply.Addr, passivePrefix)
	if !ok {
		return false, nil
	}
	if p.text == "" {
		c.slots.Decline(key)
		return false, nil
	}
	if ctx.Err() != nil {
		return true, wire.NoAnswer(ctx.Err(), false) // the response keeps waiting for the next try
	}
	raw := weixin.PassiveText(c.cfg.CorpID, string(person(t)), p.text, c.clock())
	return c.slots.Answer(ctx, key, raw, c.clock())
}

// person is the account of a target that is no group: a direct chat has the
// account's name.
func person(t chat.Target) chat.UserID {
	if t.User != "" {
		return t.User
	}
	return chat.UserID(t.Conv)
}

// sentReply is what the platform says of a message it took.
type sentReply struct {
	InvalidUser    string `json:"invaliduser"` // joined with |, in lower case
	UnlicensedUser string `json:"unlicenseduser"`
	MsgID          string `json:"msgid"`
}

var (
	errNoAccount  = errors.New("the organisation has no such account, or it is outside what the application may see")
	errNoLicence  = errors.New("the account has no licence for this interface")
	errBadAccount = errors.New("not an account of the platform")
)

// sendToPeople says a page to up to batchSize people and returns one result for
// each, in order.
func (c *Channel) sendToPeople(ctx context.Context, outs []chat.Outgoing, p page) []chat.SendResult {
	results := make([]chat.SendResult, len(outs))
	var users []string
	for i, o := range outs {
		u := string(person(o.Target))
		if !plainUser.MatchString(u) {
			results[i].Err = &chat.SendError{Kind: chat.Final, Err: errBadAccount}
			continue
		}
		users = append(users, u)
	}
	if len(users) == 0 {
		return results
	}
	var got sentReply
	m, fault := c.appMessage(ctx, p)
	if fault == nil {
		m.ToUser, m.AgentID = strings.Join(users, "|"), c.cfg.AgentID
		if m.Card != nil {
			m.Card.TaskID = taskID(outs)
			m.DuplicateCheck, m.DuplicateInterval = 1, duplicateInterval
		}
		fault = explained(c.api.Call(ctx, "/cgi-bin/message/send", m, &got))
	}
	invalid, unlicensed := accounts(got.InvalidUser), accounts(got.UnlicensedUser)
	for i, o := range outs {
		u := strings.ToLower(string(person(o.Target)))
		switch {
		case results[i].Err != nil:
		case fault != nil:
			results[i].Err = fault
		case invalid[u]:
			results[i].Err = &chat.SendError{Kind: chat.Final, Code: "invaliduser", Err: errNoAccount}
		case unlicensed[u]:
			results[i].Err = &chat.SendError{Kind: chat.Final, Code: "unlicenseduser", Err: errNoLicence}
		default:
			results[i].Receipt.ID = got.MsgID
		}
	}
	return results
}

// accounts reads a list of accounts. The platform does not tell capitals from
// small letters, and answers in small ones (WW 90236).
func accounts(list string) map[string]bool {
	set := map[string]bool{}
	for u := range strings.SplitSeq(list, "|") {
		set[strings.ToLower(u)] = u != ""
	}
	return set
}

// taskID names a card: the same for the same keys and part, up to 128 characters
// of 0-9 a-z A-Z _ - @ (WW 90236).
func taskID(outs []chat.Outgoing) string {
	h := sha256.New()
	for _, o := range outs {
		if o.Key == "" {
			return "r-" + rand.Text()
		}
		h.Write([]byte(o.Key + "\x00")) // never fails
	}
	h.Write([]byte{byte(outs[0].Part), byte(outs[0].Part >> 8)})
	return "k-" + hex.EncodeToString(h.Sum(nil))
}

// appMessage is a page as the application sends it, with its media uploaded.
// Media that the platform will never take are described instead.
func (c *Channel) appMessage(ctx context.Context, p page) (message, *chat.SendError) {
	switch {
	case p.link != nil:
		return message{Type: "textcard", Link: p.link}, nil
	case p.card != nil:
		own := *p.card
		return message{Type: "template_card", Card: &own}, nil
	case p.picture != nil && len(p.picture.Data) <= maxImage:
		id, fault := c.upload(ctx, mediaImage, wire.PictureName(p.picture.Name, p.picture.Data), p.picture.Data)
		if id != "" || fault != nil {
			return message{Type: "image", Image: &media{ID: id}}, fault
		}
	case p.picture != nil || p.file != nil:
		name, data := p.document()
		id, fault := c.upload(ctx, mediaFile, name, data)
		if id != "" || fault != nil {
			return message{Type: "file", File: &media{ID: id}}, fault
		}
	}
	return textMessage(p.described()), nil
}
