package wechattest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	if !s.tokenGood(w, r) {
		return
	}
	file, header, err := r.FormFile("media")
	if err != nil || r.URL.Query().Get("type") != "image" || !strings.Contains(header.Filename, ".") {
		refuse(w, 40004)
		return
	}
	data, err := io.ReadAll(file)
	if err != nil || len(data) == 0 || len(data) > 10<<20 {
		refuse(w, 40009)
		return
	}
	id := s.id("media-")
	s.state.Change(func() { s.media[id] = data })
	answer(w, map[string]any{"type": "image", "media_id": id, "created_at": s.Now().Unix()})
}

// Attach keeps what somebody is about to send and returns its media id.
func (s *Server) Attach(data []byte) (id string) {
	id = s.id("media-")
	s.state.Change(func() { s.media[id] = data })
	return id
}

func (s *Server) serveMediaGet(w http.ResponseWriter, r *http.Request) {
	if !s.tokenGood(w, r) {
		return
	}
	s.state.Mu.Lock()
	data, ok := s.media[r.URL.Query().Get("media_id")]
	s.state.Mu.Unlock()
	if !ok {
		refuse(w, 40007)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-disposition", `attachment; filename="MEDIA_ID.jpg"`)
	_, _ = w.Write(data) // the client may be gone
}

// ForgetMedia makes all that was uploaded unknown to the platform.
func (s *Server) ForgetMedia() { s.state.Change(func() { clear(s.media) }) }

// code is a code to scan.
type code struct {
	scene, ticket string
	until         time.Time
}

func (s *Server) serveQRCode(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Expire int64  `json:"expire_seconds"`
		Name   string `json:"action_name"`
		Info   struct {
			Scene struct {
				Str string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if !s.read(w, r, &req) {
		return
	}
	scene := req.Info.Scene.Str
	if req.Name != "QR_STR_SCENE" || scene == "" || len(scene) > 64 || req.Expire < 1 || req.Expire > 2_592_000 {
		refuse(w, 40053)
		return
	}
	// The ticket holds what must be escaped in an address.
	ticket := s.id("gQH+/=&ticket")
	addr := "http://weixin.qq.com/q/" + url.QueryEscape(ticket)
	s.state.Change(func() {
		s.codes[addr] = code{scene: scene, ticket: ticket, until: s.now().Add(time.Duration(req.Expire) * time.Second)}
	})
	answer(w, map[string]any{"ticket": ticket, "expire_seconds": req.Expire, "url": addr})
}

// Scene is what stands in a code; ok is false for none that was made here.
func (s *Server) Scene(addr string) (scene string, until time.Time, ok bool) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	c, ok := s.codes[addr]
	return c.scene, c.until, ok
}
