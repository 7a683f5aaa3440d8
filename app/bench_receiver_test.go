package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/chatbot"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"
	"go.etcd.io/bbolt"

	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/store"
)

// task is what a receiver's process is asked to do, figures what it measured.
type task struct{ Window, N int }

type figures struct {
	Bytes   int     // that the bot keeps of a message
	Rate    float64 // acks a second
	Answers float64 // answers a second; 0 where there are none
	P99     time.Duration
	CPU     time.Duration   // of the process a message, gateway included
	Took    []time.Duration // each of them, where that is looked at
}

// envReceiver names the receiver that a process is, envSize the bytes that the
// floor keeps of a message.
const (
	envReceiver = "YUNZHUAN_BENCH_RECEIVER"
	envSize     = "YUNZHUAN_BENCH_SIZE"
)

// spawn starts a receiver in a process of its own, with its gateway, so that
// nobody works on another's garbage: the SDK's replier, for one, leaves every
// connection open.
func spawn(b *testing.B, name string, size int) *receiver {
	b.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkReceiver$", "-test.benchtime=1x")
	cmd.Env = append(os.Environ(), envReceiver+"="+name, fmt.Sprint(envSize, "=", size))
	cmd.Stderr = os.Stderr
	ours, theirs, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{theirs}
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	_ = theirs.Close() // the child has its own
	r := &receiver{name: name, tasks: json.NewEncoder(stdin), results: json.NewDecoder(ours)}
	if err := r.results.Decode(&r.started); err != nil {
		b.Fatalf("start %s: %v", name, err)
	}
	b.Cleanup(func() {
		_ = stdin.Close() // it ends then
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s: %v", name, err)
		}
		_ = ours.Close()
	})
	return r
}

// BenchmarkReceiver is the process of one receiver, see spawn.
func BenchmarkReceiver(b *testing.B) {
	name := os.Getenv(envReceiver)
	if name == "" {
		b.Skip("a part of BenchmarkAck")
	}
	size, err := strconv.Atoi(os.Getenv(envSize))
	if err != nil {
		b.Fatal(err)
	}
	var w worker
	var started figures
	switch name {
	case "sdk":
		w = startSDK(b)
	case "replier":
		w = startReplier(b)
	case "floor":
		w = startFloor(b, size)
	case "bot":
		relaxGC()
		w = startBot(b, &started.Bytes)
	case "callback-sdk":
		w = startCallbackSDK(b)
	case "callback-bot":
		relaxGC()
		w = startCallbackBot(b)
	}
	tasks, results := json.NewDecoder(os.Stdin), json.NewEncoder(os.NewFile(3, "results"))
	if err := results.Encode(started); err != nil {
		b.Fatal(err)
	}
	for {
		var t task
		if err := tasks.Decode(&t); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
		if err := results.Encode(w.round(b, t)); err != nil {
			b.Fatal(err)
		}
	}
}

// worker is a receiver as it stands in its own process, with what brings it
// messages: round has them brought.
type worker interface {
	round(b *testing.B, t task) figures
}

// pusher is a receiver behind a stand-in gateway.
type pusher struct {
	gateway *dingtalktest.Gateway
	replies bool // it answers what it gets
	sent    int  // messages pushed so far
}

// benchPeople is how many people write at once, each in a conversation of their
// own.
const benchPeople = 100

// round pushes n messages and waits for the acks, and the replies if there are
// any.
func (r *pusher) round(b *testing.B, t task) (f figures) {
	b.Helper()
	n := t.N
	took := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	start, used := time.Now(), cpuTime()
	for range t.Window {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				who := 1006 + i%benchPeople
				cb := dingtalktest.Callback{
					Conv: fmt.Sprint("cid", who), StaffID: fmt.Sprint("dt", who),
					Text: fmt.Sprintf("/文稿 新 关于做好第%d号冬季校园安全工作的通知", r.sent+i),
				}
				pushed := time.Now()
				ack, err := r.gateway.Push(b.Context(), cb)
				took[i] = time.Since(pushed)
				if err != nil || !ack.OK() {
					b.Errorf("ack %+v, %v", ack, err)
					return
				}
			}
		})
	}
	wg.Wait()
	f.Rate = float64(n) / time.Since(start).Seconds()
	slices.Sort(took)
	f.P99 = took[n*99/100]
	r.sent += n
	if r.replies {
		if err := r.gateway.WaitCalls(b.Context(), dingtalktest.Reply, r.sent); err != nil {
			b.Fatal(err)
		}
		f.Answers = float64(n) / time.Since(start).Seconds()
	}
	f.CPU = (cpuTime() - used) / time.Duration(n)
	return f
}

// startClient runs a bare SDK client with a handler.
func startClient(b *testing.B, on func(*payload.DataFrame) error) *pusher {
	b.Helper()
	g := dingtalktest.New()
	b.Cleanup(g.Close)
	handler := func(_ context.Context, df *payload.DataFrame) (*payload.DataFrameResponse, error) {
		if err := on(df); err != nil {
			return nil, err
		}
		return payload.NewSuccessDataFrameResponse(), nil
	}
	cli := client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(g.ClientID, g.ClientSecret)),
		client.WithOpenApiHost(g.URL), client.WithMaxPendingHandlers(1024),
		client.WithSubscription("CALLBACK", dingtalktest.TopicMessage, handler),
		client.WithSubscription("EVENT", "*", handler),
	)
	if err := cli.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cli.Close)
	if err := g.WaitConnected(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	return &pusher{gateway: g}
}

func startSDK(b *testing.B) *pusher {
	return startClient(b, func(*payload.DataFrame) error { return nil })
}

func startReplier(b *testing.B) *pusher {
	replier := chatbot.NewChatbotReplier()
	r := startClient(b, func(df *payload.DataFrame) error {
		var m chatbot.BotCallbackDataModel
		if err := json.Unmarshal([]byte(df.Data), &m); err != nil {
			return err
		}
		return replier.SimpleReplyMarkdown(context.Background(), m.SessionWebhook, []byte("文稿"), []byte(m.Text.Content))
	})
	r.replies = true
	return r
}

// startFloor keeps size bytes a message in grouped commits.
func startFloor(b *testing.B, size int) *pusher {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "floor.db"), 0o600,
		&bbolt.Options{FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	queue := make(chan chan error, 4096)
	go func() {
		var n uint64
		for first := range queue {
			group := []chan error{first}
			for more := true; more && len(group) < 512; {
				select {
				case w := <-queue:
					group = append(group, w)
				default:
					more = false
				}
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists([]byte("messages"))
				for range group {
					if err == nil {
						n++
						err = bucket.Put(fmt.Appendf(nil, "%020d", n), make([]byte, size))
					}
				}
				return err
			})
			for _, w := range group {
				w <- err
			}
		}
	}()
	b.Cleanup(func() { close(queue) })
	return startClient(b, func(*payload.DataFrame) error {
		w := make(chan error, 1)
		queue <- w
		return <-w
	})
}

// startBot runs the whole bot against a gateway; size is how many bytes it keeps
// of a message: its draft, audit line, reply and marks.
func startBot(b *testing.B, size *int) *pusher {
	b.Helper()
	g := dingtalktest.New()
	b.Cleanup(g.Close)
	a := dingtalkApp(b, g, nil)
	runApp(b, a, g)
	*size = keptBytes(b, a, g)
	return &pusher{gateway: g, replies: true, sent: 1}
}

// keptBytes pushes one message and counts what it adds to the store.
func keptBytes(b *testing.B, a *app, g *dingtalktest.Gateway) int {
	b.Helper()
	before := storedBytes(b, a)
	ack, err := g.Push(b.Context(), dingtalktest.Callback{Conv: "cid1006", StaffID: "dt1006", Text: "/文稿 新 关于做好冬季校园安全工作的通知"})
	if err != nil || !ack.OK() {
		b.Fatalf("ack %+v, %v", ack, err)
	}
	if err := g.WaitCalls(b.Context(), dingtalktest.Reply, 1); err != nil {
		b.Fatal(err)
	}
	return storedBytes(b, a) - before
}

// storedBytes is the size of every record and audit line.
func storedBytes(b *testing.B, a *app) int {
	b.Helper()
	total := 0
	err := a.store.View(b.Context(), func(tx *store.Tx) error {
		total = 0
		for _, bucket := range append(store.Tables(), "audit") {
			err := tx.Raw(bucket, func(key string, raw []byte) (bool, error) {
				total += len(key) + len(raw)
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return total
}
