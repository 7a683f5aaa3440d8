package dingtalktest

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Callback is a message to the robot. The zero value of a field stands for
// something sensible.
type Callback struct {
	MsgID     string // default: a new one
	RobotCode string // default: the gateway's
	Conv      string // default: cid-direct, or cid-group with Group
	Group     bool
	Title     string        // of the group
	StaffID   string        // default: staff-1, unless Outsider
	Outsider  bool          // someone who is not of the organisation
	Nick      string        // default: 张三
	Text      string        // of a text message
	Pictures  []string      // download codes: a picture, or with Text (or several) a rich text
	CreateAt  time.Time     // default: now
	ReplyLife time.Duration // of the reply address; default 90 minutes, negative: none
	Raw       string        // the whole data instead; {{webhook}} in it becomes a reply address, {{expires}} its end
}

// Frame is the callback as a frame. A second frame of the same Callback is a
// redelivery if its MsgID is set: another header messageId, the same msgId.
func (g *Gateway) Frame(cb Callback) Frame {
	if cb.Conv == "" {
		cb.Conv = "cid-direct"
		if cb.Group {
			cb.Conv = "cid-group"
		}
	}
	if cb.CreateAt.IsZero() {
		cb.CreateAt = time.Now()
	}
	if cb.ReplyLife == 0 {
		cb.ReplyLife = 90 * time.Minute
	}
	expires := time.Now().Add(cb.ReplyLife)
	f := Frame{Type: "CALLBACK", Topic: TopicMessage}
	if cb.Raw != "" {
		f.Data = strings.NewReplacer("{{webhook}}", g.ReplyAddress(cb.Conv, expires),
			"{{expires}}", strconv.FormatInt(expires.UnixMilli(), 10)).Replace(cb.Raw)
		return f
	}
	if cb.MsgID == "" {
		cb.MsgID = "msg" + strconv.FormatInt(g.nextID.Add(1), 10)
	}
	if cb.RobotCode == "" {
		cb.RobotCode = g.RobotCode
	}
	if cb.StaffID == "" && !cb.Outsider {
		cb.StaffID = "staff-1"
	}
	if cb.Nick == "" {
		cb.Nick = "张三"
	}
	data := messageData{
		ConversationID: cb.Conv, ConversationType: "1", ConversationTitle: cb.Title, ChatbotCorpID: "dingcorp", ChatbotUserID: "$:LWCP_bot",
		MsgID: cb.MsgID, SenderNick: cb.Nick, SenderStaffID: cb.StaffID, SenderCorpID: "dingcorp", SenderID: "$:LWCP_" + cb.StaffID,
		CreateAt: cb.CreateAt.UnixMilli(), RobotCode: cb.RobotCode, MsgType: "text", Text: text{cb.Text},
	}
	if len(cb.Pictures) > 0 {
		data.MsgType, data.Content = pictures(cb)
		data.Text = text{}
	}
	if cb.Group {
		data.ConversationType, data.IsInAtList = "2", true
	}
	if cb.ReplyLife > 0 {
		data.SessionWebhook, data.SessionWebhookExpiredTime = g.ReplyAddress(cb.Conv, expires), expires.UnixMilli()
	}
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err) // strings and numbers only
	}
	f.Data = string(raw)
	return f
}

// pictures is the type and the content of a message with pictures.
func pictures(cb Callback) (kind string, content any) {
	if cb.Text == "" && len(cb.Pictures) == 1 {
		return "picture", map[string]string{"pictureDownloadCode": "small" + cb.Pictures[0], "downloadCode": cb.Pictures[0]}
	}
	var parts []map[string]string
	if cb.Text != "" {
		parts = append(parts, map[string]string{"text": cb.Text})
	}
	for _, code := range cb.Pictures {
		parts = append(parts, map[string]string{"pictureDownloadCode": "small" + code, "downloadCode": code, "type": "picture"})
	}
	return "richText", map[string]any{"richText": parts}
}

type messageData struct {
	ConversationID            string `json:"conversationId"`
	ChatbotCorpID             string `json:"chatbotCorpId"`
	ChatbotUserID             string `json:"chatbotUserId"`
	MsgID                     string `json:"msgId"`
	SenderNick                string `json:"senderNick"`
	IsAdmin                   bool   `json:"isAdmin"`
	SenderStaffID             string `json:"senderStaffId,omitempty"`
	SessionWebhookExpiredTime int64  `json:"sessionWebhookExpiredTime,omitempty"`
	CreateAt                  int64  `json:"createAt"`
	SenderCorpID              string `json:"senderCorpId"`
	ConversationType          string `json:"conversationType"`
	SenderID                  string `json:"senderId"`
	ConversationTitle         string `json:"conversationTitle,omitempty"`
	IsInAtList                bool   `json:"isInAtList,omitempty"`
	SessionWebhook            string `json:"sessionWebhook,omitempty"`
	Text                      text   `json:"text"`
	RobotCode                 string `json:"robotCode"`
	MsgType                   string `json:"msgtype"`
	Content                   any    `json:"content,omitempty"`
}

type text struct {
	Content string `json:"content"`
}

// ReplyAddress is a reply address of a conversation that ends at expires.
func (g *Gateway) ReplyAddress(conv string, expires time.Time) string {
	return g.URL + string(Reply) + "?session=" + url.QueryEscape(conv+"~"+strconv.FormatInt(expires.UnixMilli(), 10))
}

// Push pushes a message to the robot and waits for its ack.
func (g *Gateway) Push(ctx context.Context, cb Callback) (Ack, error) {
	return g.PushFrame(ctx, g.Frame(cb))
}

// Event is an event of the organisation as a frame.
func (g *Gateway) Event(kind, id, data string) Frame {
	return Frame{Type: "EVENT", Topic: TopicEvents, Data: data, Headers: map[string]string{
		"eventType": kind, "eventId": id, "eventCorpId": "dingcorp", "eventUnifiedAppId": "standin",
		"eventBornTime": strconv.FormatInt(time.Now().UnixMilli(), 10),
	}}
}
