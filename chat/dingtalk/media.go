package dingtalk

import (
	"context"
	"net/url"
	"regexp"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

const (
	mediaLife = 24 * time.Hour // how long an id lives is not documented; a day is what a retry may need
	mediaSize = 20 << 20       // KB 0646
	mediaID   = 96             // bytes that are kept for an id in a text; known ids have 20 to 60
)

// plainMedia is what a media id may look like to stand in a text.
var plainMedia = regexp.MustCompile(`^[@$A-Za-z0-9._/:+=-]{1,96}$`)

// Kinds of media (KB 0646).
const (
	mediaImage = "image"
	mediaFile  = "file"
)

// upload brings a picture or a file to the platform and returns its media id; ""
// if the platform will never take it. Its error is never Unknown.
func (c *Channel) upload(ctx context.Context, kind, name string, data []byte) (string, *chat.SendError) {
	if len(data) == 0 || len(data) > mediaSize || c.cfg.ClientID == "" {
		return "", nil
	}
	if kind == mediaImage {
		name = wire.PictureName(name, data)
	}
	key := wire.MediaKey(kind, data)
	if id := c.media.Get(key, c.clock()); id != "" {
		return id, nil
	}
	id, token, v, fault := c.uploadOnce(ctx, kind, name, data)
	if fault != nil && v.token {
		c.tokens.Drop(token)
		id, _, _, fault = c.uploadOnce(ctx, kind, name, data)
	}
	switch {
	case fault != nil && fault.Kind != chat.Final:
		return "", fault
	case fault != nil:
		c.log.Warn("media refused, its description goes instead", "kind", kind, "bytes", len(data), "error", fault)
		return "", nil
	case !plainMedia.MatchString(id):
		c.log.Warn("media id not usable, its description goes instead", "kind", kind, "bytes", len(data))
		return "", nil
	}
	c.media.Put(key, id, c.clock().Add(mediaLife), c.clock())
	return id, nil
}

func (c *Channel) uploadOnce(ctx context.Context, kind, name string, data []byte) (id, token string, v verdict, fault *chat.SendError) {
	token, fault = c.token(ctx)
	if fault != nil {
		return "", "", verdict{}, fault
	}
	addr := c.cfg.OAPIBase + "/media/upload?type=" + kind + "&access_token=" + url.QueryEscape(token)
	form, err := wire.Upload(addr, name, data)
	if err != nil {
		return "", token, verdict{}, wire.Final("media not encodable")
	}
	var got struct {
		MediaID string `json:"media_id"`
	}
	v, fault = c.ask(ctx, addr, form.ContentType, form.Body, &got)
	return got.MediaID, token, v, fault
}
