package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// TestKillNineBulletins kills the bot while bulletins are published, by hand and by
// schedule, and recalled: numbers have no gap, no group gets an issue twice, what was
// published reads the same for good, and what was recalled is gone from each group or
// declared void there.
func TestKillNineBulletins(t *testing.T) {
	t.Parallel()
	days := 8
	if raceEnabled || testing.Short() {
		days = 3
	}
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	c := &bulletinCrash{t: t, g: g, dir: t.TempDir(), printed: map[string]string{}}
	writeSample(t, c.dir)
	c.run("2026-11-20 08:00", func(ctx context.Context) {
		for _, layer := range crashGroups {
			c.say(ctx, "dt1006", "cid-"+layer, "/绑定群 "+layer)
		}
	}, false)
	c.firstDay("2026-11-20")
	for day := calendar.Day("2026-11-23"); days > 0; day = day.AddDays(1) {
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			continue
		}
		days--
		c.day(day)
	}
	c.recount()
}

var crashGroups = []string{"机关中层群", "机关职工群", "委领导群", "办公室群"}

type bulletinCrash struct {
	t   *testing.T
	g   *dingtalktest.Gateway
	dir string

	next    int               // of messages
	printed map[string]string // issue → record, as it was first seen
}

// firstDay is one without a kill, so that whatever the others come to, an issue came
// out by schedule and was recalled.
func (c *bulletinCrash) firstDay(day calendar.Day) {
	c.t.Helper()
	c.run(string(day)+" 09:30", func(ctx context.Context) {
		c.say(ctx, "dt1087", "dm-1087", "/巡查 计财科 正常")
	}, false)
	c.run(string(day)+" 17:31", func(ctx context.Context) {
		for !slices.ContainsFunc(c.g.Sent(), func(s dingtalktest.Sent) bool { return issueNo.MatchString(s.Text) }) && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		c.say(ctx, "dt1006", "dm-1006", "/通报 撤回 确认 数据有误")
	}, false)
}

// day walks the offices and publishes: by hand before the hour, by schedule after it,
// and again after each recall. Every run of the bot but the last is killed.
func (c *bulletinCrash) day(day calendar.Day) {
	c.t.Helper()
	at := func(clock string) string { return string(day) + " " + clock }
	c.run(at("09:30"), func(ctx context.Context) {
		c.say(ctx, "dt1087", "dm-1087", "/巡查 人事科 缺岗 9:00")
		c.say(ctx, "dt1087", "dm-1087", "/巡查 计财科 正常")
	}, false)
	if rand.N(2) == 0 {
		c.run(at("17:25"), c.publishAndRecall, true)
	}
	for _, clock := range []string{"17:31", "17:33", "17:35", "17:37"} {
		c.run(at(clock), c.publishAndRecall, true)
	}
	// In the end everything is published, and every message has its end.
	c.run(at("17:39"), func(ctx context.Context) { c.say(ctx, "dt1006", "dm-1006", "/通报 发布") }, false)
}

// publishAndRecall does both in turn for as long as the bot lives.
func (c *bulletinCrash) publishAndRecall(ctx context.Context) {
	for n := rand.N(2); ctx.Err() == nil; n++ {
		line := "/通报 发布"
		if n%2 == 1 {
			line = "/通报 撤回 确认 数据有误"
		}
		if !c.say(ctx, "dt1006", "dm-1006", line) {
			return
		}
	}
}

// say brings a message until it is acknowledged, or the bot is gone; like the platform
// it brings one that was not once more, to the next run.
func (c *bulletinCrash) say(ctx context.Context, who, conv, text string) bool {
	c.next++
	ack, err := c.g.Push(ctx, dingtalktest.Callback{
		MsgID: fmt.Sprint("recall", c.next), Conv: conv, Group: strings.HasPrefix(conv, "cid-"), StaffID: who, Text: text,
	})
	return err == nil && ack.OK()
}

// run runs the bot from a time on. With kill it is killed in the middle, else it is
// stopped when the outbox is empty and nothing is left to be taken back.
func (c *bulletinCrash) run(at string, load func(context.Context), kill bool) {
	c.t.Helper()
	p := start(c.t, c.dir, append(gatewayEnv(c.dir, c.g), atTime+"="+at), "serve")
	if err := c.g.WaitConnected(c.t.Context(), 1); err != nil {
		c.t.Fatalf("%v\n%s", err, p.log())
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	if kill {
		done := make(chan struct{})
		go func() { load(ctx); close(done) }()
		time.Sleep(20*time.Millisecond + rand.N(250*time.Millisecond)) // the moment of the kill is what varies
		p.kill()
		cancel()
		<-done
	} else {
		load(ctx)
		c.settle(p)
		if code := p.stop(); code != exitOK {
			c.t.Errorf("exit code %d\n%s", code, p.log())
		}
	}
	for line := range strings.SplitSeq(p.log(), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) {
			c.t.Errorf("the bot logged: %s", line)
		}
	}
	if err := c.g.WaitConnected(c.t.Context(), 0); err != nil {
		c.t.Fatal(err)
	}
	c.look()
}

// settle waits until nothing is under way.
func (c *bulletinCrash) settle(p *process) {
	c.t.Helper()
	addr, err := p.ready()
	if err != nil {
		c.t.Fatal(err)
	}
	for quiet := 0; quiet < 30; quiet++ { // what was taken back brings new messages
		time.Sleep(20 * time.Millisecond)
		if !strings.Contains(fetch(c.t, addr, "/metrics"), "\nyunzhuan_outbox_depth 0\n") {
			quiet = 0
		}
	}
}

// look opens the store between two runs and compares every issue with what it was.
func (c *bulletinCrash) look() {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		return tx.Raw("bulletins", func(key string, raw []byte) (bool, error) {
			if was, ok := c.printed[key]; ok && was != string(raw) {
				c.t.Errorf("issue %s reads\n%s\nwas\n%s", key, raw, was)
			}
			c.printed[key] = string(raw)
			return true, nil
		})
	})
}

func (c *bulletinCrash) view(fn func(*store.Tx) error) {
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
	if err := s.View(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

var (
	issueNo = regexp.MustCompile(`2026年第(\d+)期　县教委`)
	voidNo  = regexp.MustCompile(`第(\d+)期已撤回，请以重新发布的为准`)
)

// recount compares the archive with what the groups got.
func (c *bulletinCrash) recount() {
	c.t.Helper()
	got, gone, void := map[string]int{}, map[string]int{}, map[string]int{}
	count := func(in map[string]int, re *regexp.Regexp, all []dingtalktest.Sent) {
		for _, s := range all {
			if m := re.FindStringSubmatch(s.Title + s.Text); m != nil && s.Endpoint == dingtalktest.Group {
				in[s.Conv+" "+m[1]]++
			}
		}
	}
	count(got, issueNo, c.g.Sent())
	count(gone, issueNo, c.g.Recalled())
	count(void, voidNo, c.g.Sent())
	c.view(func(tx *store.Tx) error {
		last, err := tx.Last("bulletin-2026")
		if err != nil {
			return err
		}
		if int(last) != len(c.printed) {
			c.t.Errorf("%d issues, the last is %d", len(c.printed), last)
		}
		// A line that a kill cut off may have gone; like any other it is shown as unknown.
		cutOff := map[string]int{}
		unknown, err := tx.Troubled(store.Unknown)
		for _, u := range unknown {
			raw, _ := json.Marshal(u.Out.Body) // a struct of strings: it cannot fail
			if m := voidNo.FindStringSubmatch(string(raw)); m != nil {
				cutOff[string(u.Out.Target.Conv)+" "+m[1]]++
			}
		}
		if err != nil {
			return err
		}
		recalled, late := 0, 0
		standing := map[calendar.Day]int{}
		for no := 1; no <= int(last); no++ {
			b, err := bulletin.Get(tx, 2026, no)
			if err != nil {
				c.t.Errorf("issue %d: %v", no, err)
				continue
			}
			_, isGone, err := bulletin.RecallOf(tx, 2026, no)
			if err != nil {
				return err
			}
			if isGone {
				recalled++
			} else {
				standing[b.Day]++
			}
			if b.By == "" {
				late++
			}
			for _, layer := range crashGroups {
				k := fmt.Sprintf("cid-%s %d", layer, no)
				switch {
				case got[k] > 1 || gone[k] > 1 || void[k] > 1:
					c.t.Errorf("%s: sent %d times, taken back %d times, declared void %d times", k, got[k], gone[k], void[k])
				case isGone && got[k] == 1 && gone[k]+void[k]+cutOff[k] == 0:
					c.t.Errorf("%s was recalled and stands", k)
				case !isGone && gone[k]+void[k] > 0:
					c.t.Errorf("%s stands and was taken back", k)
				}
			}
		}
		for day, n := range standing {
			if n > 1 {
				c.t.Errorf("%d issues of %s stand", n, day)
			}
		}
		open, err := tx.OpenRecalls()
		if len(open) > 0 {
			c.t.Errorf("not worked on: %+v", open)
		}
		c.t.Logf("%d issues, %d of them by schedule, %d recalled; %d messages in groups, %d taken back, %d declared void, %d lines unknown", last, late, recalled, len(got), len(gone), len(void), len(cutOff))
		if recalled == 0 || late == 0 {
			c.t.Error("that is no load")
		}
		return err
	})
}
