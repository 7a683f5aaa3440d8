package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/internal/bottest"
)

// testContext ends when a test hangs.
func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	t.Cleanup(cancel)
	return ctx
}

// TestBare runs the binary with nothing at all: no argument, no variable, an
// empty folder. Where somebody has the port already, it has to say so.
func TestBare(t *testing.T) {
	t.Parallel()
	const port = "127.0.0.1:8642"
	taken := false
	if l, err := net.Listen("tcp", port); err != nil {
		taken = true
	} else if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := start(t, t.TempDir(), nil)
	addr, err := p.ready()
	switch {
	case taken:
		if log := p.log(); err == nil || !strings.Contains(log, port) || p.wait() != exitFail {
			t.Errorf("on a port that is taken: %v, %s", err, log)
		}
		return
	case err != nil:
		t.Fatal(err)
	case addr != port:
		t.Errorf("listens on %s", addr)
	}
	if body := fetch(t, addr, "/"); !strings.Contains(body, "运转 · 网页试用") {
		t.Errorf("page: %.200s", body)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if out := p.output(); !strings.Contains(out, "http://"+port) || !strings.Contains(out, "/帮助") {
		t.Errorf("first screen:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(p.cmd.Dir, "data", "yunzhuan.db")); err != nil {
		t.Error(err)
	}
}

func fetch(t testing.TB, addr, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// hold makes the commits of a child wait, until release.
type hold string

func newHold(t testing.TB) hold { return hold(filepath.Join(t.TempDir(), "hold")) }

func (h hold) env() string { return holdAt + "=" + string(h) }

func (h hold) begin(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(string(h), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (h hold) release(t testing.TB) {
	t.Helper()
	if err := os.Remove(string(h)); err != nil {
		t.Fatal(err)
	}
}

// TestStopFinishesWork ends the bot while a message is worked on: it is finished,
// acknowledged and answered, and there after the next start. The page's stream ends
// in order.
func TestStopFinishesWork(t *testing.T) {
	t.Parallel()
	ctx, dir, disk := testContext(t), t.TempDir(), newHold(t)
	p, addr := startReady(t, dir, append(demoEnv(), disk.env())...)
	events, err := listen(ctx, addr, "J1018")
	if err != nil {
		t.Fatal(err)
	}
	defer events.close()
	if _, err := events.until(nil); err != nil {
		t.Fatal(err)
	}

	disk.begin(t)
	acked := make(chan error, 1)
	go func() {
		acked <- post(ctx, addr, "J1018", "dm:J1018", "/文稿 新 关于做好冬季校园安全工作的通知")
	}()
	// What the page shows is on its way to the store.
	if _, err := events.until(func(e chatEvent) bool { return e.From == "J1018" }); err != nil {
		t.Fatal(err)
	}
	p.term()
	if _, err := p.logged("stopping"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-acked:
		t.Errorf("acknowledged before it was durable: %v", err)
	case <-p.exited:
		t.Error("ended before the message was durable")
	default:
	}
	disk.release(t)
	if err := <-acked; err != nil {
		t.Errorf("the message in work: %v", err)
	}
	answered := false
	_, err = events.until(func(e chatEvent) bool {
		answered = answered || e.From != "J1018" && e.Body != nil
		return false
	})
	if !errors.Is(err, errStreamEnd) || errors.Is(err, io.ErrUnexpectedEOF) || !answered {
		t.Errorf("the page's stream: answered %v, then %v", answered, err)
	}
	if code := p.wait(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log())
	}

	_, addr = startReady(t, dir, demoEnv()...)
	answer, err := ask(ctx, addr, "J1018", "/文稿")
	if err != nil {
		t.Fatal(err)
	}
	if text := bottest.Text(answer); strings.Count(text, "冬季校园安全") != 1 {
		t.Errorf("after the restart:\n%s", text)
	}
}

// TestStopWhileStarting is no failure either.
func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	disk := newHold(t)
	disk.begin(t)
	p := start(t, t.TempDir(), append(demoEnv(), disk.env()), "serve")
	if _, err := p.logged(heldCommit); err != nil {
		t.Fatal(err)
	}
	p.term()
	disk.release(t)
	if code := p.wait(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log())
	}
}

// TestSecondSignal ends at once a bot that a stuck disk keeps from stopping.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	disk := newHold(t)
	p, _ := startReady(t, t.TempDir(), append(demoEnv(), disk.env())...)
	disk.begin(t)
	p.term()
	if _, err := p.logged("stopping"); err != nil {
		t.Fatal(err)
	}
	// Again and again, for the first of these may come too soon after the other.
	for running := true; running; {
		p.term()
		select {
		case <-p.exited:
			running = false
		case <-time.After(time.Millisecond):
		}
	}
	if code := p.wait(); code != -1 {
		t.Errorf("exit code %d, want the signal's", code)
	}
}

// TestOutboxIsFlushed ends the bot while the platform takes its time over an
// answer.
func TestOutboxIsFlushed(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	dir := t.TempDir()
	writeSample(t, dir)
	p, _ := startReady(t, dir, gatewayEnv(dir, g)...)
	if err := g.WaitConnected(ctx, 1); err != nil { // the gateway may learn of it last
		t.Fatal(err)
	}
	if err := g.WaitConnected(ctx, 1); err != nil { // seen from the other side
		t.Fatal(err)
	}
	slow := make(chan struct{})
	g.Fail(dingtalktest.Reply, 1, dingtalktest.Fault{Until: slow, Proceed: true})
	ack, err := g.Push(ctx, dingtalktest.Callback{StaffID: "dt1018", Text: "/帮助"})
	if err != nil || !ack.OK() {
		t.Fatalf("ack %+v, %v", ack, err)
	}
	if err := g.WaitCalls(ctx, dingtalktest.Reply, 1); err != nil {
		t.Fatal(err)
	}
	p.term()
	if _, err := p.logged("stopping"); err != nil {
		t.Fatal(err)
	}
	close(slow)
	if code := p.wait(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log())
	}
	if sent := g.Sent(); len(sent) != 1 || !strings.Contains(sent[0].Text, "/考勤") {
		t.Errorf("sent %+v", sent)
	}
	if strings.Contains(p.log(), g.ClientSecret) {
		t.Error("the client secret is in the log")
	}
}

// TestRestartsAreCounted tells the office of the stop that nobody asked for, and
// of it alone.
func TestRestartsAreCounted(t *testing.T) {
	t.Parallel()
	ctx, dir := testContext(t), t.TempDir()
	env := func(clock string) []string { return append(demoEnv(), atTime+"=2026-11-23 "+clock) }
	p, _ := startReady(t, dir, env("16:00")...)
	if code := p.stop(); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	p, addr := startReady(t, dir, env("16:05")...)
	if _, err := ask(ctx, addr, "J1018", "/文稿 新 关于做好冬季校园安全工作的通知"); err != nil {
		t.Fatal(err)
	}
	p.kill()
	_, addr = startReady(t, dir, env("16:10")...)
	answer, err := ask(ctx, addr, "J1018", "/文稿")
	if err != nil || !strings.Contains(bottest.Text(answer), "冬季校园安全") {
		t.Errorf("what was acknowledged before the kill: %v\n%s", err, bottest.Text(answer))
	}
	digest := heard(t, addr, "J1006", func() {
		if err := postJSON(ctx, "http://"+addr+"/chat/jobs/digest", nil); err != nil {
			t.Fatal(err)
		}
	})
	if want := "启动 3 次，其中 1 次是意外中断后重启"; !strings.Contains(digest, want) {
		t.Errorf("want %q in the digest:\n%s", want, digest)
	}
}

// heard is what the bot says next in any conversation of a person, once do is
// done.
func heard(t *testing.T, addr, person string, do func()) string {
	t.Helper()
	events, err := listen(testContext(t), addr, person)
	if err != nil {
		t.Fatal(err)
	}
	defer events.close()
	if _, err := events.until(nil); err != nil {
		t.Fatal(err)
	}
	do()
	e, err := events.until(func(e chatEvent) bool { return e.From == "" })
	if err != nil {
		t.Fatal(err)
	}
	return bottest.Text(*e.Body)
}

// TestBadDirectory starts with the directory there is where the file of a new one
// is bad, and not at all where there is none. The log names nobody.
func TestBadDirectory(t *testing.T) {
	t.Parallel()
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	writeSample(t, dir)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := append(slices.Clone(good), "J9999,新来的,人事科,科室,,科员,boss,,,\n"...)
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(bad)
	code, printed := yunzhuan(t, dir, gatewayEnv(dir, g), "serve")
	if code != exitFail {
		t.Errorf("without any directory: exit code %d", code)
	}
	wantAll(t, printed, "people.csv", "第 395 行")

	write(good)
	p, _ := startReady(t, dir, gatewayEnv(dir, g)...)
	if code := p.stop(); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	write(bad)
	p, _ = startReady(t, dir, gatewayEnv(dir, g)...)
	wantAll(t, p.log(), "directory not imported")
	if strings.Contains(p.log(), "新来的") {
		t.Error("the log names somebody")
	}
}
