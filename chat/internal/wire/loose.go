package wire

import (
	"strconv"
	"strings"
	"time"
)

// Loose is a number that may come as a string, or not at all.
type Loose string

// UnmarshalJSON takes a number, a string or null.
func (l *Loose) UnmarshalJSON(raw []byte) error {
	*l = Loose(strings.Trim(string(raw), `"`))
	if *l == "null" {
		*l = ""
	}
	return nil
}

// Millis is a moment in unix milliseconds; the zero time for what is none.
func (l Loose) Millis() time.Time {
	n, err := strconv.ParseInt(string(l), 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// Seconds is a moment in unix seconds; the zero time for what is none.
func (l Loose) Seconds() time.Time {
	n, err := strconv.ParseInt(string(l), 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}
