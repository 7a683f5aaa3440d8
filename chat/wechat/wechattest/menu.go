package wechattest

import "net/http"

// button is an entry of the menu.
type button struct {
	Type string   `json:"type,omitempty"`
	Name string   `json:"name"`
	Key  string   `json:"key,omitempty"`
	URL  string   `json:"url,omitempty"`
	Sub  []button `json:"sub_button"`
}

func (s *Server) serveMenuCreate(w http.ResponseWriter, r *http.Request) {
	var req struct{ Button []button }
	if !s.read(w, r, &req) {
		return
	}
	code := 0
	if n := len(req.Button); n < 1 || n > 3 {
		code = 40016
	}
	for _, b := range req.Button {
		switch {
		case b.Name == "" || len(b.Name) > 16:
			code = 40018
		case len(b.Sub) > 5:
			code = 40023
		case len(b.Key) > 128:
			code = 40019
		}
		for _, sub := range b.Sub {
			if sub.Name == "" || len(sub.Name) > 60 {
				code = 40025
			}
		}
	}
	if code == 0 {
		s.state.Change(func() { s.menu = req.Button })
	}
	refuse(w, code)
}

func (s *Server) serveMenuGet(w http.ResponseWriter, r *http.Request) {
	if !s.tokenGood(w, r) {
		return
	}
	s.state.Mu.Lock()
	menu := s.menu
	s.state.Mu.Unlock()
	if menu == nil {
		refuse(w, 46003)
		return
	}
	answer(w, map[string]any{"menu": map[string]any{"button": menu}})
}
