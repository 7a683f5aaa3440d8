package bot

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
)

const (
	// maxInFlight bounds the sends under way at once.
	maxInFlight = 128
	// A commit that brings as many entries as a crowd is one of many: what is said
	// to the bot is kept first, and for crowdPause only crowdInFlight answers go at
	// once. A crowd that does not end is not waited out for longer than crowdMost.
	crowd         = 8
	crowdPause    = 6 * time.Millisecond
	crowdMost     = time.Second
	crowdInFlight = 2
	// maxAttempts and maxAge end the tries of what fails for the time being.
	maxAttempts = 12
	maxAge      = 24 * time.Hour
	// drainTime is how long the outbox is flushed when the bot stops.
	drainTime = 10 * time.Second
)

// Sender brings what stands in the outbox to its platform: in order within a
// lane, below the platform's limits, and never twice by itself. An entry is
// claimed in the store before it is handed over, so that after a crash what may
// have arrived is known.
type Sender struct {
	store    *store.Store
	channels map[chat.ChannelID]chat.Channel
	log      *slog.Logger
	metrics  Metrics
	wake     chan struct{}
	// Photo reads a photo that is kept outside the store, by its name; set before Run.
	Photo func(name string) ([]byte, error)

	freshMu      sync.Mutex
	fresh        []store.Entry // came or changed, and not taken up yet
	crowded      time.Time     // when a crowd came last
	crowdedSince time.Time     // and when the first of those that came close upon each other

	// The rest belongs to the goroutine of Run.
	lanes    map[string]*lane
	ready    []*lane  // lanes with something to send, in the order in which they became so
	deferred schedule // entries that wait for their time
	windows  map[chat.ChannelID]windows
	lastID   uint64          // of the entries that were taken up
	inFlight int             // lanes whose head is claimed, sent or not yet settled
	finished []attempt       // tried, and not settled yet
	turning  bool            // a turn is on its way to the disk
	since    time.Time       // from when there was something for the next turn to do
	rest     time.Time       // no turn before this, because the last one failed
	results  chan func()     // what sends and turns have to say, run by Run
	idle     chan func()     // to goroutines that have nothing to send
	sendCtx  context.Context // ends the sends under way
	sends    sync.WaitGroup
}

// lane is one conversation's queue.
type lane struct {
	key     string
	queue   []store.Entry
	busy    bool // its head is on its way
	listed  bool // it is in ready
	blocked time.Time
	held    bool // its head waits until the person says something
	windows windows
}

// NewSender makes a sender for the given channels.
func NewSender(s *store.Store, log *slog.Logger, m Metrics, channels ...chat.Channel) *Sender {
	d := &Sender{
		store: s, log: log, metrics: m, channels: map[chat.ChannelID]chat.Channel{},
		wake: make(chan struct{}, 1), lanes: map[string]*lane{},
		windows: map[chat.ChannelID]windows{}, results: make(chan func(), maxInFlight),
		idle: make(chan func()),
	}
	for _, c := range channels {
		d.channels[c.ID()] = c
		d.windows[c.ID()] = newWindows(limitsOf(c).App)
	}
	s.OnOutbox(d.hear)
	return d
}

// hear takes note of what the store has for the outbox.
func (d *Sender) hear(entries []store.Entry) {
	d.freshMu.Lock()
	d.fresh = append(d.fresh, entries...)
	rush := 0 // answers that nobody holds a response open for
	for _, e := range entries {
		if !e.Out.Target.Reply.Awaited {
			rush++
		}
	}
	if now := time.Now(); rush >= crowd {
		if now.Sub(d.crowded) > crowdPause {
			d.crowdedSince = now
		}
		d.crowded = now
	}
	d.freshMu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then goes on for up to ten seconds with what could
// go at once, and returns. It must run once in a Sender's life.
func (d *Sender) Run(ctx context.Context) error {
	sendCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	d.sendCtx = sendCtx
	if err := d.settleClaims(sendCtx); err != nil {
		return err
	}
	if err := d.load(sendCtx); err != nil {
		return err
	}
	drain := (<-chan time.Time)(nil)
	done := ctx.Done()
	for {
		d.takeUp()
		wait := d.turn(sendCtx)
		if drain != nil && d.inFlight == 0 && !d.turning && len(d.ready) == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-d.wake:
		case f := <-d.results:
			f()
			d.takeResults()
		case <-timer.C:
		case <-done:
			done = nil
			drain = time.After(drainTime)
		case <-drain:
			stop() // ends the sends under way
			d.abandon()
			return nil
		}
		timer.Stop()
	}
}

// abandon waits for sends that were cut off; what they could not settle stays
// claimed and is found at the next start.
func (d *Sender) abandon() {
	ended := make(chan struct{})
	go func() {
		d.sends.Wait()
		close(ended)
	}()
	for {
		select {
		case f := <-d.results:
			f()
		case <-ended:
			return
		}
	}
}

// takeResults works off what else is there, so that one claim serves many lanes.
func (d *Sender) takeResults() {
	for {
		select {
		case f := <-d.results:
			f()
		default:
			return
		}
	}
}

// settleClaims ends what was on its way when the bot died. A platform with a
// duplicate check gets it again; elsewhere it is kept as unknown and shown.
func (d *Sender) settleClaims(ctx context.Context) error {
	unknown := 0
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		unknown = 0
		ids, err := tx.Claims()
		if err != nil {
			return err
		}
		for _, id := range ids {
			e, _, err := tx.PendingEntry(id)
			if err != nil {
				return err
			}
			recalled, err := tx.Recalled(e)
			if err != nil {
				return err
			}
			if c, ok := d.channels[e.Out.Target.Channel].(chat.Idempotent); ok && c.Idempotent(e.Out) && !recalled {
				err = tx.Release(e)
			} else {
				unknown++
				err = tx.Settle(e, store.Outcome{State: store.Unknown, Reason: "interrupted by a stop of the bot"})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle interrupted sends: %w", err)
	}
	if unknown > 0 {
		d.log.Warn("sends were interrupted", "unknown", unknown)
	}
	return nil
}

// load takes up what waits since before the start.
func (d *Sender) load(ctx context.Context) error {
	var waiting []store.Entry
	err := d.store.View(ctx, func(tx *store.Tx) error {
		waiting = waiting[:0]
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			waiting = append(waiting, e)
			return true, nil
		})
	})
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	for _, e := range waiting {
		d.lastID = e.ID
		d.place(e)
	}
	return nil
}

// takeUp places what came since the last call. Numbers rise in the order of
// commits: one that is not new was changed while it waits.
func (d *Sender) takeUp() {
	d.freshMu.Lock()
	fresh := d.fresh
	d.fresh = nil
	d.freshMu.Unlock()
	for _, e := range fresh {
		if e.ID > d.lastID {
			d.lastID = e.ID
			d.place(e)
		} else if d.deferred.remove(e.ID) {
			d.place(e)
		}
		// One that waits in its lane is read again when it is claimed.
	}
}

// place puts an entry into its lane, or among those that wait for their time.
// What is meant for a platform that is off keeps waiting in the store.
func (d *Sender) place(e store.Entry) {
	c := d.channels[e.Out.Target.Channel]
	if c == nil {
		return
	}
	if e.NotBefore.After(d.store.Now()) {
		d.deferred.add(e)
		return
	}
	key := e.Out.Target.Lane()
	l := d.lanes[key]
	if l == nil {
		rates := limitsOf(c).User
		if e.Out.Target.Group {
			rates = limitsOf(c).Group
		}
		l = &lane{key: key, windows: newWindows(rates)}
		d.lanes[key] = l
	}
	if !l.busy && len(l.queue) == 0 && d.sendable(l, e) {
		l.busy = true
		d.inFlight++
		d.sendAtOnce(l, e)
		return
	}
	l.queue = append(l.queue, e)
	l.held = l.held || e.Held
	d.list(l)
}

// sendable says whether an entry can go without a turn: an answer for which its
// platform waits, claimed already, with nothing to be loaded.
func (d *Sender) sendable(l *lane, e store.Entry) bool {
	return e.Claimed() && !hasBlob(e.Out.Body) && !l.held && d.pause(l, d.channels[e.Out.Target.Channel], d.store.Now()) <= 0
}

// sendAtOnce sends a sendable entry of a lane that is marked as busy.
func (d *Sender) sendAtOnce(l *lane, e store.Entry) {
	now := d.store.Now()
	for _, w := range []windows{l.windows, d.windows[e.Out.Target.Channel]} {
		w.reserve()
		w.take(now)
	}
	d.spawn(d.sendCtx, func() { d.send(d.sendCtx, pick{lane: l, entry: e}) })
}

// list puts a lane among the ready ones if it has something to send.
func (d *Sender) list(l *lane) {
	if !l.listed && !l.busy && l.goes(d.store.Now()) {
		l.listed = true
		d.ready = append(d.ready, l)
	}
}

// idlePause is how long Run sleeps when nothing is due; it is woken before by
// whatever comes.
const idlePause = time.Minute

// turn is one transaction: it settles what was tried since the last turn and
// claims the heads of the lanes that may send now. One turn is on its way at a
// time, so that what comes together is written together. It returns how long
// nothing will be due.
func (d *Sender) turn(ctx context.Context) time.Duration {
	now := d.store.Now()
	if d.turning {
		return idlePause // its end wakes Run
	}
	if wait := d.rest.Sub(now); wait > 0 {
		return wait
	}
	if wait := d.gather(); wait > 0 {
		return wait
	}
	tried := d.finished
	picked, wait := d.choose(now, tried)
	if len(picked)+len(tried) == 0 {
		return wait
	}
	d.finished, d.turning, d.since = nil, true, time.Time{}
	claimed := make([]*store.Entry, len(picked))
	d.store.Submit(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for _, t := range tried {
			if err := t.settle(tx); err != nil {
				return err
			}
		}
		for i, p := range picked {
			var err error
			if claimed[i], err = p.claim(tx); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		d.sends.Go(func() { d.report(func() { d.turned(ctx, tried, picked, claimed, err) }) })
	})
	return wait
}

// turnWait is how long a turn waits for company: what is being sent will have to
// be settled in a moment, and a commit costs much the same for one as for many.
const turnWait = time.Millisecond

// settleWait is turnWait for answers that a platform waited for: their lanes go on
// without it.
const settleWait = 5 * time.Millisecond

// gather says how long the next turn should wait for more to do.
func (d *Sender) gather() time.Duration {
	sending := d.inFlight - len(d.finished)
	if sending == 0 || len(d.finished)+len(d.ready) == 0 {
		d.since = time.Time{}
		return 0
	}
	if d.since.IsZero() {
		d.since = time.Now()
	}
	wait := turnWait
	if len(d.ready) == 0 && !slices.ContainsFunc(d.finished, func(t attempt) bool { return !t.entry.Claimed() || len(t.lane.queue) > 0 }) {
		wait = settleWait
	}
	return wait - time.Since(d.since)
}

// choose picks the heads of the lanes that may send now, and says how long until
// the next one may. A lane whose entry ends in the same turn goes on with its next.
func (d *Sender) choose(now time.Time, tried []attempt) ([]pick, time.Duration) {
	for _, e := range d.deferred.due(now) {
		d.place(e)
	}
	wait := d.deferred.wait(now, idlePause)
	limit, crowdOver := d.limit()
	wait = min(wait, crowdOver)
	var picked []pick
	for i := range tried {
		l := tried[i].lane
		if !tried[i].gone && tried[i].verdict.ended() && l.goes(now) && d.inFlight <= limit &&
			d.pause(l, d.channels[l.queue[0].Out.Target.Channel], now) <= 0 {
			tried[i].goesOn = true
			picked = append(picked, d.pick(l, now))
		}
	}
	peaks := d.peaks(now)
	var rest []*lane
	for i, l := range d.ready {
		if d.inFlight >= limit {
			rest = append(rest, d.ready[i:]...)
			break
		}
		ch := d.channels[l.queue[0].Out.Target.Channel]
		if pause := max(d.pause(l, ch, now), peaks.wait(l)); pause > 0 {
			wait = min(wait, pause)
			rest = append(rest, l)
			continue
		}
		l.listed, l.busy = false, true
		d.inFlight++
		picked = append(picked, d.pick(l, now))
	}
	d.ready = rest
	return picked, wait
}

// pick takes the head of a lane, with a place in the limits for its first part;
// further parts wait in their goroutine.
func (d *Sender) pick(l *lane, now time.Time) pick {
	p := l.pick(now)
	l.windows.reserve()
	d.windows[p.entry.Out.Target.Channel].reserve()
	return p
}

// limit is how many sends may be under way, and how long until more may.
func (d *Sender) limit() (int, time.Duration) {
	d.freshMu.Lock()
	defer d.freshMu.Unlock()
	pause := min(crowdPause-time.Since(d.crowded), crowdMost-time.Since(d.crowdedSince))
	if pause > 0 {
		return crowdInFlight, pause
	}
	return maxInFlight, idlePause
}

// pause says how long a lane must wait for its platform's limits.
func (d *Sender) pause(l *lane, ch chat.Channel, now time.Time) time.Duration {
	return max(l.blocked.Sub(now), l.windows.wait(now), d.windows[ch.ID()].wait(now))
}

func limitsOf(c chat.Channel) chat.Limits {
	if l, ok := c.(chat.Limiter); ok {
		return l.Limits()
	}
	return chat.Limits{}
}
