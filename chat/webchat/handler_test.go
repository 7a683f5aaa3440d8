package webchat_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	channel, err := webchat.New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	handler := channel.Handler()
	for host, want := range map[string]int{
		"127.0.0.1:8642": 200, "127.0.0.1": 200, "localhost:8642": 200, "LocalHost": 200, "[::1]:8642": 200, "[::1]": 200,
		"": 403, "evil.example": 403, "evil.example:8642": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example:8642": 403,
		"192.168.1.7:8642": 403, "0.0.0.0:8642": 403, "127.0.0.1:8642:1": 403, "[::2]:8642": 403,
	} {
		for _, path := range []string{"/", "/chat/page/main.js", "/chat/jobs"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("host %q %s: %d, want %d", host, path, w.Code, want)
			}
		}
	}
}

func TestCrossOriginRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"own page":          {header("Sec-Fetch-Site", "same-origin"), 200},
		"no browser":        {func(*http.Request) {}, 200},
		"another site":      {header("Sec-Fetch-Site", "cross-site"), 403},
		"another port":      {header("Sec-Fetch-Site", "same-site"), 403},
		"old, another site": {header("Origin", "https://evil.example"), 403},
		"old, sandboxed":    {header("Origin", "null"), 403},
	} {
		t.Run(name, func(t *testing.T) {
			s := say{As: "J1020", Conv: "dm:J1020", Text: "/帮助", ID: fmt.Sprintf("%032x", name)[:32]}
			status, fault := f.post(t, "/chat/send", s, tt.change)
			if status != tt.status || (fault == "") != (status == 200) {
				t.Errorf("got %d %q, want %d", status, fault, tt.status)
			}
		})
	}
	if got := f.bot.got(); len(got) != 2 {
		t.Errorf("%d messages accepted, want 2", len(got))
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *webchat.Config, _ *fixture) {
		c.Title = `运转 </title><script>bad()</script>`
		c.Members[7].Name = `</script><script>bad()</script>`
	})
	res, page := f.get(t, "/")
	if res.StatusCode != http.StatusOK || strings.Contains(page, "<script>bad") {
		t.Errorf("%s: text became markup\n%s", res.Status, page)
	}
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for path, want := range map[string]string{
		"/chat/page/main.js": "200 text/javascript; charset=utf-8", "/chat/page/talk.css": "200 text/css; charset=utf-8",
		"/chat/page/icon.svg": "200 image/svg+xml", "/chat/page/": "404", "/chat/page/none.js": "404", "/chat/page/..%2findex.html": "400", "/none": "404",
	} {
		res, _ := f.get(t, path)
		got := fmt.Sprint(res.StatusCode)
		if res.StatusCode == http.StatusOK {
			got += " " + res.Header.Get("Content-Type")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	var fired []string
	f := start(t, func(c *webchat.Config, _ *fixture) {
		c.Fire = func(_ context.Context, name string) error {
			fired = append(fired, name)
			if name == "backup" {
				return errDown
			}
			return nil
		}
	})
	_, list := f.get(t, "/chat/jobs")
	want := `[{"name":"bulletin","title":"机关巡查信息","next":"今天 17:30"},` +
		`{"name":"digest","title":"办公室日报","next":"今天 18:52"},` +
		`{"name":"backup","title":"备份","next":"明天 02:30"},` +
		`{"name":"weekly-check","title":"政务督查周报","next":"11月27日 周五 17:30"},` +
		`{"name":"calendar-warning","title":"明年工作日历提醒","next":"未安排"}]`
	if got := strings.TrimSpace(list); got != want {
		t.Errorf("jobs:\n%s\nwant:\n%s", got, want)
	}
	for _, tt := range []struct {
		name   string
		status int
		fault  string
	}{
		{"bulletin", 200, ""},
		{"backup", 500, "没有执行成功，原因已记入运行日志"},
		{"rm", 404, "没有这项自动任务"},
	} {
		if status, fault := f.post(t, "/chat/jobs/"+tt.name, nil); status != tt.status || fault != tt.fault {
			t.Errorf("%s: %d %q, want %d %q", tt.name, status, fault, tt.status, tt.fault)
		}
	}
	if want := []string{"bulletin", "backup"}; !slices.Equal(fired, want) {
		t.Errorf("fired %q, want %q", fired, want)
	}
}

func TestNoJobs(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *webchat.Config, _ *fixture) { c.Jobs = nil })
	if _, list := f.get(t, "/chat/jobs"); strings.TrimSpace(list) != "[]" {
		t.Errorf("jobs: %s", list)
	}
	if status, _ := f.post(t, "/chat/jobs/bulletin", nil); status != http.StatusNotFound {
		t.Errorf("fired without jobs: %d", status)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*webchat.Config){
		"nobody":                func(c *webchat.Config) { c.Members, c.Groups, c.Steps = nil, nil, nil },
		"member twice":          func(c *webchat.Config) { c.Members[1].User = c.Members[0].User },
		"member without a name": func(c *webchat.Config) { c.Members[1].Name = "" },
		"group twice":           func(c *webchat.Config) { c.Groups[1].Conv = c.Groups[0].Conv },
		"group like a person":   func(c *webchat.Config) { c.Groups[1].Conv = "dm:J1001" },
		"stranger in a group":   func(c *webchat.Config) { c.Groups[1].Members = []chat.UserID{"J9999"} },
		"step of a stranger":    func(c *webchat.Config) { c.Steps[0].As = "J9999" },
		"step outside a group":  func(c *webchat.Config) { c.Steps[0].Conv = "g-office" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := sampleConfig()
			change(&cfg)
			if _, err := webchat.New(cfg); err == nil {
				t.Error("accepted")
			}
		})
	}
}
