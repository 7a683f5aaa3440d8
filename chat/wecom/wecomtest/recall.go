package wecomtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

// noRecall is what a recall is refused with; the platform's code is not documented.
const noRecall = 41066

// TooLate makes the time be over in which the messages said so far can be taken back.
func (p *Platform) TooLate() {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	clear(p.said)
}

// Recalled is what was taken back, oldest first.
func (p *Platform) Recalled() []Sent {
	p.state.Mu.Lock()
	defer p.state.Mu.Unlock()
	places := slices.Sorted(slices.Values(p.gone))
	var out []Sent
	for _, i := range places {
		out = append(out, p.sent[i])
	}
	return out
}

// serveRecall takes a message of the application back, from everyone, once.
func (p *Platform) serveRecall(w http.ResponseWriter, r *http.Request) {
	var m struct{ MsgID string }
	if json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&m) != nil {
		p.refuse(w, 47001)
		return
	}
	known := false
	p.state.Change(func() {
		var place int
		if place, known = p.said[m.MsgID]; known {
			delete(p.said, m.MsgID)
			p.gone = append(p.gone, place)
		}
	})
	if !known {
		p.refuse(w, noRecall)
		return
	}
	p.answer(w, nil)
}
