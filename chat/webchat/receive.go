package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"yunzhuan/chat"
)

const (
	maxRequestBytes = 64 << 10
	maxTextRunes    = 4000
	maxPictures     = 20       // with one message
	maxPictureBytes = 20 << 20 // of one; what a picture is for may want less
	acceptTimeout   = 20 * time.Second
)

const sayAgain = "刚才没有送到，请再发一次"

var messageID = regexp.MustCompile(`^[0-9A-Za-z_-]{8,64}$`)

// sendRequest is the body of POST /chat/send. ID is the page's own: a second
// request with the same ID is the same message.
type sendRequest struct {
	As   chat.UserID `json:"as"`
	Conv chat.ConvID `json:"conv"`
	Text string      `json:"text"`
	ID   string      `json:"id"`
	// Pictures are what POST /chat/pictures said of each picture that goes along.
	Pictures []string `json:"pictures"`
}

func (c *Channel) serveSend(w http.ResponseWriter, r *http.Request) {
	var req sendRequest
	if status, text := c.readSend(w, r, &req); status != 0 {
		fault(w, status, text)
		return
	}
	// A page that closes now has sent its message all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), acceptTimeout)
	defer cancel()
	switch err := c.accept(ctx, req); {
	case err == nil:
		answer(w, http.StatusOK, struct{}{})
	case errors.Is(err, errOtherMessage):
		fault(w, http.StatusConflict, "这条消息的编号已经用过，请重新发送")
	default:
		c.cfg.Log.Warn("accept web chat message", "err", err)
		fault(w, http.StatusServiceUnavailable, sayAgain)
	}
}

// readSend reads and checks a request; status is 0 for a good one.
func (c *Channel) readSend(w http.ResponseWriter, r *http.Request, req *sendRequest) (status int, text string) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return http.StatusUnsupportedMediaType, "请求格式不对"
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes)).Decode(req)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, "内容太长，请分几次发"
	}
	switch {
	case err != nil || !messageID.MatchString(req.ID):
		return http.StatusBadRequest, "请求格式不对"
	case strings.TrimSpace(req.Text) == "" && len(req.Pictures) == 0:
		return http.StatusBadRequest, "还没有写内容"
	case len(req.Pictures) > maxPictures:
		return http.StatusBadRequest, "照片太多，请分几次发"
	case !c.blobs.haveAll(req.Pictures):
		return http.StatusBadRequest, "照片已经不在了，请重新选"
	case utf8.RuneCountInString(req.Text) > maxTextRunes:
		return http.StatusRequestEntityTooLarge, "内容太长，请分几次发"
	case !c.mayRead(req.As, req.Conv):
		return http.StatusForbidden, "这个身份不在这个会话里"
	}
	return 0, ""
}

// addressed says whether a text in a group is meant for the bot. As on the other
// platforms, what people say among themselves does not reach it.
func addressed(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "/") || strings.HasPrefix(text, "／") || strings.HasPrefix(text, "@")
}

// accept shows the message and hands it to the sink, in one order for all, and
// waits until it is durable.
func (c *Channel) accept(ctx context.Context, req sendRequest) error {
	sink, _ := c.running()
	if sink == nil {
		return errors.New("channel is not running")
	}
	now := c.cfg.Now()
	group, isGroup := c.groups[req.Conv]
	m := chat.Message{
		Channel: ChannelID, ID: chat.MessageID(req.ID),
		Conv: req.Conv, Group: isGroup, ConvTitle: group.Title,
		From: req.As, FromName: c.members[req.As].Name, Text: req.Text, SentAt: now,
	}
	said := entry{ID: req.ID, Conv: req.Conv, From: req.As, Text: req.Text, Pictures: req.Pictures, At: now.Format(time.RFC3339)}
	if strings.TrimSpace(req.Text) == "" {
		said.Brief = "[照片]"
	}
	for _, hash := range req.Pictures {
		m.Attachments = append(m.Attachments, chat.Attachment{Kind: chat.AttachmentPicture, Ref: hash})
	}
	durable := make(chan error, 1)
	c.order.Lock()
	err := c.hist.note(said)
	heard := err == nil && (!isGroup || addressed(req.Text))
	if heard {
		sink.Accept(ctx, m, func(err error) { durable <- err })
	}
	c.order.Unlock()
	if !heard {
		return err
	}
	select {
	case err = <-durable:
	case <-ctx.Done():
		err = ctx.Err() // it may have been kept; sent again, it is the same message
	}
	if err != nil {
		c.hist.fail(req.Conv, req.ID)
	}
	return err
}
