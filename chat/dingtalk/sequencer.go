package dingtalk

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"yunzhuan/chat"
)

// sequencer hands messages over in the order in which they were written.
//
// The SDK runs every frame in a goroutine of its own, and of frames that arrive
// together the scheduler likes to run the last one first; nothing tells in which
// order they came. So every message waits here for hold, which is far longer than
// a goroutine takes to start and to decode a frame, and goes after all that were
// written before it and came in that time. The wait costs no throughput: nothing
// stands still meanwhile. Without it, half of the bursts of 64 frames came out of
// order; with it, none does on a machine that is not itself starved.
//
// It is no promise against the network: a frame that comes later than that is
// handed over late.
type sequencer struct {
	accept func(chat.Message, func(error))

	mu      sync.Mutex
	waiting []arrival
	running bool
}

const (
	// hold is how long a message waits for those that were written before it.
	hold = time.Millisecond
	// holdStep is the least time between two looks at what waits.
	holdStep = hold / 4
)

// arrival is a message with what orders it: when it was written, then when the
// platform sent its frame; of equals the one that came first goes first.
type arrival struct {
	msg    chat.Message
	sentAt int64 // unix milliseconds
	pushed int64 // unix milliseconds
	done   func(error)
	due    time.Time
}

// add takes a message and returns at once.
func (s *sequencer) add(a arrival) {
	a.due = time.Now().Add(hold)
	s.mu.Lock()
	s.waiting = append(s.waiting, a)
	start := !s.running
	s.running = true
	s.mu.Unlock()
	if start {
		go s.drain()
	}
}

// drain hands over what waits, each when it is due, until nothing does.
func (s *sequencer) drain() {
	for {
		wait, ok := s.next()
		if !ok {
			return
		}
		time.Sleep(wait)
		for _, a := range s.take(time.Now()) {
			s.hand(a)
		}
	}
}

// next says how long nothing is due; ok is false if nothing waits, and the next
// add starts anew.
func (s *sequencer) next() (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = len(s.waiting) > 0
	if !s.running {
		return 0, false
	}
	due := s.waiting[0].due
	for _, a := range s.waiting[1:] {
		if a.due.Before(due) {
			due = a.due
		}
	}
	return max(time.Until(due), holdStep), true
}

// take removes and returns what is due, with all that was written before it, in
// order.
func (s *sequencer) take(now time.Time) []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.waiting, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.sentAt, b.sentAt), cmp.Compare(a.pushed, b.pushed), a.due.Compare(b.due))
	})
	n := 0
	for i, a := range s.waiting {
		if !a.due.After(now) {
			n = i + 1
		}
	}
	taken := slices.Clone(s.waiting[:n])
	s.waiting = slices.Delete(s.waiting, 0, n)
	return taken
}

// hand gives one message to the sink. A panic there is this message's failure
// and nobody else's.
func (s *sequencer) hand(a arrival) {
	defer func() {
		if p := recover(); p != nil {
			a.done(fmt.Errorf("accept panicked: %T", p))
		}
	}()
	s.accept(a.msg, a.done)
}
