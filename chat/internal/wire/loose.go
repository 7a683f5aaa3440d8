package wire

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Loose is a text or a number that may come as either, or not at all. XML brings
// both as text.
type Loose string

// UnmarshalJSON takes a number or a string; anything else is none.
func (l *Loose) UnmarshalJSON(raw []byte) error {
	*l = ""
	switch {
	case len(raw) == 0:
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*l = Loose(s)
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		*l = Loose(raw)
	}
	return nil
}

// Moment is a time in unix seconds or milliseconds, which are told by their size;
// the zero time for what is none.
func (l Loose) Moment() time.Time {
	n, err := strconv.ParseInt(strings.TrimSpace(string(l)), 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1e14:
		return time.Time{}
	case n > 1e11:
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}
