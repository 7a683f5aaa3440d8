package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/chat/wecom"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/internal/obs"
	"yunzhuan/store"
	"yunzhuan/store/storetest"
)

// crowdSize is how many people each platform brings messages to, in simulated
// time, over its own wire protocol: none may be lost, none may come twice, and no
// limit of the platform may be broken.
var crowdSize = 10_000

func init() {
	if raceEnabled {
		crowdSize = 1000 // the detector makes it ten times as long
	}
}

func crowdUser(i int) string { return fmt.Sprintf("u%05d", i) }

// pushToCrowd enqueues bodies for everybody and lets the sender work for so long.
func pushToCrowd(t *testing.T, s *store.Store, ch chat.Channel, bodies func(i int) []chat.Body, during func(), span time.Duration) {
	t.Helper()
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		for i := range crowdSize {
			for _, b := range bodies(i) {
				out := chat.Outgoing{Target: chat.Target{Channel: ch.ID(), User: chat.UserID(crowdUser(i))}, Body: b}
				if _, err := tx.Enqueue(out); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		ran <- bot.NewSender(s, slog.New(slog.DiscardHandler), obs.NewMetrics("test"), ch).Run(ctx)
	}()
	if during != nil {
		during()
	}
	time.Sleep(span)
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// crowdStore is a store without a disk, so that simulated time stands still round
// it.
func crowdStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(storetest.Memory(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// counted checks that each person got each notice once.
func counted(t *testing.T, got map[string]int, bodies func(i int) []chat.Body) {
	t.Helper()
	missing, extra := 0, 0
	for i := range crowdSize {
		n := got[crowdUser(i)] - len(bodies(i))
		missing, extra = missing+max(0, -n), extra+max(0, n)
	}
	if missing+extra > 0 {
		t.Errorf("%d messages did not come, %d came too much", missing, extra)
	}
}

// notices are one message that all share, and for every tenth person one alone.
func notices(i int) []chat.Body {
	all := []chat.Body{chat.Text("请各位填写问卷。")}
	if i%10 == 0 {
		all = append(all, chat.Text(ownNotice(i)))
	}
	return all
}

// withHurry is notices and, for one person, many more than a minute holds.
func withHurry(i int) []chat.Body {
	all := notices(i)
	for n := range 80 {
		if i == 1 {
			all = append(all, chat.Text(fmt.Sprintf("第 %d 条", n)))
		}
	}
	return all
}

func ownNotice(i int) string { return fmt.Sprintf("第 %d 号，请看您的记录。", i) }

func TestCrowdOnWeCom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := wecomtest.Offline(time.Now)
		ch, err := wecom.New(p.Config(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		pushToCrowd(t, crowdStore(t), ch, withHurry, nil, 3*time.Hour)
		got := map[string]int{}
		for _, s := range p.Sent() {
			for _, u := range s.Users {
				got[u]++
			}
		}
		counted(t, got, withHurry)
		if v := p.Violations(); v != (wecomtest.Violations{}) {
			t.Errorf("rules were broken: %+v", v)
		}
	})
}

func TestCrowdOnWeChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := wechattest.NewOffline()
		ch, err := wechat.New(srv.Config(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		// Everybody follows, but only every second person has said something lately:
		// to the others nothing may be sent before they do.
		var all []string
		for i := range crowdSize {
			all = append(all, crowdUser(i))
		}
		srv.Follow(all...)
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan error, 1)
		s := crowdStore(t)
		go func() { ran <- ch.Run(ctx, answering{s}) }()
		synctest.Wait()
		srv.To(ch)
		say := func(i int) {
			if a, err := srv.Say(ctx, crowdUser(i), "/我的"); err != nil || !a.OK() {
				t.Errorf("say: %+v %v", a, err)
			}
		}
		sayAll := func(from int) {
			var some sync.WaitGroup
			for i := from; i < crowdSize; i += 2 {
				some.Go(func() { say(i) })
				if i%200 == from {
					some.Wait()
				}
			}
			some.Wait()
		}
		sayAll(0)
		pushToCrowd(t, s, ch, notices, func() {
			time.Sleep(time.Hour)
			sayAll(1)
		}, 3*time.Hour)
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		// What had to wait came in one message with the answer.
		missing := 0
		texts := map[string]string{}
		for _, m := range srv.Sent() {
			texts[m.To] += m.Text + "\n"
		}
		for i := range crowdSize {
			got := texts[crowdUser(i)]
			for _, want := range notices(i) {
				if strings.Count(got, want.Blocks[0].Lines[0].Text) != 1 {
					missing++
				}
			}
		}
		if missing > 0 {
			t.Errorf("%d messages did not come once", missing)
		}
		if v := srv.Violations(); len(v) > 0 {
			t.Errorf("%d rules were broken, first %s", len(v), v[0])
		}
	})
}

// answering is a sink that answers everything, in the outbox.
type answering struct{ store *store.Store }

func (a answering) Accept(ctx context.Context, m chat.Message, done func(error)) {
	a.store.Submit(ctx, func(tx *store.Tx) error {
		first, err := tx.MarkSeen(m.Channel, m.ID)
		if err != nil || !first {
			return err
		}
		t := chat.Target{Channel: m.Channel, Conv: m.Conv, User: m.From, Reply: m.Reply}
		_, err = tx.Enqueue(chat.Outgoing{Target: t, Body: chat.Text("没有等您处理的事。")})
		return err
	}, done)
}

// meter counts calls in spans of time.
type meter struct {
	http.RoundTripper
	mu sync.Mutex
	at map[string][]time.Time // by path
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	if m.at == nil {
		m.at = map[string][]time.Time{}
	}
	m.at[r.URL.Path] = append(m.at[r.URL.Path], time.Now())
	m.mu.Unlock()
	return m.RoundTripper.RoundTrip(r)
}

// most is the largest number of calls of one path in any span.
func (m *meter) most(span time.Duration) (most int) {
	for _, at := range m.at {
		from := 0
		for i, t := range at {
			for t.Sub(at[from]) >= span {
				from++
			}
			most = max(most, i-from+1)
		}
	}
	return most
}

func TestCrowdOnDingTalk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := dingtalktest.Offline()
		calls := &meter{RoundTripper: g.Transport()}
		cfg := g.Config(slog.New(slog.DiscardHandler))
		cfg.HTTP = &http.Client{Transport: calls}
		ch, err := dingtalk.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		pushToCrowd(t, crowdStore(t), ch, notices, nil, 3*time.Hour)
		got := map[string]int{}
		for _, s := range g.Sent() {
			for _, u := range s.Users {
				got[u]++
			}
		}
		counted(t, got, notices)
		if n := calls.most(time.Second); n > 20 {
			t.Errorf("%d calls of an API within a second", n)
		}
	})
}

func TestCrowdOnTheRobot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := aibottest.Offline()
		ch, err := aibot.New(srv.Config(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan error, 1)
		s := crowdStore(t)
		go func() { ran <- ch.Run(ctx, answering{s}) }()
		if err := srv.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
		pushToCrowd(t, s, ch, withHurry, nil, 3*time.Hour)
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		got := map[string]int{}
		for _, m := range srv.Sent() {
			got[m.Conv]++
		}
		counted(t, got, withHurry)
		if n := srv.Violations(); n > 0 {
			t.Errorf("%d messages came too fast", n)
		}
		srv.Close()
	})
}
