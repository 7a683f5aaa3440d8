package aibot_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/chattest"
)

// sealed is content as the platform keeps it: AES-256-CBC, padded to 32 bytes.
func sealed(t *testing.T, content, key []byte) []byte {
	t.Helper()
	pad := 32 - len(content)%32
	raw := append(bytes.Clone(content), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(raw, raw)
	return raw
}

func TestDownload(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef0123456789abcdef")
	picture := png(100_003)
	secret := sealed(t, picture, key)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sealed":
			_, _ = w.Write(secret)
		case "/torn":
			_, _ = w.Write(secret[:len(secret)-16])
		case "/uneven":
			_, _ = w.Write(secret[:len(secret)-3])
		case "/huge":
			for range 21 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		case "/plain":
			_, _ = w.Write(picture)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusForbidden) // after five minutes
		}
	}))
	defer srv.Close()
	ch, err := aibot.New(aibot.Config{BotID: "b", Secret: "s", WSURL: "ws://127.0.0.1:1", Log: slog.New(slog.DiscardHandler), HTTP: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	good := base64.StdEncoding.EncodeToString(key)
	for name, c := range map[string]struct {
		ref  string
		want chat.SendKind
	}{
		"sealed":             {srv.URL + "/sealed " + good, ""},
		"key without its =":  {srv.URL + "/sealed " + strings.TrimRight(good, "="), ""},
		"not sealed":         {srv.URL + "/plain", ""},
		"another key":        {srv.URL + "/sealed " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32)), chat.Final},
		"no key":             {srv.URL + "/sealed x", chat.Final},
		"torn":               {srv.URL + "/torn " + good, chat.Final},
		"not whole blocks":   {srv.URL + "/uneven " + good, chat.Final},
		"larger than can be": {srv.URL + "/huge " + good, chat.Final},
		"busy":               {srv.URL + "/busy " + good, chat.Temporary},
		"expired":            {srv.URL + "/old " + good, chat.Final},
		"not safe":           {"http://192.0.2.1/x " + good, chat.Final},
		"nothing":            {"", chat.Final},
	} {
		got, kind := chattest.Download(t, ch, c.ref)
		if kind != c.want || kind == "" && !bytes.Equal(got, picture) {
			t.Errorf("%s: %d bytes, kind %q", name, len(got), kind)
		}
	}
	// Nothing is read before it is asked for, and the rest is not.
	r, err := ch.Download(t.Context(), chat.Attachment{Ref: srv.URL + "/plain"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 8)); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
