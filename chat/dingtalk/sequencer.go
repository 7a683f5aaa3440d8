package dingtalk

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"yunzhuan/chat"
)

// sequencer hands messages over in the order in which they were written.
//
// The SDK runs every frame in a goroutine of its own, and of frames that arrive
// together the scheduler likes to run the last one first. What it does not say
// is in which order they came. So a message waits here until the goroutines that
// are ready to run have run (which is what Gosched means to a goroutine that is
// alone in wanting nothing else), as long as that brings further messages; then
// what has gathered is sorted by the time of writing. With nothing else to do,
// that is a matter of microseconds; under load, of about as long as the frames
// read in the meantime take to decode.
//
// It is not a promise against the platform: a frame that the network brings later
// than that is handed over late.
type sequencer struct {
	accept func(chat.Message, func(error))

	mu      sync.Mutex
	waiting []arrival
	running bool
}

// arrival is a message with what orders it: when it was written, then when the
// platform sent its frame; of equals the one that came first goes first.
type arrival struct {
	msg    chat.Message
	sentAt int64 // unix milliseconds
	pushed int64 // unix milliseconds
	done   func(error)
}

// maxRounds bounds the waiting of what came first under a steady flow.
const maxRounds = 8

// add takes a message and returns at once.
func (s *sequencer) add(a arrival) {
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
		gathered := s.gather()
		if gathered == nil {
			return
		}
		slices.SortStableFunc(gathered, func(a, b arrival) int {
			return cmp.Or(cmp.Compare(a.sentAt, b.sentAt), cmp.Compare(a.pushed, b.pushed))
		})
		for _, a := range gathered {
			s.hand(a)
		}
	}
}

// gather waits until no more messages join those that wait, and takes them all;
// nil if there are none, and the next add starts anew.
func (s *sequencer) gather() []arrival {
	seen := 0
	for range maxRounds {
		runtime.Gosched()
		s.mu.Lock()
		n := len(s.waiting)
		s.mu.Unlock()
		if n == seen {
			break
		}
		seen = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	gathered := s.waiting
	s.waiting = nil
	s.running = len(gathered) > 0
	return gathered
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
