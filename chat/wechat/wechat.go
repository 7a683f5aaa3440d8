// Package wechat connects the bot to a WeChat official account (公众号): it hears
// followers through the account's callback and answers them in the response to
// their own message while WeChat waits for it, by customer messages (客服消息) as
// far as these are allowed, and by a template message where one is configured.
//
// MP stands for the documents of developers.weixin.qq.com; what is marked [U] is
// not confirmed by them.
package wechat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// ChannelID is the official account's name among the platforms.
const ChannelID chat.ChannelID = "wechat"

// Config is what a Channel needs.
type Config struct {
	AppID     string
	AppSecret string
	Token     string // of the callback, as typed into the account's settings
	// EncodingAESKey opens the callbacks of the safe mode (安全模式) and of the
	// compatible mode; in both, nothing but the encrypted message is looked at.
	EncodingAESKey string
	// Plaintext is for the plain mode (明文模式), in which a callback's signature
	// does not cover the message. There is no key then.
	Plaintext bool
	APIBase   string           // default: https://api.weixin.qq.com
	Template  *Template        // for pushes to those who have not written lately; nil: none
	Log       *slog.Logger     // default: slog.Default()
	HTTP      *http.Client     // default: one with timeouts; redirects are never followed
	Clock     func() time.Time // default: time.Now
}

// Channel is an official account as a chat.Channel. Its methods may be called from
// any goroutine; Run at most once.
type Channel struct {
	cfg      Config
	log      *slog.Logger
	clock    func() time.Time
	api      *weixin.API
	slots    *weixin.Slots
	callback *weixin.Callback
	people   *people
	media    *wire.MediaCache
	token    tokenState
	// shutUntil (unix nanoseconds) is when customer messages are tried again after
	// the platform said that the account may send none.
	shutUntil atomic.Int64

	// WeChat brings callbacks one by one and has no connection that could break:
	// connected means that they are taken.
	*wire.Health
}

// Compile-time checks of what a Channel is.
var (
	_ chat.Channel   = (*Channel)(nil)
	_ chat.Health    = (*Channel)(nil)
	_ chat.ScanCoder = (*Channel)(nil)
	_ http.Handler   = (*Channel)(nil)
)

// New checks cfg and makes a Channel. It connects to nothing.
func New(cfg Config) (*Channel, error) {
	if cfg.APIBase == "" {
		cfg.APIBase = "https://api.weixin.qq.com"
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	cfg.APIBase = strings.TrimSuffix(cfg.APIBase, "/")
	if err := check(cfg); err != nil {
		return nil, fmt.Errorf("wechat: %w", err)
	}
	guard, err := weixin.NewGuard(cfg.Token, cfg.EncodingAESKey, cfg.AppID, cfg.Clock)
	if err != nil {
		return nil, fmt.Errorf("wechat: %w", err)
	}
	c := &Channel{
		cfg: cfg, log: cfg.Log, clock: cfg.Clock,
		slots: weixin.NewSlots(), people: newPeople(cfg.Clock), media: &wire.MediaCache{},
		Health: wire.NewHealth(cfg.Clock),
	}
	c.api = &weixin.API{
		Base: cfg.APIBase, HTTP: wire.NewClient(cfg.HTTP), Codes: codes,
		Tokens: wire.NewTokens(cfg.Clock, c.fetchToken),
	}
	// "success" stops the platform's retries and says nothing (MP message push).
	c.callback = weixin.NewCallback(guard, c.slots, "success", cfg.Log, cfg.Clock, c.decode)
	return c, nil
}

// check finds all faults of a Config at once, and repeats no secret.
func check(cfg Config) error {
	var errs []error
	if cfg.AppID == "" {
		errs = append(errs, errors.New("app id is missing"))
	}
	if cfg.AppSecret == "" {
		errs = append(errs, errors.New("app secret is missing"))
	}
	if cfg.Token == "" {
		errs = append(errs, errors.New("token is missing"))
	}
	switch {
	case cfg.Plaintext && cfg.EncodingAESKey != "":
		errs = append(errs, errors.New("plain mode and an EncodingAESKey exclude each other"))
	case !cfg.Plaintext && cfg.EncodingAESKey == "":
		errs = append(errs, errors.New("EncodingAESKey is missing"))
	}
	if u, err := url.Parse(cfg.APIBase); err != nil || u.Host == "" || !wire.Secure(u) {
		errs = append(errs, errors.New("API base is no https address"))
	}
	if t := cfg.Template; t != nil && (t.ID == "" || t.TextKey == "" && t.TitleKey == "") {
		errs = append(errs, errors.New("template needs an id and at least one data key"))
	}
	return errors.Join(errs...)
}

// ID implements chat.Channel.
func (c *Channel) ID() chat.ChannelID { return ChannelID }

// CallbackPath is where the callback address should stand on the bot's web server.
func (c *Channel) CallbackPath() string { return "/wechat/callback" }

// ServeHTTP implements http.Handler: it is the callback address of the account.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.callback.ServeHTTP(w, r) }

// Run implements chat.Channel: while it runs, callbacks are taken.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	c.callback.Run(ctx, sink, func() { c.SetStatus(true, "listening") })
	c.SetStatus(false, "stopped")
	return nil
}
