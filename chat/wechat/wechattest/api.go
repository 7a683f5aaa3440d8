package wechattest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Endpoint is a path of the API.
type Endpoint string

// The endpoints.
const (
	StableToken  Endpoint = "/cgi-bin/stable_token"
	CustomSend   Endpoint = "/cgi-bin/message/custom/send"
	TemplateSend Endpoint = "/cgi-bin/message/template/send"
	QRCode       Endpoint = "/cgi-bin/qrcode/create"
	MediaUpload  Endpoint = "/cgi-bin/media/upload"
	MediaGet     Endpoint = "/cgi-bin/media/get"
	MenuCreate   Endpoint = "/cgi-bin/menu/create"
	MenuGet      Endpoint = "/cgi-bin/menu/get"
)

// Way is how something was said.
type Way string

// The ways.
const (
	Passive  Way = "passive"  // in the response to a callback
	Custom   Way = "custom"   // customer message
	Template Way = "template" // template message
)

// Sent is one message that reached a person.
type Sent struct {
	Way         Way
	To          string            // openid
	Kind        string            // text or image; of a template message its id
	Text        string            // of a text, with its links; Links and PlainText read it
	Picture     []byte            // of an image
	Data        map[string]string // of a template message
	URL         string            // of a template message
	ClientMsgID string            // of a template message
	At          time.Time
}

// token is the access token that is good.
type token struct {
	value    string
	until    time.Time
	dead     bool
	forcedAt time.Time
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func refuse(w http.ResponseWriter, code int) {
	text := "refused by the stand-in"
	if code == 0 {
		text = "ok"
	}
	answer(w, map[string]any{"errcode": code, "errmsg": text})
}

// read reads a body, unless the token is not good or it is no JSON as the platform
// wants it.
func (s *Server) read(w http.ResponseWriter, r *http.Request, v any) bool {
	if !s.tokenGood(w, r) {
		return false
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	switch {
	case err != nil || json.Unmarshal(raw, v) != nil:
		refuse(w, 47001)
	case strings.Contains(string(raw), `\u`):
		refuse(w, 40033)
	default:
		return true
	}
	return false
}

func (s *Server) tokenGood(w http.ResponseWriter, r *http.Request) bool {
	s.state.Mu.Lock()
	given, t, now := r.URL.Query().Get("access_token"), s.token, s.now()
	s.state.Mu.Unlock()
	switch {
	case given == "":
		refuse(w, 41001)
	case given != t.value || t.dead:
		refuse(w, 40001)
	case !now.Before(t.until):
		refuse(w, 42001)
	default:
		return true
	}
	return false
}

// tokenLife is how long a token is good for, and renewed how long before its end an
// ordinary call returns a new one.
const (
	tokenLife = 7200 * time.Second
	renewed   = 5 * time.Minute
)

func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	var req struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	switch err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&req); {
	case err != nil:
		refuse(w, 47001)
		return
	case req.AppID != s.AppID:
		refuse(w, 40013)
		return
	case req.Secret != s.AppSecret:
		refuse(w, 40125)
		return
	case req.GrantType != "client_credential":
		refuse(w, 40002)
		return
	}
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	now, t := s.now(), &s.token
	forced := req.Force && now.Sub(t.forcedAt) >= 30*time.Second
	if forced {
		t.forcedAt = now
	}
	if t.value == "" || forced || !now.Before(t.until.Add(-renewed)) {
		t.value, t.until, t.dead = s.id("access-token-"), now.Add(tokenLife), false
	}
	answer(w, map[string]any{"access_token": t.value, "expires_in": int64(t.until.Sub(now) / time.Second)})
}
