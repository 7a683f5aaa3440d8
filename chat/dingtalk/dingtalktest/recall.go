package dingtalktest

import (
	"net/http"
	"slices"
)

// said is a message that was said by the server API, and can be taken back.
type said struct {
	place int // in Gateway.sent
	conv  string
	gone  bool
}

// note keeps under which key the last message was said; g.state is locked.
func (g *Gateway) note(key, conv string) {
	g.said[key] = &said{place: len(g.sent) - 1, conv: conv}
}

// TooLate makes the time be over in which the messages said so far can be taken back.
func (g *Gateway) TooLate() {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	clear(g.said)
}

// Recalled is what was taken back, oldest first.
func (g *Gateway) Recalled() []Sent {
	g.state.Mu.Lock()
	defer g.state.Mu.Unlock()
	var places []int
	for _, s := range g.said {
		if s.gone {
			places = append(places, s.place)
		}
	}
	slices.Sort(places)
	var out []Sent
	for _, i := range places {
		out = append(out, g.sent[i])
	}
	return out
}

// serveRecall takes messages back, in a group or from people. A key that is not known
// (any more), or was used before, is among those that failed.
func (g *Gateway) serveRecall(group bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !g.tokenGood(r.Header.Get("x-acs-dingtalk-access-token")) {
			refuse(w, "InvalidAuthentication")
			return
		}
		var m struct {
			RobotCode          string
			OpenConversationID string
			ProcessQueryKeys   []string
		}
		if !decode(w, r, &m) {
			return
		}
		switch {
		case m.RobotCode != g.RobotCode:
			refuse(w, "invalidParameter.robotCode.auth")
			return
		case len(m.ProcessQueryKeys) == 0 || len(m.ProcessQueryKeys) > 20:
			refuse(w, "invalidParameter.processQueryKeys.overMax")
			return
		case group && m.OpenConversationID == "":
			refuse(w, "invalidParameter.openConversationId.empty")
			return
		}
		good, bad := []string{}, map[string]string{}
		g.state.Change(func() {
			for _, key := range m.ProcessQueryKeys {
				s := g.said[key]
				if s == nil || s.gone || s.conv != m.OpenConversationID {
					bad[key] = "refused by the stand-in"
					continue
				}
				s.gone = true
				good = append(good, key)
			}
		})
		answer(w, http.StatusOK, map[string]any{"successResult": good, "failedResult": bad})
	}
}
