package push

import (
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// budget is how many reminders a person got on a day, and the message into which
// the rest was merged.
type budget struct {
	Sent   int    `json:"sent"`
	Merged uint64 `json:"merged,omitempty"` // outbox entry that collects the rest
}

var budgets = store.NewTable("push_budgets", store.Schema[budget]{Version: 1, Private: true})

// The times of day at which the reminders over the budget go out: those of the
// evening wait for the next morning.
const (
	mergedAt    = 17*time.Hour + 50*time.Minute
	nextMorning = 24*time.Hour + 8*time.Hour + 30*time.Minute
)

// remind sends a reminder within the budget, or merges it into the message that
// collects what is over it. opts hold what the quiet hours and the caller want.
func (p *Pusher) remind(tx *store.Tx, who people.Person, quiet Quiet, out chat.Outgoing, opts []store.EnqueueOption) error {
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
	at := mergeTime(tx.Now(), quiet, opts)
	if b.Merged != 0 {
		ok, err := tx.Amend(b.Merged, func(e *store.Entry) {
			e.Out.Body = Merge(e.Out.Body, out.Body)
			if at.Before(e.NotBefore) {
				e.NotBefore = at
			}
		})
		if err != nil || ok {
			return err
		}
	}
	out.Body = Merge(chat.Titled("还有几件事等您处理"), out.Body)
	// The message is about several things: it does not expire with one of them.
	opts = append(opts, store.NotBefore(at), store.ExpiresAt(time.Time{}))
	if b.Merged, err = tx.Enqueue(out, opts...); err != nil {
		return err
	}
	return budgets.Put(tx, key, b)
}

// mergeTime is when a merged message goes out that has a reminder with the given
// options in it: at the end of the day, or the next morning, outside of quiet
// hours; but at once what would no longer matter by then.
func mergeTime(now time.Time, quiet Quiet, opts []store.EnqueueOption) time.Time {
	var e store.Entry
	for _, o := range opts {
		o(&e)
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	at := midnight.Add(mergedAt)
	if !now.Before(at) {
		at = midnight.Add(nextMorning)
	}
	if end, ok := quiet.End(at); ok {
		at = end
	}
	if !e.ExpiresAt.IsZero() && !at.Before(e.ExpiresAt) {
		at = now
		if e.NotBefore.After(at) {
			at = e.NotBefore
		}
	}
	return at
}

// Merge puts what b says below a: one message of two.
func Merge(a, b chat.Body) chat.Body {
	if b.Title != "" {
		a = a.Heading(b.Title)
	}
	a.Blocks = append(a.Blocks[:len(a.Blocks):len(a.Blocks)], b.Blocks...)
	for _, act := range b.Actions {
		// Two that say the same are one: the later label names less of what it is about.
		if act.Send == "" || !slices.ContainsFunc(a.Actions, func(has chat.Action) bool { return has.Send == act.Send }) {
			a.Actions = append(a.Actions[:len(a.Actions):len(a.Actions)], act)
		}
	}
	for _, m := range b.Mentions {
		if !slices.Contains(a.Mentions, m) {
			a.Mentions = append(a.Mentions[:len(a.Mentions):len(a.Mentions)], m)
		}
	}
	return a
}

// Prune removes the budgets of days gone by.
func Prune(tx *store.Tx) error {
	var old []string
	// A message that was merged late may still wait today.
	oldest := tx.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	err := budgets.Scan(tx, "", func(key string, _ budget) (bool, error) {
		if key >= oldest {
			return false, nil
		}
		old = append(old, key)
		return true, nil
	})
	for _, key := range old {
		if err == nil {
			err = budgets.Delete(tx, key)
		}
	}
	return err
}
