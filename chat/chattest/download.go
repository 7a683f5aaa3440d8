package chattest

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
)

// Download downloads an attachment and says what came of it; the kind is "" for
// what came whole. No error may hold the attachment's Ref.
func Download(t *testing.T, d chat.Downloader, ref string) (content []byte, kind chat.SendKind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := d.Download(ctx, chat.Attachment{Kind: chat.AttachmentPicture, Ref: ref})
	if err != nil {
		if ref != "" && strings.Contains(err.Error(), ref) {
			t.Errorf("the handle is in the error: %v", err)
		}
		return nil, chat.KindOf(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	content, err = io.ReadAll(r)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return content, ""
}
