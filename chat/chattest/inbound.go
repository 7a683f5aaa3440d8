package chattest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
)

// inboxed is a message with its done.
type inboxed struct {
	msg  chat.Message
	done func(error)
}

// callbacks: recorded callbacks become the Messages that stand beside them.
func callbacks(t *testing.T, h Harness) {
	files, err := filepath.Glob(filepath.Join(h.Callbacks, "*"))
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		tried++
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			got := []chat.Message{}
			r := start(t, h, func(m chat.Message, done func(error)) {
				mu.Lock()
				got = append(got, m)
				mu.Unlock()
				done(nil)
			})
			ack, err := r.Deliver(r.ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range got {
				if got[i].Channel != r.Channel.ID() || got[i].ID == "" || got[i].Conv == "" {
					t.Errorf("message without channel, id or conversation: %+v", got[i])
				}
				got[i].SentAt = got[i].SentAt.UTC()
				if r.Normalize != nil {
					r.Normalize(&got[i])
				}
			}
			text, err := json.MarshalIndent(map[string]any{"messages": got, "acknowledged": ack.OK}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			Golden(t, file+".golden", append(text, '\n'))
		})
	}
	if tried == 0 {
		t.Fatalf("no callbacks in %s", h.Callbacks)
	}
}

// ackOnlyWhenKept: the platform is told nothing before done, and the wait of one
// conversation is not the wait of another.
func ackOnlyWhenKept(t *testing.T, h Harness) {
	held := make(chan inboxed, 1)
	r := start(t, h, func(m chat.Message, done func(error)) {
		if strings.Contains(m.Text, "先等") {
			held <- inboxed{m, done}
			return
		}
		done(nil)
	})
	type result struct {
		ack Ack
		err error
	}
	first := make(chan result, 1)
	go func() {
		ack, err := r.Deliver(r.ctx, r.Write(Inbound{ID: "m1", Conv: "c1", From: "u1", Text: "先等", SentAt: time.Now()}))
		first <- result{ack, err}
	}()
	in := <-held
	// A whole round trip of another message: by then, a hasty ack of the first
	// would have come.
	ack, err := r.Deliver(r.ctx, r.Write(Inbound{ID: "m2", Conv: "c2", From: "u2", Text: "别的", SentAt: time.Now()}))
	if err != nil || !ack.OK {
		t.Errorf("other conversation: %+v %v", ack, err)
	}
	select {
	case got := <-first:
		t.Errorf("acknowledged before it was kept: %+v", got)
	default:
	}
	in.done(nil)
	if got := <-first; got.err != nil || !got.ack.OK {
		t.Errorf("after done: %+v", got)
	}
}

// noAckWhenNotKept: what could not be kept is not acknowledged, and the platform
// is not told why.
func noAckWhenNotKept(t *testing.T, h Harness) {
	const internals = "disk /var/lib/bot is full"
	fail := true
	r := start(t, h, func(_ chat.Message, done func(error)) {
		if fail {
			fail = false
			done(errors.New(internals))
			return
		}
		done(nil)
	})
	in := Inbound{ID: "m1", Conv: "c1", From: "u1", Text: "你好", SentAt: time.Now()}
	ack, err := r.Deliver(r.ctx, r.Write(in))
	if err == nil && ack.OK {
		t.Errorf("acknowledged what was not kept: %+v", ack)
	}
	if strings.Contains(ack.Raw, internals) {
		t.Errorf("the platform was told: %s", ack.Raw)
	}
	if ack, err = r.Deliver(r.ctx, r.Write(in)); err != nil || !ack.OK {
		t.Errorf("second delivery: %+v %v", ack, err)
	}
}

// panicInAccept: a panic while one message is taken is that message's failure.
func panicInAccept(t *testing.T, h Harness) {
	r := start(t, h, func(m chat.Message, done func(error)) {
		if strings.Contains(m.Text, "坏") {
			panic("accept is broken")
		}
		done(nil)
	})
	if ack, err := r.Deliver(r.ctx, r.Write(Inbound{ID: "m1", Conv: "c1", From: "u1", Text: "坏", SentAt: time.Now()})); err == nil && ack.OK {
		t.Errorf("acknowledged after a panic: %+v", ack)
	}
	if ack, err := r.Deliver(r.ctx, r.Write(Inbound{ID: "m2", Conv: "c1", From: "u1", Text: "好", SentAt: time.Now()})); err != nil || !ack.OK {
		t.Errorf("after a panic: %+v %v", ack, err)
	}
}

// redelivery: the same message has the same id, another has another.
func redelivery(t *testing.T, h Harness) {
	ids := make(chan chat.MessageID, 3)
	r := start(t, h, func(m chat.Message, done func(error)) {
		ids <- m.ID
		done(nil)
	})
	for _, id := range []string{"m1", "m1", "m2"} {
		if ack, err := r.Deliver(r.ctx, r.Write(Inbound{ID: id, Conv: "c1", From: "u1", Text: "你好", SentAt: time.Unix(1_790_000_000, 0)})); err != nil || !ack.OK {
			t.Fatalf("%+v %v", ack, err)
		}
	}
	// A platform that knows a duplicate itself need not bring it twice.
	var got []chat.MessageID
	for len(ids) > 0 {
		got = append(got, <-ids)
	}
	if len(got) == 3 && got[0] == got[1] {
		got = got[1:]
	}
	if len(got) != 2 || got[0] == got[1] {
		t.Errorf("ids of m1, m1 again, m2: %q", got)
	}
}

// order: messages of one conversation that arrive together are taken in the order
// in which they were written.
func order(t *testing.T, h Harness) {
	var mu sync.Mutex
	got := map[chat.ConvID][]string{}
	r := start(t, h, func(m chat.Message, done func(error)) {
		mu.Lock()
		got[m.Conv] = append(got[m.Conv], m.Text)
		mu.Unlock()
		done(nil)
	})
	if r.Burst == nil {
		t.Skip("the platform brings one message at a time")
	}
	began := time.Now()
	want := map[chat.ConvID][]string{}
	for round := range 20 {
		var all [][]byte
		for i := range 60 {
			n := round*60 + i
			conv, text := fmt.Sprintf("c%d", n%3), fmt.Sprint(n)
			want[chat.ConvID(conv)] = append(want[chat.ConvID(conv)], text)
			all = append(all, r.Write(Inbound{ID: "m" + text, Conv: conv, From: "u1", Text: text, SentAt: began.Add(time.Duration(n) * time.Millisecond)}))
		}
		if err := r.Burst(r.ctx, all); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// Texts are what people type round mentions and commands, with characters of one
// to four bytes.
var Texts = []string{
	"/考勤 缺 𠮷田(病假)、喆堃玥",
	"@运转 ／考勤　全勤",
	"@é́clair\u2005/考勤 👩‍👩‍👧 全勤",
	"/文稿 新 关于“十五五”规划的通知——征求意见稿①",
	"𠀀𠀁𠀂 émoji 👍🏽 <b>&amp;</b> \\ \"引号\"",
}

// charactersIn: no character is lost or changed on the way in.
func charactersIn(t *testing.T, h Harness) {
	got := make(chan string, len(Texts))
	r := start(t, h, func(m chat.Message, done func(error)) {
		got <- m.Text
		done(nil)
	})
	for i, text := range Texts {
		in := Inbound{ID: fmt.Sprintf("m%d", i), Conv: "c1", Group: true, From: "u1", FromName: "𠮷田", Text: text, SentAt: time.Now()}
		if ack, err := r.Deliver(r.ctx, r.Write(in)); err != nil || !ack.OK {
			t.Fatalf("%+v %v", ack, err)
		}
		if text := <-got; text != in.Text {
			t.Errorf("came in as %q, want %q", text, in.Text)
		}
	}
}
