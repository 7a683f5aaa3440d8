package wecom

import (
	"context"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Media that were uploaded (WW 90253; WW 99110 for webhooks, whose media are good
// for the webhook alone).
const (
	mediaImage = "image"
	mediaFile  = "file"

	minMedia  = 6        // bytes: more than five
	maxImage  = 10 << 20 // PNG or JPEG
	maxFile   = 20 << 20
	mediaLife = 3*24*time.Hour - time.Hour // three days, with a margin
)

// document is the page's file, or its picture as a file.
func (p page) document() (name string, data []byte) {
	if p.file != nil {
		return p.file.Name, p.file.Data
	}
	return wire.PictureName(p.picture.Name, p.picture.Data), p.picture.Data
}

// described is a text that stands for a picture or a file that cannot go; a text
// stays as it is.
func (p page) described() page {
	w := writer{}
	switch {
	case p.picture != nil:
		return page{text: w.block(chat.Block{Picture: p.picture})}
	case p.file != nil:
		return page{text: w.block(chat.Block{File: p.file})}
	}
	return p
}

// upload brings a picture or a file to the platform for the application and
// returns its media id; "" if the platform will never take it. Its error is never
// Unknown.
func (c *Channel) upload(ctx context.Context, kind, name string, data []byte) (string, *chat.SendError) {
	return c.uploadWith(wire.MediaKey(kind, data), kind, data, func(got *uploaded) *chat.SendError {
		return c.api.Upload(ctx, "/cgi-bin/media/upload?type="+kind, name, data, got)
	})
}

// uploaded is the platform's answer to an upload.
type uploaded struct {
	MediaID string `json:"media_id"`
}

// uploadWith uploads by call what is not uploaded already under key.
func (c *Channel) uploadWith(key, kind string, data []byte, call func(*uploaded) *chat.SendError) (string, *chat.SendError) {
	if len(data) < minMedia || len(data) > maxFile {
		return "", nil
	}
	if id := c.media.Get(key, c.clock()); id != "" {
		return id, nil
	}
	var got uploaded
	fault := explained(call(&got))
	switch {
	case fault != nil && fault.Kind != chat.Final:
		return "", fault
	case fault != nil:
		c.log.Warn("media refused, its description goes instead", "kind", kind, "bytes", len(data), "error", fault)
		return "", nil
	case got.MediaID == "":
		c.log.Warn("no media id in the answer, a description goes instead", "kind", kind, "bytes", len(data))
		return "", nil
	}
	c.media.Put(key, got.MediaID, c.clock().Add(mediaLife), c.clock())
	return got.MediaID, nil
}
