package weixin_test

import (
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/internal/weixin"
)

// vector is a published or constructed value of a callback.
type vector struct {
	ID, Kind       string
	Token          string
	EncodingAESKey string
	ReceiveID      string
	Timestamp      string
	Nonce          string
	Signature      string `json:"signature"`
	MsgSignature   string `json:"msg_signature"`
	Encrypt        string
	Plaintext      string
	Echostr        string
	Expect         string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Vectors []vector }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all.Vectors
}

// at is a clock that stands at unix seconds.
func at(t testing.TB, seconds string) func() time.Time {
	t.Helper()
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return func() time.Time { return time.Unix(n, 0) }
}

func (v vector) query() url.Values {
	q := url.Values{"timestamp": {v.Timestamp}, "nonce": {v.Nonce}}
	if v.MsgSignature != "" {
		q.Set("msg_signature", v.MsgSignature)
	}
	if v.Signature != "" {
		q.Set("signature", v.Signature)
	}
	return q
}

func TestVectors(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, v := range vectors(t) {
		if v.Kind == "robot-hmac-sha256" {
			continue // DingTalk's own
		}
		tried++
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			g, err := weixin.NewGuard(v.Token, v.EncodingAESKey, v.ReceiveID, at(t, v.Timestamp))
			if err != nil {
				t.Fatal(err)
			}
			q := v.query()
			if v.Kind == "url-signature" {
				q.Set("echostr", "4375120948345356249")
				if got, err := g.Echo(q); err != nil || got != "4375120948345356249" {
					t.Errorf("echo %q, %v", got, err)
				}
				return
			}
			body := `<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[` + v.Encrypt + `]]></Encrypt></xml>`
			if v.Kind == "callback-json" {
				body = `{"ToUserName":"x","Encrypt":"` + v.Encrypt + `"}`
			}
			msg, err := g.Message(q, []byte(body))
			if reject := strings.HasPrefix(v.Expect, "reject"); reject != (err != nil) {
				t.Fatalf("%s: got %q, %v", v.Expect, msg, err)
			}
			if v.Plaintext != "" && string(msg) != v.Plaintext {
				t.Errorf("message %q, want %q", msg, v.Plaintext)
			}
			if v.Kind == "verify-url" {
				q.Set("echostr", v.Encrypt)
				if got, err := g.Echo(q); err != nil || got != v.Plaintext {
					t.Errorf("echo %q, %v", got, err)
				}
			}
		})
	}
	if tried < 15 {
		t.Errorf("only %d vectors", tried)
	}
}

// What is sealed can be opened, whatever its length.
func TestSealedOpens(t *testing.T) {
	t.Parallel()
	c, err := weixin.NewCipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 70 {
		want := strings.Repeat("𠮷", n)
		got, receiver, err := c.Open(c.Seal([]byte(want), "ww1"))
		if err != nil || string(got) != want || receiver != "ww1" {
			t.Fatalf("%d: %q %q %v", n, got, receiver, err)
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"short", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("中", 43), strings.Repeat("!", 43)} {
		if _, err := weixin.NewGuard("t", key, "r", time.Now); err == nil {
			t.Errorf("%q was taken", key)
		} else if strings.Contains(err.Error(), key) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	c, err := weixin.NewCipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors(f) {
		f.Add(v.Encrypt)
	}
	f.Fuzz(func(t *testing.T, encrypted string) {
		msg, receiver, err := c.Open(encrypted)
		if err != nil && (msg != nil || receiver != "") {
			t.Errorf("%q and %q with %v", msg, receiver, err)
		}
	})
}
