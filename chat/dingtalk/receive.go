package dingtalk

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/utils"
	"golang.org/x/sync/semaphore"

	"yunzhuan/chat"
)

// receiver is one Run of a Channel: it keeps a connection and works on its
// frames.
type receiver struct {
	c     *Channel
	sdk   *client.StreamClient
	seq   sequencer
	room  *semaphore.Weighted // bytes of the frames in work
	tasks sync.WaitGroup      // goroutines that read or renew a connection

	mu      sync.Mutex
	current *connection
	all     []*connection // not yet dead, or with work
	closed  bool          // no connection is taken up any more

	refusals atomic.Int64
	life     context.Context // ends with the receiver
	end      context.CancelFunc
}

// The frames in work are bounded by what they hold. Beyond, none is read until
// some are answered: the platform waits, and nothing is lost.
const (
	maxRoom   = 32 << 20 // bytes
	frameCost = 4 << 10  // of a frame, beside its text
)

func newReceiver(c *Channel, sink chat.Sink) *receiver {
	r := &receiver{c: c, sdk: newSDK(c.cfg), room: semaphore.NewWeighted(c.room)}
	r.life, r.end = context.WithCancel(context.Background())
	// The work on a message outlives the connection that brought it, and the
	// wish to stop: what is accepted is finished.
	r.seq.accept = func(m chat.Message, done func(error)) { sink.Accept(context.Background(), m, done) }
	return r
}

// codes of an ack
const (
	codeOK         = payload.DataFrameResponseStatusCodeKOK
	codeBadRequest = 400 // no retry makes it readable
	codeNotFound   = payload.DataFrameResponseStatusCodeKHandlerNotFound
	codeFailed     = payload.DataFrameResponseStatusCodeKInternalError
)

// frame takes one frame off a connection. It blocks while too much is in work.
func (r *receiver) frame(c *connection, raw []byte) {
	cost := min(int64(len(raw))+frameCost, r.c.room)
	if !r.room.TryAcquire(cost) {
		r.c.log.Warn("too many messages in work, reading is paused")
		if r.room.Acquire(r.life, cost) != nil {
			return // the bot stops
		}
	}
	c.busy.Enter()
	df := &payload.DataFrame{}
	var once sync.Once
	answer := func(code int, text, data string) {
		once.Do(func() {
			r.room.Release(cost)
			c.answer(ackOf(df, code, text, data))
		})
	}
	defer func() {
		if p := recover(); p != nil {
			r.c.log.Error("frame handler panicked", "stack", string(debug.Stack()))
			answer(codeFailed, notAccepted, "")
		}
	}()
	got, err := payload.DecodeDataFrame(raw)
	if err != nil {
		r.refuse(errors.New("frame not readable"))
		answer(codeBadRequest, "not readable", "")
		return
	}
	df = got
	r.dispatch(c, df, answer)
}

// notAccepted is all that the platform is told of a failure.
const notAccepted = "not accepted"

// ackOf is the answer to a frame.
func ackOf(df *payload.DataFrame, code int, text, data string) *payload.DataFrameResponse {
	ack := payload.NewDataFrameResponse(code)
	ack.SetHeader(payload.DataFrameHeaderKMessageId, df.GetMessageId())
	ack.SetHeader(payload.DataFrameHeaderKContentType, payload.DataFrameContentTypeKJson)
	ack.Message = text
	ack.SetData(data)
	return ack
}

// dispatch works on a frame by its kind; answer is called once, now or later.
func (r *receiver) dispatch(c *connection, df *payload.DataFrame, answer func(code int, text, data string)) {
	switch {
	case df.Type == utils.SubscriptionTypeKSystem:
		if df.GetTopic() == "disconnect" {
			c.renewal.Do(func() { r.tasks.Go(func() { r.renew(c) }) })
		}
		answer(codeOK, "OK", df.Data) // a ping wants its data back
	case df.Type == utils.SubscriptionTypeKEvent:
		r.onEvent(df, answer)
	case df.GetTopic() == payload.BotMessageCallbackTopic:
		r.onMessage(df, answer)
	case df.GetTopic() == payload.CardInstanceCallbackTopic:
		// The bot sends no cards, and leaves those of others as they are.
		answer(codeOK, "OK", `{"response":{}}`)
	default:
		answer(codeNotFound, "no such topic", "")
	}
}

// onMessage takes a message to the robot.
func (r *receiver) onMessage(df *payload.DataFrame, answer func(code int, text, data string)) {
	m, err := r.c.decodeMessage(df.Data)
	if err != nil {
		r.refuse(err)
		answer(codeBadRequest, "not readable", "")
		return
	}
	r.deliver(m, df, func(err error) {
		if err != nil {
			answer(codeFailed, notAccepted, "")
			return
		}
		answer(codeOK, "OK", `{"response":null}`)
	})
}

// onEvent takes an event of the organisation. What means nothing to the bot, or
// would not be readable later either, is acknowledged.
func (r *receiver) onEvent(df *payload.DataFrame, answer func(code int, text, data string)) {
	m, ok, err := r.c.decodeEvent(df)
	if err != nil {
		r.refuse(err)
	}
	if !ok {
		answer(codeOK, "OK", `{"status":"SUCCESS"}`)
		return
	}
	r.deliver(m, df, func(err error) {
		if err != nil {
			answer(codeOK, "OK", `{"status":"LATER"}`)
			return
		}
		answer(codeOK, "OK", `{"status":"SUCCESS"}`)
	})
}

// deliver hands a message to the sink; done is called with the outcome.
func (r *receiver) deliver(m chat.Message, df *payload.DataFrame, done func(error)) {
	r.seq.add(arrival{msg: m, sentAt: m.SentAt.UnixMilli(), pushed: df.GetTimestamp(), done: func(err error) {
		switch {
		case errors.Is(err, errPanic):
			r.refuse(err)
		case err != nil:
			r.refuse(errNotKept) // the bot has said why; its error may hold anything
		}
		done(err)
	}})
}

var errNotKept = errors.New("not kept by the bot")

// refuse logs a frame that was not taken: the first, then each hundredth.
func (r *receiver) refuse(err error) {
	if n := r.refusals.Add(1); n%100 == 1 {
		r.c.log.Error("message not taken", "refused", n, "error", err)
	}
}
