package wecom_test

import (
	"bytes"
	"net/http"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/wecom/wecomtest"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	picture := png(200_000)
	for name, c := range map[string]struct {
		fault *wecomtest.Fault
		want  chat.SendKind
	}{
		"whole":           {},
		"busy":            {&wecomtest.Fault{Body: `{"errcode":-1}`}, chat.Temporary},
		"too many calls":  {&wecomtest.Fault{Body: `{"errcode":45009}`}, chat.Limited},
		"no such media":   {&wecomtest.Fault{Body: `{"errcode":40007}`}, chat.Final},
		"not a picture":   {&wecomtest.Fault{Body: `{"video_url":"x"}`}, chat.Final},
		"gateway":         {&wecomtest.Fault{Status: http.StatusBadGateway, Body: "<html>"}, chat.Temporary},
		"leads elsewhere": {&wecomtest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://192.0.2.1/"}}}, chat.Final},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			ch := newChannel(t, p, quiet(), nil)
			id := p.Attach(picture)
			if c.fault != nil {
				p.Fail(wecomtest.MediaGet, 1, *c.fault)
			}
			got, kind := chattest.Download(t, ch, id)
			if kind != c.want || kind == "" && !bytes.Equal(got, picture) {
				t.Errorf("%d bytes, kind %q", len(got), kind)
			}
			p.ExpireTokens()
			if got, kind := chattest.Download(t, ch, id); kind != "" || !bytes.Equal(got, picture) {
				t.Errorf("again: %d bytes, kind %q", len(got), kind)
			}
			if _, kind := chattest.Download(t, ch, ""); kind != chat.Final {
				t.Errorf("without an id: %q", kind)
			}
		})
	}
}
