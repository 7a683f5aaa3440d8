package webchat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yunzhuan/chat"
)

const (
	heartbeat     = 15 * time.Second // between two "now" events
	streamTimeout = 30 * time.Second // a page that takes nothing for so long is gone
)

// serveEvents streams what is said in the conversations of one person, from the
// oldest that is kept or, with a Last-Event-ID (or ?last=, for a page that opens
// the stream anew), from there. Event ids hold the epoch: after a restart the
// stream begins at the beginning.
func (c *Channel) serveEvents(w http.ResponseWriter, r *http.Request) {
	user := chat.UserID(r.FormValue("as"))
	if _, ok := c.members[user]; !ok {
		fault(w, http.StatusNotFound, "没有这个身份")
		return
	}
	_, stop := c.running()
	changed, unwatch := c.hist.watch()
	defer unwatch()

	s := &stream{w: w, ctl: http.NewResponseController(w), epoch: c.epoch}
	s.last = s.resume(r)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = s.ctl.SetReadDeadline(time.Time{}) // not every writer has one; a server's ReadTimeout would end the stream
	if _, err := fmt.Fprint(w, "retry: 1500\n\n"); err != nil {
		return
	}

	convs := c.convsOf(user)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	beat := true // after what is old, the page learns that it is up to date
	for {
		err := s.changes(c.hist.since(convs, s.last))
		if err == nil && beat {
			err = s.event("now", s.last, map[string]string{"now": c.stamp(), "epoch": c.epoch})
		}
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			return
		}
		select {
		case <-changed:
			beat = false
		case <-tick.C:
			beat = true
		case <-stop:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// stream writes one page's events.
type stream struct {
	w     http.ResponseWriter
	ctl   *http.ResponseController
	epoch string
	last  uint64 // number of the last change written
}

// resume reads where an earlier stream of this process stopped; 0 for none.
func (s *stream) resume(r *http.Request) uint64 {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.FormValue("last")
	}
	epoch, seq, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil || epoch != s.epoch {
		return 0
	}
	return n
}

// changes writes entries and pushes, both in order, as one order.
func (s *stream) changes(entries []entry, pushes []push) error {
	for len(entries)+len(pushes) > 0 {
		var err error
		if len(pushes) == 0 || len(entries) > 0 && entries[0].Seq < pushes[0].Seq {
			err = s.event("message", entries[0].Seq, entries[0])
			entries = entries[1:]
		} else {
			err = s.event("push", pushes[0].Seq, pushes[0])
			pushes = pushes[1:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) event(name string, seq uint64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	_ = s.ctl.SetWriteDeadline(time.Now().Add(streamTimeout)) // not every writer has one
	s.last = max(s.last, seq)
	if _, err := fmt.Fprintf(s.w, "event: %s\nid: %s-%d\ndata: %s\n\n", name, s.epoch, seq, data); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

func (s *stream) flush() error {
	if err := s.ctl.Flush(); err != nil {
		return fmt.Errorf("flush events: %w", err)
	}
	return nil
}
