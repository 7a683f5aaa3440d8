package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// maxTries is how often a message is tried before it becomes a dead letter.
const maxTries = 3

// retryPause is the pause before the second try; each further one is four times
// as long.
const retryPause = 50 * time.Millisecond

// queueRetry puts a message behind those that failed before; e.mu is held.
func (e *Engine) queueRetry(in *inbound) {
	e.retries = append(e.retries, in)
	e.holdLocked(in)
	if !e.retryOn {
		e.retryOn = true
		e.running.Add(1)
		go e.retryLoop()
	}
}

// retryLoop works on failed messages one at a time, in order.
func (e *Engine) retryLoop() {
	defer e.running.Done()
	for {
		e.mu.Lock()
		if len(e.retries) == 0 {
			e.retryOn = false
			e.mu.Unlock()
			return
		}
		in := e.retries[0]
		e.mu.Unlock()

		e.retry(in)

		e.mu.Lock()
		e.retries = e.retries[1:]
		e.mu.Unlock()
	}
}

// retry tries a message again and, when that does not help, makes it a dead
// letter. If not even that can be kept, the platform is not told that it was.
func (e *Engine) retry(in *inbound) {
	err := in.err
	pause := retryPause
	tries := 1
	if errors.Is(err, errBehind) {
		tries = 0 // it was not tried yet, only held back
	}
	for ; tries < maxTries; tries++ {
		if tries > 0 {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-in.ctx.Done():
				timer.Stop()
				e.finish(in, outcomeRefused, in.ctx.Err())
				return
			}
			pause *= 4
		}
		e.metrics.Message(string(in.msg.Channel), outcomeRetried)
		settled := make(chan error, 1)
		e.submit(in, true, func(err error) { settled <- err })
		if err = <-settled; err == nil {
			return
		}
	}
	e.logFailure(in.msg, err)
	no, kept := e.bury(in, err)
	if kept != nil {
		e.log.Error("message not kept", "channel", in.msg.Channel, "error", kept)
		e.finish(in, outcomeRefused, errors.New("not kept"))
		return
	}
	e.log.Error("dead letter", "no", no, "channel", in.msg.Channel)
	e.metrics.DeadLetter()
	e.finish(in, outcomeDead, nil)
}

func (e *Engine) logFailure(m chat.Message, err error) {
	var p *store.PanicError
	if errors.As(err, &p) {
		e.log.Error("handler panicked", "channel", m.Channel, "stack", string(p.Stack))
		return
	}
	e.log.Error("message failed", "channel", m.Channel, "error", err)
}

// DeadLetter is a message that could not be worked on, with what is needed to
// replay it.
type DeadLetter struct {
	No     uint64       `json:"no"` // shown as E-8842
	At     time.Time    `json:"at"`
	Msg    chat.Message `json:"msg"`
	Reason string       `json:"reason"`
	// Replayed is set once the message was worked on after all.
	Replayed bool `json:"replayed,omitempty"`
}

var deadLetters = store.NewTable("dead_letters", store.Schema[DeadLetter]{Version: 1, Private: true,
	Indexes: map[string]func(DeadLetter) []string{
		"open": func(d DeadLetter) []string {
			if d.Replayed {
				return nil
			}
			return []string{"open"}
		},
	}})

func deadLetterKey(no uint64) string { return fmt.Sprintf("%010d", no) }

// bury keeps a message as a dead letter and tells its sender and the office.
func (e *Engine) bury(in *inbound, cause error) (no uint64, err error) {
	err = e.store.Update(context.WithoutCancel(in.ctx), func(tx *store.Tx) error {
		m := in.msg
		first, err := tx.MarkSeen(m.Channel, m.ID)
		if err != nil || !first {
			return err
		}
		if no, err = tx.Next("dead_letter"); err != nil {
			return err
		}
		d := DeadLetter{No: no, At: tx.Now(), Msg: m, Reason: reason(cause)}
		if err := deadLetters.Put(tx, deadLetterKey(no), d); err != nil {
			return err
		}
		if m.Event == "" {
			sorry := chat.Text(fmt.Sprintf("刚才没有记上，已经留底并通知办公室（编号 E-%d）。请过一会儿看结果，不必重发。", no))
			if _, err := tx.Enqueue(chat.Outgoing{Target: replyTarget(m), Body: sorry}); err != nil {
				return err
			}
		}
		_, err = e.push.Layer(tx, people.OfficeLayer, chat.Text(fmt.Sprintf("有一条消息处理失败，已留底（编号 E-%d）。", no)).
			Tap("查看", fmt.Sprintf("/送达 E-%d", no)).Tap("重新处理", fmt.Sprintf("/送达 重放 E-%d", no)))
		return err
	})
	return no, err
}

// reason is what a dead letter keeps of its cause: enough to find the fault.
func reason(err error) string {
	var p *store.PanicError
	if errors.As(err, &p) {
		return "panic"
	}
	return err.Error()
}

// OpenDeadLetters lists the dead letters that were not replayed yet.
func OpenDeadLetters(tx *store.Tx) ([]DeadLetter, error) {
	return deadLetters.AllBy(tx, "open", "open")
}

// GetDeadLetter reads a dead letter.
func GetDeadLetter(tx *store.Tx, no uint64) (DeadLetter, bool, error) {
	return deadLetters.Get(tx, deadLetterKey(no))
}

// Replay works on a dead letter again, in this transaction, as if its message
// had just come in.
func (r *Request) Replay(ctx context.Context, d DeadLetter) error {
	if d.Replayed {
		return store.Errorf("E-%d 已经处理过了。", d.No)
	}
	d.Msg.Reply = chat.ReplyToken{} // long expired
	if _, err := r.engine.handle(ctx, r.Tx, d.Msg); err != nil {
		return store.Errorf("E-%d 仍然处理不了：%s。请联系维护人员。", d.No, reason(err))
	}
	d.Replayed, d.Msg = true, chat.Message{}
	return deadLetters.Put(r.Tx, deadLetterKey(d.No), d)
}

// DialogState decodes the state a dialog was given by Ask.
func DialogState[T any](raw json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("decode dialog: %w", err)
	}
	return v, nil
}
