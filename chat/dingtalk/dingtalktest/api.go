package dingtalktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Endpoint is a path of one of the APIs.
type Endpoint string

// The endpoints.
const (
	Open  Endpoint = "/v1.0/gateway/connections/open"
	Token Endpoint = "/v1.0/oauth2/accessToken"
	Reply Endpoint = "/robot/sendBySession"
	Robot Endpoint = "/robot/send"
	Group Endpoint = "/v1.0/robot/groupMessages/send"
	Users Endpoint = "/v1.0/robot/oToMessages/batchSend"
	Media Endpoint = "/media/upload"
	// Download gives the address of what was sent to the robot, and Content is that
	// address, on a host of its own in the platform.
	Download Endpoint = "/v1.0/robot/messageFiles/download"
	Content  Endpoint = "/content/"

	GroupRecall Endpoint = "/v1.0/robot/groupMessages/recall"
	UsersRecall Endpoint = "/v1.0/robot/otoMessages/batchRecall"
)

// Sent is one message that was said.
type Sent struct {
	Endpoint Endpoint
	Conv     string   // of Reply and Group
	Users    []string // of Users, without those who were left out
	Robot    string   // of Robot: its name
	Kind     string   // text, markdown, file (also for sampleText, sampleMarkdown, sampleFile)
	Title    string   // of markdown
	Text     string
	At       []string // who was notified
	UUID     string   // msgUuid
	Media    string   // of a file: its media id; Title is its name
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func refuse(w http.ResponseWriter, code string) {
	answer(w, http.StatusBadRequest, map[string]string{"code": code, "message": "refused by the stand-in", "requestid": "REQ-1"})
}

func refuseOld(w http.ResponseWriter, code int) {
	answer(w, http.StatusOK, map[string]any{"errcode": code, "errmsg": "refused by the stand-in"})
}

func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(v); err != nil {
		refuse(w, "invalidParameter.param.invalid")
		return false
	}
	return true
}

func (g *Gateway) serveOpen(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ClientID      string `json:"clientId"`
		ClientSecret  string `json:"clientSecret"`
		Subscriptions []struct{ Type, Topic string }
	}
	if !decode(w, r, &req) {
		return
	}
	if req.ClientID != g.ClientID || req.ClientSecret != g.ClientSecret {
		refuse(w, "invalidClientIdOrSecret")
		return
	}
	wants := map[string]bool{}
	for _, s := range req.Subscriptions {
		wants[s.Topic] = true
	}
	if !wants[TopicMessage] || !wants[TopicEvents] {
		refuse(w, "invalidParameter.subscriptions")
		return
	}
	ticket := fmt.Sprintf("ticket-%d-%s", g.nextID.Add(1), "7724109a")
	g.state.Mu.Lock()
	g.tickets[ticket] = true
	g.state.Mu.Unlock()
	answer(w, http.StatusOK, map[string]string{"endpoint": "ws" + strings.TrimPrefix(g.URL, "http") + "/connect", "ticket": ticket})
}

func (g *Gateway) serveToken(w http.ResponseWriter, r *http.Request) {
	var req struct{ AppKey, AppSecret string }
	if !decode(w, r, &req) {
		return
	}
	if req.AppKey != g.ClientID || req.AppSecret != g.ClientSecret {
		refuse(w, "invalidClientIdOrSecret")
		return
	}
	token := fmt.Sprintf("access-token-%d", g.nextID.Add(1))
	g.state.Mu.Lock()
	g.tokens[token] = true
	g.state.Mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"accessToken": token, "expireIn": 7200})
}

func (g *Gateway) tokenGood(token string) bool {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	return g.tokens[token]
}

// robotMessage is what a reply address and a custom robot take.
type robotMessage struct {
	MsgType  string `json:"msgtype"`
	Text     text   `json:"text"`
	Markdown struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"markdown"`
	At struct {
		AtUserIDs []string `json:"atUserIds"`
	} `json:"at"`
	MsgUUID string `json:"msgUuid"`
}

const maxRobotBytes = 20_000

// robotSent reads a message to a robot's address; false if it was refused.
func robotSent(w http.ResponseWriter, r *http.Request, e Endpoint) (Sent, bool) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var m robotMessage
	if err != nil || json.Unmarshal(raw, &m) != nil {
		refuseOld(w, 40035)
		return Sent{}, false
	}
	s := Sent{Endpoint: e, Kind: m.MsgType, At: m.At.AtUserIDs, UUID: m.MsgUUID}
	switch m.MsgType {
	case "text":
		s.Text = m.Text.Content
	case "markdown":
		s.Title, s.Text = m.Markdown.Title, m.Markdown.Text
	default:
		refuseOld(w, 400105)
		return Sent{}, false
	}
	switch {
	case s.Text == "" || m.MsgType == "markdown" && s.Title == "":
		refuseOld(w, 40035)
		return Sent{}, false
	case len(raw) > maxRobotBytes:
		refuseOld(w, 460101)
		return Sent{}, false
	}
	return s, true
}

func (g *Gateway) serveReply(w http.ResponseWriter, r *http.Request) {
	conv, expires, ok := strings.Cut(r.URL.Query().Get("session"), "~")
	ms, err := strconv.ParseInt(expires, 10, 64)
	if !ok || err != nil || time.Now().UnixMilli() > ms {
		refuseOld(w, 300001)
		return
	}
	if s, ok := robotSent(w, r, Reply); ok {
		s.Conv = conv
		g.state.Change(func() { g.sent = append(g.sent, s) })
		answer(w, http.StatusOK, map[string]any{"errcode": "0", "errmsg": "ok"}) // as a string, as it also comes
	}
}

func (g *Gateway) serveRobot(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	g.state.Mu.Lock()
	rb, ok := g.robots[q.Get("access_token")]
	g.state.Mu.Unlock()
	if !ok {
		refuseOld(w, 400101)
		return
	}
	if rb.secret != "" && !signed(q.Get("timestamp"), q.Get("sign"), rb.secret) {
		refuseOld(w, 310000)
		return
	}
	s, ok := robotSent(w, r, Robot)
	if !ok {
		return
	}
	s.Robot = rb.name
	g.state.Change(func() {
		if s.UUID == "" || !g.uuids[s.UUID] {
			g.sent = append(g.sent, s)
		}
		g.uuids[s.UUID] = true
	})
	answer(w, http.StatusOK, map[string]any{"errcode": 0, "errmsg": "ok"})
}

// signed checks a custom robot's signature, written apart from the one under
// test.
func signed(timestamp, sign, secret string) bool {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.UnixMilli(ms)).Abs() > time.Hour {
		return false
	}
	got, err := base64.StdEncoding.DecodeString(sign)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s\n%s", timestamp, secret) // never fails
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

// apiMessage is what the server API takes.
type apiMessage struct {
	RobotCode          string
	OpenConversationID string
	UserIDs            []string
	MsgKey             string
	MsgParam           string
}

// apiSent reads a call of the server API; false if it was refused.
func (g *Gateway) apiSent(w http.ResponseWriter, r *http.Request, e Endpoint) (apiMessage, Sent, bool) {
	var m apiMessage
	if !g.tokenGood(r.Header.Get("x-acs-dingtalk-access-token")) {
		refuse(w, "InvalidAuthentication")
		return m, Sent{}, false
	}
	if !decode(w, r, &m) {
		return m, Sent{}, false
	}
	s := Sent{Endpoint: e}
	var param struct{ Title, Text, Content, MediaID, FileName, FileType string }
	bad := json.Unmarshal([]byte(m.MsgParam), &param) != nil
	switch m.MsgKey {
	case "sampleText":
		s.Kind, s.Text = "text", param.Content
	case "sampleMarkdown":
		s.Kind, s.Title, s.Text = "markdown", param.Title, param.Text
	case "sampleFile":
		s.Kind, s.Title, s.Media = "file", param.FileName, param.MediaID
		bad = bad || param.FileType == "" || g.Uploaded(param.MediaID) == nil
	default:
		refuse(w, "invalidParameter.msgKey.invalid")
		return m, Sent{}, false
	}
	switch {
	case m.RobotCode != g.RobotCode:
		refuse(w, "invalidParameter.robotCode.auth")
	case len(m.MsgParam) > 15_000:
		refuse(w, "invalidParameter.msgParam.tooLong")
	case bad || s.Text == "" && s.Kind != "file" || s.Kind != "text" && s.Title == "":
		refuse(w, "invalidParameter.msgParam.invalid")
	default:
		return m, s, true
	}
	return m, Sent{}, false
}

func (g *Gateway) serveGroup(w http.ResponseWriter, r *http.Request) {
	m, s, ok := g.apiSent(w, r, Group)
	if !ok {
		return
	}
	if m.OpenConversationID == "" {
		refuse(w, "invalidParameter.openConversationId.empty")
		return
	}
	s.Conv = m.OpenConversationID
	key := fmt.Sprintf("key-%d", g.nextID.Add(1))
	g.state.Change(func() {
		g.sent = append(g.sent, s)
		g.note(key, s.Conv)
	})
	answer(w, http.StatusOK, map[string]string{"processQueryKey": key})
}

func (g *Gateway) serveUsers(w http.ResponseWriter, r *http.Request) {
	m, s, ok := g.apiSent(w, r, Users)
	if !ok {
		return
	}
	if len(m.UserIDs) == 0 || len(m.UserIDs) > 20 {
		refuse(w, "invalidParameter.userIds.overMax")
		return
	}
	invalid, limited := []string{}, []string{}
	key := fmt.Sprintf("key-%d", g.nextID.Add(1))
	g.state.Change(func() {
		for _, u := range m.UserIDs {
			switch {
			case g.invalid[u]:
				invalid = append(invalid, u)
			case g.limited[u]:
				limited = append(limited, u)
			default:
				s.Users = append(s.Users, u)
			}
		}
		if len(s.Users) > 0 {
			g.sent = append(g.sent, s)
			g.note(key, "")
		}
	})
	answer(w, http.StatusOK, map[string]any{
		"processQueryKey": key, "invalidStaffIdList": invalid, "flowControlledStaffIdList": limited,
	})
}

func (g *Gateway) serveMedia(w http.ResponseWriter, r *http.Request) {
	if !g.tokenGood(r.URL.Query().Get("access_token")) {
		answer(w, http.StatusOK, map[string]any{"errcode": 88, "errmsg": "ding talk error", "sub_code": "40014", "sub_msg": "invalid access token"})
		return
	}
	file, header, err := r.FormFile("media")
	kind := r.URL.Query().Get("type")
	if err != nil || kind != "image" && kind != "file" || !strings.Contains(header.Filename, ".") {
		refuseOld(w, 40035)
		return
	}
	data, err := io.ReadAll(file)
	if err != nil {
		refuseOld(w, -1)
		return
	}
	id := fmt.Sprintf("@lADstandin%08d", g.nextID.Add(1))
	g.state.Mu.Lock()
	g.media[id] = data
	g.state.Mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"errcode": 0, "errmsg": "ok", "media_id": id, "created_at": time.Now().UnixMilli(), "type": kind})
}

// Uploaded is the file behind a media id.
func (g *Gateway) Uploaded(id string) []byte {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	return g.media[id]
}
