package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  []string
		want bool
	}{
		{"nothing at all", []string{"PATH=/usr/bin"}, true},
		{"an empty variable is none", []string{"YUNZHUAN_STORE="}, true},
		{"a variable of ours", []string{"YUNZHUAN_LOG_LEVEL=debug"}, false},
		{"asked for", []string{"YUNZHUAN_DEMO=true", "YUNZHUAN_HTTP_LISTEN=127.0.0.1:0"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := Load("", tt.env, fiveFields)
			if err != nil {
				t.Fatal(err)
			}
			if c.Demo != tt.want {
				t.Errorf("Demo = %v, want %v", c.Demo, tt.want)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, err := Load(filepath.Join(t.TempDir(), "nowhere.yaml"), nil, fiveFields)
	if err == nil || !strings.Contains(err.Error(), "文件不存在") {
		t.Errorf("err = %v", err)
	}
	_, err = Load(t.TempDir(), nil, fiveFields)
	if err == nil || !strings.Contains(err.Error(), "这是一个目录") {
		t.Errorf("err = %v", err)
	}
}

func TestWorldReadable(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // the mode does not tell there, and Load says nothing
	}
	dir := t.TempDir()
	secret, path := filepath.Join(dir, "secret"), filepath.Join(dir, "config.yaml")
	text := "dingtalk: {client_id: a, client_secret_file: " + secret + "}\nwecom_aibot: {bot_id: b, secret: c}\n"
	for file, text := range map[string]string{secret: "x", path: text} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		mode os.FileMode
		want int
	}{{0o600, 0}, {0o640, 0}, {0o644, 2}} {
		for _, file := range []string{secret, path} {
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Load(path, nil, fiveFields)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, w := range c.Warnings {
			if strings.Contains(w.Message, "任何用户都能读") {
				n++
			}
		}
		if n != tt.want {
			t.Errorf("mode %o: %d warnings, want %d: %v", tt.mode, n, tt.want, c.Warnings)
		}
	}
}

// TestEveryVariable: every key can be set by its variable, and by its _FILE
// where it is a secret.
func TestEveryVariable(t *testing.T) {
	t.Parallel()
	names := variableNames(whole, envPrefix)
	if len(names) < 60 {
		t.Fatalf("only %d names", len(names))
	}
	for _, name := range names {
		d := &decoder{report: &report{}, places: map[string]place{}, files: map[string]secretFile{}, given: map[string]int{}}
		d.environment(defaults(), []variable{{name, "x"}})
		if len(d.report.warns) > 0 {
			t.Errorf("%s sets nothing", name)
		}
	}
}

func TestEnvironmentOverFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "secret")
	text := "dingtalk: {client_id: file, client_secret: file, custom_robots: {校长群: {url: 'https://h/send?access_token=file'}}}\n" +
		"jobs: {backup: {at: '0 1 * * *'}}\n"
	for file, text := range map[string]string{path: text, secret: "env\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(path, []string{
		"YUNZHUAN_DINGTALK_CLIENT_SECRET_FILE=" + secret,
		"YUNZHUAN_DINGTALK_CUSTOM_ROBOTS_校长群_SECRET=env",
		"YUNZHUAN_WECOM_WEBHOOKS_办公室群=https://h/send?key=env",
		"YUNZHUAN_JOBS_BACKUP_DAYS=any",
	}, fiveFields)
	if err != nil {
		t.Fatal(err)
	}
	robot := c.DingTalk.CustomRobots["校长群"]
	got := []string{
		c.DingTalk.ClientID, c.DingTalk.ClientSecret.Reveal(), robot.URL.Reveal(), robot.Secret.Reveal(),
		c.WeComWebhooks["办公室群"].Reveal(), fmt.Sprint(c.Jobs["backup"]),
	}
	want := []string{"file", "env", "https://h/send?access_token=file", "env", "https://h/send?key=env", "{0 1 * * * any true}"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("setting %d = %q, want %q", i, got[i], want[i])
		}
	}
}

// TestSecretsNeverShow prints, encodes and logs a Config in every way.
func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	c := Demo()
	c.Store = "postgres://bot:s3cr3t@h1:1,h2:2/db?password=s3cr3t"
	c.DingTalk.ClientSecret = "s3cr3t"
	c.WeComWebhooks = map[string]SecretURL{"办公室群": "https://h/send?key=s3cr3t"}
	c.DingTalk.CustomRobots = map[string]CustomRobot{"校长群": {URL: "https://s3cr3t@h/?a=b&access_token=s3cr3t", Secret: "s3cr3t"}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		fmt.Fprintf(&out, verb+"\n", *c)
		fmt.Fprintf(&out, verb+verb+"\n", c.DingTalk.ClientSecret, c.Store)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", c, "b", c.Store, "c", c.DingTalk.ClientSecret)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", c, "b", c.Store, "c", c.DingTalk.ClientSecret)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	out.WriteString(c.Redacted())
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "s3cr3t") || strings.Contains(line, fmt.Sprintf("%x", "s3cr3t")) {
			t.Errorf("a secret is shown: %.300s", line)
		}
	}
	if !strings.Contains(out.String(), "postgres://***@h1:1,h2:2/db?password=***") {
		t.Errorf("the store's address is not shown without its secret")
	}
}
