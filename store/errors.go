package store

import (
	"errors"
	"fmt"
	"strings"
)

// UserError is a mistake of whoever asked, not of the bot: its text is shown to
// them. Text says what is wrong (Chinese, one line); Hint, if any, is a line with
// what would be right.
type UserError struct {
	Text string
	Hint string
}

func (e *UserError) Error() string {
	if e.Hint == "" {
		return e.Text
	}
	return e.Text + "\n" + e.Hint
}

// Errorf makes a *UserError.
func Errorf(format string, args ...any) error {
	return &UserError{Text: fmt.Sprintf(format, args...)}
}

// WithHint gives a *UserError that has no hint one; what else the error is stays
// known. Any other error passes through unchanged.
func WithHint(err error, hint string) error {
	var u *UserError
	if errors.As(err, &u) && u.Hint == "" {
		return &hinted{UserError: UserError{Text: u.Text, Hint: hint}, err: err}
	}
	return err
}

// hinted is a *UserError with another hint than the one it stems from.
type hinted struct {
	UserError
	err error
}

// Unwrap finds the *UserError with the hint first.
func (h *hinted) Unwrap() []error { return []error{&h.UserError, h.err} }

// briefRunes bounds what Brief shows.
const briefRunes = 20

// Brief is a text as it is quoted in a UserError: in one line, and not long.
func Brief(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > briefRunes {
		return string(r[:briefRunes]) + "…"
	}
	return string(r)
}
