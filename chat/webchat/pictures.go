package webchat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
)

// maxPictureBytes is what all pictures together may take of the memory.
const maxPictureBytes = 64 << 20

var pictureTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// pictures keeps the pictures that the bot sent, the newest of them, by the hex
// SHA-256 of their data.
type pictures struct {
	mu    sync.Mutex
	data  map[string][]byte
	order []string // oldest first
	bytes int
	limit int
}

func newPictures(limit int) *pictures {
	return &pictures{data: map[string][]byte{}, limit: limit}
}

// add keeps a picture and returns its hash; what is no picture is refused with
// a final *chat.SendError.
func (p *pictures) add(data []byte) (string, error) {
	if t := http.DetectContentType(data); !slices.Contains(pictureTypes, t) {
		return "", badPicture(t)
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.data[hash]; ok {
		return hash, nil
	}
	p.data[hash] = bytes.Clone(data)
	p.order = append(p.order, hash)
	p.bytes += len(data)
	for p.bytes > p.limit && len(p.order) > 1 {
		oldest := p.order[0]
		p.order = p.order[1:]
		p.bytes -= len(p.data[oldest])
		delete(p.data, oldest)
	}
	return hash, nil
}

func (p *pictures) get(hash string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data, ok := p.data[hash]
	return data, ok
}

func (c *Channel) servePicture(w http.ResponseWriter, r *http.Request) {
	data, ok := c.pics.get(r.PathValue("hash"))
	if !ok {
		fault(w, http.StatusNotFound, "这张图片已经不在了")
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(data))
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = w.Write(data) // the reader is gone: nothing to do
}
