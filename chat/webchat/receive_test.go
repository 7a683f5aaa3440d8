package webchat_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

func TestSendMakesMessage(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, s := range []say{
		{As: "J1020", Conv: "dm:J1020", Text: "/考勤 全勤", ID: "00000001"},
		{As: "J1006", Conv: "g-office", Text: " ／帮助\n", ID: "page-1_abcDEF"},
	} {
		if status, fault := f.post(t, "/chat/send", s); status != http.StatusOK || fault != "" {
			t.Fatalf("send: %d %q", status, fault)
		}
	}
	want := []chat.Message{
		{Channel: "webchat", ID: "00000001", Conv: "dm:J1020", From: "J1020", FromName: "何一兰", Text: "/考勤 全勤", SentAt: monday},
		{Channel: "webchat", ID: "page-1_abcDEF", Conv: "g-office", Group: true, ConvTitle: "办公室群", From: "J1006", FromName: "薛涵明", Text: " ／帮助\n", SentAt: monday},
	}
	if got := f.bot.got(); !reflect.DeepEqual(got, want) {
		t.Errorf("accepted\n%+v\nwant\n%+v", got, want)
	}
}

func TestSendRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	good := say{As: "J1020", Conv: "dm:J1020", Text: "/帮助", ID: "00000001"}
	with := func(change func(*say)) say { s := good; change(&s); return s }
	tests := []struct {
		name   string
		say    any
		change func(*http.Request)
		status int
		fault  string
	}{
		{"nobody", with(func(s *say) { s.As = "" }), nil, 403, "不在这个会话里"},
		{"unknown person", with(func(s *say) { s.As, s.Conv = "J9999", "dm:J9999" }), nil, 403, "不在这个会话里"},
		{"another's direct chat", with(func(s *say) { s.Conv = "dm:J1001" }), nil, 403, "不在这个会话里"},
		{"group without me", with(func(s *say) { s.Conv = "g-office" }), nil, 403, "不在这个会话里"},
		{"unknown group", with(func(s *say) { s.Conv = "g-none" }), nil, 403, "不在这个会话里"},
		{"nothing written", with(func(s *say) { s.Text = " \n　" }), nil, 400, "还没有写内容"},
		{"too many characters", with(func(s *say) { s.Text = strings.Repeat("字", 4001) }), nil, 413, "内容太长"},
		{"too many bytes", with(func(s *say) { s.Text = strings.Repeat("字", 40000) }), nil, 413, "内容太长"},
		{"no id", with(func(s *say) { s.ID = "" }), nil, 400, "请求格式不对"},
		{"id of other characters", with(func(s *say) { s.ID = "0000 0001" }), nil, 400, "请求格式不对"},
		{"long id", with(func(s *say) { s.ID = strings.Repeat("0", 65) }), nil, 400, "请求格式不对"},
		{"not an object", []int{1}, nil, 400, "请求格式不对"},
		{"a form", good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "请求格式不对"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			change := tt.change
			if change == nil {
				change = func(*http.Request) {}
			}
			status, fault := f.post(t, "/chat/send", tt.say, change)
			if status != tt.status || !strings.Contains(fault, tt.fault) {
				t.Errorf("got %d %q, want %d %q", status, fault, tt.status, tt.fault)
			}
		})
	}
	if got := f.bot.got(); len(got) != 0 {
		t.Errorf("accepted %d refused messages", len(got))
	}
}

func TestSendTwiceIsOneMessage(t *testing.T) {
	t.Parallel()
	f := start(t)
	s := say{As: "J1006", Conv: "g-office", Text: "/帮助", ID: "00000001"}
	for range 3 {
		if status, fault := f.post(t, "/chat/send", s); status != http.StatusOK {
			t.Fatalf("send: %d %q", status, fault)
		}
	}
	for _, m := range f.bot.got() {
		if m.ID != "00000001" {
			t.Errorf("handed on with id %q", m.ID)
		}
	}
	s.Text = "/我的"
	if status, fault := f.post(t, "/chat/send", s); status != http.StatusConflict || fault == "" {
		t.Errorf("another text with the same id: %d %q", status, fault)
	}
	want := "g-office J1006: /帮助\ng-office bot: 收到：/帮助\n"
	if got := said(f.listen(t, "J1008", "").until(t, "now")); got != want {
		t.Errorf("shown:\n%s\nwant:\n%s", got, want)
	}
}

func TestSendFailsAndAgain(t *testing.T) {
	t.Parallel()
	f := start(t)
	stream := f.listen(t, "J1006", "")
	stream.until(t, "now")

	f.bot.setFail(errDown)
	lost := say{As: "J1006", Conv: "dm:J1006", Text: "/帮助", ID: "00000001"}
	status, fault := f.post(t, "/chat/send", lost)
	if status != http.StatusServiceUnavailable || fault != "刚才没有送到，请再发一次" {
		t.Fatalf("while the store is down: %d %q", status, fault)
	}
	// Read on at once: what is sent again takes the place of what had failed, and a slow
	// stream would never show the failure.
	evs := []event{}
	for failed := false; !failed; failed = evs[len(evs)-1].Failed {
		evs = append(evs, stream.until(t, "message")...)
	}
	f.bot.setFail(nil)
	if status, fault := f.post(t, "/chat/send", say{As: "J1006", Conv: "dm:J1006", Text: "/我的", ID: "00000002"}); status != http.StatusOK {
		t.Fatalf("next: %d %q", status, fault)
	}
	if status, fault := f.post(t, "/chat/send", lost); status != http.StatusOK {
		t.Fatalf("again: %d %q", status, fault)
	}

	for range 3 {
		evs = append(evs, stream.until(t, "push")...)
		if strings.Count(said(evs), "bot:") == 2 {
			break
		}
	}
	// The stream may pass over the moment in which the message had not yet failed.
	failed := "dm:J1006 J1006: /帮助 (failed)\n"
	got := strings.Replace(said(evs), "dm:J1006 J1006: /帮助\n"+failed, failed, 1)
	want := failed + "dm:J1006 J1006: /我的\ndm:J1006 bot: 收到：/我的\n" +
		"dm:J1006 J1006: /帮助\ndm:J1006 bot: 收到：/帮助\n"
	if got != want {
		t.Errorf("streamed:\n%s\nwant:\n%s", got, want)
	}
	want = "dm:J1006 J1006: /我的\ndm:J1006 bot: 收到：/我的\ndm:J1006 J1006: /帮助\ndm:J1006 bot: 收到：/帮助\n"
	if got = said(f.listen(t, "J1006", "").until(t, "now")); got != want {
		t.Errorf("kept:\n%s\nwant:\n%s", got, want)
	}
}

// What people write, and who they are, is in no log.
func TestNothingPersonalInLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := start(t, func(c *webchat.Config, _ *fixture) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	f.bot.setFail(errDown)
	f.post(t, "/chat/send", say{As: "J1020", Conv: "dm:J1020", Text: "/考勤 缺 何一兰(病假)", ID: "00000001"})
	if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: chat.Target{User: "J9999"}, Body: chat.Text("何一兰")}); err == nil || strings.Contains(err.Error(), "J9999") {
		t.Errorf("error names the person: %v", err)
	}
	got := log.String()
	if !strings.Contains(got, errDown.Error()) {
		t.Errorf("failure not logged: %s", got)
	}
	for _, private := range []string{"J1020", "何一兰", "病假"} {
		if strings.Contains(got, private) {
			t.Errorf("%q in the log: %s", private, got)
		}
	}
}

// slowSink hands out the done of every message.
type slowSink chan func(error)

func (s slowSink) Accept(_ context.Context, _ chat.Message, done func(error)) { s <- done }

func TestSendAnswersAfterDone(t *testing.T) {
	t.Parallel()
	f := start(t)
	channel, err := webchat.New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	sink := make(slowSink, 1)
	run(t, channel, sink)
	f.serve(t, channel)

	var durable atomic.Bool
	answered := make(chan string)
	go func() {
		status, fault := f.post(t, "/chat/send", say{As: "J1020", Conv: "dm:J1020", Text: "/帮助", ID: "00000001"})
		answered <- fmt.Sprint(status, fault, " durable ", durable.Load())
	}()
	done := <-sink
	durable.Store(true)
	done(nil)
	if got, want := <-answered, "200 durable true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// orderSink keeps the order in which messages are accepted.
type orderSink struct {
	mu  sync.Mutex
	ids []string
}

func (s *orderSink) Accept(_ context.Context, m chat.Message, done func(error)) {
	s.mu.Lock()
	s.ids = append(s.ids, string(m.ID))
	s.mu.Unlock()
	go done(nil)
}

func TestShownInTheOrderAccepted(t *testing.T) {
	t.Parallel()
	f := start(t)
	channel, err := webchat.New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	sink := &orderSink{}
	run(t, channel, sink)
	f.serve(t, channel)

	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			as := []chat.UserID{"J1006", "J1008"}[i%2]
			f.post(t, "/chat/send", say{As: as, Conv: "g-office", Text: "/帮助", ID: fmt.Sprintf("%08d", i)})
		})
	}
	wg.Wait()
	var shown []string
	for _, ev := range f.listen(t, "J1008", "").until(t, "now") {
		if ev.Name == "message" {
			shown = append(shown, ev.Msg)
		}
	}
	if len(shown) != 40 || !reflect.DeepEqual(shown, sink.ids) {
		t.Errorf("shown %v\naccepted %v", shown, sink.ids)
	}
}

func TestNotRunning(t *testing.T) {
	t.Parallel()
	f := start(t)
	channel, err := webchat.New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	f.serve(t, channel)
	if s := channel.Status(); s.Connected {
		t.Errorf("connected before Run")
	}
	s := say{As: "J1020", Conv: "dm:J1020", Text: "/帮助", ID: "00000001"}
	if status, fault := f.post(t, "/chat/send", s); status != http.StatusServiceUnavailable || fault == "" {
		t.Errorf("before Run: %d %q", status, fault)
	}
	stop := run(t, channel, &bot{channel: channel, seen: map[chat.MessageID]bool{}})
	if status, fault := f.post(t, "/chat/send", s); status != http.StatusOK {
		t.Errorf("while running: %d %q", status, fault)
	}
	stop()
	if status, _ := f.post(t, "/chat/send", s); status != http.StatusServiceUnavailable {
		t.Errorf("after Run: %d", status)
	}
	if s := channel.Status(); s.Connected || s.Since != monday {
		t.Errorf("status after Run: %+v", s)
	}
}
