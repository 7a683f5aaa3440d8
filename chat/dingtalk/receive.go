package dingtalk

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/handler"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"

	"yunzhuan/chat"
)

// receiver is one Run of a Channel: it keeps a connection and works on its
// frames.
type receiver struct {
	c    *Channel
	seq  sequencer
	busy gate // the frames in work, over all connections

	mu      sync.Mutex
	current *link
	closed  bool // no link is opened any more

	refusals atomic.Int64

	life context.Context // ends with the receiver
	end  context.CancelFunc
}

func newReceiver(c *Channel, sink chat.Sink) *receiver {
	setSDKLog(c.log)
	r := &receiver{c: c}
	r.life, r.end = context.WithCancel(context.Background())
	// The work on a message outlives the connection that brought it, and the
	// wish to stop: what is accepted is finished.
	r.seq.accept = func(m chat.Message, done func(error)) { sink.Accept(context.Background(), m, done) }
	return r
}

// codeBadRequest is the answer to a frame that no retry makes readable.
const codeBadRequest = 400

var errBusy = errors.New("too many messages in work")

// taken is what a handler says of a frame: the answer, and the error that stands
// in the log when it was not taken.
type taken struct {
	ack *payload.DataFrameResponse
	err error
}

// guard makes an SDK handler of ours: bounded, counted, and safe from panics. The
// SDK would leave a frame whose handler panicked without an answer, and put the
// text of an error into it.
func (r *receiver) guard(l *link, take func(*payload.DataFrame) taken) handler.IFrameHandler {
	return func(_ context.Context, df *payload.DataFrame) (ack *payload.DataFrameResponse, _ error) {
		defer func() {
			if p := recover(); p != nil {
				r.c.log.Error("frame handler panicked", "stack", string(debug.Stack()))
				ack = failed()
			}
		}()
		size := len(df.Data)
		ok, near := r.busy.enter(size)
		if !ok {
			r.refuse(errBusy)
			return failed(), nil
		}
		defer r.busy.leave(size)
		l.busy.enter(0)
		defer l.busy.leave(0)
		if near {
			r.c.log.Warn("many messages in work", "limit", maxBusy)
		}
		t := take(df)
		if t.err != nil {
			r.refuse(t.err)
		}
		return t.ack, nil
	}
}

// refuse logs a frame that was not taken: the first, then each hundredth.
func (r *receiver) refuse(err error) {
	if n := r.refusals.Add(1); n%100 == 1 {
		r.c.log.Error("message not taken", "refused", n, "error", err)
	}
}

// onMessage takes a message to the robot. It returns when the message is kept.
func (r *receiver) onMessage(df *payload.DataFrame) taken {
	m, err := r.c.decodeMessage(df.Data)
	if err != nil {
		return taken{ack: payload.NewDataFrameResponse(codeBadRequest), err: err}
	}
	if err := r.deliver(m, df); err != nil {
		return taken{ack: failed(), err: err}
	}
	return taken{ack: succeeded(`{"response":null}`)}
}

// onEvent takes an event of the organisation. The ones that mean nothing to the
// bot are acknowledged.
func (r *receiver) onEvent(df *payload.DataFrame) taken {
	m, ok, err := r.c.decodeEvent(df)
	if err != nil {
		return taken{ack: succeeded(`{"status":"SUCCESS"}`), err: err} // it would not be readable later either
	}
	if ok {
		if err := r.deliver(m, df); err != nil {
			return taken{ack: succeeded(`{"status":"LATER"}`), err: err}
		}
	}
	return taken{ack: succeeded(`{"status":"SUCCESS"}`)}
}

// onCard acknowledges the tap on a card: the bot sends none, and leaves those of
// others as they are.
func (r *receiver) onCard(*payload.DataFrame) taken {
	return taken{ack: succeeded(`{"response":{}}`)}
}

// deliver hands a message to the sink and waits for the outcome.
func (r *receiver) deliver(m chat.Message, df *payload.DataFrame) error {
	done := make(chan error, 1)
	r.seq.add(arrival{
		msg: m, sentAt: m.SentAt.UnixMilli(), pushed: df.GetTimestamp(),
		done: func(err error) { done <- err },
	})
	return <-done
}

func succeeded(data string) *payload.DataFrameResponse {
	ack := payload.NewSuccessDataFrameResponse()
	ack.Message = "OK"
	ack.SetData(data)
	return ack
}

// failed says that a frame was not taken, and nothing of why.
func failed() *payload.DataFrameResponse {
	ack := payload.NewDataFrameResponse(payload.DataFrameResponseStatusCodeKInternalError)
	ack.Message = "not accepted"
	return ack
}

// stop ends the receiver: the frames in work are answered, then the connection
// closes, then what is still in work is waited for.
func (r *receiver) stop() {
	began := time.Now()
	r.busy.wait(r.c.pace.drain)
	r.end()
	r.mu.Lock()
	r.closed = true
	l := r.current
	r.mu.Unlock()
	if l != nil {
		l.cli.Close()
	}
	if !r.busy.wait(r.c.pace.finish) {
		r.c.log.Error("messages still in work at the end", "waited", time.Since(began).Round(time.Second))
	}
}
