package webchat_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
)

// event is one event of the stream with what the tests look at of its data.
type event struct {
	Name, ID string

	Msg    string      `json:"id"`
	Conv   chat.ConvID `json:"conv"`
	From   chat.UserID `json:"from"`
	Text   string      `json:"text"`
	Body   *chat.Body  `json:"body"`
	Brief  string      `json:"brief"`
	At     string      `json:"at"`
	Failed bool        `json:"failed"`
	Now    string      `json:"now"`
}

// eventStream is an open GET /chat/events.
type eventStream struct {
	lines *bufio.Scanner
	close func()
}

// listen opens the stream of a person, after the event last if there is one.
func (f *fixture) listen(t *testing.T, as chat.UserID, last string) *eventStream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/chat/events?as="+string(as), nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Fatalf("content type %q", got)
	}
	s := &eventStream{lines: bufio.NewScanner(res.Body), close: func() { cancel(); _ = res.Body.Close() }}
	s.lines.Buffer(nil, 1<<20)
	t.Cleanup(s.close)
	return s
}

// next returns the next event; ok is false when the stream has ended.
func (s *eventStream) next(t *testing.T) (ev event, ok bool) {
	t.Helper()
	var name, id string
	for s.lines.Scan() {
		switch field, value, _ := strings.Cut(s.lines.Text(), ": "); field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &ev); err != nil {
				t.Errorf("event %s: %v", name, err)
				return event{}, false
			}
		case "":
			if name != "" {
				ev.Name, ev.ID = name, id
				return ev, true
			}
		}
	}
	return event{}, false
}

// until returns the events up to the first of a name, that one included.
func (s *eventStream) until(t *testing.T, name string) []event {
	t.Helper()
	var evs []event
	for {
		ev, ok := s.next(t)
		if !ok {
			t.Fatalf("stream ended before %q; %d events", name, len(evs))
		}
		evs = append(evs, ev)
		if ev.Name == name {
			return evs
		}
	}
}

// said is what the events show as messages, one line each.
func said(evs []event) string {
	var b strings.Builder
	for _, ev := range evs {
		if ev.Name != "message" {
			continue
		}
		b.WriteString(string(ev.Conv) + " ")
		if ev.From != "" {
			b.WriteString(string(ev.From) + ": " + ev.Text)
		} else {
			b.WriteString("bot: " + ev.Brief)
		}
		if ev.Failed {
			b.WriteString(" (failed)")
		}
		b.WriteString("\n")
	}
	return b.String()
}
