package wecom

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// callback is a message or an event (WW 90239, 90240), all kinds in one. Only what
// is used stands here.
type callback struct {
	FromUserName string     `xml:"FromUserName" json:"FromUserName"`
	CreateTime   wire.Loose `xml:"CreateTime" json:"CreateTime"` // unix seconds
	MsgType      string     `xml:"MsgType" json:"MsgType"`
	MsgID        wire.Loose `xml:"MsgId" json:"MsgId"` // of messages; events have none
	AgentID      wire.Loose `xml:"AgentID" json:"AgentID"`
	Event        string     `xml:"Event" json:"Event"`
	EventKey     string     `xml:"EventKey" json:"EventKey"`
	Content      string     `xml:"Content" json:"Content"`
	PicURL       string     `xml:"PicUrl" json:"PicUrl"`
	MediaID      string     `xml:"MediaId" json:"MediaId"`
	Format       string     `xml:"Format" json:"Format"` // of a voice
	FileName     string     `xml:"FileName" json:"FileName"`
	LocationX    wire.Loose `xml:"Location_X" json:"Location_X"`
	LocationY    wire.Loose `xml:"Location_Y" json:"Location_Y"`
	Label        string     `xml:"Label" json:"Label"` // of a location
	Title        string     `xml:"Title" json:"Title"` // of a link
	URL          string     `xml:"Url" json:"Url"`
	ScanCodeInfo struct {
		ScanResult string `xml:"ScanResult" json:"ScanResult"`
	} `xml:"ScanCodeInfo" json:"ScanCodeInfo"`
}

// passivePrefix begins the address of a reply that goes in the response.
const passivePrefix = "passive:"

// decode reads what the guard has let through. What the bot need not know has no
// ID: it is acknowledged, and that is all.
func (c *Channel) decode(msg []byte) (weixin.Arrival, error) {
	var cb callback
	if err := weixin.Decode(msg, &cb); err != nil {
		return weixin.Arrival{}, err
	}
	if cb.FromUserName == "" {
		return weixin.Arrival{}, nil
	}
	if cb.AgentID != "" && string(cb.AgentID) != strconv.Itoa(c.cfg.AgentID) {
		c.log.Warn("callback is for another application", "agent", wire.SafeCode(string(cb.AgentID)))
		return weixin.Arrival{}, nil
	}
	m := chat.Message{
		Channel: ChannelID, ID: cb.id(),
		Conv: chat.ConvID(cb.FromUserName), From: chat.UserID(cb.FromUserName),
		SentAt: cb.CreateTime.Moment(),
	}
	if m.SentAt.IsZero() {
		m.SentAt = c.clock()
	}
	known, answered := cb.fill(&m)
	if !known {
		return weixin.Arrival{}, nil
	}
	a := weixin.Arrival{Msg: m}
	if answered {
		a.Slot = string(m.ID)
		a.Msg.Reply = chat.ReplyToken{Addr: passivePrefix + a.Slot, ExpiresAt: c.clock().Add(weixin.AnswerTime)}
	}
	return a, nil
}

// id is the platform's own, or what stands in for it in events (WW 96466: sender
// and time), with the key, so that two taps of one second are two.
func (cb callback) id() chat.MessageID {
	if cb.MsgID != "" && cb.MsgID != "0" {
		return chat.MessageID(cb.MsgID)
	}
	what := cb.Event + "/" + cb.EventKey
	if cb.Event == "" {
		what = cb.MsgType + "/" + cb.Content + cb.MediaID
	}
	if len(what) > 64 {
		sum := sha256.Sum256([]byte(what))
		what = hex.EncodeToString(sum[:])
	}
	return chat.MessageID(cb.FromUserName + "/" + string(cb.CreateTime) + "/" + what)
}

// fill reads what was written or done; known is false for what means nothing to
// the bot, answered is true for what the platform shows a reply in the response to.
func (cb callback) fill(m *chat.Message) (known, answered bool) {
	attach := func(kind chat.AttachmentKind, name, ref string) {
		m.Attachments = []chat.Attachment{{Kind: kind, Name: name, Ref: ref}}
	}
	switch cb.MsgType {
	case "event":
		return cb.event(m)
	case "text":
		m.Text = strings.TrimSpace(cb.Content)
	case "image":
		ref := cb.MediaID
		if ref == "" {
			ref = cb.PicURL
		}
		attach(chat.AttachmentPicture, "", ref)
	case "voice":
		name := ""
		if cb.Format != "" {
			name = "voice." + cb.Format
		}
		attach(chat.AttachmentAudio, name, cb.MediaID)
	case "video":
		attach(chat.AttachmentVideo, "", cb.MediaID)
	case "file":
		attach(chat.AttachmentFile, cb.FileName, cb.MediaID)
	case "location":
		attach(chat.AttachmentOther, cb.Label, string(cb.LocationX)+","+string(cb.LocationY))
	case "link":
		attach(chat.AttachmentOther, cb.Title, cb.URL)
	default:
		attach(chat.AttachmentOther, cb.MsgType, cb.MediaID)
	}
	return true, true
}

// event reads an event (WW 90240).
//
// enter_agent comes each time a member opens the application, so it is no
// beginning of anything and means nothing here; subscribe comes once, when a
// member is let see the application or activates the account.
//
// A tap on a card may be answered in the response by a changed card; of a text
// nothing is documented, so answers to taps go by the API.
func (cb callback) event(m *chat.Message) (known, answered bool) {
	switch strings.ToLower(cb.Event) {
	case "subscribe":
		m.Event = chat.EventFollowed
		return true, false
	case "unsubscribe":
		m.Event = chat.EventUnfollowed
		return true, false
	case "click":
		m.Text = strings.TrimSpace(cb.EventKey)
		return m.Text != "", true
	case "template_card_event":
		m.Text = strings.TrimSpace(cb.EventKey)
		return m.Text != "", false
	case "scancode_push":
		m.Text = scannedLine(cb.ScanCodeInfo.ScanResult)
		return m.Text != "", false
	case "scancode_waitmsg":
		m.Text = scannedLine(cb.ScanCodeInfo.ScanResult)
		return m.Text != "", true
	}
	return false, false
}

// scene is what a code of ours may hold beside a line: a word and an argument.
var scene = regexp.MustCompile(`^([a-z]{1,20})-([A-Za-z0-9._-]{1,60})$`)

// scannedLine is the line that a scanned code says; "" for a code that is none of
// ours.
func scannedLine(scanned string) string {
	scanned = strings.TrimSpace(scanned)
	if m := scene.FindStringSubmatch(scanned); m != nil {
		return "/" + m[1] + " " + m[2]
	}
	if strings.HasPrefix(scanned, "/") {
		return scanned
	}
	return ""
}
