package dingtalk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// callback is a message to the robot (KB 0699, 0718). Only what is used stands
// here, so that surprises elsewhere do no harm: a video's duration is a string,
// an audio's a number.
type callback struct {
	MsgID             string          `json:"msgId"`
	MsgType           string          `json:"msgtype"`
	RobotCode         string          `json:"robotCode"`
	ConversationID    string          `json:"conversationId"`
	ConversationType  wire.Loose      `json:"conversationType"` // 1 direct, 2 group
	ConversationTitle string          `json:"conversationTitle"`
	SenderStaffID     string          `json:"senderStaffId"` // absent for people from outside
	SenderNick        string          `json:"senderNick"`
	CreateAt          wire.Loose      `json:"createAt"` // unix milliseconds
	SessionWebhook    string          `json:"sessionWebhook"`
	WebhookExpires    wire.Loose      `json:"sessionWebhookExpiredTime"` // unix milliseconds
	Text              json.RawMessage `json:"text"`
	Content           json.RawMessage `json:"content"`
	ErrCode           wire.Loose      `json:"errCode"`
}

// content is what stands beside the envelope, all kinds in one.
type content struct {
	Content             string     `json:"content"` // of text
	DownloadCode        string     `json:"downloadCode"`
	PictureDownloadCode string     `json:"pictureDownloadCode"`
	FileName            string     `json:"fileName"`
	VideoType           string     `json:"videoType"`
	Recognition         string     `json:"recognition"` // what the platform heard in an audio
	RichText            []richText `json:"richText"`
}

type richText struct {
	Text                string `json:"text"`
	Type                string `json:"type"`
	DownloadCode        string `json:"downloadCode"`
	PictureDownloadCode string `json:"pictureDownloadCode"`
}

// quotaExhausted is the errCode of a message whose text the platform keeps back
// because the organisation's calls of the month are used up (EV 0004).
const quotaExhausted = "20001"

// QuotaAttachment is the name of the attachment that stands in a message for a
// text that the platform kept back.
const QuotaAttachment = "quota-exhausted"

// decodeMessage reads the data of a bot callback. Its errors hold nothing of it.
func (c *Channel) decodeMessage(data string) (chat.Message, error) {
	var cb callback
	if err := json.Unmarshal([]byte(data), &cb); err != nil {
		return chat.Message{}, fmt.Errorf("decode callback of %d bytes", len(data))
	}
	if cb.ConversationID == "" {
		return chat.Message{}, fmt.Errorf("decode callback of type %q: no conversation", clip(cb.MsgType, 20))
	}
	setDefault(&cb.RobotCode, c.cfg.RobotCode)
	m := chat.Message{
		Channel:   ChannelID,
		ID:        messageID(cb.RobotCode, cb.MsgID, data),
		Conv:      chat.ConvID(cb.ConversationID),
		Group:     cb.ConversationType == "2",
		ConvTitle: cb.ConversationTitle,
		From:      chat.UserID(cb.SenderStaffID),
		FromName:  cb.SenderNick,
		SentAt:    cb.CreateAt.Moment(),
		Reply:     c.replyToken(cb),
	}
	if m.SentAt.IsZero() {
		m.SentAt = c.clock()
	}
	if cb.ErrCode == quotaExhausted {
		c.log.Error("the organisation's calls of the month are used up: texts do not come through")
		m.Attachments = []chat.Attachment{{Kind: chat.AttachmentOther, Name: QuotaAttachment}}
		return m, nil
	}
	if err := cb.fill(&m); err != nil {
		return chat.Message{}, fmt.Errorf("decode callback of type %q: content not readable", clip(cb.MsgType, 20))
	}
	return m, nil
}

// messageID is the robot's code and the message's own id: in a group several
// robots get the same msgId, and a resent frame has another header messageId. A
// message without id is known by its text.
func messageID(robot, msgID, data string) chat.MessageID {
	if msgID == "" {
		sum := sha256.Sum256([]byte(data))
		msgID = "sha256-" + hex.EncodeToString(sum[:])
	}
	return chat.MessageID(robot + "/" + msgID)
}

// replyToken is the reply address, if it may be used.
func (c *Channel) replyToken(cb callback) chat.ReplyToken {
	expires := cb.WebhookExpires.Moment()
	if cb.SessionWebhook == "" || expires.IsZero() {
		return chat.ReplyToken{}
	}
	if !c.hosts.allows(cb.SessionWebhook) {
		c.log.Warn("reply address not allowed by webhook_hosts")
		return chat.ReplyToken{}
	}
	return chat.ReplyToken{Addr: cb.SessionWebhook, ExpiresAt: expires}
}

// fill reads what was written, by its type.
func (cb callback) fill(m *chat.Message) error {
	raw := cb.Content
	if cb.MsgType == "text" {
		raw = cb.Text
	}
	var ct content
	if err := unmarshalLoose(raw, &ct); err != nil {
		return err
	}
	attach := func(kind chat.AttachmentKind, name string, refs ...string) {
		a := chat.Attachment{Kind: kind, Name: name}
		for _, r := range refs {
			setDefault(&a.Ref, r)
		}
		m.Attachments = append(m.Attachments, a)
	}
	switch cb.MsgType {
	case "text":
		m.Text = strings.TrimSpace(ct.Content)
	case "richText":
		var text strings.Builder
		for _, part := range ct.RichText {
			text.WriteString(part.Text)
			if part.Type == "picture" {
				attach(chat.AttachmentPicture, "", part.DownloadCode, part.PictureDownloadCode)
			}
		}
		m.Text = strings.TrimSpace(text.String())
	case "picture":
		attach(chat.AttachmentPicture, "", ct.DownloadCode, ct.PictureDownloadCode)
	case "file":
		attach(chat.AttachmentFile, ct.FileName, ct.DownloadCode)
	case "audio":
		m.Text = strings.TrimSpace(ct.Recognition)
		attach(chat.AttachmentAudio, "", ct.DownloadCode)
	case "video":
		name := ""
		if ct.VideoType != "" {
			name = "video." + ct.VideoType
		}
		attach(chat.AttachmentVideo, name, ct.DownloadCode)
	default: // unknownMsgType and what is yet to come
		attach(chat.AttachmentOther, cb.MsgType, ct.DownloadCode)
	}
	return nil
}

// unmarshalLoose reads an object that may be missing or stand as a string.
func unmarshalLoose(raw json.RawMessage, v any) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var inner string
		if err := json.Unmarshal(raw, &inner); err != nil {
			return err
		}
		raw = bytes.TrimSpace([]byte(inner))
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '{' {
		return errors.New("not an object")
	}
	return json.Unmarshal(raw, v)
}

// clip shortens what comes from outside for a log.
func clip(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
