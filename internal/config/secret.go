package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// mask stands wherever a secret would be shown.
const mask = "***"

// Secret is a credential. However it is printed, encoded or logged, it shows as
// "***" (and as nothing when it is empty); Reveal alone gives its value.
type Secret string

// Reveal is the value itself, for whoever sends it to its platform.
func (s Secret) Reveal() string { return string(s) }

// String is "***", or "" for an empty Secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// Format implements fmt.Formatter, so that no verb shows the value.
func (s Secret) Format(f fmt.State, _ rune) { writeState(f, s.String()) }

// MarshalText implements encoding.TextMarshaler, which encoding/json asks.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML gives goccy/go-yaml the redacted form.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// SecretURL is an address that carries a credential, as user:password@ or in its
// query: a PostgreSQL address, a webhook. It is shown without them.
type SecretURL string

var (
	userinfo   = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"']*@`)
	queryValue = regexp.MustCompile(`([?&][^=&\s"']*)=[^&\s"']*`)
)

// Reveal is the whole address, for whoever connects to it.
func (s SecretURL) Reveal() string { return string(s) }

// String is the address with "***" for the user and for each value of the query.
func (s SecretURL) String() string { return redactURLs(string(s)) }

// Format implements fmt.Formatter, so that no verb shows the credential.
func (s SecretURL) Format(f fmt.State, _ rune) { writeState(f, s.String()) }

// MarshalText implements encoding.TextMarshaler.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML gives goccy/go-yaml the redacted form.
func (s SecretURL) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue implements slog.LogValuer.
func (s SecretURL) LogValue() slog.Value { return slog.StringValue(s.String()) }

// redactURLs hides the user information and the query values of every address in
// text.
func redactURLs(text string) string {
	if !strings.ContainsAny(text, "@?") {
		return text
	}
	text = userinfo.ReplaceAllString(text, "${1}"+mask+"@")
	return queryValue.ReplaceAllString(text, "${1}="+mask)
}

func writeState(f fmt.State, text string) {
	_, _ = io.WriteString(f, text) // fmt.State never fails
}
