package weixin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"yunzhuan/chat"
)

// Callback is the address at which a platform brings its messages. A message is
// acknowledged, with status 200, only once it is kept; whatever is not right gets
// a status of 4xx and no word on why.
type Callback struct {
	guard  *Guard
	slots  *Slots
	decode func(msg []byte) (Arrival, error)
	empty  string // the body of a response that says nothing
	log    *slog.Logger
	clock  func() time.Time

	mu       sync.Mutex
	sink     chat.Sink // nil while nobody listens
	work     sync.WaitGroup
	refusals atomic.Int64
}

// Arrival is a message that came, and what becomes of its response.
type Arrival struct {
	Msg chat.Message // without an ID: nothing that the bot needs to know
	// Slot, if not empty, is the key under which the answer to the message may go in
	// the response.
	Slot string
}

const (
	maxBody  = 1 << 20          // bytes of a callback
	readTime = 10 * time.Second // in which they must have come
)

// NewCallback makes the handler of a callback address. decode reads a message that
// the guard has let through; empty is what the platform wants to hear where there
// is nothing to say.
func NewCallback(g *Guard, s *Slots, empty string, log *slog.Logger, clock func() time.Time, decode func([]byte) (Arrival, error)) *Callback {
	return &Callback{guard: g, slots: s, empty: empty, log: log, clock: clock, decode: decode}
}

// Run hands messages to sink until ctx ends, and returns once those in work are
// answered. listening is called as soon as messages are taken.
func (c *Callback) Run(ctx context.Context, sink chat.Sink, listening func()) {
	c.listen(sink)
	listening()
	<-ctx.Done()
	c.listen(nil)
	c.work.Wait()
}

func (c *Callback) listen(sink chat.Sink) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sink = sink
}

// enter begins the work on a request; false while nobody listens.
func (c *Callback) enter() (chat.Sink, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sink != nil {
		c.work.Add(1)
	}
	return c.sink, c.sink != nil
}

// ServeHTTP implements http.Handler.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodGet:
		c.echo(w, r)
	case http.MethodPost:
		c.post(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// echo answers the platform's check of the address.
func (c *Callback) echo(w http.ResponseWriter, r *http.Request) {
	text, err := c.guard.Echo(r.URL.Query())
	if err != nil || text == "" {
		c.refuse(w, http.StatusForbidden, err)
		return
	}
	// What comes back is the platform's own text: nothing may read it as a page.
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, text) // a caller that has gone asks again
}

// post takes a message.
func (c *Callback) post(w http.ResponseWriter, r *http.Request) {
	// The server has no time limit of its own: pages stay open.
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(readTime)) // where that cannot be set, nothing is lost
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = conn.SetReadDeadline(time.Time{})
	if err != nil {
		status := http.StatusBadRequest
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
		}
		c.refuse(w, status, errBody)
		return
	}
	sink, ok := c.enter()
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable) // the platform tries again
		return
	}
	defer c.work.Done()
	msg, err := c.guard.Message(r.URL.Query(), body)
	if err != nil {
		c.refuse(w, http.StatusForbidden, err)
		return
	}
	a, err := c.decode(msg)
	if err != nil {
		c.refuse(w, http.StatusBadRequest, err)
		return
	}
	c.accept(w, r, sink, a)
}

// accept hands the message over, waits until it is kept, and answers.
func (c *Callback) accept(w http.ResponseWriter, r *http.Request, sink chat.Sink, a Arrival) {
	a.Msg.Reply.Awaited = a.Slot != ""
	if a.Msg.ID == "" {
		_ = c.say(w, []byte(c.empty)) // a platform that has gone comes again
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), AnswerTime)
	defer cancel()
	var slot *Slot
	if a.Slot != "" {
		slot = c.slots.Open(a.Slot, c.clock())
	}
	// The work on a message outlives the request: what is accepted is finished.
	err := c.keep(ctx, context.WithoutCancel(r.Context()), sink, a.Msg)
	if errors.Is(err, chat.ErrSeen) {
		// Its answer is on its way to the request before this one, or nowhere.
		if slot != nil && !slot.again {
			c.slots.Decline(a.Slot)
		}
		err = nil
	}
	if err != nil {
		if slot != nil {
			c.slots.Decline(a.Slot)
		}
		c.count(err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var answer []byte
	if slot != nil {
		answer = slot.Wait(ctx)
	}
	if answer == nil {
		_ = c.say(w, []byte(c.empty)) // a platform that has gone comes again
		return
	}
	slot.Written(c.say(w, c.guard.Seal(answer)))
}

// say writes the whole response and tells whether it went.
func (c *Callback) say(w http.ResponseWriter, body []byte) error {
	if len(body) > 0 && body[0] == '<' {
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if _, err := w.Write(body); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

var (
	errNotKept = errors.New("not kept by the bot")
	errSlow    = errors.New("not kept in time")
	errPanic   = errors.New("accept panicked")
)

// keep waits until the message is kept.
func (c *Callback) keep(ctx, work context.Context, sink chat.Sink, m chat.Message) error {
	kept := make(chan error, 1)
	if err := hand(work, sink, m, func(err error) { kept <- err }); err != nil {
		c.log.Error("message not taken", "error", errPanic, "stack", string(debug.Stack()))
		return err
	}
	select {
	case err := <-kept:
		if errors.Is(err, chat.ErrSeen) {
			return err
		}
		if err != nil {
			return errNotKept // the bot has said why; its error may hold anything
		}
		return nil
	case <-ctx.Done():
		return errSlow
	}
}

// hand gives one message to the sink. A panic there is this message's failure.
func hand(ctx context.Context, sink chat.Sink, m chat.Message, done func(error)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %T", errPanic, p)
		}
	}()
	sink.Accept(ctx, m, done)
	return nil
}

// refuse answers what is not right.
func (c *Callback) refuse(w http.ResponseWriter, status int, err error) {
	c.count(err)
	w.WriteHeader(status)
}

// count logs what was not taken: the first, then each hundredth.
func (c *Callback) count(err error) {
	if n := c.refusals.Add(1); n%100 == 1 {
		c.log.Warn("callback not taken", "refused", n, "error", err)
	}
}
