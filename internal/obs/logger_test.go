package obs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"yunzhuan/internal/config"
)

// logged is the one line that log writes, without its time.
func logged(t *testing.T, format string, log func(*slog.Logger)) string {
	t.Helper()
	var out bytes.Buffer
	l, err := NewLogger(&out, "debug", format)
	if err != nil {
		t.Fatal(err)
	}
	log(l)
	return out.String()
}

func TestRedact(t *testing.T) {
	t.Parallel()
	type record struct {
		ID    string
		Phone string
		Inner []map[string]any
	}
	tests := []struct {
		name string
		attr slog.Attr
		want string // as JSON
	}{
		{"plain", slog.String("channel", "dingtalk"), `"dingtalk"`},
		{"number", slog.Int("n", 12), `12`},
		{"secret key", slog.String("client_secret", "abc"), `"***"`},
		{"camel key", slog.String("sessionWebhook", "https://x"), `"***"`},
		{"capitals", slog.String("AES_KEY", "abc"), `"***"`},
		{"plural", slog.Any("tokens", []string{"a", "b"}), `"***"`},
		{"personal key", slog.String("from_name", "王芳"), `"***"`},
		{"message text", slog.String("text", "/考勤 全勤"), `"***"`},
		{"words only", slog.String("hostname", "h1"), `"h1"`},
		{"private group", slog.Group("token", slog.String("value", "abc")), `{"value":"***"}`},
		{"key in a group", slog.Group("req", slog.String("ticket", "abc"), slog.String("path", "/x")), `{"ticket":"***","path":"/x"}`},
		{"config secret", slog.Any("value", config.Secret("abc")), `"***"`},
		{"config address", slog.Any("store", config.SecretURL("postgres://u:p@h/db")), `"postgres://***@h/db"`},
		{"query of an address", slog.String("url", "GET https://h/cgi?access_token=abc&x=1 failed"), `"GET https://h/cgi?*** failed"`},
		{"user of an address", slog.String("url", "dial wss://u:p@h:443/x"), `"dial wss://***@h:443/x"`},
		{"error", slog.Any("error", fmt.Errorf("send: %w", &url.Error{Op: "Post", URL: "https://h/s?key=abc", Err: errors.New("EOF")})), `"send: Post \"https://h/s?***\": EOF"`},
		{"error with a token", slog.Any("error", errors.New(`400 {"accessToken":"abc","code":1}, app_secret=abc`)), `"400 {\"accessToken\":\"***\",\"code\":1}, app_secret=***"`},
		{"phone", slog.String("note", "打 13812345678、+8613912345678 找他"), `"打 138****5678、+86139****5678 找他"`},
		{"phones side by side", slog.String("note", "13812345678,13912345678"), `"138****5678,139****5678"`},
		{"no phone", slog.String("id", "1700000000000 and 23812345678"), `"1700000000000 and 23812345678"`},
		{"record", slog.Any("record", record{"J1001", "13812345678", []map[string]any{{"name": "王芳", "tel": "13812345678"}}}),
			`{"ID":"J1001","Inner":[{"name":"***","tel":"138****5678"}],"Phone":"***"}`},
		{"list", slog.Any("units", []string{"人事科", "13812345678"}), `["人事科","138****5678"]`},
		{"nothing", slog.Any("error", nil), `null`},
		{"not JSON", slog.Any("f", struct{ C chan int }{}), `"{C:<nil>}"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := logged(t, "json", func(l *slog.Logger) { l.Info("m", tt.attr) })
			var got map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			if string(got[tt.attr.Key]) != tt.want {
				t.Errorf("got %s, want %s", got[tt.attr.Key], tt.want)
			}
			if text := logged(t, "text", func(l *slog.Logger) { l.With(tt.attr).Info("m") }); strings.Contains(text, "abc") || strings.Contains(text, "13812345678") {
				t.Errorf("as text: %s", text)
			}
		})
	}
}

func TestRedactMessage(t *testing.T) {
	t.Parallel()
	line := logged(t, "json", func(l *slog.Logger) { l.Warn("call https://h/x?token=abc for 13812345678") })
	if !strings.Contains(line, `"msg":"call https://h/x?*** for 138****5678"`) || !strings.Contains(line, `"level":"WARN"`) {
		t.Error(line)
	}
}

func TestNewLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l, err := NewLogger(&out, "warn", "text")
	if err != nil {
		t.Fatal(err)
	}
	l.Info("below")
	l.Warn("at")
	if got := out.String(); strings.Contains(got, "below") || !strings.Contains(got, "msg=at") {
		t.Error(got)
	}
	if _, err := NewLogger(&out, "loud", "text"); err == nil {
		t.Error("took a level that is none")
	}
	if _, err := NewLogger(&out, "info", "xml"); err == nil {
		t.Error("took a format that is none")
	}
}
