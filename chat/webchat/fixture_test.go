package webchat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

var shanghai = time.FixedZone("CST", 8*3600)

// monday is what the clock of the tests shows.
var monday = time.Date(2026, 11, 23, 8, 52, 0, 0, shanghai)

func sampleConfig() webchat.Config {
	return webchat.Config{
		Title:  "运转 · 教委办公室",
		Notice: "演示环境：数据在本机 ./data",
		Members: []webchat.Member{
			{User: "J1001", Name: "秦思雨", Unit: "委领导", Post: "教委主任", Roles: []string{"委领导"}},
			{User: "J1005", Name: "孔强", Unit: "委领导", Post: "纪检组长", Roles: []string{"委领导", "巡查组"}},
			{User: "J1006", Name: "薛涵明", Unit: "办公室", Post: "科长", Roles: []string{"科室负责人", "机关职工", "办公室"}},
			{User: "J1008", Name: "邹兰志", Unit: "办公室", Post: "科员", Roles: []string{"机关职工", "办公室", "巡查组"}},
			{User: "J1020", Name: "何一兰", Unit: "基础教育科", Post: "科长", Roles: []string{"科室负责人", "机关职工"}},
			{User: "J1021", Name: "何一兰", Unit: "人事科", Post: "科员", Roles: []string{"机关职工"}},
			{User: "J1141", Name: "程兴", Unit: "第一中学", Post: "校长", Roles: []string{"校长", "科室负责人"}},
			{User: "J1200", Name: "顾凡", Unit: "第一中学", Post: "教师", Roles: []string{"教师"}},
		},
		Groups: []webchat.Group{
			{Conv: "g-leaders", Title: "委领导群", Members: []chat.UserID{"J1001", "J1005", "J1006"}},
			{Conv: "g-heads", Title: "机关中层群", Members: []chat.UserID{"J1001", "J1006", "J1020"}},
			{Conv: "g-office", Title: "办公室群", Members: []chat.UserID{"J1006", "J1008"}},
		},
		Steps: []webchat.Step{
			{Title: "科长报考勤", Text: "每天上班后一行字，缺谁写谁。", As: "J1020", Send: "/考勤 缺 何一兰(病假)"},
			{Title: "巡查员记巡查", As: "J1005", Send: "/巡查 人事科 缺岗 9:40"},
			{Title: "问卷", Text: "办公室发，校长答。", As: "J1006", Conv: "g-office", Send: "/问卷 发 教育管理意见征集 校长 3天"},
			{Title: "问卷", As: "J1141", Send: "/问卷"},
			{Title: "发布通报", As: "J1006", Conv: "g-office", Job: "bulletin"},
		},
		Hints: []string{"/帮助", "/我的", "/考勤 全勤", "/问卷", "/文稿", "/督办", "/通报 预览"},
		Jobs: func() []webchat.Job {
			return []webchat.Job{
				{Name: "digest", Title: "办公室日报", Next: monday.Add(10 * time.Hour)},
				{Name: "bulletin", Title: "机关巡查信息", Next: time.Date(2026, 11, 23, 17, 30, 0, 0, shanghai)},
				{Name: "backup", Title: "备份", Next: time.Date(2026, 11, 24, 2, 30, 0, 0, shanghai)},
				{Name: "weekly-check", Title: "政务督查周报", Next: time.Date(2026, 11, 27, 17, 30, 0, 0, shanghai)},
				{Name: "calendar-warning", Title: "明年工作日历提醒"},
			}
		},
		Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return monday },
	}
}

// bot is a sink that answers by the first word of what it gets, each message
// once, and can be told to fail.
type bot struct {
	channel *webchat.Channel

	mu       sync.Mutex
	fail     error
	accepted []chat.Message
	seen     map[chat.MessageID]bool
}

func (b *bot) Accept(ctx context.Context, m chat.Message, done func(error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accepted = append(b.accepted, m)
	if b.fail != nil {
		done(b.fail)
		return
	}
	if !b.seen[m.ID] {
		b.seen[m.ID] = true
		_, err := b.channel.Send(context.WithoutCancel(ctx), chat.Outgoing{
			Target: chat.Target{Channel: webchat.ChannelID, Conv: m.Conv, User: m.From, Group: m.Group},
			Body:   reply(m),
			Key:    "reply-" + string(m.ID),
		})
		if err != nil {
			done(err)
			return
		}
	}
	done(nil)
}

func (b *bot) setFail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

func (b *bot) got() []chat.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]chat.Message(nil), b.accepted...)
}

func reply(m chat.Message) chat.Body {
	switch word, _, _ := strings.Cut(m.Text, " "); word {
	case "/考勤":
		b := chat.Titled("基础教育科 11月23日考勤已登记").Para("应到 9　实到 8　出勤率 88.9%").Strong("病假 1：", "何一兰")
		b.Mentions = []chat.UserID{m.From}
		return b.Para("登记人：何一兰　8:52").Tap("撤回", "/撤回").Tap("改为全勤", "/考勤 全勤").Link("打开网页", "/s/abc")
	case "/通报":
		return chat.Titled("机关巡查信息").
			Para("2026年第37期　县教委办公室　11月23日").
			Heading("二、出勤").Para("应到 126　实到 117　出勤率 92.9%").
			Table([]string{"单位", "应到", "实到", "请假", "公差", "未到", "出勤率", "备注"}, [][]string{
				{"办公室", "11", "11", "0", "0", "0", "100%", ""},
				{"基础教育科", "9", "7", "1", "1", "0", "77.8%", "1 人病假，1 人公差"},
				{"教育技术装备中心", "14", "13", "1", "0", "0", "92.9%", "补报"},
			}).
			Heading("三、巡查情况").
			Numbered(chat.Line{Text: "人事科、计财科等 9 个科室：人员在岗，秩序良好。"}, chat.Line{Strong: "职成教科：", Text: "1 人 9:40 不在岗（记录 X37-2）。"}).
			Para("对记录有异议，可在 3 个工作日内回复：/申诉 X37-2 理由")
	case "/图":
		return chat.Titled("本周出勤走势").Picture(chat.Picture{Name: "trend.png", Alt: "出勤率走势", Data: samplePicture()})
	default:
		return chat.Text("收到："+m.Text).Tap("我的待办", "/我的")
	}
}

// samplePicture is a PNG of 600×300 with a few bars.
func samplePicture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 600, 300))
	for x := range 600 {
		for y := range 300 {
			c := color.RGBA{245, 247, 249, 255}
			if x%100 > 30 && x%100 < 80 && y > 40+(x/100*37)%120 && y < 280 {
				c = color.RGBA{31, 95, 139, 255}
			}
			img.Set(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return buf.Bytes()
}

// fixture is a running web chat with a bot behind it.
type fixture struct {
	channel *webchat.Channel
	bot     *bot
	url     string
}

// start runs a web chat over HTTP until the test ends.
func start(t *testing.T, change ...func(*webchat.Config, *fixture)) *fixture {
	t.Helper()
	f := &fixture{bot: &bot{seen: map[chat.MessageID]bool{}}}
	cfg := sampleConfig()
	for _, c := range change {
		c(&cfg, f)
	}
	channel, err := webchat.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.channel, f.bot.channel = channel, channel
	run(t, channel, f.bot)
	f.serve(t, channel)
	return f
}

// serve starts a server for the channel, which the fixture talks to from now on.
func (f *fixture) serve(t *testing.T, channel *webchat.Channel) {
	t.Helper()
	srv := httptest.NewServer(channel.Handler())
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	f.url = srv.URL
}

// run runs the channel until stop is called or the test ends.
func run(t *testing.T, channel *webchat.Channel, sink chat.Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	waits := &waitsCtx{Context: ctx, waiting: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- channel.Run(waits, sink) }()
	<-waits.waiting
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// waitsCtx tells when somebody begins to wait for its end: Run does so once it
// has the sink.
type waitsCtx struct {
	context.Context
	once    sync.Once
	waiting chan struct{}
}

func (c *waitsCtx) Done() <-chan struct{} {
	c.once.Do(func() { close(c.waiting) })
	return c.Context.Done()
}

// post sends JSON and returns the status and the Chinese fault, if any. It may
// be called from any goroutine.
func (f *fixture) post(t *testing.T, path string, v any, change ...func(*http.Request)) (int, string) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Errorf("post %s: %v", path, err)
		return 0, ""
	}
	req, err := http.NewRequest(http.MethodPost, f.url+path, bytes.NewReader(data))
	if err != nil {
		t.Errorf("post %s: %v", path, err)
		return 0, ""
	}
	req.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("post %s: %v", path, err)
		return 0, ""
	}
	defer res.Body.Close()
	var answer struct{ Error string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Errorf("post %s: answer is not JSON: %v", path, err)
	}
	return res.StatusCode, answer.Error
}

// say is a request of POST /chat/send.
type say struct {
	As   chat.UserID `json:"as"`
	Conv chat.ConvID `json:"conv"`
	Text string      `json:"text"`
	ID   string      `json:"id"`
}

func (f *fixture) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	res, err := http.Get(f.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(data)
}

var errDown = errors.New("store is down")

// numbered is a body that tells which one it is.
func numbered(i int) chat.Body { return chat.Text(fmt.Sprintf("第 %d 条", i)) }
