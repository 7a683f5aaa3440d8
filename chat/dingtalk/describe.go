package dingtalk

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

// describe says in a few words what went wrong, without the address, the ticket,
// the token or the text that the error may hold: it knows what it may say and
// says nothing else.
func describe(err error) string {
	var (
		dns   *net.DNSError
		errno syscall.Errno
		cert  *tls.CertificateVerificationError
		end   *websocket.CloseError
		timed interface{ Timeout() bool }
	)
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "name not resolved"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "timed out"
	case errors.As(err, &cert):
		return "certificate not trusted"
	case errors.As(err, &end):
		return fmt.Sprintf("closed by the other side (%d)", end.Code)
	case errors.Is(err, errEndpoint):
		return errEndpoint.Error()
	case errors.Is(err, websocket.ErrReadLimit):
		return "frame too long"
	case errors.Is(err, net.ErrClosed):
		return "connection closed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection broken"
	case errors.Is(err, websocket.ErrBadHandshake):
		return "connection refused by the gateway"
	}
	if code := codeIn(err.Error()); code != "" {
		return "refused with code " + code
	}
	return "failed"
}

// plainCode is what a platform's error code looks like.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

// codeIn finds the error code in a body that the SDK made an error of.
func codeIn(body string) string {
	var answer struct {
		Code any `json:"code"`
	}
	if json.Unmarshal([]byte(body), &answer) != nil || answer.Code == nil {
		return ""
	}
	if code := fmt.Sprint(answer.Code); plainCode.MatchString(code) {
		return code
	}
	return ""
}

// badCredentials says whether opening failed for what no quick retry mends.
func badCredentials(err error) bool {
	code := strings.ToLower(codeIn(err.Error()))
	if strings.Contains(code, "limit") {
		return false
	}
	for _, word := range []string{"invalidclient", "auth", "forbidden", "invalidappkey", "invalidparameter"} {
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}
