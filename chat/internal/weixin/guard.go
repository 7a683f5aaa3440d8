package weixin

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Guard stands in front of everything that comes to a callback address: it lets
// through what the platform has signed, lately, for this receiver.
type Guard struct {
	token    string
	cipher   *Cipher // nil: plain text
	receiver string
	clock    func() time.Time

	mu   sync.Mutex
	seen map[string]*mark // by "s"+signature and "n"+nonce
	list []*mark          // oldest first
}

// mark is what was seen with a signature or a nonce.
type mark struct {
	key     string
	content [sha256.Size]byte
	at      time.Time
}

const (
	// Window is how far a callback's time may be from ours. The platforms name none.
	Window = 5 * time.Minute
	// replayTime is how long signatures and nonces are remembered; the platform
	// promises not to repeat a nonce for as long (WW 101033).
	replayTime = 2 * time.Hour
	replayMax  = 100_000
)

// Refusals. The one who called is told none of them.
var (
	errSignature = errors.New("signature")
	errTime      = errors.New("timestamp")
	errReceiver  = errors.New("receiver")
	errReplay    = errors.New("signature or nonce seen before with other content")
	errBody      = errors.New("body not readable")
	errPlain     = errors.New("not encrypted")
)

// NewGuard makes a guard. An empty encodingAESKey is for the plain mode, in which
// nothing but the time and the nonce are signed.
func NewGuard(token, encodingAESKey, receiver string, clock func() time.Time) (*Guard, error) {
	g := &Guard{token: token, receiver: receiver, clock: clock, seen: map[string]*mark{}}
	if encodingAESKey == "" {
		return g, nil
	}
	var err error
	g.cipher, err = NewCipher(encodingAESKey)
	return g, err
}

// Echo answers the check of a callback address (a GET): what is to be sent back.
func (g *Guard) Echo(q url.Values) (string, error) {
	echo := q.Get("echostr")
	if q.Get("msg_signature") == "" {
		// The official account does not encrypt its check.
		return echo, g.check(q, q.Get("signature"), "")
	}
	if g.cipher == nil {
		return "", errPlain
	}
	if err := g.check(q, q.Get("msg_signature"), echo); err != nil {
		return "", err
	}
	msg, err := g.open(echo)
	return string(msg), err
}

// Message takes the body of a callback (a POST) and returns the message in it. In
// safe mode what is not encrypted is refused, and what stands beside the encrypted
// text is not looked at.
func (g *Guard) Message(q url.Values, body []byte) ([]byte, error) {
	var (
		msg       []byte
		signature string
	)
	if g.cipher == nil {
		signature, msg = q.Get("signature"), body
		if err := g.check(q, signature, ""); err != nil {
			return nil, err
		}
	} else {
		encrypted, err := encryptedIn(body)
		if err != nil {
			return nil, err
		}
		signature = q.Get("msg_signature")
		if err := g.check(q, signature, encrypted); err != nil {
			return nil, err
		}
		if msg, err = g.open(encrypted); err != nil {
			return nil, err
		}
	}
	return msg, g.remember(signature, q.Get("nonce"), msg)
}

// encryptedIn finds the encrypted text in a body of XML or JSON.
func encryptedIn(body []byte) (string, error) {
	if text := plainly(body); text != "" {
		return text, nil
	}
	var envelope struct {
		Encrypt string `xml:"Encrypt" json:"Encrypt"` // encoding/json takes "encrypt", too
	}
	var err error
	if isJSON(body) {
		err = json.Unmarshal(body, &envelope)
	} else {
		err = xml.Unmarshal(body, &envelope)
	}
	switch {
	case err != nil:
		return "", errBody
	case envelope.Encrypt == "":
		return "", errPlain
	}
	return envelope.Encrypt, nil
}

// plainly finds the encrypted text where it stands as the platforms write it, which
// is most of what a callback costs to read; "" where a parser has to look. What is
// found is covered by the signature, whatever stands around it.
func plainly(body []byte) string {
	_, rest, ok := bytes.Cut(body, []byte("<Encrypt><![CDATA["))
	if !ok {
		return ""
	}
	text, rest, ok := bytes.Cut(rest, []byte("]]></Encrypt>"))
	if !ok || bytes.Contains(rest, []byte("<Encrypt>")) || !bytes.HasSuffix(bytes.TrimSpace(rest), []byte("</xml>")) {
		return ""
	}
	return string(text)
}

// Decode reads a message of XML or JSON into v.
func Decode(msg []byte, v any) error {
	var err error
	if isJSON(msg) {
		err = json.Unmarshal(msg, v)
	} else {
		err = xml.Unmarshal(msg, v)
	}
	if err != nil {
		return fmt.Errorf("decode message of %d bytes", len(msg)) // the error may hold its text
	}
	return nil
}

func isJSON(b []byte) bool {
	for _, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{'
		}
	}
	return false
}

// check compares the signature and looks at the time.
func (g *Guard) check(q url.Values, signature, encrypted string) error {
	parts := []string{g.token, q.Get("timestamp"), q.Get("nonce")}
	if encrypted != "" {
		parts = append(parts, encrypted)
	}
	if subtle.ConstantTimeCompare([]byte(Signature(parts...)), []byte(signature)) != 1 {
		return errSignature
	}
	n, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if err != nil || n <= 0 || n > 1<<40 || g.clock().Sub(time.Unix(n, 0)).Abs() > Window {
		return errTime
	}
	return nil
}

func (g *Guard) open(encrypted string) ([]byte, error) {
	msg, receiver, err := g.cipher.Open(encrypted)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(receiver), []byte(g.receiver)) != 1 {
		return nil, errReceiver
	}
	return msg, nil
}

// remember notes what came with a signature and a nonce. The same content again is
// the platform trying once more.
func (g *Guard) remember(signature, nonce string, msg []byte) error {
	content := sha256.Sum256(msg)
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	old := 0
	for old < len(g.list) && (now.Sub(g.list[old].at) > replayTime || len(g.list)-old >= replayMax) {
		delete(g.seen, g.list[old].key)
		old++
	}
	g.list = g.list[old:]
	keys := []string{"s" + signature, "n" + nonce}
	for _, key := range keys {
		if m := g.seen[key]; m != nil && m.content != content {
			return errReplay
		}
	}
	for _, key := range keys {
		if g.seen[key] == nil {
			m := &mark{key: key, content: content, at: now}
			g.seen[key] = m
			g.list = append(g.list, m)
		}
	}
	return nil
}

// Seal makes the answer to a callback of a message: encrypted in safe mode, as it
// is in plain mode.
func (g *Guard) Seal(msg []byte) []byte {
	if g.cipher == nil {
		return msg
	}
	encrypted := g.cipher.Seal(msg, g.receiver)
	timestamp := strconv.FormatInt(g.clock().Unix(), 10)
	nonce := newNonce()
	return sealed(encrypted, Signature(g.token, timestamp, nonce, encrypted), timestamp, nonce)
}
