package dingtalk_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

// timeout ends a test that hangs; nothing measures it.
const timeout = 2 * time.Minute

// running is a Channel that runs against a stand-in.
type running struct {
	g    *dingtalktest.Gateway
	c    *dingtalk.Channel
	ctx  context.Context
	log  *logBuffer
	stop func()
}

// run starts a Channel whose messages go to accept.
func run(t *testing.T, g *dingtalktest.Gateway, change func(*dingtalk.Config), accept func(chat.Message, func(error)), tune ...func(*dingtalk.Channel)) *running {
	t.Helper()
	r := &running{g: g, log: &logBuffer{}}
	r.c = newChannel(t, g, slog.New(slog.NewTextHandler(r.log, nil)), change)
	for _, f := range tune {
		f(r.c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	r.ctx = ctx
	runCtx, end := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- r.c.Run(runCtx, sinkFunc(accept)) }()
	r.stop = sync.OnceFunc(func() {
		end()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() { r.stop(); cancel() })
	return r
}

func (r *running) connected(t *testing.T) {
	t.Helper()
	if err := r.g.WaitConnected(r.ctx, 1); err != nil {
		t.Fatal(err)
	}
}

func (r *running) push(t *testing.T, cb dingtalktest.Callback) {
	t.Helper()
	if ack, err := r.g.Push(r.ctx, cb); err != nil || !ack.OK() {
		t.Fatalf("push: %+v %v", ack, err)
	}
}

func keep(_ chat.Message, done func(error)) { done(nil) }

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) has(s string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.buf.String(), s)
}

// Whatever ends a connection, the next one is there soon, and takes messages.
func TestConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	faults := map[string]func(*dingtalktest.Gateway){
		"dropped":           (*dingtalktest.Gateway).DropConnections,
		"silent, not ended": (*dingtalktest.Gateway).GoSilent,
		"half a frame":      (*dingtalktest.Gateway).HalfFrame,
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, newGateway(t), nil, keep)
			r.connected(t)
			for range 3 {
				before := r.g.Calls(dingtalktest.Open)
				fault(r.g)
				if err := r.g.WaitCalls(r.ctx, dingtalktest.Open, before+1); err != nil {
					t.Fatal(err)
				}
				r.connected(t)
				r.push(t, dingtalktest.Callback{Text: "还在吗"})
			}
		})
	}
}

// A connection that the server is about to close is replaced before it ends, so
// that there is no moment without one; the frames in work are answered over the
// old one.
func TestDisconnectLeavesNoGap(t *testing.T) {
	t.Parallel()
	held := make(chan func(error), 1)
	r := run(t, newGateway(t), nil, func(m chat.Message, done func(error)) {
		if m.Text == "慢" {
			held <- done
			return
		}
		done(nil)
	})
	r.connected(t)
	slow := make(chan dingtalktest.Ack, 1)
	go func() {
		ack, err := r.g.Push(r.ctx, dingtalktest.Callback{Text: "慢", Conv: "c1"})
		if err != nil {
			t.Errorf("the frame in work got no answer: %v", err)
		}
		slow <- ack
	}()
	done := <-held
	if err := r.g.Disconnect(r.ctx, "connection is expired"); err != nil {
		t.Fatal(err)
	}
	r.connected(t) // the new one; the old one still stands, and takes nothing
	if !r.c.Status().Connected {
		t.Errorf("status: %+v", r.c.Status())
	}
	r.push(t, dingtalktest.Callback{Text: "快", Conv: "c2"})
	done(nil)
	if ack := <-slow; !ack.OK() {
		t.Errorf("the frame in work: %+v", ack)
	}
}

// The first connection is tried until there is one.
func TestFirstConnectionIsRetried(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.Fail(dingtalktest.Open, 2, dingtalktest.Fault{Status: 500, Body: "no"})
	g.Fail(dingtalktest.Open, 1, dingtalktest.Fault{Drop: true})
	g.Fail(dingtalktest.Open, 1, dingtalktest.Fault{Body: `{"endpoint":"ws://` + g.Host + `/connect","ticket":"forged ?&ticket"}`})
	g.Fail(dingtalktest.Open, 1, dingtalktest.Fault{Body: `{"endpoint":"ws://gateway.example/connect","ticket":"forged"}`})
	r := run(t, g, nil, keep)
	r.connected(t)
	if n := g.Calls(dingtalktest.Open); n != 6 {
		t.Errorf("connected at attempt %d, want 6", n)
	}
	r.stop()
	if r.log.has("forged") {
		t.Error("the ticket is in the log")
	}
	if !r.log.has("not safe to use") {
		t.Error("an address without encryption was tried")
	}
}

// Bad credentials are not tried over and over, and the status says what is wrong.
func TestBadCredentials(t *testing.T) {
	t.Parallel()
	r := run(t, newGateway(t), func(cfg *dingtalk.Config) { cfg.ClientSecret = "wrong-secret" }, keep)
	if err := r.g.WaitCalls(r.ctx, dingtalktest.Open, 1); err != nil {
		t.Fatal(err)
	}
	for !r.log.has("credentials refused") {
		if r.ctx.Err() != nil {
			t.Fatal("the log says nothing of the credentials")
		}
		runtime.Gosched()
	}
	st := r.c.Status()
	if st.Connected || !strings.Contains(st.Detail, "invalidClientIdOrSecret") {
		t.Errorf("status: %+v", st)
	}
	// Next to be tried after about a minute; after other failures it is
	// milliseconds here.
	r.log.mu.Lock()
	m := regexp.MustCompile(`next=(\S+)`).FindStringSubmatch(r.log.buf.String())
	r.log.mu.Unlock()
	if m == nil {
		t.Fatal("the log does not say when the next attempt is")
	}
	if next, err := time.ParseDuration(m[1]); err != nil || next < 40*time.Second {
		t.Errorf("next attempt after %s", m[1])
	}
	r.stop()
	if n := r.g.Calls(dingtalktest.Open); n != 1 {
		t.Errorf("tried %d times", n)
	}
	if r.log.has("wrong-secret") {
		t.Error("the secret is in the log")
	}
}

// More frames than the SDK would work on at once are all taken, in order.
func TestManyFramesInWork(t *testing.T) {
	t.Parallel()
	const n = 3000 // the SDK drops what comes beyond 100
	var mu sync.Mutex
	var held []func(error)
	var order []string
	all := make(chan struct{})
	r := run(t, newGateway(t), nil, func(m chat.Message, done func(error)) {
		mu.Lock()
		defer mu.Unlock()
		held, order = append(held, done), append(order, m.Text)
		if len(held) == n {
			close(all)
		}
	})
	r.connected(t)
	frames := make([]dingtalktest.Frame, n)
	began := time.Now()
	for i := range frames {
		frames[i] = r.g.Frame(dingtalktest.Callback{Text: fmt.Sprint(i), CreateAt: began.Add(time.Duration(i) * time.Millisecond)})
	}
	acked := make(chan error, 1)
	go func() {
		acks, err := r.g.PushBurst(r.ctx, frames)
		if i := slices.IndexFunc(acks, func(a dingtalktest.Ack) bool { return !a.OK() }); i >= 0 {
			err = fmt.Errorf("frame %d: %+v", i, acks[i])
		}
		acked <- err
	}()
	select {
	case <-all:
	case <-r.ctx.Done():
		t.Fatalf("only %d of %d frames came in", len(order), n)
	}
	mu.Lock()
	for i, text := range order {
		if text != fmt.Sprint(i) {
			t.Fatalf("at %d stands %s", i, text)
		}
	}
	for _, done := range held {
		go done(nil)
	}
	mu.Unlock()
	if err := <-acked; err != nil {
		t.Fatal(err)
	}
}

// Beyond what may be in work nothing is read, and nothing is lost.
func TestReadingPausesAndGoesOn(t *testing.T) {
	t.Parallel()
	const n, room = 40, 10
	held := make(chan func(error), n)
	g := newGateway(t)
	r := run(t, g, nil, func(_ chat.Message, done func(error)) { held <- done }, func(c *dingtalk.Channel) { dingtalk.SetRoom(c, room*6000) })
	r.connected(t)
	frames := make([]dingtalktest.Frame, n)
	for i := range frames {
		frames[i] = g.Frame(dingtalktest.Callback{Text: "好", Conv: fmt.Sprint("c", i)})
	}
	acked := make(chan error, 1)
	go func() {
		_, err := g.PushBurst(r.ctx, frames)
		acked <- err
	}()
	first := <-held
	for !r.log.has("reading is paused") {
		if r.ctx.Err() != nil {
			t.Fatal("reading does not pause")
		}
		runtime.Gosched()
	}
	if got := 1 + len(held); got > room*3/2 {
		t.Errorf("%d frames in work, room is for about %d", got, room)
	}
	first(nil)
	for range n - 1 {
		(<-held)(nil)
	}
	if err := <-acked; err != nil {
		t.Fatal(err)
	}
}

// Neighbours that the platform turned round are put right.
func TestNeighboursTurnedRound(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	r := run(t, newGateway(t), nil, func(m chat.Message, done func(error)) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, m.Text)
		done(nil)
	})
	r.connected(t)
	written := time.Now()
	later := r.g.Frame(dingtalktest.Callback{Text: "后", CreateAt: written.Add(time.Second)})
	sooner := r.g.Frame(dingtalktest.Callback{Text: "先", CreateAt: written})
	// A starved machine may not bring them together; one of some tries it will.
	for range 20 {
		if _, err := r.g.PushBurst(r.ctx, []dingtalktest.Frame{later, sooner}); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		last := got
		got = nil
		mu.Unlock()
		if slices.Equal(last, []string{"先", "后"}) {
			return
		}
	}
	t.Error("never in the order of writing")
}

// What is no frame, and what is a frame of nothing known, does no harm.
func TestOddFrames(t *testing.T) {
	t.Parallel()
	r := run(t, newGateway(t), nil, keep)
	r.connected(t)
	for _, raw := range []string{"", "null", "{}", "[1]", "no json", `{"type":"CALLBACK"}`, `{"type":"SYSTEM","headers":{"topic":"KEEPALIVE"}}`, `{"headers":null,"data":null}`} {
		if err := r.g.PushRaw(raw); err != nil {
			t.Fatal(err)
		}
	}
	for _, data := range []string{"", "null", "[]", `{"conversationId":1}`, `{"conversationId":"c","msgtype":"text","text":[]}`} {
		ack, err := r.g.PushFrame(r.ctx, dingtalktest.Frame{Type: "CALLBACK", Topic: dingtalktest.TopicMessage, Data: data})
		if err != nil || ack.OK() {
			t.Errorf("%q: %+v %v", data, ack, err)
		}
	}
	if ack, err := r.g.Ping(r.ctx); err != nil || ack.Data != `{"opaque":"123-dsfs"}` {
		t.Errorf("ping: %+v %v", ack, err)
	}
	r.push(t, dingtalktest.Callback{Text: "好"})
}

// What an event could not be kept for comes again later.
func TestEventIsAskedForAgain(t *testing.T) {
	t.Parallel()
	fail := true
	r := run(t, newGateway(t), nil, func(_ chat.Message, done func(error)) {
		if fail {
			fail = false
			done(fmt.Errorf("store is closed"))
			return
		}
		done(nil)
	})
	r.connected(t)
	event := r.g.Event("im_cool_app_install", "e1", `{"openConversationId":"cid1"}`)
	for _, want := range []string{`{"status":"LATER"}`, `{"status":"SUCCESS"}`} {
		ack, err := r.g.PushFrame(r.ctx, event)
		if err != nil || ack.Data != want {
			t.Errorf("%+v %v, want %s", ack, err, want)
		}
	}
}

// A connection that ends takes the work on its messages nowhere: it is finished,
// and what follows goes over the next one.
func TestWorkOutlivesItsConnection(t *testing.T) {
	t.Parallel()
	held := make(chan func(error), 1)
	r := run(t, newGateway(t), nil, func(m chat.Message, done func(error)) {
		if m.Text == "慢" {
			held <- done
			return
		}
		done(nil)
	})
	r.connected(t)
	lost := make(chan error, 1)
	go func() {
		_, err := r.g.Push(r.ctx, dingtalktest.Callback{Text: "慢"})
		lost <- err
	}()
	done := <-held
	r.g.DropConnections()
	if err := <-lost; err == nil {
		t.Error("an ack over a dead connection")
	}
	if err := r.g.WaitCalls(r.ctx, dingtalktest.Open, 2); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	done(nil)
	r.push(t, dingtalktest.Callback{Text: "快"})
}

// With custom robots alone there is nothing to connect to.
func TestSendOnly(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	robot := g.AddRobot("校长群", "")
	r := run(t, g, func(cfg *dingtalk.Config) {
		*cfg = dingtalk.Config{CustomRobots: map[string]dingtalk.CustomRobot{"校长群": robot}, HTTP: cfg.HTTP, Log: cfg.Log}
	}, keep)
	if _, err := r.c.Send(r.ctx, chat.Outgoing{Target: chat.Target{Conv: dingtalk.RobotConv("校长群"), Group: true}, Body: chat.Text("通知")}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.c.Send(r.ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: chat.Text("通知")}); chat.KindOf(err) != chat.Final {
		t.Errorf("to a person: %v", err)
	}
	r.stop()
	if g.Calls(dingtalktest.Open) != 0 {
		t.Error("connected without credentials")
	}
}
