package wechat

import (
	"context"
	"io"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

var _ chat.Downloader = (*Channel)(nil)

// Download implements chat.Downloader: media are kept for three days (MP getMedia).
func (c *Channel) Download(ctx context.Context, a chat.Attachment) (io.ReadCloser, error) {
	content, fault := c.api.Media(ctx, a.Ref)
	switch {
	case fault == nil:
		return content, nil
	case fault.Code == codeMediaGone: // of our own media, another upload would help
		fault.Kind = chat.Final
	}
	return nil, wire.Faulty(fault)
}
