package wecom

import (
	"context"
	"crypto/md5" //nolint:gosec // the platform wants it as a checksum
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"path"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// maxHookImage is the room of a picture by webhook (WW 99110); a bigger one goes
// as a file.
const maxHookImage = 2 << 20

// sendByWebhook posts to a group's webhook (WW 99110).
func (c *Channel) sendByWebhook(ctx context.Context, name string, out chat.Outgoing) (chat.Receipt, *chat.SendError) {
	addr, ok := c.cfg.Webhooks[name]
	if !ok {
		return chat.Receipt{}, wire.Final("no webhook of this name is configured")
	}
	p, more, fault := pageOf(groupPages(out.Body, webhookDialect), out.Part)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	m, fault := c.webhookMessage(ctx, name, addr, p)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	body, err := wire.Encode(m)
	if err != nil {
		return chat.Receipt{}, wire.Final("message not encodable")
	}
	_, _, said, fault := c.api.Do(ctx, wire.Request{Addr: addr, ContentType: "application/json; charset=utf-8", Body: body}, nil)
	if fault == nil && !said {
		fault = &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer says neither yes nor no")}
	}
	return chat.Receipt{More: more}, explained(fault)
}

// webhookMessage is a page as a webhook takes it: pictures go within the message,
// files are uploaded.
func (c *Channel) webhookMessage(ctx context.Context, name, addr string, p page) (message, *chat.SendError) {
	if p.picture != nil && len(p.picture.Data) <= maxHookImage && plainImage(p.picture.Data) {
		sum := md5.Sum(p.picture.Data) //nolint:gosec // see the import
		return message{Type: "image", Image: &media{
			Base64: base64.StdEncoding.EncodeToString(p.picture.Data), MD5: hex.EncodeToString(sum[:]),
		}}, nil
	}
	if p.picture != nil || p.file != nil {
		id, fault := c.uploadByWebhook(ctx, name, addr, p)
		if id != "" || fault != nil {
			return message{Type: "file", File: &media{ID: id}}, fault
		}
	}
	return textMessage(p.described()), nil
}

// plainImage says whether data is of a kind that webhooks take.
func plainImage(data []byte) bool {
	kind := http.DetectContentType(data)
	return kind == "image/png" || kind == "image/jpeg"
}

// uploadByWebhook brings a file to the platform for one webhook.
func (c *Channel) uploadByWebhook(ctx context.Context, name, addr string, p page) (string, *chat.SendError) {
	fileName, data := p.document()
	return c.uploadWith("webhook/"+name+"/"+wire.MediaKey(mediaFile, data), mediaFile, data, func(got *uploaded) *chat.SendError {
		r, err := wire.Upload(uploadAddress(addr), fileName, data)
		if err != nil {
			return wire.Final("media not encodable")
		}
		_, _, _, fault := c.api.Do(ctx, r, got)
		if fault != nil && fault.Kind == chat.Unknown {
			fault.Kind = chat.Temporary // nothing was said in the group
		}
		return fault
	})
}

// uploadAddress is where the webhook of addr takes files.
func uploadAddress(addr string) string {
	u, err := url.Parse(addr)
	if err != nil {
		return "" // New has checked it
	}
	q := u.Query()
	q.Set("type", mediaFile)
	u.Path, u.RawQuery = path.Join(path.Dir(u.Path), "upload_media"), q.Encode()
	return u.String()
}
