package wechat

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// callback is a message or an event as the platform delivers it, in XML or JSON
// (MP receiving messages, receiving events). encoding/json does not look at the
// case of names: MsgID of events lands in MsgID, too.
type callback struct {
	To          string     `xml:"ToUserName" json:"ToUserName"`
	From        string     `xml:"FromUserName" json:"FromUserName"`
	CreateTime  wire.Loose `xml:"CreateTime" json:"CreateTime"`
	MsgType     string     `xml:"MsgType" json:"MsgType"`
	MsgID       wire.Loose `xml:"MsgId" json:"MsgId"`
	Content     wire.Loose `xml:"Content" json:"Content"`
	MenuID      wire.Loose `xml:"bizmsgmenuid" json:"bizmsgmenuid"` // the text came by a tap
	MediaID     wire.Loose `xml:"MediaId" json:"MediaId"`
	Recognition wire.Loose `xml:"Recognition" json:"Recognition"`
	Title       wire.Loose `xml:"Title" json:"Title"`
	URL         wire.Loose `xml:"Url" json:"Url"`
	Label       wire.Loose `xml:"Label" json:"Label"`
	Event       wire.Loose `xml:"Event" json:"Event"`
	EventKey    wire.Loose `xml:"EventKey" json:"EventKey"`
	Status      wire.Loose `xml:"Status" json:"Status"`
}

// decode reads a callback that the guard has let through, and notes what it opens.
func (c *Channel) decode(raw []byte) (weixin.Arrival, error) {
	a, cb, err := parse(raw)
	if err != nil {
		return weixin.Arrival{}, err
	}
	if a.Slot != "" {
		a.Msg.Reply = chat.ReplyToken{Addr: replyPrefix + a.Slot, ExpiresAt: c.clock().Add(weixin.AnswerTime)}
	}
	switch {
	case cb.Event == "TEMPLATESENDJOBFINISH" && cb.Status != "success":
		c.log.Debug("template message did not arrive", "status", wire.SafeCode(strings.ReplaceAll(string(cb.Status), " ", "_")))
	case cb.From == "" || cb.To == "" || cb.id() == "":
	case cb.MsgType != "event":
		c.people.wrote(a.Msg.From, a.Msg.ID)
	case cb.Event == "unsubscribe":
		c.people.left(chat.UserID(cb.From))
	case cb.Event == "subscribe", cb.Event == "CLICK", cb.Event == "SCAN":
		c.people.tapped(chat.UserID(cb.From), cb.id())
	}
	return a, nil
}

// parse makes a Message of a callback; one without an ID is of no interest.
func parse(raw []byte) (weixin.Arrival, callback, error) {
	var cb callback
	raw = legible(raw)
	if err := weixin.Decode(raw, &cb); err != nil {
		return weixin.Arrival{}, cb, err
	}
	if cb.From == "" || cb.To == "" {
		return weixin.Arrival{}, cb, nil // what is not from a person
	}
	m := chat.Message{
		Channel: ChannelID, Conv: chat.ConvID(cb.From), From: chat.UserID(cb.From), SentAt: cb.CreateTime.Moment(),
	}
	if cb.MsgType == "event" {
		if !cb.event(&m) {
			return weixin.Arrival{}, cb, nil
		}
	} else {
		cb.message(&m)
	}
	if m.ID = cb.id(); m.ID == "" {
		return weixin.Arrival{}, cb, nil
	}
	a := weixin.Arrival{Msg: m}
	// The response must have the format of the callback, and the one that is sealed is
	// XML: who gets JSON is answered by the API alone.
	if m.Event != chat.EventUnfollowed && !json.Valid(raw) {
		a.Slot = slotKey(cb.To, cb.From, m.ID)
	}
	return a, cb, nil
}

// id is the same whenever the platform tries again: MsgId, and what stands for it
// where an event has none (MP: FromUserName and CreateTime). It is empty where both
// are missing.
func (cb callback) id() chat.MessageID {
	switch {
	case cb.MsgType != "event" && cb.MsgID != "":
		return chat.MessageID(cb.MsgID)
	case cb.CreateTime == "":
		return ""
	}
	what := string(cb.Event)
	if cb.MsgType != "event" {
		what = cb.MsgType
	}
	return chat.MessageID(cb.From + "-" + string(cb.CreateTime) + "-" + what)
}

// event fills in what happened; false for what is of no interest.
func (cb callback) event(m *chat.Message) bool {
	switch cb.Event {
	case "subscribe":
		m.Event = chat.EventFollowed
		m.Text = lineOfScene(strings.TrimPrefix(string(cb.EventKey), "qrscene_"))
	case "unsubscribe":
		m.Event = chat.EventUnfollowed
	case "SCAN":
		m.Text = lineOfScene(string(cb.EventKey))
		return m.Text != "" // a code that is not ours says nothing
	case "CLICK":
		m.Text = string(cb.EventKey) // the keys of the menu are lines
		return m.Text != ""
	default:
		return false
	}
	return true
}

// message fills in what somebody sent.
func (cb callback) message(m *chat.Message) {
	attach := func(kind chat.AttachmentKind, name wire.Loose) {
		m.Attachments = []chat.Attachment{{Kind: kind, Name: string(name), Ref: string(cb.MediaID)}}
	}
	switch cb.MsgType {
	case "text":
		m.Text = string(cb.Content)
		if cb.MenuID != "" {
			m.Text = untap(m.Text)
		}
	case "image":
		attach(chat.AttachmentPicture, "")
	case "voice":
		m.Text = string(cb.Recognition) // where the account has speech recognition
		attach(chat.AttachmentAudio, "")
	case "video", "shortvideo":
		attach(chat.AttachmentVideo, "")
	case "file":
		attach(chat.AttachmentFile, cb.Title)
	case "location":
		attach(chat.AttachmentOther, cb.Label)
	case "link":
		attach(chat.AttachmentOther, cb.Title)
		m.Attachments[0].Ref = string(cb.URL)
	default:
		attach(chat.AttachmentOther, "")
	}
}

// legible drops what may stand in a chat, but neither in XML nor in JSON: control
// characters and torn characters. One of them would make the message unreadable
// for ever.
func legible(raw []byte) []byte {
	bad := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}
	if utf8.Valid(raw) && bytes.IndexFunc(raw, bad) < 0 {
		return raw
	}
	return bytes.Map(func(r rune) rune {
		if bad(r) {
			return -1
		}
		return r
	}, bytes.ToValidUTF8(raw, []byte("\uFFFD")))
}
