package obs

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

const mask = "***"

// private are the words that make a key one of secrets or of personal data. A
// key is taken word by word, so client_secret and sessionWebhook are covered.
var private = map[string]bool{
	"secret": true, "token": true, "ticket": true, "webhook": true, "password": true, "passwd": true,
	"authorization": true, "cookie": true, "signature": true, "aes": true,
	"phone": true, "mobile": true, "name": true, "nick": true,
	"text": true, "content": true, "body": true, "answer": true,
}

var (
	word     = regexp.MustCompile(`[A-Z]*[a-z]+|[A-Z]+`)
	query    = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>?]*)\?[^\s"'<>]*`)
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>@]*@`)
	pair     = regexp.MustCompile(`(?i)((?:token|secret|ticket|password|signature)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+`)
	digits   = regexp.MustCompile(`[0-9]{11,}`)
)

// redact is the one rule about what a log may hold (slog.HandlerOptions).
func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	if isPrivate(a.Key) || slices.ContainsFunc(groups, isPrivate) {
		return slog.String(a.Key, mask)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, scrub(a.Value.String()))
	case slog.KindAny:
		return slog.Any(a.Key, scrubAny(a.Value.Any()))
	}
	return a
}

func isPrivate(key string) bool {
	for _, w := range word.FindAllString(key, -1) {
		w = strings.ToLower(w)
		if private[w] || private[strings.TrimSuffix(w, "s")] {
			return true
		}
	}
	return false
}

// scrub takes out of a text what may be secret or personal wherever it stands:
// the query and the user of an address, token=… and its like, the middle of a
// phone number.
func scrub(text string) string {
	text = query.ReplaceAllString(text, "${1}?"+mask)
	text = userinfo.ReplaceAllString(text, "${1}"+mask+"@")
	text = pair.ReplaceAllString(text, "${1}"+mask)
	return digits.ReplaceAllStringFunc(text, maskPhone)
}

// maskPhone masks a run of digits if it is a mobile number, with or without the
// country's 86.
func maskPhone(run string) string {
	number := run
	if len(run) == 13 {
		number = strings.TrimPrefix(run, "86")
	}
	if len(number) != 11 || number[0] != '1' || number[1] < '3' {
		return run
	}
	return run[:len(run)-8] + "****" + run[len(run)-4:]
}

// scrubAny gives a value the form in which JSON would show it, redacted key by
// key.
func scrubAny(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case error:
		return scrub(v.Error())
	case fmt.Stringer:
		return scrub(v.String())
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return scrub(fmt.Sprintf("%+v", v))
	}
	var plain any
	if err := json.Unmarshal(encoded, &plain); err != nil {
		return mask
	}
	return scrubTree(plain)
}

func scrubTree(v any) any {
	switch v := v.(type) {
	case string:
		return scrub(v)
	case []any:
		for i := range v {
			v[i] = scrubTree(v[i])
		}
	case map[string]any:
		for key := range v {
			if isPrivate(key) {
				v[key] = mask
				continue
			}
			v[key] = scrubTree(v[key])
		}
	}
	return v
}
