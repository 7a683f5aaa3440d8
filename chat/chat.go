// Package chat is the vocabulary that the bot's engine and the chat platforms
// share: what comes in (Message), what goes out (Outgoing, Body) and the two
// interfaces between them (Channel, Sink). It knows no platform and imports the
// standard library alone; each platform lives in a folder below and imports
// nothing of the project but this package.
package chat

import (
	"context"
	"errors"
	"io"
	"time"
)

// ChannelID names one connected platform, for example "dingtalk" or "webchat".
type ChannelID string

// MessageID is the platform's identity of a message, stable over redelivery.
// It is minted by the adapter alone and compared, never parsed, elsewhere.
type MessageID string

// ConvID is a conversation on its platform: a group or a direct chat.
type ConvID string

// UserID is an account on its platform.
type UserID string

// Event says that a Message is not something a person wrote but something that
// happened to a conversation. The empty Event is an ordinary message.
type Event string

// The events that the engine acts upon.
const (
	EventBotAdded   Event = "bot-added"   // the bot was added to the group Conv
	EventBotRemoved Event = "bot-removed" // the bot was removed from the group Conv
	// EventFollowed: the account From can be written to from now on (a subscription,
	// the first entry). Text may hold a line that the same step says in its name.
	EventFollowed Event = "followed"
	// EventUnfollowed: nothing reaches the account From any more.
	EventUnfollowed Event = "unfollowed"
)

// Message is one message or event as a platform delivered it.
type Message struct {
	Channel     ChannelID    `json:"channel"`
	ID          MessageID    `json:"id"`
	Event       Event        `json:"event,omitempty"`
	Conv        ConvID       `json:"conv"`
	Group       bool         `json:"group,omitempty"`
	ConvTitle   string       `json:"conv_title,omitempty"`
	From        UserID       `json:"from"` // empty where the platform names no account (an outsider)
	FromName    string       `json:"from_name,omitempty"`
	Text        string       `json:"text"` // as typed, the leading mention of the bot included
	Attachments []Attachment `json:"attachments,omitempty"`
	SentAt      time.Time    `json:"sent_at"`
	Reply       ReplyToken   `json:"reply,omitzero"`
}

// AttachmentKind says what an Attachment is.
type AttachmentKind string

// The kinds of attachment.
const (
	AttachmentPicture AttachmentKind = "picture"
	AttachmentFile    AttachmentKind = "file"
	AttachmentAudio   AttachmentKind = "audio"
	AttachmentVideo   AttachmentKind = "video"
	AttachmentOther   AttachmentKind = "other"
)

// Attachment is something beside the text. Ref is the platform's own handle for
// downloading it (a download code, a media id) and means nothing elsewhere.
type Attachment struct {
	Kind AttachmentKind `json:"kind"`
	Name string         `json:"name,omitempty"`
	Ref  string         `json:"ref,omitempty"`
}

// ReplyToken is a short-lived way of answering in the conversation of one
// message (DingTalk's session webhook, the HTTP response that WeChat waits for).
// The zero value means there is none. Addr means something to the adapter alone
// that minted it, and may be used until ExpiresAt; an adapter checks what it is
// given before it sends anything there.
type ReplyToken struct {
	Addr      string    `json:"addr,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Awaited: the platform keeps a response open for the answer, and takes nothing
	// more from this person until it has come.
	Awaited bool `json:"awaited,omitempty"`
}

// Target says where an Outgoing goes: a group (Group, Conv), a direct chat known
// by conversation (Conv and, where known, User), or a person (User alone).
type Target struct {
	Channel ChannelID  `json:"channel"`
	Conv    ConvID     `json:"conv,omitempty"`
	User    UserID     `json:"user,omitempty"`
	Group   bool       `json:"group,omitempty"`
	Reply   ReplyToken `json:"reply,omitzero"`
	// Heard is when the person last said something on Channel, give or take an hour;
	// the zero time for never. On some platforms it decides what may be sent.
	Heard time.Time `json:"heard,omitzero"`
}

// Lane is the conversation a Target belongs to: what goes to one lane leaves in
// order. A person's direct chat is one lane, whether it is answered by its reply
// address or pushed to by account.
func (t Target) Lane() string {
	switch {
	case t.Group:
		return string(t.Channel) + "\x00g\x00" + string(t.Conv)
	case t.User != "":
		return string(t.Channel) + "\x00u\x00" + string(t.User)
	default:
		return string(t.Channel) + "\x00c\x00" + string(t.Conv)
	}
}

// Outgoing is one message to be sent. A Body that is too long for the platform
// goes out as several wire messages ("parts"): Send sends the one numbered Part
// and says in its Receipt whether more follow, so that a failure half way never
// repeats what has arrived.
type Outgoing struct {
	Target Target `json:"target"`
	Body   Body   `json:"body"`
	Key    string `json:"key"`            // idempotency key, used where the platform has a duplicate check
	Part   int    `json:"part,omitempty"` // which wire message of the rendered Body, from 0
}

// Receipt is what a platform said of a message it took.
type Receipt struct {
	ID   string // the platform's own id of the message, if it gave one
	More bool   // another part follows: call Send again with Part+1
}

// Sink takes messages from the platforms.
//
// Accept hands a message over and returns at once; it may be called from any
// goroutine. Calls for one conversation take effect in the order in which they
// are made. done is called exactly once, from any goroutine, and must not block:
// with nil once the message and all its effects are durable (only now may the
// platform be told so), with an error when the bot could not keep it. A message
// seen before is done(nil) with no effect, or done(ErrSeen) if its answer is
// awaited: none will come.
type Sink interface {
	Accept(ctx context.Context, m Message, done func(error))
}

// ErrSeen says of a message whose answer is awaited that it was kept before.
var ErrSeen = errors.New("seen before")

// AcceptWait is Accept for a caller that wants to wait for the outcome.
func AcceptWait(ctx context.Context, s Sink, m Message) error {
	c := make(chan error, 1)
	s.Accept(ctx, m, func(err error) { c <- err })
	select {
	case err := <-c:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Channel is one connected chat platform.
type Channel interface {
	ID() ChannelID
	// Run connects, hands every message to sink, reconnects by itself and blocks
	// until ctx ends. It returns nil then, and an error only for what no retry
	// can mend.
	Run(ctx context.Context, sink Sink) error
	// Send sends one wire message and blocks until the platform answered. An
	// error that is not a *SendError counts as Unknown: it may have arrived.
	Send(ctx context.Context, out Outgoing) (Receipt, error)
}

// BatchSender is implemented by a Channel that can bring one Body to several
// people in one call. All outs have the same Body and Part and a User target
// without reply address. It returns one result for each, in order.
type BatchSender interface {
	BatchSize() int
	SendBatch(ctx context.Context, outs []Outgoing) []SendResult
}

// SendResult is the outcome for one Outgoing of a batch.
type SendResult struct {
	Receipt Receipt
	Err     error
}

// Recaller is implemented by a Channel whose platform takes messages back.
type Recaller interface {
	// Recallable says for how long after it was sent a message to a target can be taken
	// back, 0 for not at all. It depends on nothing but the target.
	Recallable(t Target) time.Duration
	// Recall takes one wire message back by the receipt that Send returned with it; a
	// receipt that several people share takes it back from all of them. Its error is a
	// *SendError as of Send, where Final is also a receipt that the platform does not
	// know (any more), and a time that is over. Recalling twice does no harm.
	Recall(ctx context.Context, t Target, receipt string) error
}

// Idempotent is implemented by a Channel whose platform takes a message with the
// same Key only once: what may have arrived can be sent again without harm.
type Idempotent interface {
	Idempotent(out Outgoing) bool
}

// Rate is a limit of N messages per time.
type Rate struct {
	N   int
	Per time.Duration
}

// Limits are what a platform allows: in one group, to one person, and by the
// whole application, counted in wire calls. All rates of a kind hold together.
type Limits struct {
	Group, User, App []Rate
	// Peak, if not nil, says how long pushes to many people should wait at the given
	// time, because the platform is crowded; answers never wait for it.
	Peak func(now time.Time) time.Duration
}

// Limiter is implemented by a Channel whose platform has limits; the Sender
// stays below them.
type Limiter interface {
	Limits() Limits
}

// Downloader is implemented by a Channel that can bring what was attached to a
// message.
type Downloader interface {
	// Download opens the content of an attachment of one of the channel's messages;
	// the caller closes it, and reads no more of it than it has use for. The error is
	// a *SendError and never Unknown: nothing is said in any chat. It is Final for what
	// the platform no longer has. No error holds the attachment's Ref.
	Download(ctx context.Context, a Attachment) (io.ReadCloser, error)
}

// ScanCoder is implemented by a Channel whose platform makes codes to scan: who
// scans one with its app says the line of a Scan.
type ScanCoder interface {
	// ScanLink makes what the picture of the code holds. Its error is a *SendError
	// and never Unknown: nothing is said in any chat.
	ScanLink(ctx context.Context, s Scan) (link string, err error)
}

// Status is the state of a channel's connection.
type Status struct {
	Connected bool
	Since     time.Time // when this state began
	Detail    string    // a short English word for whoever runs the bot; no secrets
}

// Health is implemented by a Channel that knows whether it can hear its
// platform. A channel without it counts as connected.
type Health interface {
	Status() Status
}
