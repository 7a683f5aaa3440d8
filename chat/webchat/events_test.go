package webchat_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

func (f *fixture) push(t *testing.T, user chat.UserID, i int) {
	t.Helper()
	if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: chat.Target{User: user}, Body: numbered(i)}); err != nil {
		t.Fatal(err)
	}
}

func TestEventsResume(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.push(t, "J1001", 1)
	stream := f.listen(t, "J1001", "")
	evs := stream.until(t, "now")
	if got := said(evs); got != "dm:J1001 bot: 第 1 条\n" {
		t.Fatalf("what is old: %s", got)
	}
	if now := evs[len(evs)-1]; now.Now != "2026-11-23T08:52:00+08:00" {
		t.Errorf("now: %q", now.Now)
	}
	f.push(t, "J1001", 2)
	live := stream.until(t, "push")
	if got := said(live); got != "dm:J1001 bot: 第 2 条\n" {
		t.Fatalf("live: %s", got)
	}
	stream.close()
	f.push(t, "J1001", 3)
	f.push(t, "J1005", 4)
	f.push(t, "J1001", 5)

	last := live[len(live)-1].ID
	want := "dm:J1001 bot: 第 3 条\ndm:J1001 bot: 第 5 条\n"
	again := f.listen(t, "J1001", last).until(t, "now")
	if got := said(again); got != want {
		t.Errorf("resumed by header:\n%s\nwant:\n%s", got, want)
	}
	if _, got := f.getUntil(t, "/chat/events?as=J1001&last="+last, "event: now"); strings.Contains(got, "第 2 条") || !strings.Contains(got, "第 3 条") {
		t.Errorf("resumed by query: %s", got)
	}
	for _, other := range []string{"zzzzzzzz-3", "nonsense", "-", strings.Split(last, "-")[0] + "-x"} {
		if got := said(f.listen(t, "J1001", other).until(t, "now")); strings.Count(got, "\n") != 4 {
			t.Errorf("after %q not from the beginning:\n%s", other, got)
		}
	}
}

// getUntil reads a stream up to a line that begins so.
func (f *fixture) getUntil(t *testing.T, path, line string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got strings.Builder
	for b := make([]byte, 1); !strings.Contains(got.String(), "\n"+line); {
		if _, err := res.Body.Read(b); err != nil {
			t.Fatalf("stream ended: %v", err)
		}
		got.Write(b)
	}
	return res, got.String()
}

func TestEventsOfNobody(t *testing.T) {
	t.Parallel()
	f := start(t)
	if res, body := f.get(t, "/chat/events?as=J9999"); res.StatusCode != http.StatusNotFound || !strings.Contains(body, "没有这个身份") {
		t.Errorf("%s %s", res.Status, body)
	}
}

func TestEventsEndWithRun(t *testing.T) {
	t.Parallel()
	f := start(t)
	channel, err := webchat.New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, channel, f.bot)
	f.serve(t, channel)
	stream := f.listen(t, "J1001", "")
	stream.until(t, "now")
	stop()
	if ev, ok := stream.next(t); ok {
		t.Errorf("after the end of Run: %+v", ev)
	}
	run(t, channel, f.bot)
	f.listen(t, "J1001", "").until(t, "now")
}

func TestEventsBounded(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i := range 620 {
		f.push(t, "J1001", i)
	}
	lines := strings.Split(strings.TrimSpace(said(f.listen(t, "J1001", "").until(t, "now"))), "\n")
	if len(lines) != 500 || lines[0] != "dm:J1001 bot: 第 120 条" || lines[499] != "dm:J1001 bot: 第 619 条" {
		t.Errorf("%d kept, %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

// Every reader gets everything, in order, while many write.
func TestEventsToManyReaders(t *testing.T) {
	t.Parallel()
	f := start(t)
	const writers, each = 8, 20
	var readers sync.WaitGroup
	for range 4 {
		stream := f.listen(t, "J1008", "")
		readers.Go(func() {
			next := map[string]int{}
			for range writers * each {
				var ev event
				for ev.Name != "message" {
					var ok bool
					if ev, ok = stream.next(t); !ok {
						t.Error("stream ended")
						return
					}
				}
				var w string
				var i int
				if _, err := fmt.Sscanf(ev.Brief, "%s %d", &w, &i); err != nil || i != next[w] {
					t.Errorf("writer %s: got %d, want %d (%v)", w, i, next[w], err)
				}
				next[w]++
			}
		})
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				out := chat.Outgoing{Target: chat.Target{Group: true, Conv: "g-office"}, Body: chat.Text(fmt.Sprintf("w%d %d", w, i))}
				if _, err := f.channel.Send(context.Background(), out); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	readers.Wait()
}

// A stream on which nothing happens says so every 15 seconds, and ends with the
// page that reads it.
func TestEventsHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		channel, err := webchat.New(sampleConfig())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8642/chat/events?as=J1001", nil)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			channel.Handler().ServeHTTP(w, r)
		}()
		time.Sleep(61 * time.Second) // the bubble's clock
		cancel()
		<-ended
		if got := strings.Count(w.Body.String(), "event: now\n"); got != 5 {
			t.Errorf("%d heartbeats in a minute and at the start, want 5", got)
		}
	})
}
