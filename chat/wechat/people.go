package wechat

import (
	"sync"
	"time"

	"yunzhuan/chat"
)

// people knows what may be said to whom: a follower's message opens a few customer
// messages, and so do a tap on the menu, a subscription and a scan (MP
// sendCustomMessage). It remembers in memory alone: of whom nothing was heard since
// the start, the platform is asked.
type people struct {
	clock func() time.Time

	mu      sync.Mutex
	known   map[chat.UserID]*person
	sweepAt time.Time
}

// person is one follower.
type person struct {
	heard   time.Time      // lately, or when the platform said that nothing is left
	last    chat.MessageID // what was heard then
	gen     int            // grows whenever messages are opened
	wrote   allowance      // opened by a message
	tapped  allowance      // opened by a tap, a subscription or a scan
	certain bool           // wrote is what the platform has, too, and not older than the start
	gone    bool           // unfollowed
}

// allowance is how many customer messages are left, and until when.
type allowance struct {
	left  int
	until time.Time
}

func (a *allowance) open(now time.Time) bool { return a.left > 0 && now.Before(a.until) }

const (
	wroteLeft = 5
	wroteTime = 48 * time.Hour
	tapLeft   = 3
	tapTime   = time.Minute
	goneTime  = 30 * 24 * time.Hour // unfollowed ones are forgotten then
	sweepTime = time.Hour
	// heardGrain is how much too early a Target's Heard may be.
	heardGrain = time.Hour
)

func newPeople(clock func() time.Time) *people {
	return &people{clock: clock, known: map[chat.UserID]*person{}}
}

// get returns the entry of a person, fresh if there is none; p.mu is held.
func (p *people) get(u chat.UserID, now time.Time) *person {
	if !now.Before(p.sweepAt) {
		p.sweep(now)
	}
	who := p.known[u]
	if who == nil {
		who = &person{}
		p.known[u] = who
	}
	who.heard = now
	return who
}

// sweep forgets those to whom nothing is open any more.
func (p *people) sweep(now time.Time) {
	p.sweepAt = now.Add(sweepTime)
	for u, who := range p.known {
		keep := wroteTime
		if who.gone {
			keep = goneTime
		}
		if now.Sub(who.heard) >= keep {
			delete(p.known, u)
		}
	}
}

// wrote notes a message; the same one again opens nothing.
func (p *people) wrote(u chat.UserID, id chat.MessageID) {
	p.opens(u, id, func(who *person, now time.Time) {
		who.wrote, who.certain = allowance{wroteLeft, now.Add(wroteTime)}, true
	})
}

// tapped notes a tap on the menu, a subscription or a scan.
func (p *people) tapped(u chat.UserID, id chat.MessageID) {
	p.opens(u, id, func(who *person, now time.Time) { who.tapped = allowance{tapLeft, now.Add(tapTime)} })
}

func (p *people) opens(u chat.UserID, id chat.MessageID, open func(*person, time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	who := p.get(u, now)
	if who.last == id {
		return // brought once more
	}
	who.last, who.gone = id, false
	who.gen++
	open(who, now)
}

// left notes that a person unfollowed.
func (p *people) left(u chat.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	who := p.get(u, now)
	*who = person{heard: now, gen: who.gen + 1, gone: true}
}

// isGone says whether a person is known to have unfollowed.
func (p *people) isGone(u chat.UserID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := p.known[u]
	return who != nil && who.gone
}

// ticket is the right to send one customer message. Exactly one of its methods, or
// none where the message was or may have been taken, is called.
type ticket struct {
	people *people
	user   chat.UserID
	gen    int // of the person; 0 for one who was not known
	tapped bool
	none   bool // nothing was counted
}

// take counts one customer message; ok is false where none is left for certain.
// heard is when others heard the person last, an hour too early at most; zero for
// never.
func (p *people) take(u chat.UserID, heard time.Time) (t ticket, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	who := p.known[u]
	past := now.Sub(heard) >= wroteTime+heardGrain
	if who == nil {
		return ticket{people: p, user: u, none: true}, !past
	}
	t = ticket{people: p, user: u, gen: who.gen}
	switch {
	case who.tapped.open(now): // it ends sooner
		who.tapped.left--
		t.tapped = true
	case who.wrote.open(now):
		who.wrote.left--
	case who.certain || past:
		return t, false
	default:
		t.none = true
	}
	return t, true
}

// back gives the right back: the message did not arrive.
func (t ticket) back() {
	t.people.mu.Lock()
	defer t.people.mu.Unlock()
	who := t.people.known[t.user]
	switch {
	case t.none || who == nil || who.gen != t.gen:
	case t.tapped:
		who.tapped.left++
	default:
		who.wrote.left++
	}
}

// refused notes that the platform has nothing left for the person, unless more was
// opened meanwhile.
func (t ticket) refused() {
	t.people.mu.Lock()
	defer t.people.mu.Unlock()
	if who := t.people.known[t.user]; who != nil && who.gen != t.gen {
		return
	}
	who := t.people.get(t.user, t.people.clock())
	who.wrote, who.tapped, who.certain = allowance{}, allowance{}, true
}
