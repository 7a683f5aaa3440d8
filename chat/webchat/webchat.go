// Package webchat is the chat platform that needs no account: a page on this
// machine where one speaks as any of a given set of people and sees what the bot
// answers and pushes. To the engine it is a platform like the others; what the
// page and the platform say to each other is in Handler.
//
// Everything it shows lives in memory: the conversations begin empty when the
// process starts. What the bot keeps, it keeps in its own store.
package webchat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"yunzhuan/chat"
)

// ChannelID is the web chat's name among the platforms.
const ChannelID chat.ChannelID = "webchat"

// directPrefix begins the ConvID of every direct chat; the person follows.
const directPrefix = "dm:"

// Direct is the direct chat of a person with the bot.
func Direct(user chat.UserID) chat.ConvID { return chat.ConvID(directPrefix + string(user)) }

// Member is a person one can speak as.
type Member struct {
	User  chat.UserID `json:"user"`
	Name  string      `json:"name"`
	Unit  string      `json:"unit"`
	Post  string      `json:"post"`  // 职务
	Roles []string    `json:"roles"` // labels as shown, for example 委领导
}

// Group is a group chat with the bot in it.
type Group struct {
	Conv    chat.ConvID   `json:"conv"`
	Title   string        `json:"title"`
	Members []chat.UserID `json:"members"`
}

// Step is one thing to try. Steps in a row with the same Title are shown as one
// step with several ways on.
type Step struct {
	Title string      `json:"title"`
	Text  string      `json:"text"`
	As    chat.UserID `json:"as"`             // who speaks
	Conv  chat.ConvID `json:"conv"`           // where; empty is the direct chat of As
	Send  string      `json:"send,omitempty"` // the line put into the input, to be sent by hand
	Job   string      `json:"job,omitempty"`  // or the job that is fired
}

// Job is one entry of what will happen by itself.
type Job struct {
	Name  string
	Title string    // as shown
	Next  time.Time // the zero Time: not scheduled
}

// Config is all the page shows. New checks it.
type Config struct {
	Title   string // of the page
	Notice  string // a line that is always in sight: what sort of installation this is
	Members []Member
	Groups  []Group
	Steps   []Step
	Hints   []string // lines offered above the input
	// Jobs lists the jobs with their next times. It is called for every request
	// of the list, from any goroutine. Nil: the page shows no jobs.
	Jobs func() []Job
	// Fire runs one job of the list now, as its schedule would, and returns when
	// what it did is durable. It is called from any goroutine.
	Fire func(ctx context.Context, name string) error
	Log  *slog.Logger
	Now  func() time.Time // its location is the one that times are shown in
}

// Channel is the web chat. It implements chat.Channel and chat.Health.
type Channel struct {
	cfg     Config
	epoch   string // tells the event ids of this process from those of an earlier one
	members map[chat.UserID]Member
	groups  map[chat.ConvID]Group
	hist    *history
	blobs   *blobs

	order sync.Mutex // held over note and Accept: what is shown first is accepted first

	mu    sync.Mutex
	sink  chat.Sink // nil while Run is not running
	since time.Time
	stop  chan struct{} // closed when the event streams have to end
}

// New checks cfg and makes the channel: somebody to speak as, no two members or
// groups of one name, groups of members only, steps that a member can take.
func New(cfg Config) (*Channel, error) {
	c := &Channel{
		cfg:     cfg,
		epoch:   strings.ToLower(rand.Text()[:8]),
		members: make(map[chat.UserID]Member, len(cfg.Members)),
		groups:  make(map[chat.ConvID]Group, len(cfg.Groups)),
		hist:    newHistory(),
		blobs:   newBlobs(maxBlobBytes),
		stop:    make(chan struct{}),
	}
	if len(cfg.Members) == 0 {
		return nil, errors.New("check web chat: no members")
	}
	for _, m := range cfg.Members {
		if _, twice := c.members[m.User]; twice || m.User == "" || m.Name == "" {
			return nil, fmt.Errorf("check web chat: member %q without name or given twice", m.User)
		}
		c.members[m.User] = m
	}
	for _, g := range cfg.Groups {
		if _, twice := c.groups[g.Conv]; twice || g.Conv == "" || strings.HasPrefix(string(g.Conv), directPrefix) {
			return nil, fmt.Errorf("check web chat: group %q has no usable id or is given twice", g.Conv)
		}
		for _, u := range g.Members {
			if _, ok := c.members[u]; !ok {
				return nil, fmt.Errorf("check web chat: group %q: member %q unknown", g.Conv, u)
			}
		}
		c.groups[g.Conv] = g
	}
	for i, s := range cfg.Steps {
		if s.Conv == "" {
			s.Conv = Direct(s.As)
		}
		if !c.mayRead(s.As, s.Conv) {
			return nil, fmt.Errorf("check web chat: step %d: %q is not in %q", i+1, s.As, s.Conv)
		}
	}
	c.since = cfg.Now()
	return c, nil
}

// ID implements chat.Channel.
func (c *Channel) ID() chat.ChannelID { return ChannelID }

// Run implements chat.Channel: until ctx ends, what people write in the page is
// handed to sink. Its end also ends the event streams of the open pages, so that
// the HTTP server can shut down; they come back by themselves.
func (c *Channel) Run(ctx context.Context, sink chat.Sink) error {
	c.mu.Lock()
	c.sink, c.since = sink, c.cfg.Now()
	select {
	case <-c.stop:
		c.stop = make(chan struct{})
	default:
	}
	c.mu.Unlock()

	<-ctx.Done()

	c.mu.Lock()
	c.sink, c.since = nil, c.cfg.Now()
	close(c.stop)
	c.mu.Unlock()
	return nil
}

// Status implements chat.Health.
func (c *Channel) Status() chat.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := chat.Status{Connected: c.sink != nil, Since: c.since, Detail: "listening"}
	if !s.Connected {
		s.Detail = "not running"
	}
	return s
}

// running returns the sink, nil when there is none, and the channel that is
// closed when event streams have to end.
func (c *Channel) running() (chat.Sink, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sink, c.stop
}

// mayRead says whether a person is in a conversation.
func (c *Channel) mayRead(user chat.UserID, conv chat.ConvID) bool {
	if _, ok := c.members[user]; !ok {
		return false
	}
	if g, ok := c.groups[conv]; ok {
		return slices.Contains(g.Members, user)
	}
	return conv == Direct(user)
}

// convsOf lists the conversations that a person is in.
func (c *Channel) convsOf(user chat.UserID) []chat.ConvID {
	convs := []chat.ConvID{Direct(user)}
	for _, g := range c.cfg.Groups {
		if slices.Contains(g.Members, user) {
			convs = append(convs, g.Conv)
		}
	}
	return convs
}

// stamp is the present time as the page gets it.
func (c *Channel) stamp() string { return c.cfg.Now().Format(time.RFC3339) }
