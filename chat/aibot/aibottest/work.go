package aibottest

import (
	"crypto/md5" // what an upload is checked by
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Sent is a message that arrived.
type Sent struct {
	Cmd     string   // Respond, RespondWelcome or Send
	ReqID   string   // of the callback that it answers, or of the push
	Conv    string   // the group, or the account of a direct chat
	Group   bool     //
	Type    string   // stream, text, markdown, template_card, image, file
	Text    string   // as the client gets it; of a card its title
	Buttons []Button // of a card
	TaskID  string   // of a card, for Tap
	Media   Media    // of an image or a file
}

// Button of a card.
type Button struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

// question is a callback that may be answered.
type question struct {
	conv     string
	group    bool
	answer   string          // the command that answers it; "" for none
	answered bool            // a welcome, or a message by something that is no stream
	streams  map[string]bool // ids, and whether each has ended
}

// upload is media on its way.
type upload struct {
	media  Media
	sum    string
	chunks map[int][]byte
	total  int
}

// Codes that the stand-in refuses with by itself.
const (
	codeInvalid      = 40058  // a field is not as it should be
	codeMedia        = 40007  // no such media
	codeNotInChat    = 60011  // no such conversation
	codeTooFast      = 846607 // more than the rates
	codeReqID        = 846605 // request id not valid
	codeAnswered     = 846606 // answered already
	codeNotSubscribe = 846609 // not subscribed
	codeCredentials  = 853000 // bot id or secret
)

const maxContent = 20480

// body is that of everything that says something.
type body struct {
	ChatID   string `json:"chatid"`
	ChatType int    `json:"chat_type"`
	MsgType  string `json:"msgtype"`
	Stream   struct {
		ID      string `json:"id"`
		Finish  bool   `json:"finish"`
		Content string `json:"content"`
	} `json:"stream"`
	Text     struct{ Content string } `json:"text"`
	Markdown struct{ Content string } `json:"markdown"`
	Card     struct {
		CardType  string                 `json:"card_type"`
		MainTitle struct{ Title string } `json:"main_title"`
		Buttons   []Button               `json:"button_list"`
		TaskID    string                 `json:"task_id"`
	} `json:"template_card"`
	Image struct {
		ID string `json:"media_id"`
	} `json:"image"`
	File struct {
		ID string `json:"media_id"`
	} `json:"file"`
}

// work does what a frame asks for; s.mu is held.
func (s *Server) work(c *conn, f frame) (code int, answer any) {
	if f.Cmd == Subscribe {
		return s.subscribe(c, f), nil
	}
	if s.holder != c {
		return codeNotSubscribe, nil
	}
	switch f.Cmd {
	case Ping:
		return 0, nil
	case Respond, RespondWelcome:
		return s.respond(f), nil
	case Send:
		return s.push(f), nil
	case UploadInit, UploadChunk, UploadFinish:
		return s.upload(f)
	}
	return codeInvalid, nil
}

func (s *Server) respond(f frame) int {
	q := s.asked[f.Headers.ReqID]
	if q == nil || q.answer != f.Cmd {
		return codeReqID
	}
	var b body
	if json.Unmarshal(f.Body, &b) != nil {
		return codeInvalid
	}
	if q.answered {
		return codeAnswered
	}
	if f.Cmd == Respond && b.MsgType == "stream" {
		if b.Stream.ID == "" || !b.Stream.Finish { // the bot says what it has to say at once
			return codeInvalid
		}
		if q.streams[b.Stream.ID] {
			return codeAnswered
		}
	}
	m := Sent{Cmd: f.Cmd, ReqID: f.Headers.ReqID, Conv: q.conv, Group: q.group}
	if code := s.say(b, m); code != 0 {
		return code
	}
	if b.MsgType == "stream" {
		q.streams[b.Stream.ID] = true
	} else {
		q.answered = true
	}
	return 0
}

func (s *Server) push(f frame) int {
	var b body
	if json.Unmarshal(f.Body, &b) != nil || b.MsgType == "stream" || b.MsgType == "text" {
		return codeInvalid
	}
	if b.ChatID == "" || b.ChatType != 1 && b.ChatType != 2 {
		return codeNotInChat
	}
	return s.say(b, Sent{Cmd: f.Cmd, ReqID: f.Headers.ReqID, Conv: b.ChatID, Group: b.ChatType == 2})
}

// say keeps a message if it is as it should be.
func (s *Server) say(b body, m Sent) int {
	m.Type = b.MsgType
	switch b.MsgType {
	case "stream":
		m.Text = b.Stream.Content
	case "text":
		m.Text = b.Text.Content
	case "markdown":
		m.Text = b.Markdown.Content
	case "template_card":
		m.Text, m.Buttons, m.TaskID = b.Card.MainTitle.Title, b.Card.Buttons, b.Card.TaskID
		if !s.cardGood(b) {
			return codeInvalid
		}
		s.tasks[m.TaskID] = true
	case "image", "file":
		id := b.Image.ID + b.File.ID
		m.Media = s.media[id]
		if m.Media.Kind != b.MsgType {
			return codeMedia
		}
		m.Text = "[" + b.MsgType + " " + m.Media.Name + "]"
	default:
		return codeInvalid
	}
	if m.Text == "" || len(m.Text) > maxContent {
		return codeInvalid
	}
	if !s.within(m.Conv) {
		return codeTooFast
	}
	s.sent = append(s.sent, m)
	return 0
}

func (s *Server) cardGood(b body) bool {
	keys := map[string]bool{}
	for _, bt := range b.Card.Buttons {
		if bt.Text == "" || bt.Key == "" || len(bt.Key) > 1024 || keys[bt.Key] {
			return false
		}
		keys[bt.Key] = true
	}
	id := b.Card.TaskID
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '@' {
			return false
		}
	}
	return b.Card.CardType == "button_interaction" && len(keys) >= 1 && len(keys) <= 6 && id != "" && len(id) <= 128 && !s.tasks[id]
}

// upload takes a step of an upload.
func (s *Server) upload(f frame) (int, any) {
	var b struct {
		Type     string `json:"type"`
		Filename string `json:"filename"`
		Total    int    `json:"total_chunks"`
		Size     int    `json:"total_size"`
		MD5      string `json:"md5"`
		ID       string `json:"upload_id"`
		Index    int    `json:"chunk_index"`
		Data     []byte `json:"base64_data"`
	}
	if json.Unmarshal(f.Body, &b) != nil {
		return codeInvalid, nil
	}
	if f.Cmd == UploadInit {
		if b.Total < 1 || b.Total > 100 || b.Filename == "" {
			return codeInvalid, nil
		}
		s.nextID++
		id := fmt.Sprintf("upload-%d", s.nextID)
		s.uploads[id] = &upload{media: Media{Kind: b.Type, Name: b.Filename}, sum: b.MD5, total: b.Total, chunks: map[int][]byte{}}
		return 0, map[string]string{"upload_id": id}
	}
	u := s.uploads[b.ID]
	if u == nil {
		return codeMedia, nil
	}
	if f.Cmd == UploadChunk {
		if len(b.Data) == 0 || len(b.Data) > 512<<10 || b.Index < 0 || b.Index >= u.total {
			return codeInvalid, nil
		}
		u.chunks[b.Index] = b.Data
		return 0, nil
	}
	for i := range u.total {
		u.media.Data = append(u.media.Data, u.chunks[i]...)
	}
	if sum := md5.Sum(u.media.Data); u.sum != "" && u.sum != hex.EncodeToString(sum[:]) {
		return codeInvalid, nil
	}
	s.nextID++
	id := fmt.Sprintf("media-%d", s.nextID)
	s.media[id] = u.media
	return 0, map[string]string{"type": u.media.Kind, "media_id": id, "created_at": "1790000000"}
}
