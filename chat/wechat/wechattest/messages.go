package wechattest

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) serveCustom(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ToUser  string                   `json:"touser"`
		MsgType string                   `json:"msgtype"`
		Text    struct{ Content string } `json:"text"`
		Image   struct {
			MediaID string `json:"media_id"`
		} `json:"image"`
	}
	if !s.read(w, r, &req) {
		return
	}
	code := 0
	s.state.Change(func() {
		m := Sent{Way: Custom, To: req.ToUser, Kind: req.MsgType, Text: req.Text.Content, At: s.now()}
		code = s.checkContent(&m, req.Image.MediaID)
		if code == 0 {
			code = s.take(req.ToUser)
		}
		if code != 0 {
			s.violated(code, req.ToUser)
			return
		}
		s.sent = append(s.sent, m)
	})
	refuse(w, code)
}

// checkContent completes a message and tells what is wrong with it; s.mu is held.
func (s *Server) checkContent(m *Sent, mediaID string) int {
	switch m.Kind {
	case "text":
		switch {
		case m.Text == "":
			return 44004
		case len(m.Text) > textMax:
			return 45002
		}
	case "image":
		m.Picture = s.media[mediaID]
		if m.Picture == nil {
			return 40007
		}
	default:
		return 40008
	}
	return 0
}

// AddTemplate makes a template with the keys of its data.
func (s *Server) AddTemplate(id string, keys ...string) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.templates[id] = keys
}

func (s *Server) serveTemplate(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ToUser      string                            `json:"touser"`
		ID          string                            `json:"template_id"`
		URL         string                            `json:"url"`
		ClientMsgID string                            `json:"client_msg_id"`
		Data        map[string]struct{ Value string } `json:"data"`
	}
	if !s.read(w, r, &req) {
		return
	}
	code, msgID := 0, s.nextID.Add(1)
	s.state.Change(func() {
		keys, known := s.templates[req.ID]
		f := s.followers[req.ToUser]
		m := Sent{Way: Template, To: req.ToUser, Kind: req.ID, Data: map[string]string{}, URL: req.URL, ClientMsgID: req.ClientMsgID, At: s.now()}
		for k, v := range req.Data {
			m.Data[k] = v.Value
		}
		switch {
		case f == nil:
			code = 40003
		case !f.following:
			code = 43004
		case !known:
			code = 40037
		case !fill(keys, m.Data):
			code = 47003
		}
		if code != 0 {
			s.violated(code, req.ToUser)
			return
		}
		once := req.ToUser + " " + req.ClientMsgID
		if req.ClientMsgID != "" && m.At.Sub(s.clientIDs[once]) < 10*time.Minute {
			return // taken before
		}
		s.clientIDs[once] = m.At
		s.sent = append(s.sent, m)
	})
	if code != 0 {
		refuse(w, code)
		return
	}
	answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "msgid": msgID})
}

// fill says whether data fills a template.
func fill(keys []string, data map[string]string) bool {
	for _, k := range keys {
		v := data[k]
		if v == "" || strings.Contains(v, "\n") || strings.HasPrefix(k, "thing") && utf8.RuneCountInString(v) > 20 {
			return false
		}
	}
	return len(data) == len(keys) && !slices.Contains(keys, "")
}
