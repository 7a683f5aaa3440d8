package dingtalk

import (
	"net/url"
	"strings"

	"yunzhuan/chat/internal/wire"
)

// hostList is what a reply address may point at. The address comes in with the
// message, so that forged data could otherwise turn the bot on any server.
type hostList map[string]bool

// newHostList takes entries "host" (the scheme's own port) and "host:port".
func newHostList(entries []string) hostList {
	l := hostList{}
	for _, e := range entries {
		l[strings.ToLower(e)] = true
	}
	return l
}

// allows says whether addr is an absolute https address (http on loopback) of a
// listed host.
func (l hostList) allows(addr string) bool {
	u, err := url.Parse(addr)
	if err != nil || u.User != nil || u.Opaque != "" || !wire.Secure(u) {
		return false
	}
	host := strings.ToLower(u.Host)
	if u.Port() == "" || u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return l[strings.ToLower(u.Hostname())] || l[host]
	}
	return l[host]
}
