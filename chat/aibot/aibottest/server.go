// Package aibottest is WeCom's smart robot on this machine: a stand-in for the
// platform's end of the long connection, for tests. It speaks the wire protocol
// (subscription, pings, callbacks, answers, pushes, media in pieces), keeps the
// rules of the platform that a bot can run into, and can be told to fail in the
// ways the platform and the network do.
//
// A day of a robot goes like this:
//
//	s := aibottest.New()
//	defer s.Close()
//	ch, err := aibot.New(s.Config(log))
//	go ch.Run(ctx, engine)
//	err = s.WaitConnected(ctx)
//	_, err = s.Say(ctx, aibottest.Callback{User: "zhangsan", Text: "/帮助"})
//	got, err := s.WaitSent(ctx, func(all []aibottest.Sent) bool { return len(all) > 0 })
//
// The rules: one connection is the robot's, and a newer one gets the older one
// kicked. A message can be answered with streams, each with an id of its own, for
// as long as the server lives; an entry (Enter) with one welcome; a tap (Tap)
// with nothing. Contents have at most 20480 bytes, cards at most six buttons and a
// task id that was not there before. Rates are not limited.
//
// A Server's methods may be called from any goroutine.
package aibottest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"yunzhuan/chat/aibot"
	"yunzhuan/chat/chattest/standin"
)

// Server is the stand-in. The credentials may be read, and must not be changed
// once something connects.
type Server struct {
	BotID, Secret string
	URL           string // ws://127.0.0.1:port

	srv *httptest.Server

	state    standin.State
	conns    []*conn // that are open, oldest first
	holder   *conn   // the one that is subscribed
	subs     int     // subscriptions so far
	nextID   int
	asked    map[string]*question // by request id
	tasks    map[string]bool      // ids of cards
	uploads  map[string]*upload   // by upload id
	media    map[string]Media     // by media id
	faults   map[string][]Fault   // by command
	received map[string]int       // frames by command
	sent     []Sent
	said     map[string][]time.Time // by conversation

	violations int
	offline    *standin.Listener // nil: it listens on loopback
}

// Media is what was uploaded.
type Media struct {
	Kind, Name string
	Data       []byte
}

// New starts a stand-in; Close ends it.
func New() *Server {
	s := newServer()
	s.srv = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = "ws" + strings.TrimPrefix(s.srv.URL, "http")
	return s
}

// Offline starts a stand-in without a socket: a Channel of its Config reaches it
// within the process. Close ends it.
func Offline() *Server {
	s := newServer()
	s.offline = standin.Listen()
	s.srv = &httptest.Server{Listener: s.offline, Config: &http.Server{Handler: http.HandlerFunc(s.serve)}}
	s.srv.Start()
	s.URL = "ws://127.0.0.1"
	return s
}

func newServer() *Server {
	return &Server{
		BotID: "aibstandin", Secret: "standin-bot-secret",
		asked: map[string]*question{}, tasks: map[string]bool{}, uploads: map[string]*upload{}, media: map[string]Media{},
		faults: map[string][]Fault{}, received: map[string]int{}, said: map[string][]time.Time{},
	}
}

// Close ends every connection and the server.
func (s *Server) Close() {
	s.DropConnections()
	s.srv.CloseClientConnections()
	s.srv.Close()
}

// Config is the Config of a Channel that connects to s.
func (s *Server) Config(log *slog.Logger) aibot.Config {
	cfg := aibot.Config{BotID: s.BotID, Secret: s.Secret, WSURL: s.URL, Log: log}
	if s.offline != nil {
		cfg.Dialer = &websocket.Dialer{NetDialContext: s.offline.Dial}
	}
	return cfg
}

// WaitConnected blocks until a connection is subscribed.
func (s *Server) WaitConnected(ctx context.Context) error {
	return s.state.Wait(ctx, "a connection", func() bool { return s.holder != nil })
}

// WaitSubscriptions blocks until n subscriptions were taken since the start, and
// the last one holds still.
func (s *Server) WaitSubscriptions(ctx context.Context, n int) error {
	return s.state.Wait(ctx, fmt.Sprintf("%d subscriptions", n), func() bool { return s.subs >= n && s.holder != nil })
}

// WaitGone blocks until no connection is open.
func (s *Server) WaitGone(ctx context.Context) error {
	return s.state.Wait(ctx, "no connection", func() bool { return len(s.conns) == 0 })
}

// WaitReceived blocks until n frames of a command have come since the start,
// those that failed included.
func (s *Server) WaitReceived(ctx context.Context, cmd string, n int) error {
	return s.state.Wait(ctx, fmt.Sprintf("%d × %s", n, cmd), func() bool { return s.received[cmd] >= n })
}

// Received is how many frames of a command have come since the start.
func (s *Server) Received(cmd string) int {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return s.received[cmd]
}

// Subscriptions is how often a subscription was taken since the start.
func (s *Server) Subscriptions() int {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return s.subs
}

// Sent is what has been said so far, oldest first.
func (s *Server) Sent() []Sent {
	s.state.Mu.Lock()
	defer s.state.Mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// WaitSent blocks until pred is true of what has been said, and returns it.
func (s *Server) WaitSent(ctx context.Context, pred func([]Sent) bool) ([]Sent, error) {
	var got []Sent
	err := s.state.Wait(ctx, "a message", func() bool {
		got = s.sent[:len(s.sent):len(s.sent)]
		return pred(got)
	})
	return got, err
}

// errNoConnection is what a push fails with when nobody is subscribed.
var errNoConnection = errors.New("no connection to push to")
