package aibot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/aibot/aibottest"
)

// Whatever breaks the connection, there is another one, and it brings messages.
func TestReconnects(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*running) error{
		"dropped": func(r *running) error { r.s.DropConnections(); return nil },
		"silent":  func(r *running) error { r.s.Silence(); return nil },
		"half a frame": func(r *running) error {
			return r.s.HalfFrame(aibottest.Callback{User: "u1", Text: "只有一半"})
		},
		"frame too long": func(r *running) error {
			// The connection may end while it is being written.
			_ = r.s.PushRaw(`{"cmd":"aibot_msg_callback","body":"` + strings.Repeat("长", 2<<20) + `"}`)
			return nil
		},
		"not subscribed": func(r *running) error {
			r.s.Fail(aibottest.Ping, 1, aibottest.Fault{Code: 846609})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := make(chan string, 8)
			r := connected(t, func(m chat.Message, done func(error)) { texts <- m.Text; done(nil) },
				func(c *aibot.Channel) { aibot.SetAlive(c, 50*time.Millisecond, 2*time.Second) })
			if !r.say(t, aibottest.Callback{User: "u1", Text: "前"}) {
				t.Error("not kept before")
			}
			if err := breakIt(r); err != nil {
				t.Fatal(err)
			}
			if err := r.s.WaitSubscriptions(r.ctx, 2); err != nil {
				t.Fatalf("%v; %s", err, r.log)
			}
			r.ready(t)
			if !r.say(t, aibottest.Callback{User: "u1", Text: "后"}) {
				t.Error("not kept after")
			}
			if a, b := <-texts, <-texts; a != "前" || b != "后" {
				t.Errorf("heard %q and %q", a, b)
			}
		})
	}
}

// What cannot be read harms nothing else.
func TestGarbage(t *testing.T) {
	t.Parallel()
	r := connected(t, keep)
	for _, text := range []string{"", "null", "not JSON", "[]", `{"cmd":"what"}`, `{"cmd":7}`, `{"headers":{"req_id":{}},"errcode":0}`, `{"headers":{"req_id":"nobody waits"},"errcode":1}`} {
		if err := r.s.PushRaw(text); err != nil {
			t.Fatal(err)
		}
	}
	if !r.say(t, aibottest.Callback{User: "u1", Text: "好"}) || r.s.Subscriptions() != 1 {
		t.Errorf("after garbage: %d subscriptions", r.s.Subscriptions())
	}
}

func TestPings(t *testing.T) {
	t.Parallel()
	r := connected(t, keep, func(c *aibot.Channel) { aibot.SetAlive(c, 10*time.Millisecond, 10*time.Second) })
	if err := r.s.WaitReceived(r.ctx, aibottest.Ping, 5); err != nil {
		t.Fatal(err)
	}
	if r.s.Subscriptions() != 1 {
		t.Errorf("%d subscriptions", r.s.Subscriptions())
	}
}

// A newer connection of the robot is left alone.
func TestKickedByAnother(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	heard := make(chan string, 2)
	first := run(t, s, func(_ chat.Message, done func(error)) { heard <- "first"; done(nil) })
	first.ready(t)
	second := run(t, s, func(_ chat.Message, done func(error)) { heard <- "second"; done(nil) })
	if err := s.WaitSubscriptions(second.ctx, 2); err != nil {
		t.Fatal(err)
	}
	first.status(t, "another connection of this robot has taken over")
	second.ready(t)
	if st := first.c.Status(); st.Connected {
		t.Errorf("still connected: %+v", st)
	}
	second.say(t, aibottest.Callback{User: "u1", Text: "谁在"})
	if got := <-heard; got != "second" {
		t.Errorf("the %s heard it", got)
	}
	if n := s.Subscriptions(); n != 2 {
		t.Errorf("%d subscriptions: the newer connection was fought", n)
	}
	_, err := first.send(chat.Target{User: "u1"}, chat.Text("在"))
	if chat.KindOf(err) != chat.Temporary {
		t.Errorf("send without connection: %v", err)
	}
	if aibot.KickedWait() < 10*time.Minute {
		t.Errorf("a newer connection is left alone for %v only", aibot.KickedWait())
	}
}

// After a long pause it is tried again.
func TestKickedAndBack(t *testing.T) {
	t.Parallel()
	r := connected(t, keep, func(c *aibot.Channel) { aibot.SetKickedWait(c, time.Millisecond) })
	if err := r.s.Kick(); err != nil {
		t.Fatal(err)
	}
	if err := r.s.WaitSubscriptions(r.ctx, 2); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.log.String(), "taken over") {
		t.Errorf("log: %s", r.log)
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const wrong = "not-the-secret"
	r := runWith(t, s, func(cfg *aibot.Config) { cfg.Secret = wrong }, keep)
	r.status(t, "credentials refused: subscription refused with code 853000")
	if n := s.Received(aibottest.Subscribe); n != 1 {
		t.Errorf("tried %d times at once", n)
	}
	r.stop()
	if strings.Contains(r.log.String(), wrong) {
		t.Errorf("the secret stands in the log: %s", r.log)
	}
}

func TestRefusedThenTaken(t *testing.T) {
	t.Parallel()
	for _, code := range []int{853000, 40001, 45009, -1} {
		s := newServer(t)
		s.Fail(aibottest.Subscribe, 2, aibottest.Fault{Code: code})
		r := run(t, s, keep, func(c *aibot.Channel) { aibot.SetRefusedWait(c, time.Millisecond) })
		r.ready(t)
		if n := s.Received(aibottest.Subscribe); n != 3 {
			t.Errorf("code %d: %d subscriptions asked for", code, n)
		}
		r.stop()
	}
}

func TestSubscribeUnanswered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Fail(aibottest.Subscribe, 1, aibottest.Fault{Silent: true})
	s.Fail(aibottest.Subscribe, 1, aibottest.Fault{Drop: true})
	r := run(t, s, keep, func(c *aibot.Channel) { aibot.SetAckWait(c, 100*time.Millisecond) })
	if err := s.WaitSubscriptions(r.ctx, 1); err != nil {
		t.Fatalf("%v; %s", err, r.log)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := aibottest.New()
	s.Close()
	r := run(t, s, keep)
	r.status(t, "not connected: connection refused")
	_, err := r.send(chat.Target{User: "u1"}, chat.Text("在"))
	if chat.KindOf(err) != chat.Temporary {
		t.Errorf("send: %v", err)
	}
}

// A message that was not kept is answered so where it was written.
func TestNotKeptIsSaid(t *testing.T) {
	t.Parallel()
	r := connected(t, func(_ chat.Message, done func(error)) { done(errors.New("disk /var/lib/bot is full")) })
	if r.say(t, aibottest.Callback{User: "u1", Group: "g1", Text: "@运转 /考勤 全勤"}) {
		t.Error("kept")
	}
	id, err := r.s.Tap(r.ctx, aibottest.Callback{User: "u1", Group: "g1"}, "yz-1", "/我的")
	if err != nil || r.done(t, id) {
		t.Errorf("tap kept, %v", err)
	}
	if id, err = r.s.Enter(r.ctx, aibottest.Callback{User: "u1"}); err != nil || r.done(t, id) {
		t.Errorf("entry kept, %v", err)
	}
	sent := r.s.Sent()
	if got := r.kinds(); got != "aibot_respond_msg stream, aibot_send_msg markdown" {
		t.Fatalf("said: %s", got)
	}
	for _, m := range sent {
		if m.Conv != "g1" || !m.Group || m.Text != "刚才没有记上，请再发一次。" {
			t.Errorf("said %+v", m)
		}
	}
}

// What does not fit into the room for callbacks in work is refused aloud, and
// nothing else is held up.
func TestRoom(t *testing.T) {
	t.Parallel()
	held := make(chan func(error), 1)
	r := connected(t, func(m chat.Message, done func(error)) {
		if m.Text == "先等" {
			held <- done
			return
		}
		done(nil)
	}, func(c *aibot.Channel) { aibot.SetRoom(c, 6<<10, time.Millisecond) })
	first, err := r.s.Say(r.ctx, aibottest.Callback{User: "u1", Text: "先等"})
	if err != nil {
		t.Fatal(err)
	}
	done := <-held
	if r.say(t, aibottest.Callback{User: "u2", Text: "没位子"}) {
		t.Error("kept without room")
	}
	if sent := r.s.Sent(); len(sent) != 1 || sent[0].Conv != "u2" || !strings.Contains(sent[0].Text, "过一会儿") {
		t.Errorf("said %+v", sent)
	}
	done(nil)
	if !r.done(t, first) || !r.say(t, aibottest.Callback{User: "u2", Text: "有位子了"}) {
		t.Error("not kept with room")
	}
}

// A duplicate comes with the id of the first.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	ids := make(chan chat.MessageID, 2)
	r := connected(t, func(m chat.Message, done func(error)) { ids <- m.ID; done(nil) })
	for range 2 {
		r.say(t, aibottest.Callback{MsgID: "CAIQ1", User: "u1", Text: "一次"})
	}
	if a, b := <-ids, <-ids; a != b || a != "CAIQ1" {
		t.Errorf("ids %q and %q", a, b)
	}
}

// Answers under way when the bot stops get their acknowledgement.
func TestStopWaitsForAnswers(t *testing.T) {
	t.Parallel()
	r := connected(t, keep)
	until := make(chan struct{})
	r.s.Fail(aibottest.Send, 1, aibottest.Fault{Deliver: true, Until: until})
	sent := make(chan error, 1)
	go func() {
		_, err := r.send(chat.Target{User: "u1"}, chat.Text("走之前"))
		sent <- err
	}()
	if err := r.s.WaitReceived(r.ctx, aibottest.Send, 1); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	close(until)
	if err := <-sent; err != nil {
		t.Errorf("send: %v", err)
	}
	<-stopped
	if st := r.c.Status(); st.Connected || st.Detail != "stopped" {
		t.Errorf("status %+v", st)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	r := connected(t, keep)
	if at, err := r.c.Probe(r.ctx); err != nil || !at.IsZero() {
		t.Errorf("probe: %v, %v", at, err)
	}
	// The running connection is not disturbed.
	if !r.say(t, aibottest.Callback{User: "u1", Text: "还在"}) || r.s.Subscriptions() != 1 {
		t.Errorf("%d subscriptions after probing", r.s.Subscriptions())
	}
	s := aibottest.New()
	s.Close()
	c := newChannel(t, s, nil, nil)
	if _, err := c.Probe(r.ctx); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("probe of nobody: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]aibot.Config{
		"nothing":       {},
		"no secret":     {BotID: "b"},
		"no bot":        {Secret: "s"},
		"in the clear":  {BotID: "b", Secret: "s", WSURL: "ws://openws.work.weixin.qq.com"},
		"another thing": {BotID: "b", Secret: "s", WSURL: "https://openws.work.weixin.qq.com"},
		"no host":       {BotID: "b", Secret: "s", WSURL: "wss://"},
		"no address":    {BotID: "b", Secret: "s", WSURL: ":"},
	} {
		if _, err := aibot.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := aibot.New(aibot.Config{BotID: "b", Secret: "s"}); err != nil {
		t.Errorf("default address: %v", err)
	}
}
