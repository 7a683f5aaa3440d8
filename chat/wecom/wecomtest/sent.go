package wecomtest

import (
	"context"
	"crypto/md5" //nolint:gosec // the platform's checksum
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Passive is where answers are that came in the response to a callback.
const Passive Endpoint = "passive"

// Sent is one message that was said.
type Sent struct {
	Endpoint Endpoint // Send, ChatSend, Webhook or Passive
	At       time.Time
	Users    []string // of Send and Passive, without those who were left out
	Chat     string   // of ChatSend
	Webhook  string   // its name
	Kind     string   // text, markdown, image, file, template_card
	Text     string   // of a card: its title and its text, a line each
	Mentions []string // of a text by webhook
	Buttons  []Button // of a card
	URL      string   // of a text card
	TaskID   string   // of a card
	Media    Upload   // of an image or a file
}

// Button is a button of a card.
type Button struct {
	Text  string `json:"text"`
	Style int    `json:"style"`
	Key   string `json:"key"`
}

// Upload is a file as it came.
type Upload struct {
	Kind, Name string
	Data       []byte
	hook       string // the key of the webhook that it is for
}

// Sent is what has been said so far, oldest first.
func (p *Platform) Sent() []Sent {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	return slices.Clone(p.sent)
}

// SentTo is what one member was told.
func (p *Platform) SentTo(user string) []Sent {
	return slices.DeleteFunc(p.Sent(), func(s Sent) bool { return !slices.Contains(s.Users, user) })
}

// SentIn is what was said in a group of the application, by id, or by a webhook,
// by name.
func (p *Platform) SentIn(group string) []Sent {
	return slices.DeleteFunc(p.Sent(), func(s Sent) bool { return s.Chat != group && s.Webhook != group })
}

// WaitSent blocks until pred is true of what has been said, and returns it.
func (p *Platform) WaitSent(ctx context.Context, pred func([]Sent) bool) ([]Sent, error) {
	var got []Sent
	err := p.state.Wait(ctx, "a message", func() bool {
		got = p.sent[:len(p.sent):len(p.sent)]
		return pred(got)
	})
	return got, err
}

const (
	maxText     = 2048
	maxMarkdown = 4096
)

var taskIDs = regexp.MustCompile(`^[0-9A-Za-z_@-]{1,128}$`)

// sentOf checks a message and makes a Sent of it; code is the refusal. cut: the
// end of what is too long is dropped (the application's API), not refused
// (webhooks).
func (p *Platform) sentOf(m wireMessage, cut bool) (s Sent, code int) {
	s = Sent{At: p.clock(), Kind: m.MsgType}
	switch m.MsgType {
	case "text":
		s.Text, s.Mentions = m.Text.Content, m.Text.MentionedList
		return p.fit(s, maxText, cut)
	case "markdown":
		s.Text = m.Markdown.Content
		if cut {
			return p.fit(s, maxText, cut)
		}
		return p.fit(s, maxMarkdown, cut)
	case "image", "file":
		return p.mediaOf(s, m, cut)
	case "template_card":
		return cardOf(s, m.TemplateCard)
	case "textcard":
		c := m.TextCard
		s.Text, s.URL = c.Title+"\n"+c.Description, c.URL
		if c.Title == "" || len(c.Title) > 128 || c.Description == "" || len(c.Description) > 512 || c.URL == "" || len(c.URL) > 2048 || utf8.RuneCountInString(c.BtnTxt) > 4 {
			return s, 40058
		}
		return s, 0
	}
	return s, 40008
}

func (p *Platform) fit(s Sent, room int, cut bool) (Sent, int) {
	switch {
	case s.Text == "":
		return s, 44004
	case len(s.Text) <= room:
		return s, 0
	case !cut:
		return s, 40058
	}
	p.state.Change(func() { p.broken.Cut++ })
	s.Text = s.Text[:room]
	return s, 0
}

func (p *Platform) mediaOf(s Sent, m wireMessage, app bool) (Sent, int) {
	if m.MsgType == "image" && !app {
		data, err := base64.StdEncoding.DecodeString(m.Image.Base64)
		sum := md5.Sum(data) //nolint:gosec // see the import
		kind := http.DetectContentType(data)
		if err != nil || hex.EncodeToString(sum[:]) != m.Image.MD5 || len(data) > 2<<20 || kind != "image/png" && kind != "image/jpeg" {
			return s, 40009
		}
		s.Media = Upload{Kind: "image", Data: data}
		return s, 0
	}
	id := m.File.MediaID
	if m.MsgType == "image" {
		id = m.Image.MediaID
	}
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	up, ok := p.media[id]
	if !ok || up.Kind != m.MsgType || (up.hook == "") != app {
		return s, 40007
	}
	s.Media = up
	return s, 0
}

func cardOf(s Sent, c wireCard) (Sent, int) {
	s.Text, s.TaskID, s.Buttons = strings.TrimSpace(c.MainTitle.Title+"\n"+c.SubTitleText), c.TaskID, c.ButtonList
	switch {
	case c.CardType != "button_interaction" || c.MainTitle.Title == "":
		return s, 40058
	case !taskIDs.MatchString(c.TaskID):
		return s, 42014
	case len(c.ButtonList) == 0 || len(c.ButtonList) > 6:
		return s, 40016
	case utf8.RuneCountInString(c.MainTitle.Title) > 36 || utf8.RuneCountInString(c.SubTitleText) > 160:
		return s, 40058
	}
	keys := map[string]bool{}
	for _, b := range c.ButtonList {
		if b.Key == "" || len(b.Key) > 1024 || keys[b.Key] {
			return s, 42018
		}
		if b.Text == "" {
			return s, 42020
		}
		keys[b.Key] = true
	}
	return s, 0
}

func (p *Platform) serveWebhook(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	p.state.Mu.Lock()
	name, ok := p.hooks[key]
	allowed := ok && (p.lifted || entry(p.hookRate, key).allow(p.clock(), perWebhook[0].per, perWebhook...))
	if ok && !allowed {
		p.broken.Webhook++
	}
	p.state.Mu.Unlock()
	switch {
	case !ok:
		p.refuse(w, 93000)
		return
	case !allowed:
		p.refuse(w, 45009)
		return
	}
	m, ok := p.read(w, r)
	if !ok {
		return
	}
	s, code := p.sentOf(m, false)
	if code != 0 {
		p.refuse(w, code)
		return
	}
	s.Endpoint, s.Webhook = Webhook, name
	p.state.Change(func() { p.sent = append(p.sent, s) })
	p.answer(w, nil)
}

func (p *Platform) serveWebhookUpload(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	p.state.Mu.Lock()
	_, ok := p.hooks[key]
	p.state.Mu.Unlock()
	if !ok {
		p.refuse(w, 93000)
		return
	}
	p.takeUpload(w, r, key)
}

func (p *Platform) serveMedia(w http.ResponseWriter, r *http.Request) { p.takeUpload(w, r, "") }

func (p *Platform) takeUpload(w http.ResponseWriter, r *http.Request, hook string) {
	file, header, err := r.FormFile("media")
	kind := r.URL.Query().Get("type")
	if err != nil || kind != "image" && kind != "file" {
		p.refuse(w, 40005)
		return
	}
	data, err := io.ReadAll(file)
	switch {
	case err != nil:
		p.refuse(w, -1)
		return
	case len(data) <= 5 || kind == "image" && len(data) > 10<<20 || len(data) > 20<<20:
		p.refuse(w, 40006)
		return
	}
	id := fmt.Sprintf("media-%d", p.nextID.Add(1))
	p.state.Change(func() { p.media[id] = Upload{Kind: kind, Name: header.Filename, Data: data, hook: hook} })
	p.answer(w, map[string]any{"type": kind, "media_id": id, "created_at": fmt.Sprint(p.clock().Unix())})
}

// Attach keeps what a member is about to send and returns its media id.
func (p *Platform) Attach(data []byte) (id string) {
	id = fmt.Sprintf("media-%d", p.nextID.Add(1))
	p.state.Change(func() { p.media[id] = Upload{Kind: "image", Data: data} })
	return id
}

func (p *Platform) serveMediaGet(w http.ResponseWriter, r *http.Request) {
	p.state.Mu.Lock()
	up, ok := p.media[r.URL.Query().Get("media_id")]
	p.state.Mu.Unlock()
	if !ok || up.hook != "" {
		p.refuse(w, 40007)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Disposition", `attachment; filename="MEDIA_ID.jpg"`)
	_, _ = w.Write(up.Data) // the client may be gone
}

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
