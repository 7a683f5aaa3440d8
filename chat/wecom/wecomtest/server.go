// Package wecomtest is WeCom on this machine: a stand-in for the server API of an
// application, its groups and webhooks, and for the side that brings callbacks. It
// keeps the platform's rules (sizes, rates, unknown accounts, duplicate checks),
// counts where they were broken, and can be told to fail in the ways the platform
// and the network do.
//
//	p := wecomtest.New()
//	defer p.Close()
//	ch, err := wecom.New(p.Config(log))
//	go ch.Run(ctx, sink)
//	answer, err := p.Callbacks(ch).Say(ctx, "zhangsan", "/帮助")
//	for _, s := range p.SentTo("zhangsan") { … s.Text … }
//
// For simulated time, Offline makes a stand-in without a socket: its Config brings
// an http.Client whose calls are served in memory, by the clock that is given.
package wecomtest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"yunzhuan/chat/chattest/standin"
	"yunzhuan/chat/wecom"
)

// Platform is the stand-in. Its credentials may be read, and must not be changed
// once something calls. Its methods may be called from any goroutine.
type Platform struct {
	CorpID, Secret        string
	AgentID               int
	Token, EncodingAESKey string
	URL                   string // of the API, without a slash at the end

	clock   func() time.Time
	handler http.Handler
	srv     *httptest.Server // nil offline
	nextID  atomic.Int64

	*standin.Faults[Endpoint]

	state    standin.State
	tokens   map[string]bool
	sent     []Sent
	media    map[string]Upload
	chats    map[string]bool
	hooks    map[string]string // name by key
	missing  map[string]bool   // accounts that do not exist, in lower case
	barred   map[string]bool   // accounts without licence, in lower case
	people   map[string]*rate  // what was sent to each, in lower case
	hookRate map[string]*rate
	apiRate  map[Endpoint]*rate
	recent   map[string]time.Time // what the duplicate check has seen
	tasks    map[string]bool
	said     map[string]int // where in sent a message of the application is, by msgid
	gone     []int          // of those, what was taken back
	broken   Violations
	lifted   bool // no rates
	depts    []wecom.Department
	users    []wecom.User
}

// Violations counts how often a rule of the platform was broken.
type Violations struct {
	Member    int // messages to one member beyond 30 a minute or 1000 an hour: dropped without a word
	Webhook   int // messages by one webhook beyond 20 a minute: refused
	API       int // calls of one API beyond 10 000 a minute: refused
	Cut       int // texts of more than 2048 bytes, of which the rest was cut off
	Duplicate int // messages that the duplicate check dropped
}

// New starts a stand-in that listens on loopback; Close ends it.
func New() *Platform {
	p := newPlatform(time.Now)
	p.srv = httptest.NewServer(p.handler)
	p.URL = p.srv.URL
	return p
}

// Offline makes a stand-in without a socket, which lives by the given clock. Its
// URL works through Transport alone.
func Offline(clock func() time.Time) *Platform {
	p := newPlatform(clock)
	p.URL = "http://127.0.0.1"
	return p
}

func newPlatform(clock func() time.Time) *Platform {
	p := &Platform{
		CorpID: "wwstandin", Secret: "standin-secret", AgentID: 1000002,
		Token: "standinToken", EncodingAESKey: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
		clock:  clock,
		tokens: map[string]bool{}, media: map[string]Upload{},
		chats: map[string]bool{}, hooks: map[string]string{}, missing: map[string]bool{}, barred: map[string]bool{},
		people: map[string]*rate{}, hookRate: map[string]*rate{}, apiRate: map[Endpoint]*rate{},
		recent: map[string]time.Time{}, tasks: map[string]bool{}, said: map[string]int{},
	}
	p.Faults = standin.NewFaults[Endpoint](&p.state)
	p.handler = p.routes()
	return p
}

// Close ends the server.
func (p *Platform) Close() {
	if p.srv != nil {
		p.srv.CloseClientConnections()
		p.srv.Close()
	}
}

// Handler is the API as an http.Handler.
func (p *Platform) Handler() http.Handler { return p.handler }

// Transport serves calls in memory, without a socket and on the caller's
// goroutine.
func (p *Platform) Transport() http.RoundTripper { return standin.Transport{Handler: p.handler} }

// Config is the Config of a Channel of this platform. Webhooks are added by the
// caller (AddWebhook).
func (p *Platform) Config(log *slog.Logger) wecom.Config {
	cfg := wecom.Config{
		CorpID: p.CorpID, AgentID: p.AgentID, Secret: p.Secret, Token: p.Token, EncodingAESKey: p.EncodingAESKey,
		APIBase: p.URL, Log: log, Clock: p.clock, Webhooks: map[string]string{},
	}
	if p.srv == nil {
		cfg.HTTP = &http.Client{Transport: p.Transport()}
	}
	return cfg
}

// AddWebhook makes a group's webhook and returns its address.
func (p *Platform) AddWebhook(name string) string {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	key := fmt.Sprintf("webhook-key-%d", p.nextID.Add(1))
	p.hooks[key] = name
	return p.URL + string(Webhook) + "?key=" + key
}

// AddChat makes a group of the application, as appchat/create does.
func (p *Platform) AddChat(id string) {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	p.chats[id] = true
}

// SetContacts sets what department/list and user/list say.
func (p *Platform) SetContacts(departments []wecom.Department, users []wecom.User) {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	p.depts, p.users = departments, users
}

// LiftLimits switches the rates off, for tests that are about something else.
func (p *Platform) LiftLimits() {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	p.lifted = true
}

// Violations is how often rules were broken so far.
func (p *Platform) Violations() Violations {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	return p.broken
}
