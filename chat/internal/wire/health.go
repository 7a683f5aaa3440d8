package wire

import (
	"sync"
	"time"

	"yunzhuan/chat"
)

// Health keeps the state of a channel's connection. A Channel that embeds one is a
// chat.Health.
type Health struct {
	clock  func() time.Time
	mu     sync.Mutex
	status chat.Status
}

// NewHealth makes a Health of a channel that is not started.
func NewHealth(clock func() time.Time) *Health {
	return &Health{clock: clock, status: chat.Status{Since: clock(), Detail: "not started"}}
}

// Status implements chat.Health.
func (h *Health) Status() chat.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

// SetStatus notes the state; Since moves when Connected changes.
func (h *Health) SetStatus(connected bool, detail string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status.Connected != connected {
		h.status.Since = h.clock()
	}
	h.status.Connected, h.status.Detail = connected, detail
}
