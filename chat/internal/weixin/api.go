package weixin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// API is a platform's server API: an access token in the query, and a code in the
// body of an answer that has status 200 even when it refuses.
type API struct {
	Base   string // without a slash at its end
	HTTP   *http.Client
	Tokens *wire.Tokens
	Codes  map[string]Verdict // by errcode
}

// Verdict is what a code means for a message.
type Verdict struct {
	Kind  chat.SendKind
	Wait  time.Duration
	Token bool // the access token is no longer good
}

// Waits after a limit.
const (
	ShortWait  = time.Second
	MinuteWait = time.Minute
	HourWait   = time.Hour
)

// CommonCodes are the codes that mean the same on both platforms (WW 90455, MP
// return codes), with those of one platform beside them.
func CommonCodes(own map[string]Verdict) map[string]Verdict {
	codes := map[string]Verdict{
		"-1":    {Kind: chat.Temporary}, // busy
		"40001": {Kind: chat.Temporary, Wait: MinuteWait, Token: true},
		"40014": {Kind: chat.Temporary, Wait: MinuteWait, Token: true},
		"42001": {Kind: chat.Temporary, Wait: MinuteWait, Token: true},
		"45009": {Kind: chat.Limited, Wait: MinuteWait}, // calls of the minute, hour or day
		"45011": {Kind: chat.Limited, Wait: MinuteWait}, // calls of the minute
		"45033": {Kind: chat.Limited, Wait: ShortWait},  // calls at once
	}
	maps.Copy(codes, own)
	return codes
}

// status is the part of an answer by which it says how it went.
type status struct {
	ErrCode wire.Loose `json:"errcode"`
}

// Judge says what an answer means: nil for success; said is true where the answer
// says so itself and does not only lack a refusal. A code that is not known is
// Final: retrying would hold up a conversation for hours, and the office sees the
// failed message.
func (a *API) Judge(ans wire.Answer) (fault *chat.SendError, v Verdict, said bool) {
	var s status
	readable := json.Unmarshal(ans.Body, &s) == nil && strings.HasPrefix(strings.TrimSpace(string(ans.Body)), "{")
	code := string(s.ErrCode)
	known, ok := a.Codes[code]
	switch {
	case readable && code != "" && code != "0" && ok:
		v = known
	case readable && code != "" && code != "0":
		v = Verdict{Kind: chat.Final}
	case ans.Status == http.StatusTooManyRequests:
		v = Verdict{Kind: chat.Limited, Wait: wire.RetryAfter(ans.Header, MinuteWait)}
	case ans.Status >= 500:
		v = Verdict{Kind: chat.Unknown} // a gateway may have passed the message on
	case ans.Status >= 300:
		v = Verdict{Kind: chat.Final}
	case !readable:
		v = Verdict{Kind: chat.Unknown}
	default:
		return nil, Verdict{}, code == "0"
	}
	// The platform's own text may repeat the message or the token.
	return &chat.SendError{Kind: v.Kind, Code: wire.SafeCode(code), RetryAfter: v.Wait, Err: fmt.Errorf("status %d", ans.Status)}, v, false
}

// Call makes a call that says something in a chat, and once more with a new token
// if the platform no longer takes the old one. An answer that says neither yes nor
// no is Unknown.
func (a *API) Call(ctx context.Context, path string, body, result any) *chat.SendError {
	said, fault := a.call(ctx, path, body, result)
	if fault == nil && !said {
		fault = &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer says neither yes nor no")}
	}
	return fault
}

// Ask makes a call that says nothing in any chat: whatever fails may be tried
// again. Without a body it is a GET.
func (a *API) Ask(ctx context.Context, path string, body, result any) *chat.SendError {
	_, fault := a.call(ctx, path, body, result)
	return repeatable(fault)
}

// repeatable makes Temporary what would be Unknown, were anything said in a chat.
func repeatable(fault *chat.SendError) *chat.SendError {
	if fault != nil && fault.Kind == chat.Unknown {
		fault.Kind = chat.Temporary
	}
	return fault
}

// Upload brings data to the platform as the form field media.
func (a *API) Upload(ctx context.Context, path, name string, data []byte, result any) *chat.SendError {
	_, fault := a.withToken(ctx, path, func(addr string) (wire.Request, error) { return wire.Upload(addr, name, data) }, result)
	return repeatable(fault)
}

func (a *API) call(ctx context.Context, path string, body, result any) (said bool, fault *chat.SendError) {
	return a.withToken(ctx, path, func(addr string) (wire.Request, error) {
		if body == nil {
			return wire.Request{Addr: addr}, nil
		}
		raw, err := wire.Encode(body)
		return wire.Request{Addr: addr, ContentType: "application/json; charset=utf-8", Body: raw}, err
	}, result)
}

func (a *API) withToken(ctx context.Context, path string, request func(addr string) (wire.Request, error), result any) (said bool, fault *chat.SendError) {
	for attempt := 0; ; attempt++ {
		token, fault := a.Tokens.Get(ctx)
		if fault != nil {
			return false, fault
		}
		r, err := request(a.Base + path + query(path) + "access_token=" + url.QueryEscape(token))
		if err != nil {
			return false, wire.Final("message not encodable")
		}
		_, v, said, fault := a.Do(ctx, r, result)
		if fault != nil && v.Token {
			a.Tokens.Drop(token)
			if attempt == 0 {
				continue
			}
		}
		return said, fault
	}
}

func query(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

// Do makes one call as it is and reads the answer into result, if there is one.
func (a *API) Do(ctx context.Context, r wire.Request, result any) (wire.Answer, Verdict, bool, *chat.SendError) {
	ans, fault := wire.Do(ctx, a.HTTP, r)
	if fault != nil {
		return ans, Verdict{}, false, fault
	}
	fault, v, said := a.Judge(ans)
	if fault == nil && result != nil && json.Unmarshal(ans.Body, result) != nil {
		fault = &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer is not readable")}
	}
	return ans, v, said, fault
}
