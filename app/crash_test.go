package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// TestKillNine kills the bot under load, time and again: no message that was
// acknowledged is lost, none takes effect twice, and none is answered twice.
func TestKillNine(t *testing.T) {
	t.Parallel()
	for name, side := range map[string]func(*testing.T) crashSide{
		"DingTalk": newCrashDingTalk, "official account": newCrashAccount,
	} {
		for disk, slow := range map[string]time.Duration{"disk as it is": 0, "slow disk": 20 * time.Millisecond} {
			t.Run(name+", "+disk, func(t *testing.T) {
				t.Parallel()
				rounds := 50
				if raceEnabled || testing.Short() {
					rounds = 5
				}
				c := &crash{t: t, side: side(t), dir: t.TempDir(), slow: slow, rounds: rounds}
				writeSample(t, c.dir)
				c.side.prepare(t, c.dir)
				for range rounds {
					c.round()
				}
				c.last()
				c.recount()
			})
		}
	}
}

// crashSide is the platform's side of the load: it brings messages of people J1006
// and so on, and hears what they are answered.
type crashSide interface {
	prepare(t *testing.T, dir string)
	env(dir string) []string
	connected(t *testing.T, p *process) error // waits until the bot hears
	gone(t *testing.T) error                  // waits until it does not
	push(ctx context.Context, id, who int) (acknowledged bool)
	said() []string
}

// crashDingTalk brings messages over the stream connection.
type crashDingTalk struct{ *dingtalktest.Gateway }

func newCrashDingTalk(t *testing.T) crashSide {
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	return crashDingTalk{g}
}

func (crashDingTalk) prepare(*testing.T, string) {}
func (d crashDingTalk) env(dir string) []string  { return gatewayEnv(dir, d.Gateway) }
func (d crashDingTalk) connected(t *testing.T, _ *process) error {
	return d.WaitConnected(t.Context(), 1)
}
func (d crashDingTalk) gone(t *testing.T) error { return d.WaitConnected(t.Context(), 0) }

func (d crashDingTalk) push(ctx context.Context, id, who int) bool {
	ack, err := d.Push(ctx, dingtalktest.Callback{
		MsgID: fmt.Sprint("msg", id), Conv: fmt.Sprint("cid", who), StaffID: fmt.Sprint("dt", who),
		Text: "/文稿 新 " + crashTitle(id),
	})
	return err == nil && ack.OK()
}

func (d crashDingTalk) said() (texts []string) {
	for _, s := range d.Sent() {
		texts = append(texts, s.Title+s.Text)
	}
	return texts
}

// crashAccount brings callbacks of the official account, which are answered in
// their responses.
type crashAccount struct{ *wechattest.Server }

func newCrashAccount(t *testing.T) crashSide {
	s := wechattest.New()
	t.Cleanup(s.Close)
	return crashAccount{s}
}

// prepare gives those who write an account.
func (crashAccount) prepare(t *testing.T, dir string) {
	db, err := bolt.Open(filepath.Join(dir, "yunzhuan.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := importPeople(t.Context(), s, "people.csv", people.SampleCSV(), importOptions{}); err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error { return giveAccounts(tx, crashWriters) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func (a crashAccount) env(dir string) []string { return append(filesEnv(dir), accountEnv(a.Server)...) }

func (a crashAccount) connected(_ *testing.T, p *process) error {
	addr, err := p.ready()
	a.ToURL("http://"+addr+"/wechat/callback", &http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
	return err
}

func (crashAccount) gone(*testing.T) error { return nil }

func (a crashAccount) push(ctx context.Context, id, who int) bool {
	// The kill itself ends a request. One that is given up while its answer is on the
	// wire would be an answer that the bot has given and nobody has heard.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	got, err := a.Bring(ctx, wechattest.Callback{
		OpenID: fmt.Sprint("wx", who), MsgID: fmt.Sprint(7_000_000 + id), Fields: map[string]string{"Content": "/文稿 新 " + crashTitle(id)},
	})
	return err == nil && got.OK()
}

func (a crashAccount) said() (texts []string) {
	for _, s := range a.Sent() {
		texts = append(texts, s.Text)
	}
	return texts
}

// crash is a load of messages, each with a title of its own.
type crash struct {
	t    *testing.T
	side crashSide
	dir  string
	slow time.Duration

	rounds int

	mu    sync.Mutex
	next  int
	acked map[int]bool
	open  []int // pushed and not acknowledged: pushed again, as a platform does
}

const crashWriters = 16

func (c *crash) start() *process {
	c.t.Helper()
	p := start(c.t, c.dir, append(c.side.env(c.dir), slowDisk+"="+c.slow.String()), "serve")
	if err := c.side.connected(c.t, p); err != nil {
		c.t.Fatalf("%v\n%s", err, p.log())
	}
	return p
}

// quiet reports what a run of the bot has logged as an error.
func (c *crash) quiet(p *process) {
	c.t.Helper()
	for line := range strings.SplitSeq(p.log(), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) {
			c.t.Errorf("the bot logged: %s", line)
		}
	}
}

// round runs the bot under load for a moment and kills it.
func (c *crash) round() {
	c.t.Helper()
	p := c.start()
	ctx, cancel := context.WithCancel(c.t.Context())
	var wg sync.WaitGroup
	for range crashWriters {
		wg.Go(func() {
			for ctx.Err() == nil {
				if !c.push(ctx, c.take()) {
					return
				}
			}
		})
	}
	time.Sleep(30*time.Millisecond + rand.N(150*time.Millisecond)) // the moment of the kill is what varies
	p.kill()
	c.quiet(p)
	cancel()
	wg.Wait()
	if err := c.side.gone(c.t); err != nil {
		c.t.Fatal(err)
	}
}

// take is the next message: one that was not acknowledged, or a new one.
func (c *crash) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.open); n > 0 {
		id := c.open[0]
		c.open = c.open[1:]
		return id
	}
	c.next++
	return c.next
}

func (c *crash) push(ctx context.Context, id int) bool {
	ok := c.side.push(ctx, id, 1006+id%crashWriters)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ok {
		c.open = append(c.open, id)
		return false
	}
	if c.acked == nil {
		c.acked = map[int]bool{}
	}
	c.acked[id] = true
	return true
}

func crashTitle(id int) string { return fmt.Sprintf("关于做好第%d号工作的通知", id) }

// last runs the bot until everything is acknowledged and answered, and stops it
// in order.
func (c *crash) last() {
	c.t.Helper()
	p := c.start()
	for {
		c.mu.Lock()
		left := len(c.open)
		c.mu.Unlock()
		if left == 0 {
			break
		}
		if !c.push(c.t.Context(), c.take()) {
			c.t.Fatal("not acknowledged by a bot that runs")
		}
	}
	addr, err := p.ready()
	if err != nil {
		c.t.Fatal(err)
	}
	for !strings.Contains(fetch(c.t, addr, "/metrics"), "\nyunzhuan_outbox_depth 0\n") {
		time.Sleep(20 * time.Millisecond) // the answers that stood back go out, as fast as the platform allows
	}
	if code := p.stop(); code != exitOK {
		c.t.Errorf("exit code %d", code)
	}
	c.quiet(p)
}

var titleNo = regexp.MustCompile(`关于做好第(\d+)号工作的通知`)

// recount opens the store and compares it with what was acknowledged and said.
func (c *crash) recount() {
	c.t.Helper()
	effects, unknown := c.kept()
	said := map[string]int{}
	for _, text := range c.side.said() {
		for _, m := range titleNo.FindAllString(text, 1) {
			said[m]++
		}
	}
	uncertain := 0
	for id := 1; id <= c.next; id++ {
		title := crashTitle(id)
		if effects[title] != 1 {
			c.t.Errorf("message %d (acknowledged: %v) took effect %d times", id, c.acked[id], effects[title])
		}
		switch n := said[title]; {
		case n > 1:
			c.t.Errorf("message %d was answered %d times", id, n)
		case n == 0 && unknown[title] != 1:
			c.t.Errorf("message %d was not answered, and is not shown as unknown", id)
		}
		uncertain += unknown[title]
	}
	c.t.Logf("%d messages acknowledged, %d answers unknown after the kills", len(c.acked), uncertain)
	if len(c.acked) < 2*c.rounds {
		c.t.Errorf("only %d messages in %d rounds: that is no load", len(c.acked), c.rounds)
	}
}

// kept reads how often each title has a draft, and which answers are unknown.
func (c *crash) kept() (effects, unknown map[string]int) {
	c.t.Helper()
	db, err := bolt.Open(filepath.Join(c.dir, "yunzhuan.db"), bolt.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	s, err := store.Open(db, store.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.VerifyAudit(c.t.Context()); err != nil {
		c.t.Error(err)
	}
	effects, unknown = map[string]int{}, map[string]int{}
	err = s.View(c.t.Context(), func(tx *store.Tx) error {
		err := tx.Raw("drafts", func(_ string, raw []byte) (bool, error) {
			effects[titleNo.FindString(string(raw))]++
			return true, nil
		})
		if err != nil {
			return err
		}
		all, err := tx.Troubled(store.Unknown)
		for _, u := range all {
			raw, _ := json.Marshal(u.Out.Body) // a struct of strings: it cannot fail
			unknown[titleNo.FindString(string(raw))]++
		}
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return effects, unknown
}

// principalAccount is the DingTalk account of a principal.
func principalAccount(t *testing.T, a *app) (account string) {
	t.Helper()
	err := a.store.View(t.Context(), func(tx *store.Tx) error {
		all, err := people.WithRole(tx, people.Principal)
		for _, p := range all {
			if u := p.Accounts["dingtalk"]; u != "" && strings.HasPrefix(u, "dt") {
				account = u
				break
			}
		}
		return err
	})
	if err != nil || account == "" {
		t.Fatalf("no principal with an account: %v", err)
	}
	return account
}
