package wecom

import (
	"context"
	"io"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

var _ chat.Downloader = (*Channel)(nil)

// Download implements chat.Downloader: media are kept for three days (WW 90254).
func (c *Channel) Download(ctx context.Context, a chat.Attachment) (io.ReadCloser, error) {
	content, fault := c.api.Media(ctx, a.Ref)
	if fault != nil {
		return nil, wire.Faulty(explained(fault))
	}
	return content, nil
}
