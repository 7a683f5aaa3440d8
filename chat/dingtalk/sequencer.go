package dingtalk

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"yunzhuan/chat"
)

// sequencer hands messages over in the order in which they were written. They
// come in the order of the wire, which is nearly that: messages that the platform
// pushes together may be turned round. So they gather here until none has come
// for a moment, and go in the order of their times of writing; under a steady
// flow there is no such moment, and they go after holdMax at the latest. That
// costs no throughput: nothing stands still meanwhile.
//
// What comes later than that is handed over late: order among the rest is not
// worth more waiting.
type sequencer struct {
	accept func(chat.Message, func(error))

	mu      sync.Mutex
	waiting []arrival // in the order in which they came
	running bool
}

const (
	holdQuiet = 50 * time.Microsecond
	holdMax   = 300 * time.Microsecond
)

// arrival is a message with what orders it: when it was written, then when the
// platform sent its frame; of equals the one that came first goes first.
type arrival struct {
	msg    chat.Message
	sentAt int64 // unix milliseconds
	pushed int64 // unix milliseconds
	done   func(error)
	came   time.Time
}

// add takes a message and returns at once.
func (s *sequencer) add(a arrival) {
	a.came = time.Now()
	s.mu.Lock()
	s.waiting = append(s.waiting, a)
	start := !s.running
	s.running = true
	s.mu.Unlock()
	if start {
		go s.drain()
	}
}

// drain hands over what waits, until nothing does.
func (s *sequencer) drain() {
	for {
		// Not a Sleep, whose shortest is a whole millisecond where nothing else runs:
		// other goroutines go first, and with none this is short.
		runtime.Gosched()
		gathered, more := s.take(time.Now())
		for _, a := range gathered {
			s.hand(a)
		}
		if !more {
			return
		}
	}
}

// take removes and returns what has gathered, in order, if it is time; more is
// false if nothing is left, and the next add starts anew.
func (s *sequencer) take(now time.Time) (gathered []arrival, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.waiting)
	if n > 0 && now.Sub(s.waiting[n-1].came) < holdQuiet && now.Sub(s.waiting[0].came) < holdMax {
		return nil, true
	}
	gathered, s.waiting = s.waiting, nil
	s.running = n > 0
	slices.SortStableFunc(gathered, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.sentAt, b.sentAt), cmp.Compare(a.pushed, b.pushed))
	})
	return gathered, s.running
}

var errPanic = errors.New("accept panicked")

// hand gives one message to the sink. A panic there is this message's failure
// and nobody else's.
func (s *sequencer) hand(a arrival) {
	defer func() {
		if p := recover(); p != nil {
			a.done(fmt.Errorf("%w: %T", errPanic, p))
		}
	}()
	s.accept(a.msg, a.done)
}
