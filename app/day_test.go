package app

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/png" // what codes to scan are drawn as
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/internal/config"
	"yunzhuan/internal/obs"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// county is the whole bot on every platform, each a stand-in that speaks the real
// protocol over HTTP or a WebSocket, with a clock that the test moves.
type county struct {
	*app
	t       *testing.T
	ding    *desk
	wecom   *wecomtest.Platform
	toWeCom *wecomtest.Callbacks
	robot   *aibottest.Server
	account *wechattest.Server

	mu   sync.Mutex
	time time.Time
}

func (c *county) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

// at moves the clock to a time of the day.
func (c *county) at(clock string) {
	c.t.Helper()
	t, err := time.Parse("15:04", clock)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	y, m, d := c.time.Date()
	c.time = time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, c.time.Location())
}

// fire runs a job as its slot of this moment.
func (c *county) fire(job string) {
	c.t.Helper()
	if err := c.scheduler.Fire(c.t.Context(), job, c.now()); err != nil {
		c.t.Fatalf("%s: %v", job, err)
	}
}

func newCounty(t *testing.T, start string) *county {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	began, err := time.ParseInLocation("2006-01-02 15:04", start, zone)
	if err != nil {
		t.Fatal(err)
	}
	c := &county{
		t: t, time: began, ding: &desk{t: t, g: dingtalktest.New()},
		wecom: wecomtest.New(), robot: aibottest.New(), account: wechattest.New(),
	}
	t.Cleanup(func() { c.ding.g.Close(); c.wecom.Close(); c.robot.Close(); c.account.Close() })
	dir := t.TempDir()
	writeSample(t, dir)
	cfg, err := config.Load("", slices.Concat(gatewayEnv(dir, c.ding.g), wecomEnv(c.wecom), robotEnv(c.robot), accountEnv(c.account),
		[]string{"YUNZHUAN_WECOM_WEBHOOKS_机关职工群=" + c.wecom.AddWebhook("机关职工群")}), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.app = c.start(cfg)
	return c
}

// start wires and runs the bot until the test ends.
func (c *county) start(cfg *config.Config) *app {
	t := c.t
	path, err := storePath(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := obs.NewMetrics("test")
	s, err := store.Open(db, store.Options{Clock: c.now, OnCommit: m.Commit})
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, storage{s, db}, slog.New(slog.DiscardHandler), m)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran, ready := make(chan error, 1), make(chan struct{})
	a.onReady = func(net.Addr) { close(ready) }
	go func() { ran <- a.run(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case <-testContext(t).Done():
		t.Fatal("not ready")
	}
	// The platforms know a moment after the bot does.
	if err := c.ding.g.WaitConnected(testContext(t), 1); err != nil {
		t.Fatal(err)
	}
	if err := c.robot.WaitConnected(testContext(t)); err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	c.toWeCom = c.wecom.CallbacksTo(base+"/wecom/callback", client)
	c.account.ToURL(base+"/wechat/callback", client)
	return a
}

// move gives people other accounts than the sample county has.
func (c *county) move(channel string, ids []people.ID, user func(people.ID) string) {
	c.t.Helper()
	err := c.store.Update(c.t.Context(), func(tx *store.Tx) error {
		for _, id := range ids {
			p, _, err := people.Get(tx, id)
			if err != nil {
				return err
			}
			p.Accounts = map[string]string{channel: user(id)}
			if err := people.Put(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// onWeCom says a line in WeCom and waits for what comes to that person.
func (c *county) onWeCom(user, text string) string {
	c.t.Helper()
	before := len(c.wecom.SentTo(user))
	a, err := c.toWeCom.Say(c.t.Context(), user, text)
	if err != nil || a.Status != http.StatusOK {
		c.t.Fatalf("%s: %+v %v", text, a, err)
	}
	if a.Text != "" {
		return a.Text
	}
	return c.wecomSays(user, before)
}

// wecomSays waits for something new to a member and returns all that is new; of a
// message with buttons the text comes first.
func (c *county) wecomSays(user string, before int) string {
	c.t.Helper()
	var got []string
	_, err := c.wecom.WaitSent(testContext(c.t), func(all []wecomtest.Sent) bool {
		got = nil
		n := 0
		for _, s := range all {
			if slices.Contains(s.Users, user) {
				if n++; n > before {
					got = append(got, s.Text+buttonsOf(s))
				}
			}
		}
		return len(got) > 0
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Join(got, "\n")
}

// wecomCard waits for a new card to a member, or for the word that ends a survey.
func (c *county) wecomCard(user string, before int) (card wecomtest.Sent) {
	c.t.Helper()
	_, err := c.wecom.WaitSent(testContext(c.t), func(all []wecomtest.Sent) bool {
		n := 0
		for _, s := range all {
			if slices.Contains(s.Users, user) {
				if n++; n > before && (len(s.Buttons) > 0 || strings.Contains(s.Text, "已提交")) {
					card = s
					return true
				}
			}
		}
		return false
	})
	if err != nil {
		c.t.Fatalf("no card to %s: %v", user, err)
	}
	return card
}

func buttonsOf(s wecomtest.Sent) string {
	var b strings.Builder
	for _, x := range s.Buttons {
		b.WriteString("〔" + x.Text + "〕")
	}
	return b.String()
}

// onWeChat says a line to the official account and returns the answer in the
// response.
func (c *county) onWeChat(openid, text string) string {
	c.t.Helper()
	return c.answered(c.account.Say(c.t.Context(), openid, text))
}

func (c *county) answered(a wechattest.Answer, err error) string {
	c.t.Helper()
	if err != nil || !a.OK() || a.Reply == nil {
		c.t.Fatalf("answer %+v, %v", a, err)
	}
	return a.Reply.Text
}

// inRobotGroup says a line in a group of the smart robot and waits for the answer.
func (c *county) inRobotGroup(group, user, text string) string {
	c.t.Helper()
	req, err := c.robot.Say(c.t.Context(), aibottest.Callback{User: user, Group: group, Text: text})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.robotSays(func(s aibottest.Sent) bool { return s.ReqID == req })
}

func (c *county) robotSays(is func(aibottest.Sent) bool) (text string) {
	c.t.Helper()
	_, err := c.robot.WaitSent(testContext(c.t), func(all []aibottest.Sent) bool {
		for _, s := range all {
			if is(s) {
				text = s.Text
				return true
			}
		}
		return false
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// webhookSays waits for a text in a webhook's group.
func (c *county) webhookSays(group, part string) (text string) {
	c.t.Helper()
	_, err := c.wecom.WaitSent(testContext(c.t), func(all []wecomtest.Sent) bool {
		text = ""
		for _, s := range all {
			if s.Webhook == group {
				text += s.Text + "\n"
			}
		}
		return strings.Contains(text, part)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// accountSays waits for a customer message to a person.
func (c *county) accountSays(openid, part string) (text string) {
	c.t.Helper()
	ctx := testContext(c.t)
	for n := 1; ; n++ {
		for _, s := range c.account.Sent() {
			if s.To == openid && strings.Contains(s.Text, part) {
				return s.Text
			}
		}
		if err := c.account.WaitSent(ctx, len(c.account.Sent())+1); err != nil {
			c.t.Fatalf("nothing with %q to %s: %v", part, openid, err)
		}
	}
}

var uploaded = regexp.MustCompile(`!\[[^\]]*\]\((@[^)]+)\)`)

// scanned reads the code to scan that stands in a message on DingTalk.
func (c *county) scanned(message string) string {
	c.t.Helper()
	m := uploaded.FindStringSubmatch(message)
	if m == nil {
		c.t.Fatalf("no picture in\n%s", message)
	}
	img, _, err := image.Decode(bytes.NewReader(c.ding.g.Uploaded(m[1])))
	if err != nil {
		c.t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return got.GetText()
}

// TestADayOnEveryPlatform is one working day: attendance on DingTalk, a survey
// that is answered half on WeCom and half on WeChat, and a bulletin that goes to
// the groups of DingTalk, of a WeCom webhook and of the smart robot, and to the
// person who is on the official account alone.
func TestADayOnEveryPlatform(t *testing.T) {
	t.Parallel()
	c := newCounty(t, "2026-11-24 08:20")
	d := c.ding
	var principals []people.ID
	err := c.store.View(t.Context(), func(tx *store.Tx) error {
		principals = nil
		all, err := people.WithRole(tx, people.Principal)
		for _, p := range all {
			principals = append(principals, p.ID)
		}
		return err
	})
	if err != nil || len(principals) < 12 {
		t.Fatalf("%d principals, %v", len(principals), err)
	}
	half := len(principals) / 2
	onWeCom, onWeChat := principals[:half], principals[half:]
	c.move("wecom", onWeCom, func(id people.ID) string { return "wx-" + string(id) })
	c.move("none", onWeChat, func(id people.ID) string { return string(id) })

	t.Log("8:20 groups, each on its platform")
	for _, layer := range []string{"办公室群", "机关中层群"} {
		d.want(d.sayIn("cid-"+layer, "dt1006", " /绑定群 "+layer), "本群已设为"+layer)
	}
	d.want(c.inRobotGroup("leaders", "wx1009", "@运转 /绑定群 委领导群"), "本群已设为委领导群")

	t.Log("8:30 people bind their WeChat by scanning a code")
	for _, id := range onWeChat {
		code := d.say("dt1006", "/绑定码 "+string(id))
		d.want(code, "绑定码", "用微信扫")
		a, err := c.account.Scan(t.Context(), "o-"+string(id), c.scanned(code))
		d.want(c.answered(a, err), "绑定好了，您在微信公众号里的身份是")
	}

	t.Log("8:40 attendance on DingTalk")
	c.at("08:40")
	c.fire("attendance-reminder")
	d.want(d.say("dt1017", "／考勤　缺 金国兰（病假）、卢涵贵(公差)"), "人事科 11月24日考勤已登记", "应到 6　实到 4")
	d.want(d.say("dt1006", "/考勤 查"), "1/16 个单位已报")

	t.Log("9:05 a survey for principals")
	c.at("09:05")
	preview := d.say("dt1006", "/问卷 发 教育管理意见征集 校长 三天")
	d.want(d.say("dt1006", d.tap(preview, "确认")), "S1")
	user := func(id people.ID) string { return "wx-" + string(id) }
	for i, id := range onWeCom {
		d.want(c.wecomSays(user(id), 0), "教育管理意见征集", "现在填写：/问卷 1")
		if i == 0 {
			c.answerByTaps(user(id))
			continue
		}
		d.want(c.onWeCom(user(id), "/答 1 1A 3BD 4:4 5:5"), "已提交")
	}
	for i, id := range onWeChat {
		// They were heard a moment ago: the invitation comes by customer message.
		invitation := c.accountSays("o-"+string(id), "教育管理意见征集")
		if i == 0 {
			c.answerByLinks("o-"+string(id), invitation)
			continue
		}
		d.want(c.onWeChat("o-"+string(id), "/答 1 1B 3AC 4:3 5:4"), "已提交")
	}
	d.want(d.say("dt1006", "/问卷 进度 1"), fmt.Sprintf("%d/%d", len(principals), len(principals)))
	d.want(d.say("dt1006", d.tap(d.say("dt1006", "/问卷 截止 1"), "截止")), "截止")
	d.want(d.say("dt1006", "/问卷 结果 1"), "教育管理意见征集", fmt.Sprint(len(onWeCom)), fmt.Sprint(len(onWeChat)))

	t.Log("10:00 one who is on WeChat alone")
	c.move("wechat", []people.ID{"J1018"}, func(people.ID) string { return "o-staff" })
	d.want(c.onWeChat("o-staff", "/我的"), "")

	t.Log("15:00 patrol")
	c.at("15:00")
	d.want(d.say("dt1007", "/巡查 计财科 正常"), "巡查已登记")
	d.want(d.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 8:40 未履行请假手续"), "卢涵贵登记为公差。没有记。")
	d.want(d.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 8:40 未履行请假手续 照记"), "巡查已登记")

	t.Log("17:30 the bulletin, to the groups of all platforms")
	c.at("17:30")
	c.fire("bulletin")
	public := d.group("机关中层群", "机关巡查信息")
	staff := c.webhookSays("机关职工群", "机关巡查信息")
	full := c.robotSays(func(s aibottest.Sent) bool {
		return s.Conv == "leaders" && strings.Contains(s.Text, "第1期")
	})
	alone := c.accountSays("o-staff", "机关巡查信息")
	for where, text := range map[string]string{"DingTalk": public, "webhook": staff, "official account": alone} {
		d.want(text, "2026年第1期", "人事科", "1 人")
		if strings.Contains(text, "卢涵贵") {
			t.Errorf("the public form on %s names the person:\n%s", where, text)
		}
	}
	d.want(full, "2026年第1期", "卢涵贵")

	t.Log("18:00 the digest")
	c.at("18:00")
	c.fire("digest")
	d.want(d.group("办公室群", "办公室日报"), "考勤", "第1期")
	c.nothingWrong()
}

// answerByTaps fills the survey in question by question, by the buttons of cards.
func (c *county) answerByTaps(user string) {
	c.t.Helper()
	card, taps := c.wecomCard(user, 0), tapper{}
	for range 20 {
		if strings.Contains(card.Text, "已提交") {
			return
		}
		var offered []string
		for _, b := range card.Buttons {
			offered = append(offered, b.Text)
		}
		label := taps.next(offered)
		before := len(c.wecom.SentTo(user))
		a, err := c.toWeCom.Tap(c.t.Context(), user, card, label)
		if err != nil || a.Status != http.StatusOK {
			c.t.Fatalf("tap %s: %+v %v", label, a, err)
		}
		card = c.wecomCard(user, before)
	}
	c.t.Fatal("the survey did not end")
}

// tapper goes through the questions of a survey: the first choice of each.
type tapper struct{ picked bool }

// next is what to tap, of what is offered.
func (p *tapper) next(offered []string) string {
	several := slices.Contains(offered, "选好了")
	p.picked = several && !p.picked // of several choices one, then on
	for _, end := range []string{"提交", "跳过"} {
		if slices.Contains(offered, end) {
			return end
		}
	}
	if several && !p.picked {
		return "选好了"
	}
	return offered[0]
}

// answerByLinks fills the survey in by the links of the official account's texts.
func (c *county) answerByLinks(openid, text string) {
	c.t.Helper()
	taps := tapper{}
	for range 20 {
		var offered []string
		for _, l := range wechattest.Links(text) {
			offered = append(offered, l.Label)
		}
		if len(offered) == 0 {
			c.t.Fatalf("nothing to tap in\n%s", text)
		}
		text = c.answered(c.account.TapLink(c.t.Context(), openid, text, taps.next(offered)))
		if strings.Contains(text, "已提交") {
			return
		}
	}
	c.t.Fatal("the survey did not end")
}

// nothingWrong checks what must hold at the end of a day.
func (c *county) nothingWrong() {
	c.t.Helper()
	if v := c.account.Violations(); len(v) > 0 {
		c.t.Errorf("the official account broke rules: %v", v)
	}
	if v := c.wecom.Violations(); v != (wecomtest.Violations{}) {
		c.t.Errorf("WeCom broke rules: %+v", v)
	}
	if _, err := c.store.VerifyAudit(c.t.Context()); err != nil {
		c.t.Error(err)
	}
	err := c.store.View(c.t.Context(), func(tx *store.Tx) error {
		for _, state := range []store.State{store.Dead, store.Unknown} {
			list, err := tx.Troubled(state)
			if err != nil {
				return err
			}
			for _, e := range list {
				c.t.Errorf("P%d is %s: %s", e.ID, state, e.Reason)
			}
		}
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
}
