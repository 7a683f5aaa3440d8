package wecomtest

import (
	"fmt"
	"strings"

	"yunzhuan/chat/chattest/standin"
)

// Fault is how a call goes wrong.
type Fault = standin.Fault

// Refusal is a Fault with an error code of the platform.
func Refusal(code int) Fault {
	return Fault{Body: fmt.Sprintf(`{"errcode":%d,"errmsg":"refused by the stand-in, hint: [1234]"}`, code)}
}

// ExpireTokens makes the access tokens given out so far invalid.
func (p *Platform) ExpireTokens() {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	clear(p.tokens)
}

// NoSuchUsers makes accounts that the organisation does not have.
func (p *Platform) NoSuchUsers(ids ...string) { p.mark(p.missing, ids) }

// Unlicensed makes accounts that may not be written to for want of a licence.
func (p *Platform) Unlicensed(ids ...string) { p.mark(p.barred, ids) }

func (p *Platform) mark(set map[string]bool, ids []string) {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
}
