package wecomtest

import "time"

// rate is what happened lately.
type rate struct{ at []time.Time }

// allow notes one more, unless that makes more than n in a span of per; what is
// older than keep is forgotten.
func (r *rate) allow(now time.Time, keep time.Duration, limits ...limit) bool {
	old := 0
	for old < len(r.at) && now.Sub(r.at[old]) >= keep {
		old++
	}
	r.at = r.at[old:]
	for _, l := range limits {
		if len(r.at) >= l.n && now.Sub(r.at[len(r.at)-l.n]) < l.per {
			return false
		}
	}
	r.at = append(r.at, now)
	return true
}

type limit struct {
	n   int
	per time.Duration
}

// The platform's rates (WW 90236, 99110, 90454).
var (
	perMember  = []limit{{30, time.Minute}, {1000, time.Hour}}
	perWebhook = []limit{{20, time.Minute}}
	perAPI     = []limit{{10_000, time.Minute}}
)

// entry is the value of a map of rates.
func entry[K comparable](m map[K]*rate, k K) *rate {
	if m[k] == nil {
		m[k] = &rate{}
	}
	return m[k]
}
