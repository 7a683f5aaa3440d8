package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// MediaCache remembers what was uploaded, so that a picture that goes to five
// groups is uploaded once.
type MediaCache struct {
	mu      sync.Mutex
	entries map[string]mediaEntry
}

type mediaEntry struct {
	id    string
	until time.Time
}

const mediaMax = 512

// MediaKey names data of a kind.
func MediaKey(kind string, data []byte) string {
	sum := sha256.Sum256(data)
	return kind + ":" + hex.EncodeToString(sum[:])
}

// Get is the platform's id of what was uploaded; "" for none that is good still.
func (m *MediaCache) Get(key string, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; now.Before(e.until) {
		return e.id
	}
	return ""
}

// Put keeps an id until the platform forgets it.
func (m *MediaCache) Put(key, id string, until, now time.Time) {
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
	m.entries[key] = mediaEntry{id, until}
}

// Upload is the request that brings data to addr as the form field media.
func Upload(addr, name string, data []byte) (Request, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("media", path.Base(name))
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	return Request{Addr: addr, ContentType: w.FormDataContentType(), Body: buf.Bytes()}, err
}

// PictureName is a file name with an extension, which platforms want.
func PictureName(name string, data []byte) string {
	name = path.Base(name)
	if path.Ext(name) == "" {
		name += "." + strings.TrimPrefix(http.DetectContentType(data), "image/")
	}
	return name
}
