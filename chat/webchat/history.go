package webchat

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"yunzhuan/chat"
)

const (
	maxEntries = 500 // kept of each conversation
	maxPushes  = 30  // kept of the list of what the bot sent last
)

// errOtherMessage: an id came again with another text or another author.
var errOtherMessage = errors.New("message id used for another message")

// entry is one message of a conversation as the page shows it. It is never
// changed once it is in the history, only replaced.
type entry struct {
	Seq      uint64      `json:"seq"` // of its last change
	ID       string      `json:"id"`
	Conv     chat.ConvID `json:"conv"`
	From     chat.UserID `json:"from,omitempty"`     // empty: the bot
	Text     string      `json:"text,omitempty"`     // what a person wrote
	Pictures []string    `json:"pictures,omitempty"` // what a person sent along, by hash
	Body     *chat.Body  `json:"body,omitempty"`     // what the bot said
	Brief    string      `json:"brief,omitempty"`    // what is not Text in one line
	At       string      `json:"at"`                 // RFC 3339
	Failed   bool        `json:"failed,omitempty"`
	// Recalled: it was taken back, and nothing of it is left.
	Recalled bool   `json:"recalled,omitempty"`
	key      string // idempotency key of what the bot said
}

// push is one line of the list of what the bot sent last, to whomever.
type push struct {
	Seq   uint64      `json:"seq"`
	Conv  chat.ConvID `json:"conv"`
	Brief string      `json:"brief"`
	At    string      `json:"at"`
}

// history keeps what was said since the process started, the last part of each
// conversation, and wakes whoever watches. One count numbers all changes.
type history struct {
	mu       sync.Mutex
	seq      uint64
	convs    map[chat.ConvID][]entry // by Seq
	pushes   []push                  // by Seq
	watchers map[chan struct{}]bool
}

func newHistory() *history {
	return &history{convs: map[chat.ConvID][]entry{}, watchers: map[chan struct{}]bool{}}
}

// note adds what a person wrote. The same message again changes nothing, unless
// it had failed: then it stands at the end now.
func (h *history) note(e entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.find(e.Conv, func(o entry) bool { return o.ID == e.ID }); i >= 0 {
		old := h.convs[e.Conv][i]
		if old.From != e.From || old.Text != e.Text || !slices.Equal(old.Pictures, e.Pictures) {
			return errOtherMessage
		}
		if !old.Failed {
			return nil
		}
	}
	h.put(e)
	return nil
}

// fail marks what a person wrote as not delivered.
func (h *history) fail(conv chat.ConvID, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.find(conv, func(o entry) bool { return o.ID == id }); i >= 0 {
		e := h.convs[conv][i]
		e.Failed = true
		h.put(e)
	}
}

// deliver adds what the bot said and returns its id; a key that is there already
// changes nothing.
func (h *history) deliver(e entry) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.key != "" {
		if i := h.find(e.Conv, func(o entry) bool { return o.key == e.key }); i >= 0 {
			return h.convs[e.Conv][i].ID
		}
	}
	h.put(e)
	h.seq++
	h.pushes = append(h.pushes, push{Seq: h.seq, Conv: e.Conv, Brief: e.Brief, At: e.At})
	if n := len(h.pushes) - maxPushes; n > 0 {
		h.pushes = slices.Delete(h.pushes, 0, n)
	}
	return e.ID
}

// put takes the entry of e's id out, if there is one, and adds e at the end.
func (h *history) put(e entry) {
	es := slices.DeleteFunc(h.convs[e.Conv], func(o entry) bool { return o.ID == e.ID })
	h.seq++
	e.Seq = h.seq
	es = append(es, e)
	if n := len(es) - maxEntries; n > 0 {
		es = slices.Delete(es, 0, n)
	}
	h.convs[e.Conv] = es
	for w := range h.watchers {
		select {
		case w <- struct{}{}:
		default: // already told
		}
	}
}

func (h *history) find(conv chat.ConvID, match func(entry) bool) int {
	return slices.IndexFunc(h.convs[conv], match)
}

// since returns what changed in convs after the change numbered last, and what
// the bot sent since, each in order.
func (h *history) since(convs []chat.ConvID, last uint64) ([]entry, []push) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var entries []entry
	for _, conv := range convs {
		es := h.convs[conv]
		i, _ := slices.BinarySearchFunc(es, last+1, func(e entry, s uint64) int { return cmp.Compare(e.Seq, s) })
		entries = append(entries, es[i:]...)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.Seq, b.Seq) })
	i, _ := slices.BinarySearchFunc(h.pushes, last+1, func(p push, s uint64) int { return cmp.Compare(p.Seq, s) })
	return entries, slices.Clone(h.pushes[i:])
}

// watch returns a channel that gets a value after every change, several changes
// in one where the reader is slow, and what ends the watching.
func (h *history) watch() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers[w] = true
	return w, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, w)
	}
}
