package obs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func get(t *testing.T, h http.Handler) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, string(body)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics("v1.2.3")
	m.Message("dingtalk", "done")
	m.Message("dingtalk", "done")
	m.Message("wecom", "duplicate")
	m.Ack("dingtalk", 3*time.Millisecond)
	m.Commit(40, 2*time.Millisecond, nil)
	m.Commit(1, time.Second, errors.New("disk full"))
	m.Delivery("webchat", "delivered")
	m.JobSlot("bulletin", "fired")
	m.Panic("考勤")
	m.DeadLetter()
	fail := errors.New("closed")
	var sizeErr error
	m.Watch(Sources{
		Outbox:      func() (int, time.Duration, error) { return 7, 90 * time.Second, nil },
		StoreSize:   func() (int64, error) { return 4096, sizeErr },
		Connections: func() map[string]bool { return map[string]bool{"dingtalk": true, "wecom": false} },
	})
	code, page := get(t, m.Handler())
	if code != http.StatusOK {
		t.Fatalf("status %d: %s", code, page)
	}
	for _, want := range []string{
		`yunzhuan_messages_total{outcome="done",platform="dingtalk"} 2`,
		`yunzhuan_messages_total{outcome="duplicate",platform="wecom"} 1`,
		`yunzhuan_ack_seconds_bucket{platform="dingtalk",le="0.005"} 1`,
		`yunzhuan_commit_seconds_bucket{outcome="ok",le="0.002"} 1`,
		`yunzhuan_commit_seconds_count{outcome="error"} 1`,
		`yunzhuan_commit_group_size_sum 41`,
		`yunzhuan_deliveries_total{outcome="delivered",platform="webchat"} 1`,
		`yunzhuan_job_slots_total{job="bulletin",outcome="fired"} 1`,
		`yunzhuan_panics_total{command="考勤"} 1`,
		`yunzhuan_dead_letters_total 1`,
		`yunzhuan_outbox_depth 7`,
		`yunzhuan_outbox_oldest_seconds 90`,
		`yunzhuan_store_bytes 4096`,
		`yunzhuan_connected{platform="dingtalk"} 1`,
		`yunzhuan_connected{platform="wecom"} 0`,
		`yunzhuan_build_info{version="v1.2.3"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(page, "\n"+want) {
			t.Errorf("no line %q", want)
		}
	}
	sizeErr = fail
	if code, page = get(t, m.Handler()); code != http.StatusOK || strings.Contains(page, "yunzhuan_store_bytes") {
		t.Errorf("a source that fails: status %d", code)
	}
}

func TestHealthz(t *testing.T) {
	t.Parallel()
	if code, page := get(t, Healthz()); code != http.StatusOK || page != "ok\n" {
		t.Errorf("%d %q", code, page)
	}
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := NewLogger(&out, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	var down error
	ready := Readyz(log, map[string]Check{
		"store":    func(context.Context) error { return nil },
		"dingtalk": func(context.Context) error { return down },
	})
	steps := []struct {
		down error
		code int
		page string
		log  string
	}{
		{nil, http.StatusOK, `{"ready":true,"components":{"dingtalk":"ok","store":"ok"}}`, ""},
		{errors.New("dial wss://h?ticket=abc"), http.StatusServiceUnavailable, `{"ready":false,"components":{"dingtalk":"down","store":"ok"}}`, `"error":"dial wss://h?***"`},
		{errors.New("still"), http.StatusServiceUnavailable, `{"ready":false,"components":{"dingtalk":"down","store":"ok"}}`, ""},
		{nil, http.StatusOK, `{"ready":true,"components":{"dingtalk":"ok","store":"ok"}}`, `"ready again","component":"dingtalk"`},
	}
	for i, step := range steps {
		out.Reset()
		down = step.down
		code, page := get(t, ready)
		if code != step.code || strings.TrimSpace(page) != step.page {
			t.Errorf("step %d: %d %s", i, code, page)
		}
		if got := out.String(); !strings.Contains(got, step.log) || (step.log == "") != (got == "") {
			t.Errorf("step %d: logged %q", i, got)
		}
	}
}

// TestReadyzStuck: a component that does not answer is down.
func TestReadyzStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log, err := NewLogger(&out, "info", "json")
		if err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		defer close(release)
		code, page := get(t, Readyz(log, map[string]Check{"store": func(context.Context) error {
			<-release
			return nil
		}}))
		if code != http.StatusServiceUnavailable || !strings.Contains(page, `"store":"down"`) {
			t.Errorf("%d %s", code, page)
		}
	})
}
