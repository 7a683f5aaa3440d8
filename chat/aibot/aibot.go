// Package aibot connects the bot to WeCom (企业微信) as a smart robot (智能机器人)
// over its long connection: one WebSocket that the bot opens, over which messages
// come in and answers go out.
//
// Facts of the wire are marked by where they come from: "WW 101463" is that page
// of developer.work.weixin.qq.com, "aibot-node-sdk" the platform's own SDK for
// Node.js, "field" what users of the platform report; "assumed" is none of them.
//
// The platform lets one connection live for each robot: a newer one ends the
// older. A second copy of the bot must not connect with the same robot.
package aibot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// ChannelID is the name of WeCom's smart robot among the platforms.
const ChannelID chat.ChannelID = "wecom_aibot"

// DefaultWSURL is the platform's address (WW 101463). An organisation with a
// private deployment has one of its own.
const DefaultWSURL = "wss://openws.work.weixin.qq.com"

// Config is what a Channel needs.
type Config struct {
	BotID  string
	Secret string            // of the long connection; it stands in no error and no log
	WSURL  string            // default: DefaultWSURL; wss, or ws on loopback
	Log    *slog.Logger      // default: slog.Default()
	Clock  func() time.Time  // default: time.Now
	Dialer *websocket.Dialer // default: one with timeouts that heeds the proxy of the environment
	HTTP   *http.Client      // for downloads; default: one with timeouts; redirects are never followed
}

// Channel is the smart robot as a chat.Channel. Its methods may be called from
// any goroutine; Run at most once at a time. It sends over the connection that
// Run keeps: without one, Send is Temporary.
type Channel struct {
	cfg   Config
	log   *slog.Logger
	clock func() time.Time
	http  *http.Client
	pace  pace
	room  int64 // bytes of the callbacks in work

	media *wire.MediaCache
	lanes lanes // sends that answer one callback go one after the other
	spent spent // callbacks that can be answered no more

	*wire.Health

	mu      sync.Mutex
	session *session // the one that takes frames; nil while there is none

	// through, if not nil, hears of each callback whose work has ended (tests).
	through func(reqID string, kept bool)
}

// Compile-time checks of what a Channel is.
var (
	_ chat.Channel = (*Channel)(nil)
	_ chat.Limiter = (*Channel)(nil)
	_ chat.Health  = (*Channel)(nil)
)

// New checks cfg and makes a Channel. It connects to nothing.
func New(cfg Config) (*Channel, error) {
	if cfg.WSURL == "" {
		cfg.WSURL = DefaultWSURL
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Dialer == nil {
		cfg.Dialer = &websocket.Dialer{
			Proxy:            http.ProxyFromEnvironment,
			HandshakeTimeout: 10 * time.Second,
			NetDialContext:   (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		}
	}
	if err := check(cfg); err != nil {
		return nil, fmt.Errorf("wecom aibot: %w", err)
	}
	return &Channel{
		cfg: cfg, log: cfg.Log, clock: cfg.Clock, http: wire.NewClient(cfg.HTTP), pace: defaultPace(), room: maxRoom,
		media:  &wire.MediaCache{},
		Health: wire.NewHealth(cfg.Clock),
	}, nil
}

func check(cfg Config) error {
	var errs []error
	if cfg.BotID == "" {
		errs = append(errs, errors.New("bot id is missing"))
	}
	if cfg.Secret == "" {
		errs = append(errs, errors.New("secret is missing"))
	}
	u, err := url.Parse(cfg.WSURL)
	if err != nil || !strings.HasPrefix(u.Scheme, "ws") || !wire.Secure(&url.URL{Scheme: "http" + u.Scheme[2:], Host: u.Host}) {
		errs = append(errs, errors.New("not an address of the long connection (wss://…)"))
	}
	return errors.Join(errs...)
}

// ID implements chat.Channel.
func (c *Channel) ID() chat.ChannelID { return ChannelID }

// Limits implements chat.Limiter: 30 messages a minute and 1000 an hour in one
// conversation, answers and pushes together (WW 101463).
func (c *Channel) Limits() chat.Limits {
	perConv := []chat.Rate{{N: 30, Per: time.Minute}, {N: 1000, Per: time.Hour}}
	return chat.Limits{Group: perConv, User: perConv}
}

// setSession says which session takes frames; nil for none.
func (c *Channel) setSession(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
}

// current is the session that takes frames, or nil.
func (c *Channel) current() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// Run implements chat.Channel.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	newReceiver(c, sink).run(ctx)
	c.SetStatus(false, "stopped")
	return nil
}
