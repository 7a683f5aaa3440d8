package wechat

import (
	"context"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// content is what one wire message says: a text, or a picture that was uploaded.
type content struct {
	text    string
	media   string
	picture *chat.Picture // of media
}

// prepare makes what a page says; a picture is uploaded. Its error is never
// Unknown.
func (c *Channel) prepare(ctx context.Context, p weixin.Page) (content, *chat.SendError) {
	if p.Picture == nil {
		return content{text: p.Text}, nil
	}
	id, fault := c.upload(ctx, *p.Picture)
	if fault != nil {
		return content{}, fault
	}
	if id == "" {
		return content{text: described(p.Picture)}, nil
	}
	return content{media: id, picture: p.Picture}, nil
}

// described stands for a picture that cannot be shown.
func described(p *chat.Picture) string {
	if alt := strings.TrimSpace(wire.CleanLine(p.Alt)); alt != "" {
		return "（图片：" + alt + "）"
	}
	return "（图片）"
}

// passive is the answer of an account to a person, as it stands in the response to
// their message (MP passive replies).
func (m content) passive(account string, to chat.UserID, now time.Time) []byte {
	if m.media != "" {
		return weixin.PassiveImage(account, string(to), m.media, now)
	}
	return weixin.PassiveText(account, string(to), m.text, now)
}

// customMessage is a customer message (MP sendCustomMessage).
type customMessage struct {
	To    string       `json:"touser"`
	Type  string       `json:"msgtype"`
	Text  *customText  `json:"text,omitempty"`
	Image *customImage `json:"image,omitempty"`
}

type customText struct {
	Content string `json:"content"`
}

type customImage struct {
	MediaID string `json:"media_id"`
}

func (m content) custom(to chat.UserID) customMessage {
	if m.media != "" {
		return customMessage{To: string(to), Type: "image", Image: &customImage{m.media}}
	}
	return customMessage{To: string(to), Type: "text", Text: &customText{m.text}}
}
