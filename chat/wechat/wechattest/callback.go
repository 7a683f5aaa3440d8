package wechattest

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yunzhuan/chat/chattest/standin"

	"github.com/silenceper/wechat/v2/util"
)

// Callback is a message or an event that the platform brings. The zero value of a
// field stands for something sensible. A second Callback with the same MsgID (or,
// of an event, the same At) is the platform trying again.
type Callback struct {
	OpenID string            // default: oZhang
	Type   string            // MsgType; default: text
	MsgID  string            // default: a new one; events have none
	At     time.Time         // CreateTime; default: now
	Fields map[string]string // further fields: Content, Event, EventKey, MediaId, …
	Raw    []byte            // the whole message instead
	Tries  int               // how often it is brought until it is taken; default: once
}

// Answer is what the platform got for a callback.
type Answer struct {
	Status int
	Body   string
	Reply  *Sent // what was said in the response; nil for nothing
	// Junk: the platform could make nothing of the response, and told the person that
	// the account is out of service.
	Junk bool
}

// OK says whether the platform believes that the callback was taken.
func (a Answer) OK() bool { return a.Status == http.StatusOK }

// giveUp is how long the platform waits for a response.
const giveUp = 5 * time.Second

// To has callbacks brought to a handler, without a socket.
func (s *Server) To(h http.Handler) {
	s.bring("https://bot.invalid/wechat/callback", standin.Transport{Handler: h}.RoundTrip)
}

// ToURL has callbacks brought to an address.
func (s *Server) ToURL(addr string, client *http.Client) { s.bring(addr, client.Do) }

func (s *Server) bring(addr string, do func(*http.Request) (*http.Response, error)) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.base, s.target = addr, do
}

// Say brings a text.
func (s *Server) Say(ctx context.Context, openid, text string) (Answer, error) {
	return s.Bring(ctx, Callback{OpenID: openid, Fields: map[string]string{"Content": text}})
}

// Event brings an event: subscribe, unsubscribe, SCAN, CLICK, VIEW and others.
func (s *Server) Event(ctx context.Context, openid, event, key string) (Answer, error) {
	return s.Bring(ctx, Callback{OpenID: openid, Type: "event", Fields: map[string]string{"Event": event, "EventKey": key}})
}

// errNoCode is what scanning a code that is not, or no longer, good fails with.
var errNoCode = errors.New("no such code, or it has expired")

// Scan scans the code that an address stands for: a follower's scan, or that of
// somebody who follows by it.
func (s *Server) Scan(ctx context.Context, openid, addr string) (Answer, error) {
	s.state.Mu.Lock()
	c, ok := s.codes[addr]
	good, following := ok && s.now().Before(c.until), s.person(openid).following
	s.state.Mu.Unlock()
	if !good {
		return Answer{}, errNoCode
	}
	fields := map[string]string{"Event": "SCAN", "EventKey": c.scene, "Ticket": c.ticket}
	if !following {
		fields["Event"], fields["EventKey"] = "subscribe", "qrscene_"+c.scene
	}
	return s.Bring(ctx, Callback{OpenID: openid, Type: "event", Fields: fields})
}

// TapMenu taps the entry of the menu with that name.
func (s *Server) TapMenu(ctx context.Context, openid, name string) (Answer, error) {
	s.state.Mu.Lock()
	menu := s.menu
	s.state.Mu.Unlock()
	for _, top := range menu {
		for _, b := range append([]button{top}, top.Sub...) {
			switch {
			case b.Name != name || len(b.Sub) > 0:
			case b.Type == "click":
				return s.Event(ctx, openid, "CLICK", b.Key)
			default:
				return s.Event(ctx, openid, "VIEW", b.URL)
			}
		}
	}
	return Answer{}, fmt.Errorf("no entry %s in the menu", name)
}

// TapLink taps the link with that label in a text that was sent.
func (s *Server) TapLink(ctx context.Context, openid, text, label string) (Answer, error) {
	for _, l := range Links(text) {
		if l.Label == label && l.Line != "" {
			return s.Bring(ctx, Callback{OpenID: openid, Fields: map[string]string{"Content": l.Line, "bizmsgmenuid": l.MenuID}})
		}
	}
	return Answer{}, fmt.Errorf("no link %s to tap in the text", label)
}

// Bring brings a callback and returns when there is an answer.
func (s *Server) Bring(ctx context.Context, cb Callback) (Answer, error) {
	raw := s.Message(&cb)
	for try := 1; ; try++ {
		r, err := s.Request(raw)
		if err != nil {
			return Answer{}, err
		}
		a, err := s.deliver(ctx, r, cb)
		if err == nil && a.OK() || try >= cb.Tries {
			return a, err
		}
	}
}

// Message is a callback as the platform writes it, before it is encrypted; what cb
// leaves open is filled in.
func (s *Server) Message(cb *Callback) []byte {
	if cb.OpenID == "" {
		cb.OpenID = "oZhang"
	}
	if cb.Type == "" {
		cb.Type = "text"
	}
	if cb.At.IsZero() {
		cb.At = s.Now()
	}
	if cb.MsgID == "" && cb.Type != "event" {
		cb.MsgID = strconv.FormatInt(23_000_000_000_000_000+s.nextID.Add(1), 10)
	}
	if cb.Raw != nil {
		return cb.Raw
	}
	fields := map[string]string{"ToUserName": s.Account, "FromUserName": cb.OpenID, "MsgType": cb.Type}
	maps.Copy(fields, cb.Fields)
	numbers := map[string]int64{"CreateTime": cb.At.Unix()}
	if n, err := strconv.ParseInt(cb.MsgID, 10, 64); err == nil {
		numbers["MsgId"] = n
	} else if cb.MsgID != "" {
		fields["MsgId"] = cb.MsgID
	}
	if s.JSON {
		all := map[string]any{}
		for k, v := range fields {
			all[k] = v
		}
		for k, v := range numbers {
			all[k] = v
		}
		raw, _ := json.Marshal(all) // strings and numbers only
		return raw
	}
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>\n", k, strings.ReplaceAll(fields[k], "]]>", "]]]]><![CDATA[>"), k)
	}
	for _, k := range slices.Sorted(maps.Keys(numbers)) {
		fmt.Fprintf(&b, "<%s>%d</%s>\n", k, numbers[k], k)
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// Request is the request that brings a message: signed, and encrypted but in the
// plain mode. Every call has a nonce of its own.
func (s *Server) Request(message []byte) (*http.Request, error) {
	s.state.Mu.Lock()
	base, timestamp := s.base, strconv.FormatInt(s.now().Unix(), 10)
	s.state.Mu.Unlock()
	nonce := s.id("9000000")
	q := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {util.Signature(s.Token, timestamp, nonce)}}
	body := message
	if s.Mode != Plain {
		encrypted, err := util.EncryptMsg([]byte("0123456789abcdef"), message, s.AppID, s.AESKey)
		if err != nil {
			return nil, fmt.Errorf("encrypt callback: %w", err)
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", util.Signature(s.Token, timestamp, nonce, string(encrypted)))
		if body, err = s.envelope(message, encrypted); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequest(http.MethodPost, base+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make callback: %w", err)
	}
	r.Header.Set("Content-Type", "text/xml")
	if s.JSON {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// envelope is the body round the encrypted text; in the compatible mode the message
// stands beside it.
func (s *Server) envelope(message, encrypted []byte) ([]byte, error) {
	if s.JSON {
		all := map[string]any{}
		if s.Mode == Compatible {
			if err := json.Unmarshal(message, &all); err != nil {
				return nil, fmt.Errorf("make callback: %w", err)
			}
		}
		all["ToUserName"], all["Encrypt"] = s.Account, string(encrypted)
		return json.Marshal(all)
	}
	inner := "<ToUserName><![CDATA[" + s.Account + "]]></ToUserName>"
	if s.Mode == Compatible {
		inner = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(message)), "<xml>"), "</xml>")
	}
	return []byte("<xml>" + inner + "<Encrypt><![CDATA[" + string(encrypted) + "]]></Encrypt></xml>"), nil
}

// deliver brings one request.
func (s *Server) deliver(ctx context.Context, r *http.Request, cb Callback) (Answer, error) {
	var do func(*http.Request) (*http.Response, error)
	s.state.Change(func() {
		do = s.target
		if cb.Raw == nil {
			s.opens(cb)
		}
	})
	if do == nil {
		return Answer{}, errors.New("callbacks go nowhere: call To or ToURL")
	}
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	resp, err := do(r.WithContext(ctx))
	if err != nil {
		return Answer{}, fmt.Errorf("bring callback: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Answer{}, fmt.Errorf("bring callback: %w", err)
	}
	a := Answer{Status: resp.StatusCode, Body: string(body)}
	if !a.OK() || a.Body == "" || a.Body == "success" {
		return a, nil
	}
	s.state.Change(func() {
		m, err := s.readReply(body, cb.OpenID)
		if err != nil {
			a.Junk = true
			s.violations = append(s.violations, "junk "+cb.OpenID)
			return
		}
		a.Reply = &m
		s.sent = append(s.sent, m)
	})
	return a, nil
}

// readReply reads what was said in a response, as the platform would: encrypted but
// in the plain mode, signed, addressed the other way round. s.mu is held.
func (s *Server) readReply(body []byte, openid string) (Sent, error) {
	if s.JSON {
		return Sent{}, errors.New("the response to JSON must be JSON, which the stand-in does not read")
	}
	if s.Mode != Plain {
		var e struct {
			Encrypt, MsgSignature, TimeStamp, Nonce string
		}
		if err := xml.Unmarshal(body, &e); err != nil {
			return Sent{}, err
		}
		if util.Signature(s.Token, e.TimeStamp, e.Nonce, e.Encrypt) != e.MsgSignature {
			return Sent{}, errors.New("signature")
		}
		var err error
		if _, body, err = util.DecryptMsg(s.AppID, e.Encrypt, s.AESKey); err != nil {
			return Sent{}, err
		}
	}
	var m struct {
		ToUserName, FromUserName, MsgType, Content string
		CreateTime                                 int64
		Image                                      struct {
			MediaID string `xml:"MediaId"`
		}
	}
	if err := xml.Unmarshal(body, &m); err != nil {
		return Sent{}, err
	}
	out := Sent{Way: Passive, To: m.ToUserName, Kind: m.MsgType, Text: m.Content, At: s.now()}
	switch {
	case m.ToUserName != openid || m.FromUserName != s.Account || m.CreateTime == 0:
		return Sent{}, errors.New("addressed wrongly")
	case s.checkContent(&out, m.Image.MediaID) != 0:
		return Sent{}, errors.New("content")
	}
	return out, nil
}
