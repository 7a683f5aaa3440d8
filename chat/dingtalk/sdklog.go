package dingtalk

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/logger"
)

// sdkLog is the SDK's logger. The SDK knows one for the whole process, set
// without a lock: it is set once, and writes to the log of the Channel that
// started last.
//
// The SDK logs the ticket, the client secret and parts of messages. Its sentences
// are kept, of their arguments only numbers and what describe says of an error.
// What it calls an error is mostly a connection that ended, which is a warning
// to us; its debug and info lines say nothing that we do not log ourselves.
type sdkLog struct{ to atomic.Pointer[slog.Logger] }

var (
	theSDKLog     sdkLog
	installSDKLog sync.Once
)

func setSDKLog(log *slog.Logger) {
	theSDKLog.to.Store(log)
	installSDKLog.Do(func() { logger.SetLogger(&theSDKLog) })
}

// Debugf drops the line: it would hold the client secret.
func (l *sdkLog) Debugf(string, ...any) {}

// Infof drops the line: it would hold the ticket.
func (l *sdkLog) Infof(string, ...any) {}

// Warningf logs what matters: the SDK warns only when it drops a frame.
func (l *sdkLog) Warningf(format string, args ...any) { l.write(slog.LevelError, format, args) }

// Errorf logs a warning.
func (l *sdkLog) Errorf(format string, args ...any) { l.write(slog.LevelWarn, format, args) }

// Fatalf logs an error.
func (l *sdkLog) Fatalf(format string, args ...any) { l.write(slog.LevelError, format, args) }

var verb = regexp.MustCompile(`%[a-zA-Z]`)

func (l *sdkLog) write(level slog.Level, format string, args []any) {
	n := 0
	text := verb.ReplaceAllStringFunc(format, func(string) string {
		n++
		if n > len(args) {
			return "?"
		}
		switch v := args[n-1].(type) {
		case int:
			return fmt.Sprint(v)
		case error:
			return describe(v)
		default:
			return "…"
		}
	})
	l.to.Load().Log(context.Background(), level, "stream sdk: "+strings.TrimSuffix(text, "."))
}
