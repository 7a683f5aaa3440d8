package aibot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// callback is the body of a message or an event (WW 100719, 101463;
// aibot-node-sdk). Only what is used stands here. What a message quotes was said
// before, by somebody else perhaps, and is left out.
type callback struct {
	MsgID      wire.Loose `json:"msgid"`
	ChatID     wire.Loose `json:"chatid"`   // of a group
	ChatType   wire.Loose `json:"chattype"` // single, group
	CreateTime wire.Loose `json:"create_time"`
	MsgType    wire.Loose `json:"msgtype"`
	From       struct {
		UserID wire.Loose `json:"userid"`
	} `json:"from"`
	Text  json.RawMessage `json:"text"`
	Voice json.RawMessage `json:"voice"` // as the platform heard it: text
	Image json.RawMessage `json:"image"`
	File  json.RawMessage `json:"file"`
	Video json.RawMessage `json:"video"`
	Mixed json.RawMessage `json:"mixed"`
	Event json.RawMessage `json:"event"`
}

// content is what stands beside the envelope, all kinds in one.
type content struct {
	Content  wire.Loose `json:"content"`
	URL      string     `json:"url"`    // good for five minutes; what is there is encrypted
	AESKey   string     `json:"aeskey"` // of this url alone
	Filename string     `json:"filename"`
	Name     string     `json:"name"`
	Items    []item     `json:"msg_item"`
}

type item struct {
	MsgType wire.Loose      `json:"msgtype"`
	Text    json.RawMessage `json:"text"`
	Image   json.RawMessage `json:"image"`
}

// How long a callback can be answered. A stream may be written to for minutes
// (846608: ten measured, six reported), and then a push says the same, so that
// nothing is lost by less. Welcomes have five seconds (WW 101463).
const (
	replyLife   = 5 * time.Minute
	welcomeLife = 5 * time.Second
)

// A reply address is what answers a callback, and its request id.
const (
	addrReply   = "msg:"
	addrWelcome = "welcome:"
)

// decode reads a callback; ok is false for one that means nothing to the bot. Its
// errors hold nothing of it. With an error, m says as much as could be read.
func (c *Channel) decode(f frame) (m chat.Message, ok bool, err error) {
	if f.Cmd == cmdMessage {
		m.Reply = c.replyToken(addrReply, f, replyLife)
	}
	var cb callback
	if err := json.Unmarshal(f.Body, &cb); err != nil {
		return m, false, fmt.Errorf("decode callback of %d bytes", len(f.Body))
	}
	c.fillEnvelope(&m, cb, f)
	if f.Cmd == cmdEvent {
		return c.decodeEvent(m, cb, f)
	}
	if m.Conv == "" {
		return m, false, fmt.Errorf("decode callback of type %q: no conversation", clip(string(cb.MsgType), 20))
	}
	if err := cb.fill(&m); err != nil {
		return m, false, fmt.Errorf("decode callback of type %q: content not readable", clip(string(cb.MsgType), 20))
	}
	return m, true, nil
}

func (c *Channel) fillEnvelope(m *chat.Message, cb callback, f frame) {
	m.Channel, m.ID, m.From = ChannelID, messageID(cb, f.Body), chat.UserID(cb.From.UserID)
	m.Group = cb.ChatType == "group" || cb.ChatType == "" && cb.ChatID != ""
	m.Conv = chat.ConvID(cb.From.UserID)
	if m.Group {
		m.Conv = chat.ConvID(cb.ChatID)
	}
	if m.SentAt = cb.CreateTime.Moment(); m.SentAt.IsZero() {
		m.SentAt = c.clock()
	}
}

// messageID is the callback's own id, by which a second delivery is known. One
// without is known by its text.
func messageID(cb callback, body []byte) chat.MessageID {
	if cb.MsgID != "" {
		return chat.MessageID(cb.MsgID)
	}
	sum := sha256.Sum256(body)
	return chat.MessageID("sha256-" + hex.EncodeToString(sum[:]))
}

func (c *Channel) replyToken(kind string, f frame, life time.Duration) chat.ReplyToken {
	if f.Headers.ReqID == "" {
		return chat.ReplyToken{}
	}
	return chat.ReplyToken{Addr: kind + string(f.Headers.ReqID), ExpiresAt: c.clock().Add(life)}
}

// fill reads what was written, by its type.
func (cb callback) fill(m *chat.Message) error {
	raw, known := map[wire.Loose]json.RawMessage{
		"text": cb.Text, "voice": cb.Voice, "image": cb.Image, "file": cb.File, "video": cb.Video, "mixed": cb.Mixed,
	}[cb.MsgType]
	if !known { // what is yet to come
		m.Attachments = []chat.Attachment{{Kind: chat.AttachmentOther, Name: string(cb.MsgType)}}
		return nil
	}
	ct, err := contentOf(raw)
	if err != nil {
		return err
	}
	switch cb.MsgType {
	case "text":
		m.Text = strings.TrimSpace(string(ct.Content))
	case "voice":
		if m.Text = strings.TrimSpace(string(ct.Content)); m.Text == "" {
			m.Attachments = []chat.Attachment{{Kind: chat.AttachmentAudio}}
		}
	case "image":
		m.Attachments = []chat.Attachment{ct.attachment(chat.AttachmentPicture)}
	case "file":
		m.Attachments = []chat.Attachment{ct.attachment(chat.AttachmentFile)}
	case "video":
		m.Attachments = []chat.Attachment{ct.attachment(chat.AttachmentVideo)}
	case "mixed":
		return ct.fillMixed(m)
	}
	return nil
}

func (ct content) fillMixed(m *chat.Message) error {
	var texts []string
	for _, it := range ct.Items {
		raw := it.Text
		if it.MsgType == "image" {
			raw = it.Image
		}
		part, err := contentOf(raw)
		switch {
		case err != nil:
			return err
		case it.MsgType == "image":
			m.Attachments = append(m.Attachments, part.attachment(chat.AttachmentPicture))
		case part.Content != "":
			texts = append(texts, string(part.Content))
		}
	}
	m.Text = strings.TrimSpace(strings.Join(texts, "\n"))
	return nil
}

// attachment is what is to be downloaded: its address and, behind a space, the
// key that decrypts it.
func (ct content) attachment(kind chat.AttachmentKind) chat.Attachment {
	a := chat.Attachment{Kind: kind, Name: ct.Filename, Ref: ct.URL}
	if a.Name == "" {
		a.Name = ct.Name
	}
	if ct.AESKey != "" {
		a.Ref += " " + ct.AESKey
	}
	return a
}

// contentOf reads an object that may be missing, or stand as a text.
func contentOf(raw json.RawMessage) (ct content, err error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return content{}, nil
	case raw[0] == '"':
		return ct, json.Unmarshal(raw, &ct.Content)
	case raw[0] != '{':
		return content{}, errors.New("not an object")
	}
	return ct, json.Unmarshal(raw, &ct)
}
