package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

// Describe says in a few words what went wrong, without the address, the ticket,
// the token or the text that the error may hold: it knows what it may say and
// says nothing else.
func Describe(err error) string {
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
	case errors.Is(err, websocket.ErrReadLimit):
		return "frame too long"
	case errors.Is(err, net.ErrClosed):
		return "connection closed"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection broken"
	case errors.Is(err, websocket.ErrBadHandshake):
		return "connection refused by the gateway"
	}
	return "failed"
}

// plainCode is what a platform's error code looks like.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

// PlainCode says whether s may stand in a log as a code of the platform.
func PlainCode(s string) bool { return plainCode.MatchString(s) }

// SafeCode is a code as it may stand in a log.
func SafeCode(code string) string {
	if code == "" || PlainCode(strings.Replace(code, "/", ".", 1)) {
		return code
	}
	return "unreadable"
}
