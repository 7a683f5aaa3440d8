package chat

import (
	"errors"
	"fmt"
	"time"
)

// SendKind says what a failed Send means for the message.
type SendKind string

// The kinds of failure.
const (
	// Temporary: it did not arrive and may be tried again.
	Temporary SendKind = "temporary"
	// Limited: it did not arrive because of a rate limit; try after RetryAfter.
	Limited SendKind = "limited"
	// Final: it did not arrive and never will.
	Final SendKind = "final"
	// Unknown: it may have arrived; sending it again could say it twice.
	Unknown SendKind = "unknown"
	// Held: it did not arrive, for the platform lets the bot speak to this person
	// only after the person has said something.
	Held SendKind = "held"
)

// SendError is what a Channel's Send returns. Err is written for the log of
// whoever runs the bot: it names the platform's code and holds no secret, no
// token, no text of the message.
type SendError struct {
	Kind       SendKind
	Code       string        // the platform's error code, if it gave one
	RetryAfter time.Duration // for Limited (and Temporary, if known); 0 = the sender's own backoff
	Err        error
}

func (e *SendError) Error() string {
	if e.Code != "" {
		return fmt.Sprintf("send: %s (code %s): %v", e.Kind, e.Code, e.Err)
	}
	return fmt.Sprintf("send: %s: %v", e.Kind, e.Err)
}

func (e *SendError) Unwrap() error { return e.Err }

// KindOf tells the kind of a Send's error: Unknown for whatever is not a
// *SendError, "" for nil.
func KindOf(err error) SendKind {
	if err == nil {
		return ""
	}
	var se *SendError
	if errors.As(err, &se) {
		return se.Kind
	}
	return Unknown
}
