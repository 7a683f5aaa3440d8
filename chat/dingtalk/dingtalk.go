// Package dingtalk connects the bot to DingTalk: it hears the enterprise robot
// over the stream connection of the official SDK and speaks through the robot's
// reply addresses, its server API and custom robots (自定义机器人).
//
// The SDK opens the connection and gives the shape of frames; reading, order, acks
// and the life of the connection stand here (docs/adr/0004-dingtalk-stream.md).
package dingtalk

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

	"golang.org/x/time/rate"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// ChannelID is DingTalk's name among the platforms.
const ChannelID chat.ChannelID = "dingtalk"

// robotPrefix begins the ConvID of a custom robot's group; its name in the
// Config follows.
const robotPrefix = "robot:"

// RobotConv is the conversation that the custom robot of that name writes to.
func RobotConv(name string) chat.ConvID { return chat.ConvID(robotPrefix + name) }

// Config is what a Channel needs. With custom robots alone, and no ClientID, the
// Channel only sends.
type Config struct {
	ClientID     string
	ClientSecret string
	RobotCode    string // default: ClientID
	APIBase      string // default: https://api.dingtalk.com
	OAPIBase     string // default: https://oapi.dingtalk.com
	// WebhookHosts are the hosts ("host" or "host:port") that a reply address may
	// point at; default: oapi.dingtalk.com. Addresses are https, or http on
	// loopback.
	WebhookHosts []string
	CustomRobots map[string]CustomRobot // by name
	Log          *slog.Logger           // default: slog.Default()
	HTTP         *http.Client           // default: one with timeouts; redirects are never followed
	Clock        func() time.Time       // default: time.Now
}

// CustomRobot is a robot that a group's owner added by hand. It only sends.
type CustomRobot struct {
	URL    string // https://oapi.dingtalk.com/robot/send?access_token=…
	Secret string // 加签; empty where the robot is kept by keyword or IP
}

// Channel is DingTalk as a chat.Channel. Its methods may be called from any
// goroutine; Run at most once.
type Channel struct {
	cfg    Config
	hosts  hostList
	log    *slog.Logger
	http   *http.Client
	clock  func() time.Time
	pace   pace
	room   int64 // bytes of the frames in work
	tokens *wire.Tokens
	media  *wire.MediaCache

	// The platform counts calls by application and API (KB 1433).
	groupCalls, userCalls *rate.Limiter
	bannedUntil           atomic.Int64 // unix nanoseconds: this machine's address was shut out

	// A connection that ends is seen at once, one that is silently dead after 20
	// seconds without an answer to our pings.
	*wire.Health
}

// Compile-time checks of what a Channel is.
var (
	_ chat.Channel     = (*Channel)(nil)
	_ chat.BatchSender = (*Channel)(nil)
	_ chat.Limiter     = (*Channel)(nil)
	_ chat.Idempotent  = (*Channel)(nil)
	_ chat.Health      = (*Channel)(nil)
)

// New checks cfg and makes a Channel. It connects to nothing.
func New(cfg Config) (*Channel, error) {
	setDefault(&cfg.RobotCode, cfg.ClientID)
	setDefault(&cfg.APIBase, "https://api.dingtalk.com")
	setDefault(&cfg.OAPIBase, "https://oapi.dingtalk.com")
	if len(cfg.WebhookHosts) == 0 {
		cfg.WebhookHosts = []string{"oapi.dingtalk.com"}
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	cfg.APIBase, cfg.OAPIBase = strings.TrimSuffix(cfg.APIBase, "/"), strings.TrimSuffix(cfg.OAPIBase, "/")
	if err := check(cfg); err != nil {
		return nil, fmt.Errorf("dingtalk: %w", err)
	}
	c := &Channel{
		cfg: cfg, hosts: newHostList(cfg.WebhookHosts), log: cfg.Log, http: wire.NewClient(cfg.HTTP), clock: cfg.Clock,
		pace: defaultPace(), room: maxRoom,
		media:      &wire.MediaCache{},
		groupCalls: rate.NewLimiter(apiRate, apiBurst), userCalls: rate.NewLimiter(apiRate, apiBurst),
		Health: wire.NewHealth(cfg.Clock),
	}
	c.tokens = wire.NewTokens(c.clock, c.fetchToken)
	return c, nil
}

func setDefault(s *string, def string) {
	if *s == "" {
		*s = def
	}
}

func check(cfg Config) error {
	var errs []error
	if cfg.ClientID == "" && len(cfg.CustomRobots) == 0 {
		errs = append(errs, errors.New("client id is missing"))
	}
	if cfg.ClientID != "" && cfg.ClientSecret == "" {
		errs = append(errs, errors.New("client secret is missing"))
	}
	for _, base := range []string{cfg.APIBase, cfg.OAPIBase} {
		u, err := url.Parse(base)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			errs = append(errs, fmt.Errorf("not a server address: %q", base))
		}
	}
	for name, r := range cfg.CustomRobots {
		u, err := url.Parse(r.URL)
		if err != nil || u.Query().Get("access_token") == "" || !wire.Secure(u) {
			errs = append(errs, fmt.Errorf("custom robot %s: not a robot's address (https, with access_token)", name))
		}
	}
	return errors.Join(errs...)
}

// The server API takes 20 calls a second by application and API from a standard
// organisation (KB 1433). No span of a second holds more than rate + burst.
const (
	apiRate  = rate.Limit(16)
	apiBurst = 4
)

// ID implements chat.Channel.
func (c *Channel) ID() chat.ChannelID { return ChannelID }

// Limits implements chat.Limiter: 20 messages a minute in a group (KB 0717: more
// are refused for ten minutes), and what one machine may call (KB 1433: 10 000 in
// 20 seconds). The limits by API are kept inside Send.
func (c *Channel) Limits() chat.Limits {
	return chat.Limits{
		Group: []chat.Rate{{N: 20, Per: time.Minute}},
		App:   []chat.Rate{{N: 10_000, Per: 20 * time.Second}},
	}
}

// Run implements chat.Channel.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	if c.cfg.ClientID == "" {
		c.SetStatus(true, "custom robots only send")
		<-ctx.Done()
		c.SetStatus(false, "stopped")
		return nil
	}
	newReceiver(c, sink).run(ctx)
	c.SetStatus(false, "stopped")
	return nil
}
