package aibot

import (
	"errors"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// verdict is what a code means for a message.
type verdict struct {
	kind chat.SendKind
	wait time.Duration
	gone bool // the callback can be answered no more, and this answer was not taken
	lost bool // the connection counts for nothing with the platform
}

const rateWait = time.Minute // the limits are by the minute and by the hour

// codes are what the platform refuses with.
var codes = map[string]verdict{
	"-1":     {kind: chat.Temporary},                             // busy (WW 90455)
	"6000":   {kind: chat.Temporary},                             // two at once changed the same (WW 90455)
	"40001":  {kind: chat.Temporary, wait: rateWait},             // secret (WW 90455): whoever runs the bot mends it
	"40201":  {kind: chat.Final},                                 // the content looks like spam (field)
	"45009":  {kind: chat.Limited, wait: rateWait},               // over the rate (WW 90455)
	"45033":  {kind: chat.Limited, wait: rateWait},               // too many at once (WW 90455)
	"846604": {kind: chat.Final, gone: true},                     // the time to answer is over (field)
	"846605": {kind: chat.Final, gone: true},                     // request id not valid: of an event, or forgotten (field)
	"846606": {kind: chat.Final, gone: true},                     // answered already (field)
	"846607": {kind: chat.Limited, wait: rateWait},               // over the rate of the conversation (field)
	"846608": {kind: chat.Final, gone: true},                     // the stream is too old (WW 101463)
	"846609": {kind: chat.Temporary, lost: true},                 // not subscribed (field)
	"853000": {kind: chat.Temporary, wait: rateWait, lost: true}, // bot id or secret (field)
}

// judge says what an answer's code means: nil for success. What a refused frame
// would have said has not been said. A code that is not known here is Final:
// retrying it would hold up a conversation for hours.
func judge(code wire.Loose) (*chat.SendError, verdict) {
	if code == "0" {
		return nil, verdict{}
	}
	if code == "" {
		return &chat.SendError{Kind: chat.Unknown, Err: errors.New("the answer says neither yes nor no")}, verdict{}
	}
	v, known := codes[string(code)]
	if !known {
		v = verdict{kind: chat.Final}
	}
	// The platform's own message stays out: it may repeat what was sent.
	return &chat.SendError{Kind: v.kind, Code: wire.SafeCode(string(code)), RetryAfter: v.wait, Err: errRefused}, v
}

var (
	errRefused = errors.New("refused by the platform")
	errNotOpen = errors.New("not connected")
	errDropped = errors.New("connection lost before the answer")
	errNoAck   = errors.New("no answer in time")
	errKicked  = errors.New(kickedText)
)

// kickedText is what the status says after a newer connection took over.
const kickedText = "another connection of this robot has taken over"

// subscribeError is a refused subscription.
type subscribeError struct{ code string }

func (e *subscribeError) Error() string { return "subscription refused with code " + e.code }

// badCredentials says whether opening failed for what no quick retry mends: any
// refusal that is not a passing one.
func badCredentials(err error) bool {
	var refused *subscribeError
	if !errors.As(err, &refused) {
		return false
	}
	switch codes[refused.code].kind {
	case chat.Limited:
		return false
	case chat.Temporary:
		return codes[refused.code].wait > 0
	}
	return true
}

// describe is wire.Describe with the words for what is known here.
func describe(err error) string {
	var refused *subscribeError
	if errors.As(err, &refused) {
		return refused.Error()
	}
	for _, known := range []error{errNoAck, errDropped, errKicked} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return wire.Describe(err)
}
