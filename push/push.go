// Package push says who gets what the bot sends on its own account, and when: it
// finds the platform a person is reached on and the groups of a layer, waits out
// quiet hours, and keeps to the budget of reminders a person a day.
package push

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Class says how urgent a push is to the one who gets it.
type Class int

// The classes.
const (
	// Asked is the answer to something the person did just now: it goes at once.
	Asked Class = iota
	// Notice is news that belongs to the person (a draft handed on, a finding):
	// it waits for the end of quiet hours.
	Notice
	// Reminder waits for the end of quiet hours and counts against the budget;
	// what is over the budget is merged into one message.
	Reminder
)

// Pusher holds what the office decided about pushes.
type Pusher struct {
	PerDay   int              // reminders a person a day; 0 is no limit
	Quiet    Quiet            // the default quiet hours
	Channels []chat.ChannelID // the platforms that are on, the preferred first
}

// budget is how many reminders a person got on a day, and the message into which
// the rest was merged.
type budget struct {
	Sent   int    `json:"sent"`
	Merged uint64 `json:"merged,omitempty"` // outbox entry that collects the rest
}

var budgets = store.NewTable("push_budgets", store.Schema[budget]{Version: 1, Private: true})

// Person pushes a body to a person. It says false, without an error, if the
// person cannot be reached on any platform that is on.
func (p *Pusher) Person(tx *store.Tx, id people.ID, c Class, body chat.Body, opts ...store.EnqueueOption) (bool, error) {
	who, ok, err := people.Get(tx, id)
	if err != nil || !ok || who.Left {
		return false, err
	}
	target, ok, err := p.route(tx, who)
	if err != nil || !ok {
		return false, err
	}
	quiet := p.Quiet
	if who.Quiet != "" {
		if quiet, err = ParseQuiet(who.Quiet); err != nil {
			return false, fmt.Errorf("quiet hours of %s: %w", id, err)
		}
	}
	if c != Asked {
		if end, ok := quiet.End(tx.Now()); ok {
			opts = append(opts, store.NotBefore(end))
		}
	}
	out := chat.Outgoing{Target: target, Body: body}
	if c == Reminder && p.PerDay > 0 {
		return true, p.remind(tx, who, out, opts)
	}
	_, err = tx.Enqueue(out, opts...)
	return true, err
}

// route finds the platform the person used last, else the first that is on and
// on which the person has an account.
func (p *Pusher) route(tx *store.Tx, who people.Person) (chat.Target, bool, error) {
	last, err := people.LastUsed(tx, who.ID)
	if err != nil {
		return chat.Target{}, false, err
	}
	order := p.Channels
	if slices.Contains(order, chat.ChannelID(last)) {
		order = append([]chat.ChannelID{chat.ChannelID(last)}, order...)
	}
	for _, ch := range order {
		if user := who.Accounts[string(ch)]; user != "" {
			return chat.Target{Channel: ch, User: chat.UserID(user)}, true, nil
		}
	}
	return chat.Target{}, false, nil
}

// mergedAt is the time of day at which the reminders over the budget go out.
const mergedAt = 17*time.Hour + 50*time.Minute

func (p *Pusher) remind(tx *store.Tx, who people.Person, out chat.Outgoing, opts []store.EnqueueOption) error {
	key := tx.Today() + "/" + string(who.ID)
	b, _, err := budgets.Get(tx, key)
	if err != nil {
		return err
	}
	if b.Sent < p.PerDay {
		b.Sent++
		if _, err := tx.Enqueue(out, opts...); err != nil {
			return err
		}
		return budgets.Put(tx, key, b)
	}
	if b.Merged != 0 {
		ok, err := tx.Amend(b.Merged, func(e *store.Entry) { e.Out.Body = Merge(e.Out.Body, out.Body) })
		if err != nil || ok {
			return err
		}
	}
	now := tx.Now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if at := midnight.Add(mergedAt); at.After(now) {
		opts = append(opts, store.NotBefore(at))
	}
	out.Body = Merge(chat.Titled("还有几件事等您处理"), out.Body)
	if b.Merged, err = tx.Enqueue(out, opts...); err != nil {
		return err
	}
	return budgets.Put(tx, key, b)
}

// Merge puts what b says below a: one message of two.
func Merge(a, b chat.Body) chat.Body {
	if b.Title != "" {
		a = a.Heading(b.Title)
	}
	a.Blocks = append(a.Blocks[:len(a.Blocks):len(a.Blocks)], b.Blocks...)
	a.Actions = append(a.Actions[:len(a.Actions):len(a.Actions)], b.Actions...)
	for _, m := range b.Mentions {
		if !slices.Contains(a.Mentions, m) {
			a.Mentions = append(a.Mentions[:len(a.Mentions):len(a.Mentions)], m)
		}
	}
	return a
}

// Layer pushes a body to every group of a layer, on every platform that is on,
// and says to how many.
func (p *Pusher) Layer(tx *store.Tx, layer string, body chat.Body, opts ...store.EnqueueOption) (int, error) {
	groups, err := people.GroupsOf(tx, layer)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, g := range groups {
		if !slices.Contains(p.Channels, chat.ChannelID(g.Channel)) {
			continue
		}
		t := chat.Target{Channel: chat.ChannelID(g.Channel), Conv: chat.ConvID(g.Conv), Group: true}
		if _, err := tx.Enqueue(chat.Outgoing{Target: t, Body: body}, opts...); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Quiet are quiet hours, from a time of day to another, which may lie past
// midnight. The zero Quiet is none.
type Quiet struct{ From, To time.Duration }

// ParseQuiet reads "22:00-07:00" (also with full-width signs, 至 or ~); "" is none.
func ParseQuiet(s string) (Quiet, error) {
	s = strings.NewReplacer("：", ":", "－", "-", "—", "-", "~", "-", "～", "-", "至", "-", " ", "").Replace(s)
	if s == "" {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	f, err1 := clock(from)
	t, err2 := clock(to)
	if !ok || err1 != nil || err2 != nil || f == t {
		return Quiet{}, store.Errorf("没有看懂“%s”。请写成 22:00-7:00 的样子。", s)
	}
	return Quiet{From: f, To: t}, nil
}

func clock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("parse time of day %q: %w", s, err)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// String is the form that ParseQuiet reads.
func (q Quiet) String() string {
	if q == (Quiet{}) {
		return ""
	}
	f := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	return f(q.From) + "-" + f(q.To)
}

// End says whether now is within the quiet hours and when they end.
func (q Quiet) End(now time.Time) (time.Time, bool) {
	if q == (Quiet{}) {
		return time.Time{}, false
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	at := now.Sub(midnight)
	switch {
	case q.From < q.To && at >= q.From && at < q.To:
		return midnight.Add(q.To), true
	case q.From > q.To && at >= q.From:
		return midnight.AddDate(0, 0, 1).Add(q.To), true
	case q.From > q.To && at < q.To:
		return midnight.Add(q.To), true
	}
	return time.Time{}, false
}
