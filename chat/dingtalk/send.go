package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

const (
	// replyMargin is how long before its end a reply address is no longer used.
	replyMargin = 30 * time.Second
	// batchSize is how many people one call may speak to (KB 0714).
	batchSize = 20
)

// Send implements chat.Channel: by the reply address while it lasts (which alone
// can notify people), by the server API after, and by a custom robot where the
// conversation is one. A reply address that turns out to be no longer good costs
// nothing but the call.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	t := out.Target
	pc, fault := part(out)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	if name, ok := strings.CutPrefix(string(t.Conv), robotPrefix); ok {
		fault = c.sendByRobot(ctx, name, pc, out)
		return receipt("", pc.more, fault)
	}
	if c.replyUsable(t.Reply) && pc.measured.file == nil {
		gone, fault := c.sendByReply(ctx, t.Reply.Addr, pc)
		if !gone {
			return receipt("", pc.more, fault)
		}
	}
	if t.Group {
		id, fault := c.sendToGroup(ctx, t.Conv, pc)
		return receipt(id, pc.more, fault)
	}
	if t.User == "" {
		return chat.Receipt{}, wire.Final("no account to write to")
	}
	r := c.sendToUsers(ctx, []chat.UserID{t.User}, pc)[0]
	r.Receipt.More = r.Err == nil && pc.more
	return r.Receipt, r.Err
}

// BatchSize implements chat.BatchSender.
func (c *Channel) BatchSize() int { return batchSize }

// SendBatch implements chat.BatchSender.
func (c *Channel) SendBatch(ctx context.Context, outs []chat.Outgoing) []chat.SendResult {
	results := make([]chat.SendResult, 0, len(outs))
	for chunk := range slices.Chunk(outs, batchSize) {
		pc, fault := part(chunk[0])
		if fault != nil {
			for range chunk {
				results = append(results, chat.SendResult{Err: fault})
			}
			continue
		}
		users := make([]chat.UserID, len(chunk))
		for i, o := range chunk {
			users[i] = o.Target.User
		}
		for _, r := range c.sendToUsers(ctx, users, pc) {
			r.Receipt.More = r.Err == nil && pc.more
			results = append(results, r)
		}
	}
	return results
}

// Idempotent implements chat.Idempotent: a custom robot takes a message of the
// same msgUuid once.
func (c *Channel) Idempotent(out chat.Outgoing) bool {
	return out.Key != "" && strings.HasPrefix(string(out.Target.Conv), robotPrefix)
}

// piece is the wire message that is to be sent: a part of a Body.
type piece struct {
	body     chat.Body
	measured page // rendered in the dialect that it was measured by
	more     bool // further parts follow
}

func part(out chat.Outgoing) (piece, *chat.SendError) {
	all, whole := parts(out.Body)
	if out.Part < 0 || out.Part >= len(all) {
		return piece{}, wire.Final(fmt.Sprintf("no part %d of %d", out.Part, len(all)))
	}
	p := piece{body: all[out.Part], more: out.Part+1 < len(all)}
	if whole != nil {
		p.measured = *whole
	} else {
		p.measured = render(p.body, measured)
	}
	if p.measured.text == "" && p.measured.file == nil {
		return piece{}, wire.Final("nothing to say")
	}
	return p, nil
}

func receipt(id string, more bool, fault *chat.SendError) (chat.Receipt, error) {
	if fault != nil {
		return chat.Receipt{}, fault
	}
	return chat.Receipt{ID: id, More: more}, nil
}

func (c *Channel) replyUsable(r chat.ReplyToken) bool {
	return r.Addr != "" && c.clock().Add(replyMargin).Before(r.ExpiresAt) && c.hosts.allows(r.Addr)
}

// renderFor renders a piece for its way, with its pictures uploaded.
func (c *Channel) renderFor(ctx context.Context, pc piece, d dialect) (page, *chat.SendError) {
	if pc.measured.file != nil {
		return render(pc.body, d), nil
	}
	if d.mentions == measured.mentions && d.taps == measured.taps && !hasPicture(pc.body) {
		return pc.measured, nil
	}
	var fault *chat.SendError
	d.picture = func(p chat.Picture) string {
		id, f := c.upload(ctx, mediaImage, p.Name, p.Data)
		if f != nil {
			fault = f
		}
		return id
	}
	p := render(pc.body, d)
	return p, fault
}

func hasPicture(b chat.Body) bool {
	return slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool { return bl.Picture != nil })
}

// sendByReply posts to a reply address; gone says that the address is no longer
// good and nothing was said.
func (c *Channel) sendByReply(ctx context.Context, addr string, pc piece) (gone bool, fault *chat.SendError) {
	p, fault := c.renderFor(ctx, pc, dialect{mentions: true, taps: true})
	if fault != nil {
		return false, fault
	}
	_, v, fault := c.say(ctx, addr, "", p.robotMessage())
	if fault == nil {
		fault = v.confirmed()
	}
	return v.gone, fault
}

// confirmed is nil if a robot's address said that it took the message.
func (v verdict) confirmed() *chat.SendError {
	if v.yes {
		return nil
	}
	return &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer says neither yes nor no")}
}

// robotMessage is a message as a robot's address takes it (KB 0699, 0717).
type robotMessage struct {
	Type     string         `json:"msgtype"`
	Text     *robotText     `json:"text,omitempty"`
	Markdown *robotMarkdown `json:"markdown,omitempty"`
	At       *robotAt       `json:"at,omitempty"`
	UUID     string         `json:"msgUuid,omitempty"` // of a custom robot: it takes one once
}

type robotText struct {
	Content string `json:"content"`
}

type robotMarkdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type robotAt struct {
	Users []string `json:"atUserIds"`
	All   bool     `json:"isAtAll"`
}

func (p page) robotMessage() robotMessage {
	m := robotMessage{Type: "markdown", Markdown: &robotMarkdown{Title: p.title, Text: p.text}}
	if p.plain {
		m = robotMessage{Type: "text", Text: &robotText{Content: p.text}}
	}
	if len(p.mentions) > 0 {
		m.At = &robotAt{Users: p.mentions}
	}
	return m
}

// apiMessage is a piece as the server API takes it (KB 0716), with the fields that
// say where it goes.
func (c *Channel) apiMessage(ctx context.Context, pc piece, to map[string]any) (map[string]any, *chat.SendError) {
	key, param, fault := c.fileParam(ctx, pc.measured.file)
	if key == "" && fault == nil {
		key, param, fault = c.textParam(ctx, pc)
	}
	if fault != nil {
		return nil, fault
	}
	to["robotCode"], to["msgKey"], to["msgParam"] = c.cfg.RobotCode, key, string(param)
	return to, nil
}

// fileParam uploads a file; key is empty for none, and for one that the platform
// will never take: its name goes instead.
func (c *Channel) fileParam(ctx context.Context, f *chat.File) (key string, param []byte, fault *chat.SendError) {
	if f == nil {
		return "", nil, nil
	}
	id, fault := c.upload(ctx, mediaFile, f.Name, f.Data)
	if id == "" || fault != nil {
		return "", nil, fault
	}
	param, err := wire.Encode(map[string]string{"mediaId": id, "fileName": f.Name, "fileType": strings.TrimPrefix(path.Ext(f.Name), ".")})
	if err != nil {
		return "", nil, wire.Final("message not encodable")
	}
	return "sampleFile", param, nil
}

func (c *Channel) textParam(ctx context.Context, pc piece) (key string, param []byte, fault *chat.SendError) {
	p, fault := c.renderFor(ctx, pc, dialect{taps: true})
	if fault != nil {
		return "", nil, fault
	}
	param, err := p.param()
	if err != nil {
		return "", nil, wire.Final("message not encodable")
	}
	if p.plain {
		return "sampleText", param, nil
	}
	return "sampleMarkdown", param, nil
}

// apiReply is what the server API says of a message it took.
type apiReply struct {
	ProcessQueryKey string   `json:"processQueryKey"`
	Invalid         []string `json:"invalidStaffIdList"`
	FlowControlled  []string `json:"flowControlledStaffIdList"`
	Filtered        []string `json:"filteredStaffIdList"` // seen in the field: people who shut the robot out
}

// sendToGroup writes to a group (KB 0716).
func (c *Channel) sendToGroup(ctx context.Context, conv chat.ConvID, pc piece) (id string, fault *chat.SendError) {
	body, fault := c.apiMessage(ctx, pc, map[string]any{"openConversationId": conv})
	if fault != nil {
		return "", fault
	}
	got, fault := c.callAPI(ctx, c.groupCalls, "/v1.0/robot/groupMessages/send", body)
	return got.ProcessQueryKey, fault
}

// sendToUsers writes to up to batchSize people (KB 0714) and returns one result
// for each, in order.
func (c *Channel) sendToUsers(ctx context.Context, users []chat.UserID, pc piece) []chat.SendResult {
	results := make([]chat.SendResult, len(users))
	fail := func(fault *chat.SendError) []chat.SendResult {
		for i := range results {
			results[i].Err = fault
		}
		return results
	}
	body, fault := c.apiMessage(ctx, pc, map[string]any{"userIds": users})
	if fault != nil {
		return fail(fault)
	}
	got, fault := c.callAPI(ctx, c.userCalls, "/v1.0/robot/oToMessages/batchSend", body)
	if fault != nil {
		return fail(fault)
	}
	for i, u := range users {
		results[i] = got.of(string(u))
	}
	return results
}

// of is the result for one account: a call succeeds with some left out.
func (r apiReply) of(user string) chat.SendResult {
	switch {
	case slices.Contains(r.FlowControlled, user):
		return chat.SendResult{Err: &chat.SendError{Kind: chat.Limited, Code: "flowControlled", RetryAfter: rateWait, Err: errors.New("too many messages to this account")}}
	case slices.Contains(r.Invalid, user):
		return chat.SendResult{Err: &chat.SendError{Kind: chat.Final, Code: "invalidStaffId", Err: errors.New("the organisation has no such account")}}
	case slices.Contains(r.Filtered, user):
		return chat.SendResult{Err: &chat.SendError{Kind: chat.Final, Code: "filtered", Err: errors.New("the account takes no message of the robot")}}
	}
	return chat.SendResult{Receipt: chat.Receipt{ID: r.ProcessQueryKey}}
}

// callAPI makes one call that speaks.
func (c *Channel) callAPI(ctx context.Context, limit *rate.Limiter, path string, body map[string]any) (apiReply, *chat.SendError) {
	a, fault := c.callWithToken(ctx, limit, path, body)
	if fault != nil {
		return apiReply{}, fault
	}
	var got apiReply
	if json.Unmarshal(a.Body, &got) != nil || got.ProcessQueryKey == "" {
		return apiReply{}, &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer says neither yes nor no")}
	}
	return got, nil
}

// callWithToken makes one call within the API's rate, and once more with a new token
// if the platform no longer takes the old one.
func (c *Channel) callWithToken(ctx context.Context, limit *rate.Limiter, path string, body map[string]any) (answer, *chat.SendError) {
	for attempt := 0; ; attempt++ {
		token, fault := c.token(ctx)
		if fault != nil {
			return answer{}, fault
		}
		if err := limit.Wait(ctx); err != nil {
			return answer{}, &chat.SendError{Kind: chat.Temporary, Err: errors.New("stopped before the call: " + describe(err))}
		}
		a, v, fault := c.say(ctx, c.cfg.APIBase+path, token, body)
		if fault != nil && v.token {
			c.tokens.Drop(token)
			if attempt == 0 {
				continue
			}
		}
		return a, fault
	}
}
