// Package wecom connects the bot to WeCom (企业微信): a self-built application that
// hears its members by callbacks and writes to them, the groups that the
// application made, and the webhooks of groups (消息推送), which only send.
//
// WW n is developer.work.weixin.qq.com/document/path/n.
package wecom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
	"yunzhuan/chat/internal/wire"
)

// ChannelID is WeCom's name among the platforms.
const ChannelID chat.ChannelID = "wecom"

// webhookPrefix begins the ConvID of a webhook's group; its name in the Config
// follows. No chat of the platform has a colon in its id (WW 90245).
const webhookPrefix = "robot:"

// WebhookConv is the conversation that the webhook of that name writes to.
func WebhookConv(name string) chat.ConvID { return chat.ConvID(webhookPrefix + name) }

// Config is what a Channel needs. With Webhooks alone, and no CorpID, the Channel
// only sends.
type Config struct {
	CorpID         string
	AgentID        int
	Secret         string
	Token          string            // of the callback address
	EncodingAESKey string            // of the callback address, 43 characters
	APIBase        string            // default: https://qyapi.weixin.qq.com
	Webhooks       map[string]string // name → https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…
	Log            *slog.Logger      // default: slog.Default()
	HTTP           *http.Client      // default: one with timeouts; redirects are never followed
	Clock          func() time.Time  // default: time.Now
}

// Channel is WeCom as a chat.Channel. Its methods may be called from any
// goroutine; Run at most once. It is the http.Handler of its callback address.
type Channel struct {
	cfg      Config
	log      *slog.Logger
	clock    func() time.Time
	api      *weixin.API
	media    *wire.MediaCache
	slots    *weixin.Slots
	callback *weixin.Callback // nil without an application

	// Connected means that callbacks are taken; whether the platform can reach the
	// address is not known from here.
	*wire.Health
}

// Compile-time checks of what a Channel is.
var (
	_ chat.Channel     = (*Channel)(nil)
	_ chat.BatchSender = (*Channel)(nil)
	_ chat.Limiter     = (*Channel)(nil)
	_ chat.Idempotent  = (*Channel)(nil)
	_ chat.Health      = (*Channel)(nil)
	_ http.Handler     = (*Channel)(nil)
)

// New checks cfg and makes a Channel. It connects to nothing.
func New(cfg Config) (*Channel, error) {
	if cfg.APIBase == "" {
		cfg.APIBase = "https://qyapi.weixin.qq.com"
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	cfg.APIBase = strings.TrimSuffix(cfg.APIBase, "/")
	if err := check(cfg); err != nil {
		return nil, fmt.Errorf("wecom: %w", err)
	}
	c := &Channel{
		cfg: cfg, log: cfg.Log, clock: cfg.Clock, media: &wire.MediaCache{}, slots: weixin.NewSlots(),
		Health: wire.NewHealth(cfg.Clock),
	}
	c.api = &weixin.API{
		Base: cfg.APIBase, HTTP: wire.NewClient(cfg.HTTP), Codes: codes,
		Tokens: wire.NewTokens(cfg.Clock, c.fetchToken),
	}
	if cfg.CorpID == "" {
		return c, nil
	}
	guard, err := weixin.NewGuard(cfg.Token, cfg.EncodingAESKey, cfg.CorpID, cfg.Clock)
	if err != nil {
		return nil, fmt.Errorf("wecom: encoding aes key: %w", err)
	}
	// An empty body says that the message was taken (WW 96466).
	c.callback = weixin.NewCallback(guard, c.slots, "", cfg.Log, cfg.Clock, c.decode)
	return c, nil
}

func check(cfg Config) error {
	var errs []error
	if cfg.CorpID == "" && len(cfg.Webhooks) == 0 {
		errs = append(errs, errors.New("corp id is missing"))
	}
	if cfg.CorpID != "" {
		for _, f := range []struct {
			name    string
			missing bool
		}{
			{"agent id", cfg.AgentID <= 0}, {"secret", cfg.Secret == ""},
			{"token", cfg.Token == ""}, {"encoding aes key", cfg.EncodingAESKey == ""},
		} {
			if f.missing {
				errs = append(errs, errors.New(f.name+" is missing"))
			}
		}
	}
	if u, err := url.Parse(cfg.APIBase); err != nil || !wire.Secure(u) {
		errs = append(errs, errors.New("api base is not a server's address (https, or http on loopback)"))
	}
	for name, addr := range cfg.Webhooks {
		if u, err := url.Parse(addr); err != nil || u.Query().Get("key") == "" || !wire.Secure(u) {
			errs = append(errs, fmt.Errorf("webhook %s: not a webhook's address (https, with key)", name))
		}
	}
	return errors.Join(errs...)
}

// ID implements chat.Channel.
func (c *Channel) ID() chat.ChannelID { return ChannelID }

// CallbackPath is the path at which the platform is told to call.
func (c *Channel) CallbackPath() string { return "/wecom/callback" }

// ServeHTTP implements http.Handler: the callback address.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.callback == nil {
		http.NotFound(w, r)
		return
	}
	c.callback.ServeHTTP(w, r)
}

// Run implements chat.Channel.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	if c.callback == nil {
		c.SetStatus(true, "webhooks only send")
		<-ctx.Done()
	} else {
		c.callback.Run(ctx, sink, func() { c.SetStatus(true, "takes callbacks") })
	}
	c.SetStatus(false, "stopped")
	return nil
}
