package dingtalk_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

func TestOrderExperiment(t *testing.T) {
	g := dingtalktest.New()
	defer g.Close()
	ch, _ := dingtalk.New(g.Config(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	go func() {
		_ = ch.Run(ctx, sinkFunc(func(m chat.Message, done func(error)) { got = append(got, m.Text); done(nil) }))
	}()
	if err := g.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	base := time.Now()
	bad, badBursts := 0, 0
	for round := range 500 {
		got = got[:0]
		var fs []dingtalktest.Frame
		for i := range 64 {
			fs = append(fs, g.Frame(dingtalktest.Callback{Text: fmt.Sprint(i), CreateAt: base.Add(time.Duration(round*64+i) * time.Millisecond)}))
		}
		if _, err := g.PushBurst(ctx, fs); err != nil {
			t.Fatal(err)
		}
		b := 0
		for i := range got {
			if got[i] != fmt.Sprint(i) {
				b++
			}
		}
		if b > 0 {
			badBursts++
			bad += b
		}
	}
	t.Logf("bad bursts %d of 500, misplaced %d", badBursts, bad)
}
