// Package obs is how the bot is watched: its log, its metrics, and the pages
// that say whether it is alive and ready. None of them shows a secret or a
// person's data.
package obs

import (
	"fmt"
	"io"
	"log/slog"
)

// NewLogger makes a logger that writes JSON or text lines ("json", "text") from
// level up ("debug", "info", "warn", "error") and redacts every attribute.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("make logger: %w", err)
	}
	options := &slog.HandlerOptions{Level: from, ReplaceAttr: redact}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("make logger: no format %q", format)
}
