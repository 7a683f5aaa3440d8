package dingtalk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"yunzhuan/chat"
)

// mediaCache remembers what was uploaded, so that a picture that goes to five
// groups is uploaded once.
type mediaCache struct {
	mu      sync.Mutex
	entries map[string]mediaEntry // by kind and hex SHA-256
}

type mediaEntry struct {
	id    string
	until time.Time
}

const (
	mediaLife = 24 * time.Hour // how long an id lives is not documented; a day is what a retry may need
	mediaMax  = 512
	mediaSize = 20 << 20 // KB 0646
	mediaID   = 96       // bytes that are kept for an id in a text; known ids have 20 to 60
)

// plainMedia is what a media id may look like to stand in a text.
var plainMedia = regexp.MustCompile(`^[@$A-Za-z0-9._/:+=-]{1,96}$`)

// Kinds of media (KB 0646).
const (
	mediaImage = "image"
	mediaFile  = "file"
)

// upload brings a picture or a file to the platform and returns its media id; ""
// if the platform will never take it. Its error is never Unknown.
func (c *Channel) upload(ctx context.Context, kind, name string, data []byte) (string, *chat.SendError) {
	if len(data) == 0 || len(data) > mediaSize || c.cfg.ClientID == "" {
		return "", nil
	}
	if kind == mediaImage {
		name = pictureName(name, data)
	}
	sum := sha256.Sum256(data)
	key := kind + ":" + hex.EncodeToString(sum[:])
	if id := c.media.get(key, c.clock()); id != "" {
		return id, nil
	}
	id, token, v, fault := c.uploadOnce(ctx, kind, name, data)
	if fault != nil && v.token {
		c.tokens.drop(token)
		id, _, _, fault = c.uploadOnce(ctx, kind, name, data)
	}
	switch {
	case fault != nil && fault.Kind != chat.Final:
		return "", fault
	case fault != nil:
		c.log.Warn("media refused, its description goes instead", "kind", kind, "bytes", len(data), "error", fault)
		return "", nil
	case !plainMedia.MatchString(id):
		c.log.Warn("media id not usable, its description goes instead", "kind", kind, "bytes", len(data))
		return "", nil
	}
	c.media.put(key, mediaEntry{id: id, until: c.clock().Add(mediaLife)}, c.clock())
	return id, nil
}

// pictureName is a file name with an extension, which the platform wants.
func pictureName(name string, data []byte) string {
	name = path.Base(name)
	if path.Ext(name) == "" {
		name += "." + strings.TrimPrefix(http.DetectContentType(data), "image/")
	}
	return name
}

func (c *Channel) uploadOnce(ctx context.Context, kind, name string, data []byte) (id, token string, v verdict, fault *chat.SendError) {
	token, fault = c.tokens.get(ctx)
	if fault != nil {
		return "", "", verdict{}, fault
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("media", path.Base(name))
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", token, verdict{}, final("media not encodable")
	}
	var got struct {
		MediaID string `json:"media_id"`
	}
	addr := c.cfg.OAPIBase + "/media/upload?type=" + kind + "&access_token=" + url.QueryEscape(token)
	v, fault = c.ask(ctx, addr, w.FormDataContentType(), buf.Bytes(), &got)
	return got.MediaID, token, v, fault
}

func (m *mediaCache) get(key string, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; now.Before(e.until) {
		return e.id
	}
	return ""
}

func (m *mediaCache) put(key string, e mediaEntry, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil || len(m.entries) >= mediaMax {
		fresh := map[string]mediaEntry{}
		for k, old := range m.entries {
			if now.Before(old.until) && len(fresh) < mediaMax/2 {
				fresh[k] = old
			}
		}
		m.entries = fresh
	}
	m.entries[key] = e
}
