package webchat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"yunzhuan/chat"
)

var _ chat.Downloader = (*Channel)(nil)

// Download implements chat.Downloader: what people send along is in memory, for as
// long as the process lives and there is room.
func (c *Channel) Download(_ context.Context, a chat.Attachment) (io.ReadCloser, error) {
	data, ok := c.blobs.get(a.Ref)
	if !ok {
		return nil, refuse("gone", "the picture is not in memory any more")
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// serveUpload keeps a picture that is to go along with a message.
func (c *Channel) serveUpload(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPictureBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		fault(w, http.StatusRequestEntityTooLarge, "照片太大，最多 20 MB")
		return
	}
	if err != nil {
		fault(w, http.StatusBadRequest, sayAgain)
		return
	}
	hash, err := c.blobs.addPicture(data)
	if err != nil {
		fault(w, http.StatusUnsupportedMediaType, "这个文件不是图片")
		return
	}
	answer(w, http.StatusOK, map[string]string{"picture": hash})
}
