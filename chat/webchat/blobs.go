package webchat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"slices"
	"sync"
)

// maxBlobBytes is what all pictures and files together may take of the memory.
const maxBlobBytes = 64 << 20

var pictureTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// blobs keeps the pictures and files that were sent, the newest of them, by the
// hex SHA-256 of their data.
type blobs struct {
	mu    sync.Mutex
	data  map[string][]byte
	order []string // oldest first
	bytes int
	limit int
}

func newBlobs(limit int) *blobs {
	return &blobs{data: map[string][]byte{}, limit: limit}
}

// addPicture keeps a picture and returns its hash; what is no picture is refused
// with a final *chat.SendError.
func (p *blobs) addPicture(data []byte) (string, error) {
	if t := http.DetectContentType(data); !slices.Contains(pictureTypes, t) {
		return "", badPicture(t)
	}
	return p.add(data), nil
}

// add keeps data and returns its hash.
func (p *blobs) add(data []byte) string {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.data[hash]; ok {
		return hash
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
	return hash
}

// haveAll says whether everything of these hashes is still kept.
func (p *blobs) haveAll(hashes []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.ContainsFunc(hashes, func(h string) bool { _, ok := p.data[h]; return !ok })
}

func (p *blobs) get(hash string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data, ok := p.data[hash]
	return data, ok
}

func (c *Channel) servePicture(w http.ResponseWriter, r *http.Request) {
	data, ok := c.blobs.get(r.PathValue("hash"))
	if !ok {
		fault(w, http.StatusNotFound, "这张图片已经不在了")
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(data))
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = w.Write(data) // the reader is gone: nothing to do
}

// serveFile hands out a file to be kept, never to be shown by the browser: it may
// hold anything.
func (c *Channel) serveFile(w http.ResponseWriter, r *http.Request) {
	data, ok := c.blobs.get(r.PathValue("hash"))
	if !ok {
		fault(w, http.StatusNotFound, "这个文件已经不在了")
		return
	}
	name := path.Base(r.PathValue("name"))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = w.Write(data) // the reader is gone: nothing to do
}
