// Package bottest tests commands the way people use them: a real store file with
// the sample county, the engine with the commands under test, and a platform that
// records what it is given to send. A person's account is their number (工号), a
// group's id the layer it is bound to.
package bottest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// Channel is the platform everyone of the sample county is on.
const Channel chat.ChannelID = "webchat"

// Groups are the sample groups, each bound to the layer that is its id.
var Groups = []string{"委领导群", "机关中层群", "校长群", "办公室群", "机关职工群"}

// At is the time a test begins at, "2026-11-23 08:50".
type At string

// Bot is a bot under test.
type Bot struct {
	Store *store.Store
	Clock *Clock
	Push  *push.Pusher

	t        testing.TB
	file     string
	commands []*bot.Command
	engine   *bot.Engine
	failures atomic.Int32 // how many commits to come fail
	mu       sync.Mutex   // for drain
	sent     []sent       // what arrived and was not asked for yet
	last     chat.Message // that was delivered
	nextID   int
	pictures gallery
}

// sent is one message that arrived.
type sent struct {
	target chat.Target
	body   chat.Body
}

// Push makes the pusher that a Bot has, for commands and jobs that need one before
// there is a Bot: three reminders a person a day, quiet from 22:00 to 7:00.
func Push() *push.Pusher {
	return &push.Pusher{
		PerDay: 3, Quiet: push.Quiet{From: 22 * time.Hour, To: 7 * time.Hour},
		Channels: []chat.ChannelID{Channel},
	}
}

// New starts a bot with the given commands at the given time. It ends with the
// test.
func New(t testing.TB, at At, commands ...*bot.Command) *Bot {
	t.Helper()
	b := &Bot{t: t, Clock: newClock(t, string(at)), Push: Push(), commands: commands}
	b.file = filepath.Join(folder(t), "yunzhuan.db")
	if err := os.WriteFile(b.file, sample(t), 0o600); err != nil {
		t.Fatalf("write store: %v", err)
	}
	b.start()
	t.Cleanup(b.stop)
	return b
}

// folder is one in memory where there is one, for a test commits hundreds of
// times.
func folder(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "bottest")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (b *Bot) start() {
	b.t.Helper()
	db, err := bolt.Open(b.file, bolt.Options{})
	if err != nil {
		b.t.Fatalf("open store: %v", err)
	}
	b.Store, err = store.Open(&failing{DB: db, left: &b.failures}, store.Options{Clock: b.Clock.Now, Location: b.Clock.loc})
	if err != nil {
		b.t.Fatalf("open store: %v", err)
	}
	log := slog.New(slog.NewTextHandler(b.t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	b.engine = bot.NewEngine(b.Store, b.Push, log, metrics{}, b.commands)
}

func (b *Bot) stop() {
	b.engine.Wait()
	if err := b.Store.Close(); err != nil {
		b.t.Errorf("close store: %v", err)
	}
}

// Restart ends the bot and starts it again on the same file.
func (b *Bot) Restart() {
	b.t.Helper()
	b.stop()
	b.start()
}

// Crash ends the bot as a kill does: what was committed is there, and nothing that
// closing would have written. It starts again on a copy of the file.
func (b *Bot) Crash() {
	b.t.Helper()
	data, err := os.ReadFile(b.file)
	if err != nil {
		b.t.Fatalf("read store: %v", err)
	}
	b.stop()
	if err := os.WriteFile(b.file, data, 0o600); err != nil {
		b.t.Fatalf("write store: %v", err)
	}
	b.start()
}

// Again delivers the last message once more, as a platform does that saw no
// acknowledgement, and returns what was answered: nothing, if it was seen.
func (b *Bot) Again() string {
	b.t.Helper()
	return b.deliver(b.last)
}

// Say has a person (or, with an account nobody has, an outsider) write in the
// direct chat with the bot, and returns the reply as plain text.
func (b *Bot) Say(account, text string) string {
	b.t.Helper()
	return b.accept(chat.Message{Conv: chat.ConvID("dm:" + account), From: chat.UserID(account), Text: text})
}

// SayOn is Say for an account of another platform.
func (b *Bot) SayOn(ch chat.ChannelID, account, text string) string {
	b.t.Helper()
	return b.accept(chat.Message{Channel: ch, Conv: chat.ConvID("dm:" + account), From: chat.UserID(account), Text: text})
}

// SayIn has a person write in a group and returns the reply in the group.
func (b *Bot) SayIn(group, account, text string) string {
	b.t.Helper()
	return b.accept(chat.Message{
		Conv: chat.ConvID(group), Group: true, ConvTitle: group, From: chat.UserID(account), Text: text,
	})
}

// Event has something happen to a group.
func (b *Bot) Event(group string, e chat.Event) {
	b.t.Helper()
	b.accept(chat.Message{Event: e, Conv: chat.ConvID(group), Group: true, ConvTitle: group})
}

// accept hands a message to the engine and returns what was answered to it.
func (b *Bot) accept(m chat.Message) string {
	b.t.Helper()
	b.nextID++
	id := "m" + time.Duration(b.nextID).String()
	m.ID, m.SentAt = chat.MessageID(id), b.Clock.Now()
	if m.Channel == "" {
		m.Channel = Channel
	}
	m.Reply = chat.ReplyToken{Addr: id, ExpiresAt: m.SentAt.Add(time.Hour)}
	b.last = m
	return b.deliver(m)
}

func (b *Bot) deliver(m chat.Message) string {
	b.t.Helper()
	if err := chat.AcceptWait(b.t.Context(), b.engine, m); err != nil {
		b.t.Fatalf("%q was not taken: %v", m.Text, err)
	}
	return strings.Join(b.take(func(t chat.Target) bool { return t.Reply.Addr == m.Reply.Addr }), "\n\n")
}

// Pushed returns what arrived in a person's direct chat since it was last asked
// for and was no reply to Say; what waits for a later time is not among it.
func (b *Bot) Pushed(account string) []string {
	b.t.Helper()
	return b.take(func(t chat.Target) bool {
		return !t.Group && string(t.User) == account && t.Reply.Addr == ""
	})
}

// PushedTo is Pushed for a group.
func (b *Bot) PushedTo(group string) []string {
	b.t.Helper()
	return b.take(func(t chat.Target) bool {
		return t.Group && string(t.Conv) == group && t.Reply.Addr == ""
	})
}

// PushedAnywhere returns everything that arrived since it was last asked for and was
// no reply: the group or account, and the text.
func (b *Bot) PushedAnywhere() (out [][2]string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drain()
	for _, s := range b.sent {
		to := string(s.target.User)
		if s.target.Group {
			to = string(s.target.Conv)
		}
		out = append(out, [2]string{to, Text(s.body)})
	}
	b.sent = nil
	return out
}

// take delivers what is due and removes what matches from what has arrived.
func (b *Bot) take(match func(chat.Target) bool) []string {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drain()
	var out []string
	var rest []sent
	for _, s := range b.sent {
		if match(s.target) {
			out = append(out, Text(s.body))
			continue
		}
		rest = append(rest, s)
	}
	b.sent = rest
	return out
}

// drain delivers every entry of the outbox whose time has come.
func (b *Bot) drain() {
	b.t.Helper()
	var arrived []sent
	b.Update(func(tx *store.Tx) error {
		arrived = nil
		var due []uint64
		err := tx.Pending(0, func(e store.Entry) (bool, error) {
			if !e.NotBefore.After(tx.Now()) {
				due = append(due, e.ID)
			}
			return true, nil
		})
		for _, id := range due {
			if err != nil {
				return err
			}
			var s *sent
			if s, err = deliver(tx, id); s != nil {
				arrived = append(arrived, *s)
			}
		}
		return err
	})
	b.sent = append(b.sent, arrived...)
}

// deliver settles one entry; nil if there is nothing left to deliver.
func deliver(tx *store.Tx, id uint64) (*sent, error) {
	e, ok, err := tx.Claim(store.Entry{ID: id})
	if err != nil || !ok {
		return nil, err
	}
	if !e.ExpiresAt.IsZero() && tx.Now().After(e.ExpiresAt) {
		return nil, tx.Settle(e, store.Outcome{State: store.Expired})
	}
	if err := tx.LoadBlobs(&e.Out.Body); err != nil {
		return nil, err
	}
	return &sent{e.Out.Target, e.Out.Body}, tx.Settle(e, store.Outcome{State: store.Delivered, Receipt: receiptOf(e)})
}

// Update runs a transaction, which must succeed.
func (b *Bot) Update(fn func(*store.Tx) error) {
	b.t.Helper()
	if err := b.Store.Update(context.WithoutCancel(b.t.Context()), fn); err != nil {
		b.t.Fatalf("update: %v", err)
	}
}

// View reads the store, which must succeed.
func (b *Bot) View(fn func(*store.Tx) error) {
	b.t.Helper()
	if err := b.Store.View(b.t.Context(), fn); err != nil {
		b.t.Fatalf("view: %v", err)
	}
}

// Person reads a card.
func (b *Bot) Person(id string) (p people.Person) {
	b.t.Helper()
	b.View(func(tx *store.Tx) (err error) {
		p, _, err = people.Get(tx, people.ID(id))
		return err
	})
	return p
}

// Firer fires a job now, as cron.Scheduler does.
type Firer interface {
	Fire(ctx context.Context, name string, at time.Time) error
}

// Run fires a job for a slot, "2026-11-23 08:40" or, on the day of the clock,
// "08:40". A clock that is behind the slot is set to it first; one that is ahead
// makes it a late run.
func (b *Bot) Run(jobs Firer, name, slot string) {
	b.t.Helper()
	at := b.Clock.parse(slot)
	if b.Clock.Now().Before(at) {
		b.Clock.Set(slot)
	}
	if err := jobs.Fire(b.t.Context(), name, at); err != nil {
		b.t.Fatalf("run %s: %v", name, err)
	}
}

// metrics counts nothing.
type metrics struct{}

func (metrics) Message(_, _ string)       {}
func (metrics) Ack(string, time.Duration) {}
func (metrics) Delivery(_, _ string)      {}
func (metrics) Panic(string)              {}
func (metrics) DeadLetter()               {}
