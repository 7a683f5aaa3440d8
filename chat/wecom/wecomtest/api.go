package wecomtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat/wecom"
)

// Endpoint is a path of the API.
type Endpoint string

// The endpoints.
const (
	Token         Endpoint = "/cgi-bin/gettoken"
	Send          Endpoint = "/cgi-bin/message/send"
	ChatSend      Endpoint = "/cgi-bin/appchat/send"
	ChatCreate    Endpoint = "/cgi-bin/appchat/create"
	Media         Endpoint = "/cgi-bin/media/upload"
	MediaGet      Endpoint = "/cgi-bin/media/get"
	Webhook       Endpoint = "/cgi-bin/webhook/send"
	WebhookUpload Endpoint = "/cgi-bin/webhook/upload_media"
	Departments   Endpoint = "/cgi-bin/department/list"
	Users         Endpoint = "/cgi-bin/user/list"
	Recall        Endpoint = "/cgi-bin/message/recall"
)

func (p *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+string(Token), p.Faulty(Token, p.serveToken))
	for e, h := range map[Endpoint]http.HandlerFunc{
		Send: p.serveSend, ChatSend: p.serveChatSend, ChatCreate: p.serveChatCreate, Media: p.serveMedia, Recall: p.serveRecall,
	} {
		mux.HandleFunc("POST "+string(e), p.Faulty(e, p.authorised(e, h)))
	}
	mux.HandleFunc("POST "+string(Webhook), p.Faulty(Webhook, p.serveWebhook))
	mux.HandleFunc("POST "+string(WebhookUpload), p.Faulty(WebhookUpload, p.serveWebhookUpload))
	mux.HandleFunc("GET "+string(MediaGet), p.Faulty(MediaGet, p.authorised(MediaGet, p.serveMediaGet)))
	mux.HandleFunc("GET "+string(Departments), p.Faulty(Departments, p.authorised(Departments, p.serveDepartments)))
	mux.HandleFunc("GET "+string(Users), p.Faulty(Users, p.authorised(Users, p.serveUsers)))
	return mux
}

// answer writes an answer with errcode 0 and what is given.
func (p *Platform) answer(w http.ResponseWriter, fields map[string]any) {
	all := map[string]any{"errcode": 0, "errmsg": "ok"}
	for k, v := range fields {
		all[k] = v
	}
	p.write(w, all)
}

func (p *Platform) refuse(w http.ResponseWriter, code int) {
	p.write(w, map[string]any{"errcode": code, "errmsg": "refused by the stand-in"})
}

func (p *Platform) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Date", p.clock().UTC().Format(http.TimeFormat))
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func (p *Platform) serveToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case q.Get("corpid") != p.CorpID:
		p.refuse(w, 40013)
		return
	case q.Get("corpsecret") != p.Secret:
		p.refuse(w, 40001)
		return
	}
	token := fmt.Sprintf("access-token-%d", p.nextID.Add(1))
	p.state.Mu.Lock()
	p.tokens[token] = true
	p.state.Mu.Unlock()
	p.answer(w, map[string]any{"access_token": token, "expires_in": 7200})
}

// authorised lets through calls with a good token, as many as an organisation may
// make.
func (p *Platform) authorised(e Endpoint, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.state.Mu.Lock()
		good := p.tokens[r.URL.Query().Get("access_token")]
		allowed := p.lifted || entry(p.apiRate, e).allow(p.clock(), perAPI[0].per, perAPI...)
		if !allowed {
			p.broken.API++
		}
		p.state.Mu.Unlock()
		switch {
		case !good:
			p.refuse(w, 40014)
		case !allowed:
			p.refuse(w, 45009)
		default:
			h(w, r)
		}
	}
}

// wireMessage is a message as it comes.
type wireMessage struct {
	ToUser       string          `json:"touser"`
	AgentID      json.RawMessage `json:"agentid"`
	ChatID       string          `json:"chatid"`
	MsgType      string          `json:"msgtype"`
	Text         wireText        `json:"text"`
	Markdown     wireText        `json:"markdown"`
	Image        wireMedia       `json:"image"`
	File         wireMedia       `json:"file"`
	TemplateCard wireCard        `json:"template_card"`
	TextCard     struct {
		Title, Description, URL, BtnTxt string
	} `json:"textcard"`
	EnableDuplicateCheck  int `json:"enable_duplicate_check"`
	DuplicateCheckSeconds int `json:"duplicate_check_interval"`
}

type wireText struct {
	Content       string   `json:"content"`
	MentionedList []string `json:"mentioned_list"`
}

type wireMedia struct {
	MediaID string `json:"media_id"`
	Base64  string `json:"base64"`
	MD5     string `json:"md5"`
}

type wireCard struct {
	CardType  string `json:"card_type"`
	MainTitle struct {
		Title string `json:"title"`
	} `json:"main_title"`
	SubTitleText string   `json:"sub_title_text"`
	TaskID       string   `json:"task_id"`
	ButtonList   []Button `json:"button_list"`
}

// read reads a message. Like the platform it takes JSON in UTF-8 without \u
// escapes of what needs none (40033).
func (p *Platform) read(w http.ResponseWriter, r *http.Request) (m wireMessage, ok bool) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	switch {
	case err != nil || !utf8.Valid(raw) || json.Unmarshal(raw, &m) != nil:
		p.refuse(w, 47001)
	case strings.Contains(string(raw), `\u003c`) || strings.Contains(string(raw), `\u0026`):
		p.refuse(w, 40033)
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		p.refuse(w, 43004)
	default:
		return m, true
	}
	return m, false
}

func (p *Platform) serveSend(w http.ResponseWriter, r *http.Request) {
	m, ok := p.read(w, r)
	if !ok {
		return
	}
	users := strings.Split(m.ToUser, "|")
	if m.ToUser == "" || len(users) > 1000 {
		p.refuse(w, 40003)
		return
	}
	if string(m.AgentID) != strconv.Itoa(p.AgentID) { // a number, not a string
		p.refuse(w, 40056)
		return
	}
	s, code := p.sentOf(m, true)
	if code != 0 {
		p.refuse(w, code)
		return
	}
	s.Endpoint = Send
	var invalid, barred []string
	id := fmt.Sprintf("msg-%d", p.nextID.Add(1))
	p.state.Change(func() {
		var good []string
		for _, u := range users {
			switch low := strings.ToLower(u); {
			case p.missing[low] || u == "":
				invalid = append(invalid, low)
			case p.barred[low]:
				barred = append(barred, low)
			default:
				good = append(good, u)
			}
		}
		if len(good) == 0 && len(barred) == 0 {
			code = 81013
			return
		}
		if p.duplicate(m) {
			p.broken.Duplicate++
			return
		}
		if p.tasks[s.TaskID] {
			code = 42014
			return
		}
		if s.TaskID != "" {
			p.tasks[s.TaskID] = true
		}
		for _, u := range good {
			if p.lifted || entry(p.people, strings.ToLower(u)).allow(p.clock(), perMember[1].per, perMember...) {
				s.Users = append(s.Users, u)
			} else {
				p.broken.Member++
			}
		}
		if len(s.Users) > 0 {
			p.sent = append(p.sent, s)
			p.said[id] = len(p.sent) - 1
		}
	})
	if code != 0 {
		p.refuse(w, code)
		return
	}
	p.answer(w, map[string]any{
		"invaliduser": strings.Join(invalid, "|"), "unlicenseduser": strings.Join(barred, "|"), "invalidparty": "", "invalidtag": "",
		"msgid": id,
	})
}

// duplicate says whether the duplicate check drops a message.
func (p *Platform) duplicate(m wireMessage) bool {
	if m.EnableDuplicateCheck != 1 {
		return false
	}
	seconds := m.DuplicateCheckSeconds
	if seconds == 0 {
		seconds = 1800
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers only
	}
	until, now := p.recent[string(raw)], p.clock()
	if now.Before(until) {
		return true
	}
	p.recent[string(raw)] = now.Add(secondsOf(min(seconds, 4*3600)))
	return false
}

func (p *Platform) serveChatSend(w http.ResponseWriter, r *http.Request) {
	m, ok := p.read(w, r)
	if !ok {
		return
	}
	s, code := p.sentOf(m, true)
	p.state.Change(func() {
		if code == 0 && !p.chats[m.ChatID] {
			code = 86003
		}
		if code == 0 {
			s.Endpoint, s.Chat = ChatSend, m.ChatID
			p.sent = append(p.sent, s)
		}
	})
	if code != 0 {
		p.refuse(w, code)
		return
	}
	p.answer(w, map[string]any{"msgid": fmt.Sprintf("msg-%d", p.nextID.Add(1))})
}

func (p *Platform) serveChatCreate(w http.ResponseWriter, r *http.Request) {
	var g struct {
		ChatID, Name, Owner string
		UserList            []string
	}
	if json.NewDecoder(io.LimitReader(r.Body, 4<<20)).Decode(&g) != nil {
		p.refuse(w, 47001)
		return
	}
	code := 0
	p.state.Change(func() {
		switch {
		case len(g.UserList) < 2 || len(g.UserList) > 2000:
			code = 86006
		case len(g.ChatID) > 32:
			code = 86205
		case p.chats[g.ChatID]:
			code = 86215
		default:
			p.chats[g.ChatID] = true
		}
	})
	if code != 0 {
		p.refuse(w, code)
		return
	}
	p.answer(w, map[string]any{"chatid": g.ChatID})
}

func (p *Platform) serveDepartments(w http.ResponseWriter, _ *http.Request) {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	p.answer(w, map[string]any{"department": p.depts})
}

func (p *Platform) serveUsers(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("department_id"))
	if err != nil {
		p.refuse(w, 60123)
		return
	}
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	list := []wecom.User{}
	for _, u := range p.users {
		for _, d := range u.Departments {
			if d == id {
				list = append(list, u)
			}
		}
	}
	p.answer(w, map[string]any{"userlist": list})
}
