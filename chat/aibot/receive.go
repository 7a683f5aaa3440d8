package aibot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"yunzhuan/chat"
)

// The callbacks in work are bounded by what they hold. Beyond, reading waits a
// moment for room, and then refuses: answers to what the bot sends come over the
// same line and cannot wait behind.
const (
	maxRoom   = 32 << 20 // bytes
	frameCost = 4 << 10  // of a callback, beside its text
)

// The platform is told nothing of a callback, and brings one again at most after
// a new connection (field). So who wrote a message that was not kept is told.
const (
	notKeptText    = "刚才没有记上，请再发一次。"
	unreadableText = "刚才那条没能读出来，请换成文字再发一次。"
	tooBusyText    = "现在消息太多，刚才那条没有记上，请过一会儿再发一次。"
)

// maxNotices is how many notices are sent at once; beyond, the log alone tells.
const maxNotices = 32

// frame takes one frame off a connection.
func (r *receiver) frame(s *session, raw []byte) {
	var f frame
	if json.Unmarshal(raw, &f) != nil {
		r.refuse(fmt.Errorf("frame of %d bytes not readable", len(raw)))
		return
	}
	switch f.Cmd {
	case "":
		r.answered(s, f)
	case cmdMessage, cmdEvent:
		r.callback(s, f, int64(len(raw)))
	default:
		r.refuse(errors.New("frame of an unknown command"))
	}
}

// answered takes an answer to a frame of ours.
func (r *receiver) answered(s *session, f frame) {
	id := string(f.Headers.ReqID)
	if id == s.subscribeID && f.ErrCode == "0" {
		r.subscribed(s)
	}
	if s.resolve(f) || f.ErrCode == "0" {
		return // who no longer waits has called the outcome unknown
	}
	if strings.HasPrefix(id, cmdPing) {
		r.refuse(fmt.Errorf("ping refused with code %s", clip(string(f.ErrCode), 20)))
		if codes[string(f.ErrCode)].lost {
			s.close()
		}
	}
}

// work is a callback on its way to the sink. Its end is told once.
type work struct {
	r     *receiver
	reqID string
	msg   chat.Message
	cost  int64 // of the room that it holds
	once  sync.Once
}

// callback takes a message or an event.
func (r *receiver) callback(s *session, f frame, size int64) {
	r.busy.Enter()
	w := &work{r: r, reqID: string(f.Headers.ReqID)}
	defer func() {
		if p := recover(); p != nil {
			r.c.log.Error("taking a message panicked", "stack", string(debug.Stack()))
			w.end(fmt.Errorf("%w: %T", errPanic, p), notKeptText)
		}
	}()
	m, ok, err := r.c.decode(f)
	w.msg = m
	switch {
	case errors.Is(err, errKicked):
		s.kicked.Store(true)
		r.c.setSession(nil)
		s.close()
		w.end(nil, "")
		return
	case err != nil:
		w.end(err, unreadableText)
		return
	case !ok:
		w.end(nil, "")
		return
	}
	cost := min(size+frameCost, r.c.room)
	if !r.acquire(cost) {
		w.end(errTooBusy, tooBusyText)
		return
	}
	w.cost = cost
	// The work on a message outlives the connection that brought it, and the wish
	// to stop: what is accepted is finished.
	r.sink.Accept(context.Background(), m, func(err error) {
		if err != nil {
			err = errNotKept // the bot has said why; its error may hold anything
		}
		w.end(err, notKeptText)
	})
}

// acquire takes room for a callback, and waits for it a moment; but once that was
// for nothing, not again before there is some.
func (r *receiver) acquire(cost int64) bool {
	if r.room.TryAcquire(cost) {
		r.full.Store(false)
		return true
	}
	if r.full.Load() {
		return false
	}
	r.c.log.Warn("too many messages in work, reading is paused")
	ctx, cancel := context.WithTimeout(r.life, r.c.pace.pause)
	defer cancel()
	if r.room.Acquire(ctx, cost) != nil {
		r.full.Store(true)
		return false
	}
	return true
}

var (
	errPanic   = errors.New("accept panicked")
	errNotKept = errors.New("not kept by the bot")
	errTooBusy = errors.New("too many messages in work")
)

// end ends the work on a callback. It does not block.
func (w *work) end(err error, notice string) {
	w.once.Do(func() {
		r := w.r
		if w.cost > 0 {
			r.room.Release(w.cost)
		}
		if err == nil {
			w.done(true)
			return
		}
		r.refuse(err)
		if !r.begin(func() { w.notify(notice); w.done(false) }) {
			w.done(false)
		}
	})
}

func (w *work) done(kept bool) {
	w.r.busy.Leave()
	if w.r.c.through != nil {
		w.r.c.through(w.reqID, kept)
	}
}

// notify tells who wrote a message that it was not taken. An event was not
// written by anyone, and is not answered.
func (w *work) notify(text string) {
	r, m := w.r, w.msg
	if m.Event != "" || m.Conv == "" && m.Reply.Addr == "" {
		return
	}
	select {
	case r.notices <- struct{}{}:
		defer func() { <-r.notices }()
	default:
		r.refuse(errors.New("too many notices at once, one was not sent"))
		return
	}
	to := chat.Target{Channel: ChannelID, Conv: m.Conv, User: m.From, Group: m.Group, Reply: m.Reply}
	if fault := r.c.say(r.life, to, piece{kind: pieceText, text: text, plain: text}, ""); fault != nil {
		r.refuse(fmt.Errorf("notice not sent: %w", fault))
	}
}

// refuse logs what went wrong with a frame: the first, then each hundredth.
func (r *receiver) refuse(err error) {
	if n := r.refusals.Add(1); n%100 == 1 {
		r.c.log.Error("message not taken", "refused", n, "error", err)
	}
}

// clip shortens what comes from outside for a log.
func clip(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
