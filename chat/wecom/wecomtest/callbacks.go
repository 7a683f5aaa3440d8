package wecomtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's signature
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// Callbacks brings what people do to the address of a bot, encrypted and signed
// (WW 90968), by an implementation other than the bot's own.
type Callbacks struct {
	p  *Platform
	do func(*http.Request) (*http.Response, error)
	at string
}

// Callbacks brings callbacks to a handler in memory.
func (p *Platform) Callbacks(h http.Handler) *Callbacks {
	return &Callbacks{p: p, at: "http://bot.example/wecom/callback", do: func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}}
}

// CallbacksTo brings callbacks to an address over HTTP.
func (p *Platform) CallbacksTo(addr string, client *http.Client) *Callbacks {
	return &Callbacks{p: p, at: addr, do: client.Do}
}

// Answer is what the bot's address said to a callback.
type Answer struct {
	Status   int
	Raw      string // the body
	Text     string // of a passive text, decrypted
	Attempts int    // how often the callback was brought
}

// Say brings what a member wrote.
func (c *Callbacks) Say(ctx context.Context, user, text string) (Answer, error) {
	return c.Bring(ctx, c.p.TextMessage(user, text, fmt.Sprint(7_000_000_000_000_000_000+c.p.nextID.Add(1)), c.p.clock()))
}

// Picture brings a picture that a member sent.
func (c *Callbacks) Picture(ctx context.Context, user, mediaID string) (Answer, error) {
	return c.Bring(ctx, c.p.message(user, "image", c.p.clock(),
		field("PicUrl", "https://example.com/"+mediaID), field("MediaId", mediaID), "<MsgId>"+fmt.Sprint(c.p.nextID.Add(1))+"</MsgId>"))
}

// Click brings a tap on the application's menu.
func (c *Callbacks) Click(ctx context.Context, user, key string) (Answer, error) {
	return c.event(ctx, user, "click", key)
}

// Tap brings a tap on a button of a card that was sent.
func (c *Callbacks) Tap(ctx context.Context, user string, card Sent, label string) (Answer, error) {
	i := slices.IndexFunc(card.Buttons, func(b Button) bool { return b.Text == label })
	if i < 0 {
		return Answer{}, fmt.Errorf("no button %q on the card", label)
	}
	return c.event(ctx, user, "template_card_event", card.Buttons[i].Key, field("TaskId", card.TaskID),
		field("CardType", "button_interaction"), field("ResponseCode", "response-code-standin"))
}

// Scan brings a code that was scanned with the application's menu.
func (c *Callbacks) Scan(ctx context.Context, user, scanned string) (Answer, error) {
	return c.event(ctx, user, "scancode_waitmsg", "scan",
		"<ScanCodeInfo>"+field("ScanType", "qrcode")+field("ScanResult", scanned)+"</ScanCodeInfo>")
}

// Follow brings that a member sees the application from now on.
func (c *Callbacks) Follow(ctx context.Context, user string) (Answer, error) {
	return c.event(ctx, user, "subscribe", "")
}

// Unfollow brings that a member does not see the application any more.
func (c *Callbacks) Unfollow(ctx context.Context, user string) (Answer, error) {
	return c.event(ctx, user, "unsubscribe", "")
}

// Enter brings that a member opened the application.
func (c *Callbacks) Enter(ctx context.Context, user string) (Answer, error) {
	return c.event(ctx, user, "enter_agent", "")
}

func (c *Callbacks) event(ctx context.Context, user, event, key string, more ...string) (Answer, error) {
	fields := append([]string{field("Event", event), field("EventKey", key)}, more...)
	return c.Bring(ctx, c.p.message(user, "event", c.p.clock(), fields...))
}

// TextMessage is a text as a member's message, decrypted.
func (p *Platform) TextMessage(user, text, id string, at time.Time) []byte {
	return p.message(user, "text", at, field("Content", text), "<MsgId>"+id+"</MsgId>")
}

func (p *Platform) message(user, kind string, at time.Time, fields ...string) []byte {
	return []byte("<xml>" + field("ToUserName", p.CorpID) + field("FromUserName", user) +
		"<CreateTime>" + strconv.FormatInt(at.Unix(), 10) + "</CreateTime>" + field("MsgType", kind) +
		strings.Join(fields, "") + "<AgentID>" + strconv.Itoa(p.AgentID) + "</AgentID></xml>")
}

func field(name, value string) string {
	return "<" + name + "><![CDATA[" + strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>") + "]]></" + name + ">"
}

// The platform gives up after five seconds and tries three times in all (WW 96466).
const (
	patience = 5 * time.Second
	attempts = 3
)

// Bring brings a decrypted message, up to three times, until it is answered with
// status 200.
func (c *Callbacks) Bring(ctx context.Context, msg []byte) (Answer, error) {
	var (
		a   Answer
		err error
	)
	for n := range attempts {
		a, err = c.Once(ctx, msg)
		a.Attempts = n + 1
		if err == nil && a.Status == http.StatusOK || ctx.Err() != nil {
			break
		}
	}
	return a, err
}

// Once brings a decrypted message once. What the answer says is kept as Sent.
func (c *Callbacks) Once(ctx context.Context, msg []byte) (Answer, error) {
	query, body := c.p.Seal(msg, c.p.clock(), rand.Text())
	a, err := c.Post(ctx, query, body)
	if err != nil || a.Status != http.StatusOK || a.Raw == "" {
		return a, err
	}
	s, err := c.p.Open(a.Raw)
	if err != nil {
		return a, err
	}
	a.Text = s.Text
	c.p.state.Change(func() { c.p.sent = append(c.p.sent, s) })
	return a, nil
}

// Post brings a request as it is.
func (c *Callbacks) Post(ctx context.Context, query url.Values, body []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.at+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Content-Type", "text/xml")
	return c.call(r)
}

// Verify asks for the address as the platform does when it is entered, and returns
// what came back; want is what must.
func (c *Callbacks) Verify(ctx context.Context) (a Answer, want string, err error) {
	want = fmt.Sprint(1_616_140_317_555_161_061 + c.p.nextID.Add(1))
	query, encrypted := c.p.seal([]byte(want), c.p.clock(), rand.Text())
	query.Set("echostr", encrypted)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.at+"?"+query.Encode(), nil)
	if err != nil {
		return Answer{}, "", err
	}
	a, err = c.call(r)
	return a, want, err
}

func (c *Callbacks) call(r *http.Request) (Answer, error) {
	resp, err := c.do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written to it
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return Answer{Status: resp.StatusCode, Raw: string(raw), Attempts: 1}, err
}

// Seal encrypts and signs a message.
func (p *Platform) Seal(msg []byte, at time.Time, nonce string) (url.Values, []byte) {
	query, encrypted := p.seal(msg, at, nonce)
	return query, []byte("<xml>" + field("ToUserName", p.CorpID) + field("AgentID", strconv.Itoa(p.AgentID)) + field("Encrypt", encrypted) + "</xml>")
}

func (p *Platform) seal(msg []byte, at time.Time, nonce string) (query url.Values, encrypted string) {
	raw, err := util.EncryptMsg([]byte(rand.Text()[:16]), msg, p.CorpID, p.EncodingAESKey)
	if err != nil {
		panic(err) // the key is good
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return url.Values{"msg_signature": {sign(p.Token, timestamp, nonce, string(raw))}, "timestamp": {timestamp}, "nonce": {nonce}}, string(raw)
}

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// Open checks and decrypts a passive answer.
func (p *Platform) Open(raw string) (Sent, error) {
	var sealed struct {
		Encrypt      string
		MsgSignature string
		TimeStamp    string
		Nonce        string
	}
	if err := xml.Unmarshal([]byte(raw), &sealed); err != nil {
		return Sent{}, fmt.Errorf("open answer: %w", err)
	}
	if sealed.MsgSignature != sign(p.Token, sealed.TimeStamp, sealed.Nonce, sealed.Encrypt) {
		return Sent{}, errors.New("open answer: signature")
	}
	_, msg, err := util.DecryptMsg(p.CorpID, sealed.Encrypt, p.EncodingAESKey)
	if err != nil {
		return Sent{}, fmt.Errorf("open answer: %w", err)
	}
	return p.OpenPlain(msg)
}

// OpenPlain reads a passive answer that was not encrypted, or is not any more.
func (p *Platform) OpenPlain(msg []byte) (Sent, error) {
	var m struct {
		ToUserName, FromUserName, MsgType, Content string
		CreateTime                                 int64
	}
	if err := xml.Unmarshal(msg, &m); err != nil {
		return Sent{}, fmt.Errorf("read answer: %w", err)
	}
	s := Sent{Endpoint: Passive, At: p.clock(), Users: []string{m.ToUserName}, Kind: m.MsgType, Text: m.Content}
	if m.FromUserName != p.CorpID || m.MsgType != "text" || m.CreateTime == 0 {
		return Sent{}, errors.New("read answer: not a text of the organisation")
	}
	s, code := p.fit(s, maxText, true)
	if code != 0 {
		return Sent{}, fmt.Errorf("read answer: refused with %d", code)
	}
	return s, nil
}

// Hear keeps a passive answer that reached a member some other way.
func (p *Platform) Hear(s Sent) { p.state.Change(func() { p.sent = append(p.sent, s) }) }
