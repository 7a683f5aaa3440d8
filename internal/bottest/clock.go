package bottest

import (
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // a test machine may have no zone files
)

// Clock is a clock that stands still until it is moved.
type Clock struct {
	t   testing.TB
	loc *time.Location
	mu  sync.Mutex
	now time.Time
}

func newClock(t testing.TB, at string) *Clock {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatalf("load time zone: %v", err)
	}
	c := &Clock{t: t, loc: loc}
	c.now = c.parse(at)
	return c
}

// parse reads "2026-11-23 08:50", "2026-11-23 08:50:30", or "08:50" on the clock's
// day.
func (c *Clock) parse(s string) time.Time {
	c.t.Helper()
	if len(s) == len("08:50") {
		s = c.Now().Format(time.DateOnly) + " " + s
	}
	for _, layout := range []string{"2006-01-02 15:04", time.DateTime} {
		if t, err := time.ParseInLocation(layout, s, c.loc); err == nil {
			return t
		}
	}
	c.t.Fatalf("not a time: %q", s)
	return time.Time{}
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to "2026-11-23 08:50", or to "08:50" of the same day.
func (c *Clock) Set(at string) {
	c.t.Helper()
	to := c.parse(at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
