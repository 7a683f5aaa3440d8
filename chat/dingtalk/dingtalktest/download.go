package dingtalktest

import (
	"fmt"
	"net/http"
	"strings"
)

// Attach keeps what somebody is about to send to the robot and returns its
// download code.
func (g *Gateway) Attach(data []byte) (code string) {
	code = fmt.Sprintf("mIofN681YE3f/%d+standin==", g.nextID.Add(1))
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	g.files[code] = data
	return code
}

// ExpireCodes makes the download codes given out so far invalid.
func (g *Gateway) ExpireCodes() {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	clear(g.files)
}

func (g *Gateway) serveDownload(w http.ResponseWriter, r *http.Request) {
	if !g.tokenGood(r.Header.Get("x-acs-dingtalk-access-token")) {
		refuse(w, "InvalidAuthentication")
		return
	}
	var req struct{ DownloadCode, RobotCode string }
	if !decode(w, r, &req) {
		return
	}
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	data, ok := g.files[req.DownloadCode]
	switch {
	case req.RobotCode != g.RobotCode:
		refuse(w, "invalidParameter.robotCode.auth")
	case !ok:
		refuse(w, "invalidParameter.downloadCode.expired")
	default:
		id := fmt.Sprint(g.nextID.Add(1))
		g.contents[id] = data
		answer(w, http.StatusOK, map[string]string{"downloadUrl": g.URL + string(Content) + id + "?Signature=standin"})
	}
}

func (g *Gateway) serveContent(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, string(Content))
	g.state.Mu.Lock()
	data, ok := g.contents[id]
	g.state.Mu.Unlock()
	switch {
	case r.Header.Get("x-acs-dingtalk-access-token") != "" || strings.Contains(r.URL.RawQuery, "access_token"):
		http.Error(w, "a token went to a foreign host", http.StatusTeapot)
	case !ok:
		http.Error(w, "<Error>AccessDenied</Error>", http.StatusForbidden)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data) // the client may be gone
	}
}
