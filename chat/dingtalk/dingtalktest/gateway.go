// Package dingtalktest is DingTalk on this machine: a stand-in for the gateway of
// the stream connection (HTTP and WebSocket) and for the server API, for tests
// and benchmarks. It speaks the wire protocol of the platform (PROTOCOLS: open,
// ticket, frames, acks, system frames, tokens, reply addresses, robots, media)
// and can be told to fail in the ways the platform and the network do.
//
// A Gateway's methods may be called from any goroutine.
package dingtalktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"yunzhuan/chat/chattest/standin"
	"yunzhuan/chat/dingtalk"
)

// Gateway is the stand-in. The credentials may be read, and must not be changed
// once something connects.
type Gateway struct {
	ClientID, ClientSecret, RobotCode string
	URL                               string // of both APIs, without a slash at the end
	Host                              string // "127.0.0.1:port"

	srv     *httptest.Server
	handler http.Handler
	nextID  atomic.Int64

	*standin.Faults[Endpoint]

	state    standin.State
	conns    []*conn // oldest first
	tickets  map[string]bool
	tokens   map[string]bool // the access tokens that are good
	sent     []Sent
	media    map[string][]byte // by media id
	files    map[string][]byte // what was sent to the robot, by download code
	contents map[string][]byte // by the end of the address that a code gave
	robots   map[string]robot  // by access token
	uuids    map[string]bool
	said     map[string]*said // by key
	invalid  map[string]bool  // accounts that do not exist
	limited  map[string]bool  // accounts that get too much
	leaving  time.Duration
}

type robot struct{ name, secret string }

// New starts a stand-in; Close ends it.
func New() *Gateway {
	g := Offline()
	g.srv = httptest.NewServer(g.handler)
	g.URL = g.srv.URL
	g.Host = strings.TrimPrefix(g.URL, "http://")
	return g
}

// Offline makes a stand-in without a socket, for what only sends: its server API
// works through Transport alone.
func Offline() *Gateway {
	g := &Gateway{
		URL: "http://127.0.0.1", Host: "127.0.0.1",
		ClientID: "dingstandin", ClientSecret: "standin-client-secret", RobotCode: "dingstandin", tickets: map[string]bool{}, tokens: map[string]bool{},
		media: map[string][]byte{}, files: map[string][]byte{}, contents: map[string][]byte{},
		robots: map[string]robot{}, uuids: map[string]bool{}, said: map[string]*said{},
		invalid: map[string]bool{}, limited: map[string]bool{}, leaving: 10 * time.Second,
	}
	g.Faults = standin.NewFaults[Endpoint](&g.state)
	mux := http.NewServeMux()
	for e, h := range map[Endpoint]http.HandlerFunc{
		Open: g.serveOpen, Token: g.serveToken, Reply: g.serveReply, Robot: g.serveRobot,
		Group: g.serveGroup, Users: g.serveUsers, Media: g.serveMedia, Download: g.serveDownload,
		GroupRecall: g.serveRecall(true), UsersRecall: g.serveRecall(false),
	} {
		mux.HandleFunc("POST "+string(e), g.Faulty(e, h))
	}
	mux.HandleFunc("GET "+string(Content), g.Faulty(Content, g.serveContent))
	mux.HandleFunc("GET /connect", g.serveConnect)
	g.handler = mux
	return g
}

// Transport serves calls in memory, on the caller's goroutine.
func (g *Gateway) Transport() http.RoundTripper { return standin.Transport{Handler: g.handler} }

// Close ends every connection and the server.
func (g *Gateway) Close() {
	g.DropConnections()
	g.srv.CloseClientConnections()
	g.srv.Close()
}

// Config is the Config of a Channel that connects to g.
func (g *Gateway) Config(log *slog.Logger) dingtalk.Config {
	return dingtalk.Config{
		ClientID: g.ClientID, ClientSecret: g.ClientSecret, RobotCode: g.RobotCode,
		APIBase: g.URL, OAPIBase: g.URL, WebhookHosts: []string{g.Host}, Log: log,
	}
}

// AddRobot makes a custom robot and returns what a Config needs to know of it. An
// empty secret means none.
func (g *Gateway) AddRobot(name, secret string) dingtalk.CustomRobot {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	token := fmt.Sprintf("robot-token-%d", g.nextID.Add(1))
	g.robots[token] = robot{name: name, secret: secret}
	return dingtalk.CustomRobot{URL: g.URL + string(Robot) + "?access_token=" + token, Secret: secret}
}

// WaitConnected blocks until exactly n connections take frames.
func (g *Gateway) WaitConnected(ctx context.Context, n int) error {
	return g.state.Wait(ctx, fmt.Sprintf("%d connections", n), func() bool { return len(g.open()) == n })
}

// Sent is what has been said so far, oldest first.
func (g *Gateway) Sent() []Sent {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	return append([]Sent(nil), g.sent...)
}

// WaitSent blocks until pred is true of what has been said, and returns it.
func (g *Gateway) WaitSent(ctx context.Context, pred func([]Sent) bool) ([]Sent, error) {
	var got []Sent
	err := g.state.Wait(ctx, "a message", func() bool {
		got = g.sent[:len(g.sent):len(g.sent)]
		return pred(got)
	})
	return got, err
}

// errNoConnection is what a push fails with when nobody is connected.
var errNoConnection = errors.New("no connection to push to")
