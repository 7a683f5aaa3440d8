// Package push says who gets what the bot sends on its own account, and when: it
// finds the platform a person is reached on and the groups of a layer, waits out
// quiet hours, and keeps to the budget of reminders a person a day.
package push

import (
	"fmt"
	"slices"

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
	// Groupless are those of them on which there are no groups.
	Groupless []chat.ChannelID
}

// Person pushes a body to a person. It says false, without an error, if the
// person cannot be reached on any platform that is on.
func (p *Pusher) Person(tx *store.Tx, id people.ID, c Class, body chat.Body, opts ...store.EnqueueOption) (bool, error) {
	who, ok, err := people.Get(tx, id)
	if err != nil || !ok || who.Left {
		return false, err
	}
	targets, err := p.routes(tx, who)
	if err != nil || len(targets) == 0 {
		return false, err
	}
	quiet, err := p.QuietOf(who)
	if err != nil {
		return false, err
	}
	if c != Asked {
		if end, ok := quiet.End(tx.Now()); ok {
			opts = append(opts, store.NotBefore(end))
		}
	}
	if len(targets) > 1 {
		opts = append(opts, store.Fallback(targets[1:]...))
	}
	out := chat.Outgoing{Target: targets[0], Body: body}
	if c == Reminder && p.PerDay > 0 {
		return true, p.remind(tx, who, quiet, out, opts)
	}
	_, err = tx.Enqueue(out, opts...)
	return true, err
}

// QuietOf is the quiet hours of a person.
func (p *Pusher) QuietOf(who people.Person) (Quiet, error) {
	if who.Quiet == "" {
		return p.Quiet, nil
	}
	quiet, err := ParseQuiet(who.Quiet)
	if err != nil {
		return quiet, fmt.Errorf("quiet hours of %s: %w", who.ID, err)
	}
	return quiet, nil
}

// routes are where a person can be reached: on the platform they used last, then
// on the others that are on, in the office's order.
func (p *Pusher) routes(tx *store.Tx, who people.Person) ([]chat.Target, error) {
	last, err := people.LastUsed(tx, who.ID)
	if err != nil {
		return nil, err
	}
	var targets []chat.Target
	order := slices.DeleteFunc(slices.Clone(p.Channels), func(ch chat.ChannelID) bool { return string(ch) == last })
	if slices.Contains(p.Channels, chat.ChannelID(last)) {
		order = append([]chat.ChannelID{chat.ChannelID(last)}, order...)
	}
	for _, ch := range order {
		user := who.Account(string(ch))
		if user == "" {
			continue
		}
		heard, err := people.Heard(tx, who.ID, string(ch))
		if err != nil {
			return nil, err
		}
		targets = append(targets, chat.Target{Channel: ch, User: chat.UserID(user), Heard: heard})
	}
	return targets, nil
}

// OutsideGroups says whether a person can be reached only where there are no groups:
// what goes to the person's groups would never be seen.
func (p *Pusher) OutsideGroups(tx *store.Tx, who people.Person) (bool, error) {
	targets, err := p.routes(tx, who)
	if err != nil || len(targets) == 0 {
		return false, err
	}
	return !slices.ContainsFunc(targets, func(t chat.Target) bool { return !slices.Contains(p.Groupless, t.Channel) }), nil
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
