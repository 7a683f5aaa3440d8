package weixin

import (
	"context"
	"sync"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Slots are the HTTP responses for which the platform waits at this moment. What
// is to be said to the person whose message came with the request can go in it.
type Slots struct {
	mu       sync.Mutex
	open     map[string]*Slot
	answered map[string]bool // lately
	lately   []answeredAt    // the same, oldest first
}

type answeredAt struct {
	key string
	at  time.Time
}

// Slot is one response that waits. It takes one answer, or none.
type Slot struct {
	slots   *Slots
	key     string
	answer  chan []byte   // what Send has to say; nil: nothing will come
	written chan struct{} // closed when the response was written, or was not
	again   bool          // in place of one that waited
	err     error         // valid once written is closed
}

// AnswerTime is how long a response waits for what the bot says. The platforms
// give up after five seconds (WW 96466, MP).
const AnswerTime = 4500 * time.Millisecond

// answeredTime is how long it is known that a message has its answer: the platform
// tries three times, five seconds each.
const answeredTime = time.Minute

// NewSlots makes an empty set.
func NewSlots() *Slots {
	return &Slots{open: map[string]*Slot{}, answered: map[string]bool{}}
}

// Open opens a slot for the message of key, a message being tried again in place
// of the one before. It returns nil if that message has its answer already.
func (s *Slots) Open(key string, now time.Time) *Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.lately) > 0 && now.Sub(s.lately[0].at) > answeredTime {
		delete(s.answered, s.lately[0].key)
		s.lately = s.lately[1:]
	}
	if s.answered[key] {
		return nil
	}
	old := s.open[key]
	if old != nil {
		old.answer <- nil // it is in s.open, so nothing was put in
	}
	slot := &Slot{slots: s, key: key, answer: make(chan []byte, 1), written: make(chan struct{}), again: old != nil}
	s.open[key] = slot
	return slot
}

// take closes the slot of key to all others; nil if there is none.
func (s *Slots) take(key string, answered bool, now time.Time) *Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	slot := s.open[key]
	if slot != nil {
		delete(s.open, key)
		if answered {
			s.answered[key] = true
			s.lately = append(s.lately, answeredAt{key, now})
		}
	}
	return slot
}

// Decline says that nothing will go in the slot of key.
func (s *Slots) Decline(key string) {
	if slot := s.take(key, false, time.Time{}); slot != nil {
		slot.answer <- nil
	}
}

// Answer puts an answer into the slot of key and waits until it is written; ok is
// false if no slot waits, and nothing was said.
func (s *Slots) Answer(ctx context.Context, key string, answer []byte, now time.Time) (ok bool, fault *chat.SendError) {
	slot := s.take(key, true, now)
	if slot == nil {
		return false, nil
	}
	slot.answer <- answer
	select {
	case <-slot.written:
	case <-ctx.Done():
		return true, wire.NoAnswer(ctx.Err(), true)
	}
	if slot.err != nil {
		return true, wire.NoAnswer(slot.err, true)
	}
	return true, nil
}

// Wait waits for the answer until ctx ends; nil for none. After an answer,
// Written must be called.
func (sl *Slot) Wait(ctx context.Context) []byte {
	select {
	case a := <-sl.answer:
		return a
	case <-ctx.Done():
	}
	if sl.close() {
		return nil
	}
	return <-sl.answer // somebody has taken the slot: what they have to say is on its way
}

// close takes the slot out, if it is still there.
func (sl *Slot) close() bool {
	sl.slots.mu.Lock()
	defer sl.slots.mu.Unlock()
	if sl.slots.open[sl.key] != sl {
		return false
	}
	delete(sl.slots.open, sl.key)
	return true
}

// Written says how it went to write the answer.
func (sl *Slot) Written(err error) {
	sl.err = err
	close(sl.written)
}
