// Package bot is the engine between the chat platforms and the office's rules:
// every message is one transaction that holds its mark, its effects and its
// replies (Engine), and what stands in the outbox is brought to its platform
// once (Sender).
package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Scope says where a command may be used.
type Scope int

// The scopes.
const (
	Anywhere Scope = iota
	DirectOnly
	GroupOnly
)

// Policy says who may use a command: the people with one of Roles and none of
// Except; nobody's role is asked with Members (everyone of the directory) and
// Everyone (outsiders too). What is "own" (one's unit, one's record) is the rule of the
// office's part, not of the command.
type Policy struct {
	Roles    []people.Role
	Except   []people.Role
	Members  bool
	Everyone bool
}

// Members lets everyone of the directory in.
func Members() Policy { return Policy{Members: true} }

// Everyone lets outsiders in too.
func Everyone() Policy { return Policy{Everyone: true} }

// Roles lets in who has one of the roles.
func Roles(r ...people.Role) Policy { return Policy{Roles: r} }

// But keeps out who has one of the roles, whatever else they are: a principal is
// the head of a unit, too.
func (a Policy) But(r ...people.Role) Policy {
	a.Except = r
	return a
}

// Allows says whether p may.
func (a Policy) Allows(p people.Person) bool {
	return a.Everyone || p.Known() && !p.Has(a.Except...) && (a.Members || p.Has(a.Roles...))
}

// Command is a slash command as a value: its help, its permission and what it
// does. A command may have Subs, chosen by the first word after its name; Run
// takes everything else, and may be nil where only the Subs do something.
type Command struct {
	Name     string   // without the slash
	Aliases  []string // other names; of a sub, other first words
	Summary  string   // half a line, Chinese
	Usage    []string // lines like "/考勤 缺 <姓名>[(<原因>)] …"
	Examples []string
	Scope    Scope
	Allow    Policy
	// Run parses r.Args, asks the office, and replies. It runs inside the
	// message's transaction and may run more than once: no network, no clock, no
	// state but r.Tx. A *store.UserError undoes all it did and is shown to the
	// person; any other error is the bot's own failure.
	Run func(ctx context.Context, r *Request) error
	// Continue takes a text that is no command while this command has a dialog
	// open with the person (see Request.Ask). State is what Ask was given.
	Continue func(ctx context.Context, r *Request, state json.RawMessage) error
	// Pictures takes a message of pictures without a word; false if it is not for this
	// command. It is asked whatever Allow says.
	Pictures func(ctx context.Context, r *Request) (taken bool, err error)
	Subs     []*Command
	// Unlisted is for a sub that people are led to by a tap: it alone does not bring
	// its command into anybody's help.
	Unlisted bool
}

// sub finds the sub-command that a word names.
func (c *Command) sub(word string) *Command {
	for _, s := range c.Subs {
		if s.Name == word || slices.Contains(s.Aliases, word) {
			return s
		}
	}
	return nil
}

// subWords are the first words that choose a sub-command.
func (c *Command) subWords() []string {
	var words []string
	for _, s := range c.Subs {
		words = append(append(words, s.Name), s.Aliases...)
	}
	return words
}

// Request is a message on its way through a command.
type Request struct {
	Msg    chat.Message
	Person people.Person // the zero Person for an outsider
	Args   cmdline.Args  // what follows the command's (and sub-command's) name
	Tx     *store.Tx
	Log    *slog.Logger // knows the command; give it no text and no names

	cmd    *Command // the top-level command
	engine *Engine
}

// Pictures are the pictures of the message.
func (r *Request) Pictures() []chat.Attachment {
	var out []chat.Attachment
	for _, a := range r.Msg.Attachments {
		if a.Kind == chat.AttachmentPicture {
			out = append(out, a)
		}
	}
	return out
}

// Reply answers in the conversation of the message.
func (r *Request) Reply(b chat.Body, opts ...store.EnqueueOption) error {
	_, err := r.Tx.Enqueue(chat.Outgoing{Target: replyTarget(r.Msg), Body: b}, opts...)
	if err != nil {
		return fmt.Errorf("enqueue reply: %w", err)
	}
	return nil
}

// Replyf answers with a line of text.
func (r *Request) Replyf(format string, args ...any) error {
	return r.Reply(chat.Text(fmt.Sprintf(format, args...)))
}

// ReplyPrivately answers to the person alone: in a group it goes to the direct
// chat.
func (r *Request) ReplyPrivately(b chat.Body, opts ...store.EnqueueOption) error {
	t := replyTarget(r.Msg)
	if r.Msg.Group {
		t = chat.Target{Channel: r.Msg.Channel, User: r.Msg.From}
	}
	_, err := r.Tx.Enqueue(chat.Outgoing{Target: t, Body: b}, opts...)
	if err != nil {
		return fmt.Errorf("enqueue private reply: %w", err)
	}
	return nil
}

func replyTarget(m chat.Message) chat.Target {
	t := chat.Target{Channel: m.Channel, Conv: m.Conv, Group: m.Group, Reply: m.Reply}
	if !m.Group {
		t.User = m.From
	}
	return t
}

// dialog is a conversation of several steps: what the command needs to go on.
type dialog struct {
	Command   string          `json:"command"`
	State     json.RawMessage `json:"state"`
	ExpiresAt time.Time       `json:"expires_at"`
}

// dialogs are kept by conversation and account, so that a restart in the middle
// loses nothing. Private: a half-finished answer belongs to nobody's record.
var dialogs = store.NewTable("dialogs", store.Schema[dialog]{Version: 1, Private: true})

func dialogKey(m chat.Message) string {
	return string(m.Channel) + "/" + string(m.Conv) + "/" + string(m.From)
}

// Ask opens (or goes on with) a dialog: the person's next text in this
// conversation that is not a command comes to the command's Continue, for as
// long as ttl. A command in between does not end it.
func (r *Request) Ask(state any, ttl time.Duration) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode dialog: %w", err)
	}
	return dialogs.Put(r.Tx, dialogKey(r.Msg), dialog{Command: r.cmd.Name, State: raw, ExpiresAt: r.Tx.Now().Add(ttl)})
}

// dialog is the dialog that is open with the person in this conversation.
func (r *Request) dialog() (dialog, bool, error) {
	d, ok, err := dialogs.Get(r.Tx, dialogKey(r.Msg))
	if err != nil {
		return d, false, fmt.Errorf("read dialog: %w", err)
	}
	return d, ok && r.Tx.Now().Before(d.ExpiresAt), nil
}

// EndDialog ends the person's dialog in this conversation.
func (r *Request) EndDialog() error { return dialogs.Delete(r.Tx, dialogKey(r.Msg)) }

// PruneDialogs removes dialogs that have expired.
func PruneDialogs(tx *store.Tx) error {
	var old []string
	err := dialogs.Scan(tx, "", func(key string, d dialog) (bool, error) {
		if tx.Now().After(d.ExpiresAt) {
			old = append(old, key)
		}
		return true, nil
	})
	for _, key := range old {
		if err == nil {
			err = dialogs.Delete(tx, key)
		}
	}
	return err
}
