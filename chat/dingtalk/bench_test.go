package dingtalk_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

// window is how many frames are in flight in the benchmarks.
const window = 64

// BenchmarkBareSDK is the yardstick: the SDK with a handler that does nothing.
func BenchmarkBareSDK(b *testing.B) {
	g := dingtalktest.New()
	defer g.Close()
	cli := client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(g.ClientID, g.ClientSecret)),
		client.WithOpenApiHost(g.URL), client.WithMaxPendingHandlers(8192),
		client.WithSubscription("EVENT", "*", nothing),
		client.WithSubscription("CALLBACK", dingtalktest.TopicMessage, nothing),
	)
	if err := cli.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer cli.Close()
	push(b, g)
}

func nothing(context.Context, *payload.DataFrame) (*payload.DataFrameResponse, error) {
	return payload.NewSuccessDataFrameResponse(), nil
}

// BenchmarkChannel is the same through the Channel, with a sink that keeps at
// once.
func BenchmarkChannel(b *testing.B) {
	g := dingtalktest.New()
	defer g.Close()
	ch, err := dingtalk.New(g.Config(slog.New(slog.DiscardHandler)))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- ch.Run(ctx, sinkFunc(func(_ chat.Message, done func(error)) { done(nil) })) }()
	push(b, g)
	cancel()
	if err := <-ran; err != nil {
		b.Error(err)
	}
}

type sinkFunc func(chat.Message, func(error))

func (f sinkFunc) Accept(_ context.Context, m chat.Message, done func(error)) { f(m, done) }

// push keeps window frames in flight and reports the ack's latency.
func push(b *testing.B, g *dingtalktest.Gateway) {
	b.Helper()
	if err := g.WaitConnected(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range window {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				began := time.Now()
				ack, err := g.Push(b.Context(), dingtalktest.Callback{Conv: fmt.Sprintf("cid%d", i%40), Text: "/考勤 全勤"})
				if err != nil || !ack.OK() {
					b.Errorf("push: %v %v", ack, err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
