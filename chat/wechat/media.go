package wechat

import (
	"context"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Bounds of temporary media (MP uploadTempMedia: pictures of 10 MB, for three days).
const (
	pictureMax = 10 << 20
	mediaLife  = 3*24*time.Hour - time.Hour
	mediaPath  = "/cgi-bin/media/upload?type=image"
)

// upload brings a picture to the platform; its id is "" where the platform will
// never take it. Its error is never Unknown.
func (c *Channel) upload(ctx context.Context, p chat.Picture) (id string, fault *chat.SendError) {
	if len(p.Data) == 0 || len(p.Data) > pictureMax {
		return "", nil
	}
	key, now := pictureKey(p), c.clock()
	if id := c.media.Get(key, now); id != "" {
		return id, nil
	}
	var got struct {
		MediaID string `json:"media_id"`
	}
	fault = c.api.Upload(ctx, mediaPath, wire.PictureName(p.Name, p.Data), p.Data, &got)
	switch {
	case fault != nil && fault.Kind != chat.Final && fault.Kind != chat.Held:
		return "", fault
	case fault != nil || got.MediaID == "":
		c.log.Warn("picture refused, its description goes instead", "bytes", len(p.Data), "error", errorOf(fault))
		return "", nil
	}
	c.media.Put(key, got.MediaID, now.Add(mediaLife), now)
	return got.MediaID, nil
}

// forget drops the id of a picture that the platform no longer has.
func (c *Channel) forget(p chat.Picture) {
	now := c.clock()
	c.media.Put(pictureKey(p), "", now, now)
}

func pictureKey(p chat.Picture) string { return wire.MediaKey("image", p.Data) }

// errorOf is a fault as an error: nil for none.
func errorOf(fault *chat.SendError) error {
	if fault == nil {
		return nil
	}
	return fault
}
