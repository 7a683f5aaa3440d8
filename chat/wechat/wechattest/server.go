// Package wechattest is the WeChat platform on this machine, for tests: the server
// API of an official account (tokens, customer and template messages, codes, media,
// the menu) and the other side of its callbacks, which it brings signed and
// encrypted as the platform does.
//
// A Server keeps the platform's own rules: how many customer messages a follower's
// message or tap opens, and for how long; who follows; how long a text may be; what
// a token is good for. Whatever breaks a rule is refused with the platform's code
// and counted (Violations), so that a test can show that nothing did. Its clock can
// be set, and everything works without a socket: a Server is an http.Handler, and
// callbacks can be brought to an http.Handler.
//
//	s := wechattest.New()           // listens; Close ends it
//	c, err := wechat.New(s.Config(log))
//	s.To(c)                         // callbacks go there
//	answer, err := s.Say(ctx, "oZhang", "/帮助")
//	for _, m := range s.Sent() { … }
//
// Encryption and signatures come from a public SDK and not from the code under
// test. A Server's methods may be called from any goroutine.
package wechattest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"yunzhuan/chat/chattest/standin"
	"yunzhuan/chat/wechat"
)

// Mode is how callbacks are brought.
type Mode string

// The modes of an account's settings.
const (
	Safe       Mode = "安全模式" // encrypted
	Compatible Mode = "兼容模式" // encrypted, with the plain text beside it
	Plain      Mode = "明文模式"
)

// Server is the stand-in. Its exported fields may be changed before anything is
// called, and only read after.
type Server struct {
	AppID, AppSecret, Token, AESKey string
	Account                         string // the account's own id (gh_…), which callbacks are addressed to
	URL                             string // of the API, without a slash at the end
	Mode                            Mode   // default: Safe
	JSON                            bool   // callbacks are JSON, not XML

	srv    *httptest.Server
	mux    *http.ServeMux
	nextID atomic.Int64

	*standin.Faults[Endpoint]

	state      standin.State
	clock      func() time.Time
	target     func(*http.Request) (*http.Response, error)
	base       string // of callbacks
	token      token
	followers  map[string]*follower
	sent       []Sent
	media      map[string][]byte
	codes      map[string]code // by address
	templates  map[string][]string
	clientIDs  map[string]time.Time
	menu       []button
	violations []string
}

// New makes a stand-in that listens on this machine; Close ends it.
func New() *Server {
	s := NewOffline()
	s.srv = httptest.NewServer(s)
	s.URL = s.srv.URL
	return s
}

// NewOffline makes a stand-in without a socket: the API is reached by calling the
// Server as an http.Handler, or through Client.
func NewOffline() *Server {
	s := &Server{
		AppID: "wxstandin00000001", AppSecret: "standin-app-secret", Token: "standintoken",
		AESKey: "standinKEYstandinKEYstandinKEYstandinKEY123", Account: "gh_standin", Mode: Safe,
		URL: "https://api.weixin.invalid", clock: time.Now,
		followers: map[string]*follower{},
		media:     map[string][]byte{}, codes: map[string]code{}, templates: map[string][]string{}, clientIDs: map[string]time.Time{},
	}
	s.Faults = standin.NewFaults[Endpoint](&s.state)
	s.mux = http.NewServeMux()
	for e, h := range map[Endpoint]http.HandlerFunc{
		StableToken: s.serveToken, CustomSend: s.serveCustom, TemplateSend: s.serveTemplate,
		QRCode: s.serveQRCode, MediaUpload: s.serveMedia, MenuCreate: s.serveMenuCreate,
	} {
		s.mux.HandleFunc("POST "+string(e), s.Faulty(e, h))
	}
	s.mux.HandleFunc("GET "+string(MediaGet), s.Faulty(MediaGet, s.serveMediaGet))
	s.mux.HandleFunc("GET "+string(MenuGet), s.Faulty(MenuGet, s.serveMenuGet))
	return s
}

// Close ends the server, if it listens.
func (s *Server) Close() {
	if s.srv != nil {
		s.srv.CloseClientConnections()
		s.srv.Close()
	}
}

// ServeHTTP is the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Client is an HTTP client whose every request is answered by the API, in memory.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: standin.Transport{Handler: s}}
}

// Config is the Config of a Channel of this account. It has no template, and the
// real clock.
func (s *Server) Config(log *slog.Logger) wechat.Config {
	cfg := wechat.Config{AppID: s.AppID, AppSecret: s.AppSecret, Token: s.Token, EncodingAESKey: s.AESKey, APIBase: s.URL, Log: log}
	if s.Mode == Plain {
		cfg.EncodingAESKey, cfg.Plaintext = "", true
	}
	if s.srv == nil {
		cfg.HTTP = s.Client()
	}
	return cfg
}

// SetClock sets the clock by which quotas, tokens, codes and callbacks are timed.
func (s *Server) SetClock(clock func() time.Time) {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	s.clock = clock
}

// now is the time by the clock; s.mu is held.
func (s *Server) now() time.Time { return s.clock() }

// Now is the time by the clock.
func (s *Server) Now() time.Time {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return s.now()
}

// id is a new number with a prefix.
func (s *Server) id(prefix string) string { return fmt.Sprintf("%s%d", prefix, s.nextID.Add(1)) }

// Sent is what has been said so far, oldest first, by whichever way.
func (s *Server) Sent() []Sent {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// WaitSent blocks until n messages have been said.
func (s *Server) WaitSent(ctx context.Context, n int) error {
	return s.state.Wait(ctx, fmt.Sprintf("%d messages", n), func() bool { return len(s.sent) >= n })
}

// Violations lists what broke a rule of the platform, as "code openid": customer
// messages beyond what was open, texts that were too long, answers that were junk.
// Faults that a test ordered are none.
func (s *Server) Violations() []string {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return append([]string(nil), s.violations...)
}
