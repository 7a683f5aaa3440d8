package dingtalk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// answer is what the platform said to a call.
type answer = wire.Answer

// reply holds the fields by which an answer of either of the platform's two
// generations of APIs says how it went. A refusal often comes with status 200.
type reply struct {
	ErrCode   wire.Loose `json:"errcode"` // old: number, or the string "0"
	SubCode   wire.Loose `json:"sub_code"`
	Code      wire.Loose `json:"code"` // new
	RequestID string     `json:"requestid"`
	Status    wire.Loose `json:"status"` // 1111: this machine is shut out
	Wait      wire.Loose `json:"wait"`   // minutes
	Punish    string     `json:"punish"`
}

// verdict is what a code means for a message.
type verdict struct {
	kind  chat.SendKind
	wait  time.Duration
	token bool // the access token is no longer good
	gone  bool // the reply address is no longer good
	ban   bool // every call of this machine is refused
	yes   bool // the answer says, as a robot's address does, that the message was taken
}

const (
	shortWait = time.Second // a limit by the second
	rateWait  = time.Minute // a limit by the minute
	quotaWait = time.Hour   // a limit by the month
	banWait   = 5 * time.Minute
	tokenWait = time.Minute
)

// oldCodes are the codes of robots and of the old API (KB 0717, 0012, 1433; seen
// in the field: 130101, 300001, 300005, 660026, 90030, 460101).
var oldCodes = map[string]verdict{
	"-1":     {kind: chat.Temporary},                               // busy
	"88":     {kind: chat.Temporary, wait: tokenWait, token: true}, // its sub_code says more, if known
	"40014":  {kind: chat.Temporary, wait: tokenWait, token: true}, // access token not valid
	"42001":  {kind: chat.Temporary, wait: tokenWait, token: true}, // access token expired
	"90002":  {kind: chat.Limited, wait: shortWait},                // calls a second, all
	"90018":  {kind: chat.Limited, wait: shortWait},                // calls a second, of this app
	"90020":  {kind: chat.Limited, wait: quotaWait},                // calls of the month
	"90030":  {kind: chat.Limited, wait: rateWait},                 // webhook over its limit
	"130101": {kind: chat.Limited, wait: rateWait},                 // more than 20 a minute
	"410100": {kind: chat.Limited, wait: rateWait},                 // too fast
	"660026": {kind: chat.Limited, wait: rateWait},                 // too many a minute
	"40035":  {kind: chat.Final},                                   // parameters
	"43004":  {kind: chat.Final},                                   // content type
	"300001": {kind: chat.Final, gone: true},                       // session or token does not exist
	"300005": {kind: chat.Final, gone: true},                       // token does not exist
	"310000": {kind: chat.Final},                                   // keyword, timestamp, sign or address
	"400013": {kind: chat.Final},                                   // group dissolved
	"400101": {kind: chat.Final, gone: true},                       // token does not exist
	"400102": {kind: chat.Final},                                   // robot disabled
	"400105": {kind: chat.Final},                                   // message type
	"400106": {kind: chat.Final},                                   // robot not in the group
	"430101": {kind: chat.Final},                                   // content: link
	"430102": {kind: chat.Final},                                   // content: text
	"430103": {kind: chat.Final},                                   // content: picture
	"430104": {kind: chat.Final},                                   // content
	"460101": {kind: chat.Final},                                   // too long
}

// newCodes are codes of the server API, by what they begin with; the longest
// match counts (KB 0714, 0716, 0033, 1433).
var newCodes = map[string]verdict{
	"InvalidAuthentication":       {kind: chat.Temporary, wait: tokenWait, token: true},
	"invalidParameter.token":      {kind: chat.Temporary, wait: tokenWait, token: true},
	"invalidClientIdOrSecret":     {kind: chat.Temporary, wait: banWait},
	"Forbidden.AccessDenied":      {kind: chat.Final}, // a permission is missing
	"Forbidden.AccessDenied.Qps":  {kind: chat.Limited, wait: shortWait},
	"Forbidden.AccessDenied.Api":  {kind: chat.Limited, wait: quotaWait}, // ApiCountLimitForOrg
	"Forbidden.AccessDenied.IpNo": {kind: chat.Final},                    // not on the list of addresses
	"Throttling":                  {kind: chat.Limited, wait: shortWait},
	"send.too.fast":               {kind: chat.Limited, wait: rateWait},
	"too.many.people":             {kind: chat.Limited, wait: rateWait},
	"too.many.group":              {kind: chat.Limited, wait: rateWait},
	"invalidParameter":            {kind: chat.Final},
	"robot.oto.notExist":          {kind: chat.Final},
	"staffId.notExisted":          {kind: chat.Final},
	"chatbotId.notAllow.sendOTO":  {kind: chat.Final},
	"group.disbanded":             {kind: chat.Final},
	"bot.stopped":                 {kind: chat.Final},
}

// judge says what an answer means: nil for success. What the refused call would
// have said has not been said when the platform gives a code, be it one that is
// not known here: unknown codes are Final, because retrying them would hold up a
// conversation for hours, and are shown to the office with the failed message.
//
// An answer without a code is judged by its status. 500, 502, 503 and 504 may
// come from a gateway that has passed the message on, and no call but a custom
// robot's has a duplicate check: the outcome is Unknown, and nothing is said
// twice.
func judge(a answer) (*chat.SendError, verdict) {
	var r reply
	readable := json.Unmarshal(a.Body, &r) == nil
	page := bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<"))
	code, v, ok := r.verdict()
	switch {
	case ok:
	case page && (a.Status == http.StatusOK || a.Status == http.StatusForbidden):
		// What a machine gets that is shut out, instead of an answer (KB 1433).
		v = verdict{kind: chat.Limited, wait: banWait, ban: true}
	case !readable && a.Status == http.StatusOK:
		v = verdict{kind: chat.Unknown}
	case a.Status == http.StatusTooManyRequests:
		v = verdict{kind: chat.Limited, wait: wire.RetryAfter(a.Header, rateWait)}
	case a.Status >= 500:
		v = verdict{kind: chat.Unknown}
	case a.Status == http.StatusUnauthorized:
		v = verdict{kind: chat.Temporary, wait: tokenWait, token: true, gone: true}
	case a.Status == http.StatusRequestTimeout:
		v = verdict{kind: chat.Temporary}
	case a.Status >= 300: // redirects are not followed
		v = verdict{kind: chat.Final, gone: a.Status == http.StatusNotFound || a.Status == http.StatusGone || a.Status == http.StatusBadRequest}
	case code != "" && code != "0":
		v = verdict{kind: chat.Final}
	default:
		return nil, verdict{yes: r.ErrCode == "0"}
	}
	return &chat.SendError{Kind: v.kind, Code: code, RetryAfter: v.wait, Err: refusal(a.Status, r)}, v
}

// verdict finds the code of a reply and what it means; ok is false where that is
// not known.
func (r reply) verdict() (code string, v verdict, ok bool) {
	if r.Status == "1111" || r.Punish == "deny" {
		wait := banWait
		if n, err := strconv.Atoi(string(r.Wait)); err == nil && n > 0 && n <= 60 {
			wait = time.Duration(n) * time.Minute
		}
		return "1111", verdict{kind: chat.Limited, wait: wait, ban: true}, true
	}
	if r.ErrCode != "" && r.ErrCode != "0" {
		code = string(r.ErrCode)
		v, ok = oldCodes[code]
		if code == "88" && r.SubCode != "" {
			code = "88/" + string(r.SubCode)
			if sub, known := oldCodes[string(r.SubCode)]; known {
				v = sub
			}
		}
		return wire.SafeCode(code), v, ok
	}
	if r.Code == "" {
		return "", verdict{}, false
	}
	code = string(r.Code)
	longest := -1
	for prefix, candidate := range newCodes {
		if strings.HasPrefix(code, prefix) && len(prefix) > longest {
			longest, v, ok = len(prefix), candidate, true
		}
	}
	return wire.SafeCode(code), v, ok
}

// refusal is the log's word on a refused call. The platform's own message stays
// out of it: it may repeat the text or the token.
func refusal(status int, r reply) error {
	if wire.PlainCode(r.RequestID) {
		return fmt.Errorf("status %d, request %s", status, r.RequestID)
	}
	return fmt.Errorf("status %d", status)
}
