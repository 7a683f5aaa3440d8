package dingtalk_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	picture := bytes.Repeat([]byte("\xff\xd8\xff 照片"), 40_000)
	elsewhere := func(addr string) dingtalktest.Fault {
		return dingtalktest.Fault{Body: `{"downloadUrl":"` + addr + `"}`}
	}
	for name, c := range map[string]struct {
		endpoint dingtalktest.Endpoint
		fault    *dingtalktest.Fault
		want     chat.SendKind
	}{
		"whole":               {},
		"busy":                {dingtalktest.Download, &dingtalktest.Fault{Status: http.StatusServiceUnavailable}, chat.Temporary},
		"too many calls":      {dingtalktest.Download, &dingtalktest.Fault{Status: http.StatusTooManyRequests}, chat.Limited},
		"no answer":           {dingtalktest.Download, &dingtalktest.Fault{Drop: true}, chat.Temporary},
		"code refused":        {dingtalktest.Download, &dingtalktest.Fault{Status: http.StatusBadRequest, Body: `{"code":"invalidParameter.downloadCode.invalid"}`}, chat.Final},
		"no permission":       {dingtalktest.Download, &dingtalktest.Fault{Status: http.StatusForbidden, Body: `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied"}`}, chat.Final},
		"no address":          {dingtalktest.Download, &dingtalktest.Fault{Body: `{}`}, chat.Temporary},
		"address of no web":   {dingtalktest.Download, ptr(elsewhere("ftp://192.0.2.1/x")), chat.Final},
		"address with a name": {dingtalktest.Download, ptr(elsewhere("https://u:p@192.0.2.1/x")), chat.Final},
		"a file's address":    {dingtalktest.Download, ptr(elsewhere("file:///etc/passwd")), chat.Final},
		"signature too old":   {dingtalktest.Content, &dingtalktest.Fault{Status: http.StatusForbidden}, chat.Temporary},
		"content gone":        {dingtalktest.Content, &dingtalktest.Fault{Status: http.StatusNotFound}, chat.Final},
		"content elsewhere":   {dingtalktest.Content, &dingtalktest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://192.0.2.1/"}}}, chat.Final},
		"content busy":        {dingtalktest.Content, &dingtalktest.Fault{Status: http.StatusBadGateway}, chat.Temporary},
		"content limited":     {dingtalktest.Content, &dingtalktest.Fault{Status: http.StatusTooManyRequests}, chat.Limited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, ch, _ := quiet(t, nil)
			code := g.Attach(picture)
			if c.fault != nil {
				g.Fail(c.endpoint, 1, *c.fault)
			}
			got, kind := chattest.Download(t, ch, code)
			if kind != c.want || kind == "" && !bytes.Equal(got, picture) {
				t.Errorf("%d bytes, kind %q", len(got), kind)
			}
			// Another try with the same code is good.
			if got, kind := chattest.Download(t, ch, code); kind != "" || !bytes.Equal(got, picture) {
				t.Errorf("again: %d bytes, kind %q", len(got), kind)
			}
		})
	}
	g, ch, _ := quiet(t, nil)
	code := g.Attach(picture)
	g.ExpireTokens()
	if _, kind := chattest.Download(t, ch, code); kind != "" {
		t.Errorf("with an old token: %q", kind)
	}
	g.ExpireTokens()
	if _, kind := chattest.Download(t, ch, code); kind != "" {
		t.Errorf("with another old token: %q", kind)
	}
	g.ExpireCodes()
	for _, ref := range []string{code, ""} {
		if _, kind := chattest.Download(t, ch, ref); kind != chat.Final {
			t.Errorf("expired code %q: %q", ref, kind)
		}
	}
}

// An address without https is asked for with it.
func TestDownloadIsSecured(t *testing.T) {
	t.Parallel()
	files := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.RequestURI()) // the client may be gone
	}))
	defer files.Close()
	g, ch, _ := quiet(t, func(cfg *dingtalk.Config) { cfg.HTTP = files.Client() })
	g.Fail(dingtalktest.Download, 1, dingtalktest.Fault{Body: `{"downloadUrl":"http://files.example.com/a%2Fb?Signature=x%2B"}`})
	if got, kind := chattest.Download(t, ch, g.Attach(nil)); kind != "" || string(got) != "/a%2Fb?Signature=x%2B" {
		t.Errorf("%q, kind %q", got, kind)
	}
}

func ptr[T any](v T) *T { return &v }
