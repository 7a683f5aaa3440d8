package bot

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/push"
	"yunzhuan/store"
)

// pick is the head of a lane, and what is merged into it.
type pick struct {
	lane   *lane
	entry  store.Entry
	merged []store.Entry
	// after stands between the entry and what is merged into it; "" for nothing.
	after string
}

// mergeMax bounds the entries that are merged into one message.
const mergeMax = 10

// goes says whether the lane has something that may go: one that is held goes on
// with the answer to what the person just said.
func (l *lane) goes(now time.Time) bool {
	return len(l.queue) > 0 && (!l.held || l.answer(now) >= 0)
}

// answer is the place in the queue of the last answer that can go by its reply
// address; -1 for none.
func (l *lane) answer(now time.Time) int {
	for i, e := range slices.Backward(l.queue) {
		if e.Out.Target.Reply.Addr != "" && e.Out.Part == 0 && now.Before(e.Out.Target.Reply.ExpiresAt) {
			return i
		}
	}
	return -1
}

// pick takes the head of the lane. When more texts wait for a group than its
// limit lets through, they become one message.
func (l *lane) pick(now time.Time) pick {
	free := l.windows.free(now)
	scarce := free >= 0 && free < len(l.queue)
	if l.held {
		return l.pickAnswer(now)
	}
	p := pick{lane: l, entry: l.queue[0]}
	l.queue = l.queue[1:]
	for scarce && len(l.queue) > 0 && len(p.merged) < mergeMax && mergeable(p.entry) && mergeable(l.queue[0]) {
		p.merged = append(p.merged, l.queue[0])
		l.queue = l.queue[1:]
	}
	return p
}

// pickAnswer takes the answer to what the person just said, and with it what had
// to wait for that: the platform may let through nothing but this one message.
func (l *lane) pickAnswer(now time.Time) pick {
	i := l.answer(now)
	p := pick{lane: l, entry: l.queue[i], after: "———— 以下是之前没能送到的 ————"}
	var rest []store.Entry
	for j, e := range l.queue {
		switch {
		case j == i:
		case e.Out.Target.Reply.Addr == "" && !e.Ephemeral && !p.entry.Ephemeral && e.Out.Part == 0 && len(p.merged) < mergeMax:
			p.merged = append(p.merged, e)
		default:
			rest = append(rest, e)
		}
	}
	l.queue, l.held = rest, false
	return p
}

func mergeable(e store.Entry) bool {
	return e.Out.Target.Group && e.Out.Part == 0 && e.Batch == "" && len(e.Out.Body.Actions) == 0 &&
		!hasBlob(e.Out.Body) && !slices.ContainsFunc(e.Out.Body.Blocks, func(b chat.Block) bool { return b.Table != nil })
}

// hasBlob says whether something of the body is kept by itself.
func hasBlob(b chat.Body) bool {
	return slices.ContainsFunc(b.Blocks, func(bl chat.Block) bool { _, _, ok := bl.Blob(); return ok })
}

// turned goes on after a turn: lanes whose entry was settled are free, and what
// was claimed is sent. When the turn failed, nothing of it is so.
func (d *Sender) turned(ctx context.Context, tried []attempt, picked []pick, claimed []*store.Entry, err error) {
	d.turning = false
	if err != nil {
		d.log.Error("outbox not written", "error", err)
		d.rest = d.store.Now().Add(turnPause)
		for _, p := range picked {
			p.lane.queue = append(append([]store.Entry{p.entry}, p.merged...), p.lane.queue...)
			d.unreserve(p)
			p.lane.held = p.lane.held || slices.ContainsFunc(p.lane.queue, func(e store.Entry) bool { return e.Held })
			if !slices.ContainsFunc(tried, func(t attempt) bool { return t.goesOn && t.lane == p.lane }) {
				d.free(p.lane)
			}
		}
		for i := range tried {
			tried[i].goesOn = false
		}
		d.finished = append(tried, d.finished...)
		return
	}
	for _, t := range tried {
		if t.goesOn || t.gone {
			continue
		}
		switch {
		case t.verdict.retryAfter > 0:
			t.lane.queue = append([]store.Entry{t.entry}, t.lane.queue...)
			t.lane.blocked = t.at.Add(t.verdict.retryAfter)
		case t.verdict.held:
			t.entry.Held = true
			t.lane.queue = append([]store.Entry{t.entry}, t.lane.queue...)
			t.lane.held = true
		}
		d.free(t.lane)
	}
	d.sendClaimed(ctx, picked, claimed)
}

// turnPause is how long the sender rests when the store refused a turn.
const turnPause = 2 * time.Second

// free lets a lane go on.
func (d *Sender) free(l *lane) {
	d.inFlight--
	l.busy = false
	d.list(l)
	if len(l.queue) == 0 && l.windows.empty(d.store.Now()) {
		delete(d.lanes, l.key)
	}
}

// claim claims a pick and returns what is to be sent; nil if nothing is left.
func (p pick) claim(tx *store.Tx) (*store.Entry, error) {
	e, ok, err := tx.Claim(p.entry)
	if err != nil || !ok {
		return nil, err
	}
	if expired(e, tx.Now()) {
		return nil, tx.Settle(e, noLongerMattered)
	}
	merged := 0
	for _, m := range p.merged {
		other, ok, err := tx.Claim(m)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if expired(other, tx.Now()) {
			if err := tx.Settle(other, noLongerMattered); err != nil {
				return nil, err
			}
			continue
		}
		if p.after != "" && merged == 0 {
			e.Out.Body = e.Out.Body.Para(p.after)
		}
		merged++
		e.Out.Body = push.Merge(e.Out.Body, other.Out.Body)
		if err := tx.Settle(other, store.Outcome{State: store.Merged, Into: e.ID}); err != nil {
			return nil, err
		}
	}
	if len(p.merged) > 0 {
		if err := tx.Progress(e); err != nil {
			return nil, err
		}
	}
	return &e, tx.LoadBlobs(&e.Out.Body)
}

var noLongerMattered = store.Outcome{State: store.Expired, Reason: "no longer mattered"}

func expired(e store.Entry, now time.Time) bool {
	return !e.ExpiresAt.IsZero() && now.After(e.ExpiresAt)
}

// sendClaimed starts the sends: one body to several people in one call where the
// platform can, each of the rest by itself.
func (d *Sender) sendClaimed(ctx context.Context, picked []pick, claimed []*store.Entry) {
	batches := map[string][]pick{}
	for i, p := range picked {
		if claimed[i] == nil {
			d.unreserve(p)
			d.free(p.lane)
			continue
		}
		p.entry = *claimed[i]
		now := d.store.Now()
		p.lane.windows.take(now)
		d.windows[p.entry.Out.Target.Channel].take(now)
		if key := d.batchKey(p.entry); key != "" {
			batches[key] = append(batches[key], p)
			continue
		}
		d.spawn(ctx, func() { d.send(ctx, p) })
	}
	for _, group := range batches {
		size := d.channels[group[0].entry.Out.Target.Channel].(chat.BatchSender).BatchSize()
		for part := range slices.Chunk(group, size) {
			d.spawn(ctx, func() { d.sendBatch(ctx, part) })
		}
	}
}

// spawn runs a send beside the others, on a goroutine that has none at the moment
// or on a new one. They stay until ctx ends: a send needs more stack than a new
// goroutine has, and growing it costs as much as a part of the send.
func (d *Sender) spawn(ctx context.Context, send func()) {
	select {
	case d.idle <- send:
		return
	default:
	}
	d.sends.Go(func() {
		for {
			send()
			select {
			case send = <-d.idle:
			case <-ctx.Done():
				return
			}
		}
	})
}

// unreserve gives back the places of a pick that is not sent.
func (d *Sender) unreserve(p pick) {
	p.lane.windows.release()
	d.windows[p.entry.Out.Target.Channel].release()
}

// batchKey is equal for entries that may share a call, "" for what goes alone.
func (d *Sender) batchKey(e store.Entry) string {
	t := e.Out.Target
	if _, ok := d.channels[t.Channel].(chat.BatchSender); !ok || t.Group || t.User == "" || t.Reply.Addr != "" || e.Out.Part != 0 || undrawn(e.Out.Body) {
		return ""
	}
	raw, err := json.Marshal(withoutBlobs(e).Out.Body)
	if err != nil {
		return ""
	}
	return string(t.Channel) + "\x00" + string(raw)
}

// report hands a result to Run's goroutine.
func (d *Sender) report(f func()) { d.results <- f }

// send sends an entry, part by part, and settles it.
func (d *Sender) send(ctx context.Context, p pick) {
	ch := d.channels[p.entry.Out.Target.Channel]
	body, err := d.drawn(ctx, p.entry.Out.Body)
	if err != nil {
		d.tried(p, chat.Receipt{}, err)
		return
	}
	for {
		out := p.entry.Out
		out.Body = body
		receipt, err := ch.Send(ctx, out)
		if err != nil || !receipt.More {
			d.tried(p, receipt, err)
			return
		}
		p.arrived(receipt)
		// The arrival of a part is kept before the next one goes.
		bare := withoutBlobs(p.entry)
		if err := d.store.Update(ctx, func(tx *store.Tx) error { return tx.Progress(bare) }); err != nil {
			d.tried(p, receipt, err)
			return
		}
		if !d.awaitPart(ctx, p.lane, ch) {
			return // the bot stops: the entry stays claimed
		}
	}
}

// arrived notes that a part has arrived, and others follow.
func (p *pick) arrived(r chat.Receipt) {
	p.entry.Out.Part++
	if p.entry.Batch != "" {
		p.entry.Receipts = append(slices.Clip(p.entry.Receipts), r.ID)
	}
}

// awaitPart waits until the platform's limits allow the next part.
func (d *Sender) awaitPart(ctx context.Context, l *lane, ch chat.Channel) bool {
	for {
		pause := make(chan time.Duration, 1)
		d.report(func() {
			now := d.store.Now()
			wait := d.pause(l, ch, now)
			if wait <= 0 {
				for _, w := range []windows{l.windows, d.windows[ch.ID()]} {
					w.reserve()
					w.take(now)
				}
			}
			pause <- wait
		})
		wait := <-pause
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			d.report(func() { d.inFlight-- })
			return false
		}
	}
}

// sendBatch sends one body to several people in one call. What has further
// parts goes on by itself.
func (d *Sender) sendBatch(ctx context.Context, group []pick) {
	if len(group) == 1 {
		d.send(ctx, group[0])
		return
	}
	outs := make([]chat.Outgoing, len(group))
	for i, p := range group {
		outs[i] = p.entry.Out
	}
	ch := d.channels[outs[0].Target.Channel].(chat.BatchSender)
	for i, r := range ch.SendBatch(ctx, outs) {
		p := group[i]
		if r.Err == nil && r.Receipt.More {
			d.sends.Go(func() {
				p.arrived(r.Receipt)
				bare := withoutBlobs(p.entry)
				if err := d.store.Update(ctx, func(tx *store.Tx) error { return tx.Progress(bare) }); err != nil {
					d.tried(p, r.Receipt, err)
					return
				}
				d.send(ctx, p)
			})
			continue
		}
		d.tried(p, r.Receipt, r.Err)
	}
}

// withoutBlobs is the entry as it is kept: pictures and files stand in the blob
// store.
func withoutBlobs(e store.Entry) store.Entry {
	blocks := slices.Clone(e.Out.Body.Blocks)
	for i, bl := range blocks {
		if _, key, ok := bl.Blob(); ok {
			blocks[i] = bl.WithBlob(nil, key)
		}
	}
	e.Out.Body.Blocks = blocks
	return e
}

// attempt is an entry that was tried, and what becomes of it.
type attempt struct {
	lane    *lane
	entry   store.Entry
	receipt chat.Receipt
	err     error
	verdict verdict
	at      time.Time
	goesOn  bool // its lane's next entry is claimed in the turn that settles this one
	gone    bool // its lane has gone on with its next entry, which was claimed already
}

// tried hands over how a send went, to be written down in the next turn. Until
// then the entry stays claimed, and is found at the next start.
func (d *Sender) tried(p pick, receipt chat.Receipt, sendErr error) {
	t := attempt{lane: p.lane, entry: withoutBlobs(p.entry), receipt: receipt, err: sendErr, at: d.store.Now()}
	t.verdict = judge(t.entry, sendErr, t.at)
	channel := t.entry.Out.Target.Channel
	d.metrics.Delivery(string(channel), t.verdict.name)
	if sendErr != nil {
		d.log.Warn("send failed", "no", t.entry.ID, "channel", channel, "outcome", t.verdict.name, "error", sendErr)
	}
	if !t.verdict.ended() {
		t.entry.Attempts++
		t.entry.LastError = sendErr.Error()
	}
	d.report(func() {
		t.gone = t.verdict.ended() && d.goOn(t.lane)
		d.finished = append(d.finished, t)
	})
}

// goOn sends the lane's next entry if that is an answer for which its platform
// waits: what becomes of the one before is known, if not yet written.
func (d *Sender) goOn(l *lane) bool {
	if len(l.queue) == 0 || !d.sendable(l, l.queue[0]) {
		return false
	}
	e := l.queue[0]
	l.queue = l.queue[1:]
	d.sendAtOnce(l, e)
	return true
}

// settle writes down what becomes of the entry.
func (t attempt) settle(tx *store.Tx) error {
	switch {
	case t.verdict.retryAfter > 0:
		return tx.Release(t.entry)
	case t.verdict.held:
		return tx.Hold(t.entry)
	case t.verdict.diverted:
		return tx.Divert(t.entry, t.err.Error())
	}
	o := store.Outcome{State: t.verdict.state, Receipt: t.receipt.ID}
	if t.err != nil {
		o.Reason = t.err.Error()
	}
	return tx.Settle(t.entry, o)
}

// verdict is what becomes of an entry after a try.
type verdict struct {
	name       string // for the metrics
	state      store.State
	retryAfter time.Duration // > 0: it waits and is tried again
	held       bool          // it waits until the person says something
	diverted   bool          // it goes to the next place of its fallback
}

// ended says that the entry is out of its lane.
func (v verdict) ended() bool { return v.retryAfter == 0 && !v.held }

// judge is the table of retries: what did not arrive for the time being is tried
// again, what is final is not, and what may have arrived is never repeated.
func judge(e store.Entry, err error, now time.Time) verdict {
	kind := chat.KindOf(err)
	if e.Attempts+1 >= maxAttempts && kind == chat.Temporary || now.Sub(e.At) > maxAge && e.Attempts > 0 {
		kind = chat.Final
	}
	if (kind == chat.Final || kind == chat.Held) && len(e.Fallback) > 0 && e.Out.Part == 0 {
		return verdict{name: "diverted", diverted: true}
	}
	switch kind {
	case "":
		return verdict{name: string(store.Delivered), state: store.Delivered}
	case chat.Held:
		return verdict{name: "held", held: true}
	case chat.Final:
		return verdict{name: string(store.Dead), state: store.Dead}
	case chat.Unknown:
		return verdict{name: string(store.Unknown), state: store.Unknown}
	}
	wait := backoff(e.Attempts)
	var se *chat.SendError
	if errors.As(err, &se) && se.RetryAfter > 0 {
		wait = se.RetryAfter
	}
	return verdict{name: "retry", retryAfter: wait}
}

// backoff doubles from one second to five minutes, with a fifth of jitter.
func backoff(attempts int) time.Duration {
	wait := min(time.Second<<min(attempts, 9), 5*time.Minute)
	return wait + rand.N(wait/5)
}
