package webchat

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"

	"yunzhuan/chat"
)

//go:embed page
var pageFiles embed.FS

var indexPage = template.Must(template.ParseFS(pageFiles, "page/index.html"))

// contentPolicy lets the page load its own files and nothing else; no script or
// style stands in the page itself, and no text is ever read as HTML.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Handler serves the page at / and what it needs below /chat/:
//
//	POST /chat/send            {as, conv, text, id, pictures} → 200 {} once the message is durable; else {error}, in Chinese
//	POST /chat/pictures        a picture → {picture}, its hash, to be sent along
//	GET  /chat/events?as=…     event stream: message, push, now (every 15 s and after what is old)
//	GET  /chat/pictures/{hash}
//	GET  /chat/files/{hash}/{name}
//	GET  /chat/jobs            what happens by itself, and when next
//	POST /chat/jobs/{name}     fires one → 200 {} or {error}
//
// Anyone on this machine may speak as anyone, so nobody else may reach it: a
// Host other than this machine's loopback names is refused (a foreign name that
// was pointed at 127.0.0.1 included), and so is what another site's page sends.
// The server in front should listen on loopback only.
func (c *Channel) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.serveIndex)
	mux.HandleFunc("GET /chat/page/{file}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pageFiles, "page/assets/"+r.PathValue("file"))
	})
	mux.HandleFunc("POST /chat/send", c.serveSend)
	mux.HandleFunc("POST /chat/pictures", c.serveUpload)
	mux.HandleFunc("GET /chat/events", c.serveEvents)
	mux.HandleFunc("GET /chat/pictures/{hash}", c.servePicture)
	mux.HandleFunc("GET /chat/files/{hash}/{name}", c.serveFile)
	mux.HandleFunc("GET /chat/jobs", c.serveJobs)
	mux.HandleFunc("POST /chat/jobs/{name}", c.serveFire)

	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fault(w, http.StatusForbidden, "请求来自别的网站，未予受理")
	}))
	return guard(sameOrigin.Handler(mux))
}

// guard refuses foreign hosts and sets the headers that every answer has.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if !loopback(r.Host) {
			fault(w, http.StatusForbidden, "演示页面只能在本机打开：请用 http://127.0.0.1 加端口号访问")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback says whether a Host header names this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	return host == "127.0.0.1" || host == "::1" || strings.EqualFold(host, "localhost")
}

// pageConfig is what the page knows from the start.
type pageConfig struct {
	Title   string   `json:"title"`
	Notice  string   `json:"notice"`
	Now     string   `json:"now"`
	Members []Member `json:"members"`
	Groups  []Group  `json:"groups"`
	Steps   []Step   `json:"steps"`
	Hints   []string `json:"hints"`
	Quick   []quick  `json:"quick"`
	Jobs    bool     `json:"jobs"`
}

// quick is a person to speak as at one tap, as an example of a role.
type quick struct {
	Role string      `json:"role"`
	User chat.UserID `json:"user"`
}

func (c *Channel) serveIndex(w http.ResponseWriter, _ *http.Request) {
	var page bytes.Buffer
	err := indexPage.Execute(&page, pageConfig{
		Title: c.cfg.Title, Notice: c.cfg.Notice, Now: c.stamp(),
		Members: c.cfg.Members, Groups: c.cfg.Groups, Steps: c.cfg.Steps, Hints: c.cfg.Hints,
		Quick: quicks(c.cfg.Members), Jobs: c.cfg.Jobs != nil,
	})
	if err != nil {
		c.cfg.Log.Error("render web chat", "err", err)
		fault(w, http.StatusInternalServerError, "页面没有打开，请再试一次")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page.Bytes()) // the reader is gone: nothing to do
}

// quicks picks one person for each role, in the order in which the roles come:
// who has the fewest other ones, the first of these.
func quicks(members []Member) []quick {
	qs := []quick{}
	roles := map[chat.UserID]int{}
	for _, m := range members {
		roles[m.User] = len(m.Roles)
		for _, role := range m.Roles {
			i := slices.IndexFunc(qs, func(q quick) bool { return q.Role == role })
			switch {
			case i < 0:
				qs = append(qs, quick{Role: role, User: m.User})
			case len(m.Roles) < roles[qs[i].User]:
				qs[i].User = m.User
			}
		}
	}
	return qs
}

// fault answers with a line for the user.
func fault(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]string{"error": text})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader is gone: nothing to do
}
