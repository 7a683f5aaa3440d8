package wechat_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/wechat/wechattest"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	picture := bytes.Repeat([]byte("\xff\xd8\xff 照片"), 40_000)
	for name, c := range map[string]struct {
		fault *wechattest.Fault
		want  chat.SendKind
	}{
		"whole":          {},
		"busy":           {&wechattest.Fault{Body: `{"errcode":-1}`}, chat.Temporary},
		"too many calls": {&wechattest.Fault{Body: `{"errcode":45009}`}, chat.Limited},
		"no such media":  {&wechattest.Fault{Body: `{"errcode":40007}`}, chat.Final},
		"old token":      {&wechattest.Fault{Body: `{"errcode":42001}`}, ""},
		"gateway":        {&wechattest.Fault{Status: http.StatusBadGateway, Body: "<html>"}, chat.Temporary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			ch := newChannel(t, s, slog.New(slog.DiscardHandler), nil)
			id := s.Attach(picture)
			if c.fault != nil {
				s.Fail(wechattest.MediaGet, 1, *c.fault)
			}
			got, kind := chattest.Download(t, ch, id)
			if kind != c.want || kind == "" && !bytes.Equal(got, picture) {
				t.Errorf("%d bytes, kind %q", len(got), kind)
			}
			s.ForgetMedia()
			for _, ref := range []string{id, ""} {
				if _, kind := chattest.Download(t, ch, ref); kind != chat.Final {
					t.Errorf("gone: %q", kind)
				}
			}
		})
	}
}
