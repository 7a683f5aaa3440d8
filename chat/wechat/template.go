package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Template is a template message (模板消息) of the account: it reaches followers who
// have not written lately. Its text is fixed but for the data, so that a message
// goes as its title and its beginning.
type Template struct {
	ID       string
	TitleKey string // of the data that takes the title, for example "thing1"; may be empty
	TextKey  string // of the data that takes the beginning of the text; may be empty
}

const (
	templatePath = "/cgi-bin/message/template/send"
	// valueMax bounds values of data that names no kind, in characters. MP names no
	// limit for them [U].
	valueMax = 100
)

// valueLimits are how many characters a kind of data takes, by what its key begins
// with (MP template messages, values of parameters).
var valueLimits = []struct {
	prefix string
	max    int
}{
	{"short_thing", 5},
	{"thing", 20},
	{"phrase", 5},
	{"character_string", 32},
}

// templateMessage is a template message (MP sendTemplateMessage).
type templateMessage struct {
	To          string                   `json:"touser"`
	ID          string                   `json:"template_id"`
	URL         string                   `json:"url,omitempty"`
	Data        map[string]templateValue `json:"data"`
	ClientMsgID string                   `json:"client_msg_id,omitempty"` // taken once in ten minutes
}

type templateValue struct {
	Value string `json:"value"`
}

// byTemplate says by template message that there is something, and what it is
// about. What is wrong with the template is not the message's fault: it waits until
// the person writes.
func (c *Channel) byTemplate(ctx context.Context, user chat.UserID, out chat.Outgoing) (chat.Receipt, *chat.SendError) {
	var got struct {
		MsgID wire.Loose `json:"msgid"`
	}
	fault := c.api.Call(ctx, templatePath, c.cfg.Template.message(user, out), &got)
	if fault == nil {
		return chat.Receipt{ID: wire.SafeCode(string(got.MsgID))}, nil
	}
	switch {
	case fault.Code == codeNotFollowing:
		c.people.left(user)
	case fault.Kind == chat.Final && fault.Code != "40003" && fault.Code != "48002" && fault.Code != "50002":
		c.log.Warn("template message refused", "error", fault)
		fault.Kind = chat.Held
	}
	return chat.Receipt{}, fault
}

func (t *Template) message(user chat.UserID, out chat.Outgoing) templateMessage {
	title, text := wire.CleanLine(out.Body.Title), wire.CleanLine(chat.Body{Blocks: out.Body.Blocks}.Caption())
	if strings.TrimSpace(title) == "" {
		title = text
	}
	if strings.TrimSpace(text) == "" {
		text = title
	}
	m := templateMessage{To: string(user), ID: t.ID, Data: map[string]templateValue{}, ClientMsgID: clientMsgID(out)}
	if t.TitleKey != "" {
		m.Data[t.TitleKey] = templateValue{cut(title, t.TitleKey)}
	}
	if t.TextKey != "" {
		m.Data[t.TextKey] = templateValue{cut(text, t.TextKey)}
	}
	for _, a := range out.Body.Actions {
		if addr := wire.LinkAddress(a.URL); addr != "" {
			m.URL = addr
			break
		}
	}
	return m
}

// clientMsgID names a message; MP bounds it nowhere [U], and a Key may be long.
func clientMsgID(out chat.Outgoing) string {
	if out.Key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(out.Key))
	return hex.EncodeToString(sum[:16])
}

// cut makes a value that the data of key takes: never empty, never too long.
func cut(value, key string) string {
	limit := valueMax
	for _, l := range valueLimits {
		if strings.HasPrefix(key, l.prefix) {
			limit = l.max
			break
		}
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "新消息"
	case utf8.RuneCountInString(value) <= limit:
		return value
	}
	return string([]rune(value)[:limit-1]) + "…"
}
