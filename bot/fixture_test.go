package bot_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

// counts is a bot.Metrics that remembers.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[key]++
}

func (c *counts) get(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[key]
}

func (c *counts) Message(_, outcome string)  { c.add("message " + outcome) }
func (c *counts) Ack(string, time.Duration)  { c.add("ack") }
func (c *counts) Delivery(_, outcome string) { c.add("delivery " + outcome) }
func (c *counts) Panic(command string)       { c.add("panic " + command) }
func (c *counts) DeadLetter()                { c.add("dead letter") }

var quietLog = slog.New(slog.NewTextHandler(io.Discard, nil))

func openBolt(t testing.TB, path string) kv.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func openStore(t testing.TB, db kv.DB) *store.Store {
	t.Helper()
	s, err := store.Open(db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// engine is an Engine on a real bbolt file with three people: J1 (office), J2
// (staff) and J3 (staff), each known on "test" by the same name.
type engine struct {
	*bot.Engine
	t      testing.TB
	store  *store.Store
	counts *counts
	n      int
}

func newEngine(t testing.TB, commands ...*bot.Command) *engine {
	return newEngineOn(t, openBolt(t, filepath.Join(t.TempDir(), "s.db")), commands...)
}

func newEngineOn(t testing.TB, db kv.DB, commands ...*bot.Command) *engine {
	t.Helper()
	e := &engine{t: t, store: openStore(t, db), counts: &counts{}}
	err := e.store.Update(t.Context(), func(tx *store.Tx) error {
		for _, p := range []people.Person{
			{ID: "J1", Name: "甲", Unit: "办公室", Roles: []people.Role{people.Office}},
			{ID: "J2", Name: "乙", Unit: "人事科", Roles: []people.Role{people.Staff}},
			{ID: "J3", Name: "丙", Unit: "人事科", Roles: []people.Role{people.Staff}},
		} {
			p.Accounts = map[string]string{"test": string(p.ID)}
			if err := people.Put(tx, p); err != nil {
				return err
			}
		}
		return people.PutGroup(tx, people.Group{Channel: "test", Conv: "office", Layer: people.OfficeLayer})
	})
	if err != nil {
		t.Fatal(err)
	}
	pusher := &push.Pusher{Channels: []chat.ChannelID{"test"}}
	e.Engine = bot.NewEngine(e.store, pusher, quietLog, e.counts, commands)
	t.Cleanup(e.Wait)
	return e
}

// message makes a fresh direct message.
func (e *engine) message(from, text string) chat.Message {
	e.n++
	return chat.Message{
		Channel: "test", ID: chat.MessageID(rune('0' + e.n)), Conv: chat.ConvID("dm-" + from),
		From: chat.UserID(from), Text: text, SentAt: time.Now(),
	}
}

// say sends a text and returns what stands in the outbox for it, as plain text.
func (e *engine) say(from, text string) []string {
	e.t.Helper()
	return e.deliver(e.message(from, text))
}

func (e *engine) deliver(m chat.Message) []string {
	e.t.Helper()
	before := e.lastOut()
	if err := chat.AcceptWait(e.t.Context(), e, m); err != nil {
		e.t.Fatalf("not accepted: %v", err)
	}
	return e.outSince(before)
}

func (e *engine) lastOut() (last uint64) {
	e.view(func(tx *store.Tx) error {
		var err error
		last, err = tx.Last("outbox")
		return err
	})
	return last
}

func (e *engine) outSince(n uint64) (texts []string) {
	e.view(func(tx *store.Tx) error {
		texts = nil
		return tx.Pending(n+1, func(o store.Entry) (bool, error) {
			texts = append(texts, plain(o.Out.Body))
			return true, nil
		})
	})
	return texts
}

func (e *engine) view(fn func(tx *store.Tx) error) {
	e.t.Helper()
	if err := e.store.View(context.Background(), fn); err != nil {
		e.t.Fatal(err)
	}
}

// plain is a body as one line of text, actions as [label].
func plain(b chat.Body) string {
	s := b.Title
	for _, bl := range b.Blocks {
		s += bl.Heading
		for _, l := range bl.Lines {
			s += l.Strong + l.Text
		}
		if bl.List != nil {
			for _, l := range bl.List.Items {
				s += "·" + l.Strong + l.Text
			}
		}
	}
	for _, a := range b.Actions {
		s += "[" + a.Label + "]"
	}
	return s
}
