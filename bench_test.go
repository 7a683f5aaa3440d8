package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
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

// The benchmark pushes messages over the stand-in gateway, with a window of them
// in flight, at four receivers in turn, and compares the rates of each round:
//
//	sdk     the bare SDK, acknowledging only
//	replier the bare SDK, answering through its own ChatbotReplier before it acknowledges
//	floor   the SDK and one grouped commit of as many bytes as the bot keeps, nothing else
//	bot     the whole bot: each message makes a draft, with its audit line and reply
const (
	benchRounds   = 5
	benchMessages = 3000 // a round, fewer at window 1
)

// receiver is one of the four.
type receiver struct {
	name    string
	gateway *dingtalktest.Gateway
	replies bool // it answers what it gets
	sent    int  // messages pushed so far
	rates   []float64
	answers []float64
	p99     []time.Duration
}

func BenchmarkAck(b *testing.B) {
	for _, window := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			var bytesEach int
			bot := startBot(b, &bytesEach)
			all := []*receiver{startSDK(b), startReplier(b), startFloor(b, &bytesEach), bot}
			n := benchMessages
			if window == 1 {
				n /= 10
			}
			for _, r := range all { // warm-up; the bot's tells how many bytes it keeps
				r.round(b, window, n/5)
			}
			for b.Loop() {
				for range benchRounds {
					for _, r := range all {
						r.round(b, window, n)
					}
				}
			}
			report(b, all)
		})
	}
}

// report shows medians, and the bot against each of the others, round by round.
func report(b *testing.B, all []*receiver) {
	b.Helper()
	bot := all[len(all)-1]
	for _, r := range all {
		b.ReportMetric(median(r.rates), r.name+"-acks/s")
		b.ReportMetric(float64(median(r.p99).Microseconds())/1000, r.name+"-p99-ms")
		if r.replies {
			b.ReportMetric(median(r.answers), r.name+"-answers/s")
		}
		if r != bot {
			b.ReportMetric(ratio(bot.rates, r.rates), "bot/"+r.name)
		}
	}
	b.ReportMetric(ratio(bot.answers, all[1].answers), "bot/replier-answers")
	b.ReportMetric(float64(median(bot.p99))/float64(median(all[0].p99)), "bot/sdk-p99")
	b.ReportMetric(0, "ns/op") // one iteration is all rounds: it means nothing
}

func median[T float64 | time.Duration](all []T) T {
	s := slices.Sorted(slices.Values(all))
	return s[len(s)/2]
}

// ratio is the median of the rounds' ratios.
func ratio(a, b []float64) float64 {
	var all []float64
	for i := range a {
		all = append(all, a[i]/b[i])
	}
	return median(all)
}

// benchPeople is how many people write at once, each in a conversation of their
// own.
const benchPeople = 100

// round pushes n messages and waits for the acks, and the replies if there are
// any.
func (r *receiver) round(b *testing.B, window, n int) {
	b.Helper()
	took := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range window {
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
					b.Errorf("%s: ack %+v, %v", r.name, ack, err)
					return
				}
			}
		})
	}
	wg.Wait()
	r.rates = append(r.rates, float64(n)/time.Since(start).Seconds())
	slices.Sort(took)
	r.p99 = append(r.p99, took[n*99/100])
	r.sent += n
	if r.replies {
		if err := r.gateway.WaitCalls(b.Context(), dingtalktest.Reply, r.sent); err != nil {
			b.Fatal(err)
		}
		r.answers = append(r.answers, float64(n)/time.Since(start).Seconds())
	}
}

// startClient runs a bare SDK client with a handler.
func startClient(b *testing.B, name string, on func(*payload.DataFrame) error) *receiver {
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
	return &receiver{name: name, gateway: g}
}

func startSDK(b *testing.B) *receiver {
	return startClient(b, "sdk", func(*payload.DataFrame) error { return nil })
}

func startReplier(b *testing.B) *receiver {
	replier := chatbot.NewChatbotReplier()
	r := startClient(b, "replier", func(df *payload.DataFrame) error {
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
func startFloor(b *testing.B, size *int) *receiver {
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
						err = bucket.Put(fmt.Appendf(nil, "%020d", n), make([]byte, *size))
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
	return startClient(b, "floor", func(*payload.DataFrame) error {
		w := make(chan error, 1)
		queue <- w
		return <-w
	})
}

// startBot runs the whole bot against a gateway. After the warm-up size is how
// many bytes it keeps of a message: its draft, audit line, reply and marks.
func startBot(b *testing.B, size *int) *receiver {
	b.Helper()
	g := dingtalktest.New()
	b.Cleanup(g.Close)
	a := dingtalkApp(b, g, nil)
	runApp(b, a, g)
	*size = keptBytes(b, a, g)
	return &receiver{name: "bot", gateway: g, replies: true, sent: 1}
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
