package dingtalk_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/dingtalk/dingtalktest"
)

// quiet is a Channel that only sends.
func quiet(t *testing.T, change func(*dingtalk.Config)) (*dingtalktest.Gateway, *dingtalk.Channel, context.Context) {
	t.Helper()
	g := newGateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return g, newChannel(t, g, slog.New(slog.DiscardHandler), change), ctx
}

func reply(g *dingtalktest.Gateway, conv string, life time.Duration) chat.ReplyToken {
	at := time.Now().Add(life)
	return chat.ReplyToken{Addr: g.ReplyAddress(conv, at), ExpiresAt: at}
}

// Each target goes its way.
func TestRoutes(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	body := chat.Body{Mentions: []chat.UserID{"0147"}}.Para("正文")
	past := reply(g, "cid1", -time.Hour)
	past.ExpiresAt = time.Now().Add(time.Hour) // the clocks differ, or the platform forgot it
	tests := []struct {
		name   string
		target chat.Target
		want   dingtalktest.Sent
	}{
		{"reply address", chat.Target{Conv: "cid1", Group: true, Reply: reply(g, "cid1", time.Hour)},
			dingtalktest.Sent{Endpoint: dingtalktest.Reply, Conv: "cid1", Kind: "text", Text: "正文\n@0147", At: []string{"0147"}}},
		{"reply address about to end", chat.Target{Conv: "cid1", Group: true, Reply: reply(g, "cid1", 10*time.Second)},
			dingtalktest.Sent{Endpoint: dingtalktest.Group, Conv: "cid1", Kind: "text", Text: "正文"}},
		{"reply address that is gone, group", chat.Target{Conv: "cid1", Group: true, Reply: past},
			dingtalktest.Sent{Endpoint: dingtalktest.Group, Conv: "cid1", Kind: "text", Text: "正文"}},
		{"reply address that is gone, person", chat.Target{Conv: "cid2", User: "u1", Reply: past},
			dingtalktest.Sent{Endpoint: dingtalktest.Users, Users: []string{"u1"}, Kind: "text", Text: "正文"}},
		{"reply address of another host", chat.Target{Conv: "cid1", Group: true, Reply: chat.ReplyToken{Addr: "https://evil.example/x", ExpiresAt: time.Now().Add(time.Hour)}},
			dingtalktest.Sent{Endpoint: dingtalktest.Group, Conv: "cid1", Kind: "text", Text: "正文"}},
		{"group", chat.Target{Conv: "cid1", Group: true},
			dingtalktest.Sent{Endpoint: dingtalktest.Group, Conv: "cid1", Kind: "text", Text: "正文"}},
		{"person", chat.Target{User: "u1"},
			dingtalktest.Sent{Endpoint: dingtalktest.Users, Users: []string{"u1"}, Kind: "text", Text: "正文"}},
	}
	for _, tt := range tests { // one after the other: they share what was sent
		before := len(g.Sent())
		receipt, err := c.Send(ctx, chat.Outgoing{Target: tt.target, Body: body})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff([]dingtalktest.Sent{tt.want}, g.Sent()[before:]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if tt.want.Endpoint != dingtalktest.Reply && !strings.HasPrefix(receipt.ID, "key-") {
			t.Errorf("%s: receipt %+v", tt.name, receipt)
		}
	}
	for name, target := range map[string]chat.Target{"nobody": {Conv: "cid1"}, "unknown robot": {Conv: dingtalk.RobotConv("x"), Group: true}} {
		if _, err := c.Send(ctx, chat.Outgoing{Target: target, Body: body}); chat.KindOf(err) != chat.Final {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: body, Part: 1}); chat.KindOf(err) != chat.Final {
		t.Errorf("a part that there is not: %v", err)
	}
	if _, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}}); chat.KindOf(err) != chat.Final {
		t.Errorf("an empty body: %v", err)
	}
}

// The token is fetched once for all, kept, and fetched anew once the platform no
// longer takes it.
func TestToken(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	send := func() error {
		_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: chat.Text("好")})
		return err
	}
	go_ := make(chan struct{})
	g.Fail(dingtalktest.Token, 1, dingtalktest.Fault{Until: go_, Proceed: true})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := send(); err != nil {
				t.Error(err)
			}
		})
	}
	if err := g.WaitCalls(ctx, dingtalktest.Token, 1); err != nil {
		t.Fatal(err)
	}
	close(go_)
	wg.Wait()
	if n := g.Calls(dingtalktest.Token); n != 1 {
		t.Errorf("%d tokens for 8 sends", n)
	}
	g.ExpireTokens()
	if err := send(); err != nil {
		t.Errorf("after the token's end: %v", err)
	}
	if n := g.Calls(dingtalktest.Token); n != 2 {
		t.Errorf("%d tokens", n)
	}
	// A platform that takes no token is not asked for ever.
	g.Fail(dingtalktest.Users, -1, dingtalktest.Fault{Status: 400, Body: `{"code":"InvalidAuthentication"}`})
	before := g.Calls(dingtalktest.Users)
	if err := send(); chat.KindOf(err) != chat.Temporary {
		t.Errorf("token refused for ever: %v", err)
	}
	if n := g.Calls(dingtalktest.Users) - before; n != 2 {
		t.Errorf("%d calls", n)
	}
}

// A token is renewed before it ends.
func TestTokenIsRenewedInTime(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Now()
	g, c, ctx := quiet(t, func(cfg *dingtalk.Config) {
		cfg.Clock = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
	})
	for i, step := range []struct {
		after  time.Duration
		tokens int
	}{{0, 1}, {114 * time.Minute, 1}, {2 * time.Minute, 2}, {time.Minute, 2}} {
		mu.Lock()
		now = now.Add(step.after)
		mu.Unlock()
		if _, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: chat.Text("好")}); err != nil {
			t.Fatal(err)
		}
		if n := g.Calls(dingtalktest.Token); n != step.tokens {
			t.Errorf("step %d: %d tokens, want %d", i, n, step.tokens)
		}
	}
}

// Bad credentials fail the message for now, not for ever, and are not tried with
// every message.
func TestTokenRefused(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, func(cfg *dingtalk.Config) { cfg.ClientSecret = "wrong-secret" })
	for range 5 {
		_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: chat.Text("好")})
		if chat.KindOf(err) != chat.Temporary || !strings.Contains(err.Error(), "invalidClientIdOrSecret") || strings.Contains(err.Error(), "wrong-secret") {
			t.Fatalf("%v", err)
		}
	}
	if n := g.Calls(dingtalktest.Token); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// One call speaks to many people; each has a result.
func TestBatch(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	g.NoSuchUsers("u03")
	g.LimitUsers("u05", "u24")
	var outs []chat.Outgoing
	for i := range 25 {
		outs = append(outs, chat.Outgoing{Target: chat.Target{User: chat.UserID(fmt.Sprintf("u%02d", i))}, Body: chat.Text("通知")})
	}
	results := c.SendBatch(ctx, outs)
	if len(results) != len(outs) || g.Calls(dingtalktest.Users) != 2 {
		t.Fatalf("%d results of %d calls", len(results), g.Calls(dingtalktest.Users))
	}
	for i, r := range results {
		want := chat.SendKind("")
		switch i {
		case 3:
			want = chat.Final
		case 5, 24:
			want = chat.Limited
		}
		if got := chat.KindOf(r.Err); got != want || want == "" && r.Receipt.ID == "" {
			t.Errorf("%d: %q %+v", i, got, r)
		}
	}
	g.Fail(dingtalktest.Users, 1, dingtalktest.Fault{Status: 503})
	for i, r := range c.SendBatch(ctx, outs[:20]) {
		if chat.KindOf(r.Err) != chat.Unknown {
			t.Errorf("%d of a call without answer: %v", i, r.Err)
		}
	}
	long := chat.Text(strings.Repeat("很长的通知。", 2000))
	for i := range outs {
		outs[i].Body = long
	}
	for i, r := range c.SendBatch(ctx, outs[:2]) {
		if r.Err != nil || !r.Receipt.More {
			t.Errorf("%d of a long body: %+v", i, r)
		}
	}
}

// Pictures are uploaded once and stand in the text by their id; one that the
// platform refuses is described.
func TestPictures(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	png := append([]byte("\x89PNG\r\n\x1a\n"), "picture"...)
	body := chat.Titled("走势").Picture(chat.Picture{Name: "trend.png", Alt: "本周出勤率", Data: png})
	send := func(b chat.Body) string {
		t.Helper()
		before := len(g.Sent())
		if _, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{Conv: "cid1", Group: true}, Body: b}); err != nil {
			t.Fatal(err)
		}
		return g.Sent()[before].Text
	}
	text := send(body)
	_, id, _ := strings.Cut(text, "![本周出勤率](")
	id, _, _ = strings.Cut(id, ")")
	if string(g.Uploaded(id)) != string(png) {
		t.Errorf("no such picture: %q in %q", id, text)
	}
	if again := send(body); again != text || g.Calls(dingtalktest.Media) != 1 {
		t.Errorf("second time: %d uploads, %q", g.Calls(dingtalktest.Media), again)
	}
	g.ExpireTokens()
	other := chat.Titled("走势").Picture(chat.Picture{Name: "noextension", Alt: "b", Data: append(png, 1)})
	if text := send(other); !strings.Contains(text, "![b](@lAD") {
		t.Errorf("after the token's end: %q", text)
	}
	g.Fail(dingtalktest.Media, 1, dingtalktest.Fault{Body: `{"errcode":40035,"errmsg":"too large"}`})
	if text := send(chat.Titled("走势").Picture(chat.Picture{Name: "a.png", Alt: "没有图", Data: append(png, 2)})); !strings.Contains(text, "（图片：没有图）") {
		t.Errorf("refused: %q", text)
	}
	g.Fail(dingtalktest.Media, 1, dingtalktest.Fault{Status: 503})
	_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{Conv: "cid1", Group: true}, Body: chat.Titled("走势").Picture(chat.Picture{Name: "a.png", Data: append(png, 3)})})
	if chat.KindOf(err) != chat.Temporary {
		t.Errorf("upload failed for now: %v", err)
	}
}

// A custom robot signs, mentions, and takes a message once.
func TestCustomRobot(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	robot := g.AddRobot("校长群", "SECtest")
	c := newChannel(t, g, slog.New(slog.DiscardHandler), func(cfg *dingtalk.Config) {
		cfg.CustomRobots = map[string]dingtalk.CustomRobot{"校长群": robot, "坏": {URL: robot.URL, Secret: "other"}}
	})
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	out := chat.Outgoing{
		Target: chat.Target{Conv: dingtalk.RobotConv("校长群"), Group: true}, Key: "P815",
		Body: chat.Body{Title: "通知", Mentions: []chat.UserID{"0147"}}.Para("请查收。").Tap("回执", "/会议 回执 M5 参加").Link("打开", "https://bot.example.edu.cn/m/5"),
	}
	if !c.Idempotent(out) {
		t.Error("not idempotent")
	}
	for range 2 {
		if _, err := c.Send(ctx, out); err != nil {
			t.Fatal(err)
		}
	}
	want := []dingtalktest.Sent{{
		Endpoint: dingtalktest.Robot, Robot: "校长群", Kind: "markdown", Title: "通知", At: []string{"0147"}, UUID: "P815-0",
		Text: "### 通知\n\n请查收。\n\n@0147\n\n回执：请与我单聊，发 /会议 回执 M5 参加  \n[打开](https://bot.example.edu.cn/m/5)",
	}}
	if diff := cmp.Diff(want, g.Sent()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	out.Target.Conv = dingtalk.RobotConv("坏")
	if _, err := c.Send(ctx, out); chat.KindOf(err) != chat.Final {
		t.Errorf("wrong secret: %v", err)
	}
}

// Published values of the signature.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ timestamp, secret, want string }{
		{"1577262236757", "this is secret", "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="},
		{"1700000000000", "SECtest", "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g="},
	} {
		if got := dingtalk.Sign(v.timestamp, v.secret); got != v.want {
			t.Errorf("%s: %s, want %s", v.timestamp, got, v.want)
		}
	}
}

// What never left may be sent again; what left without an answer may have arrived.
func TestOnTheWay(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, func(cfg *dingtalk.Config) { cfg.HTTP.Timeout = 300 * time.Millisecond })
	to := chat.Outgoing{Target: chat.Target{Conv: "c", Group: true, Reply: reply(g, "c", time.Hour)}, Body: chat.Text("好")}
	g.Fail(dingtalktest.Reply, 1, dingtalktest.Fault{Until: make(chan struct{})}) // no answer, ever
	if _, err := c.Send(ctx, to); chat.KindOf(err) != chat.Unknown || !strings.Contains(err.Error(), "timed out") {
		t.Errorf("no answer: %v", err)
	}
	g.Fail(dingtalktest.Reply, 1, dingtalktest.Fault{Drop: true})
	if _, err := c.Send(ctx, to); chat.KindOf(err) != chat.Unknown {
		t.Errorf("connection broken: %v", err)
	}
	unreachable := chat.Outgoing{Target: chat.Target{User: "u"}, Body: chat.Text("好")}
	for name, dial := range map[string]error{
		"refused":  &net.OpError{Op: "dial", Err: errors.New("connection refused")},
		"no names": &net.DNSError{Name: "api.dingtalk.com", Err: "no such host"},
	} {
		_, broken, _ := quiet(t, func(cfg *dingtalk.Config) {
			cfg.HTTP = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, dial }}}
		})
		if _, err := broken.Send(ctx, unreachable); chat.KindOf(err) != chat.Temporary {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// While the platform shuts this machine out, nothing is called.
func TestShutOut(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	g.Fail(dingtalktest.Users, 1, dingtalktest.Fault{Body: `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}`})
	for range 3 {
		_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{User: "u1"}, Body: chat.Text("好")})
		var se *chat.SendError
		if !errors.As(err, &se) || se.Kind != chat.Limited || se.RetryAfter < 4*time.Minute || se.RetryAfter > 5*time.Minute {
			t.Errorf("%v", err)
		}
	}
	if n := g.Calls(dingtalktest.Users); n != 1 {
		t.Errorf("called %d times", n)
	}
}

// A redirect is not followed: the message would go where it was not meant to.
func TestRedirect(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	g.Fail(dingtalktest.Group, 1, dingtalktest.Fault{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {g.URL + string(dingtalktest.Robot)}}})
	_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{Conv: "c", Group: true}, Body: chat.Text("好")})
	if chat.KindOf(err) != chat.Final || g.Calls(dingtalktest.Robot) != 0 {
		t.Errorf("%v, %d calls elsewhere", err, g.Calls(dingtalktest.Robot))
	}
}

// The parts of a body are the same by whatever way each of them goes.
func TestPartsByDifferentWays(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	var rows [][]string
	for i := range 700 {
		rows = append(rows, []string{fmt.Sprint("r", i), "单位名称比较长的一个单位"})
	}
	body := chat.Body{Title: "名单", Mentions: []chat.UserID{"0147"}}.Table([]string{"号", "单位"}, rows).Tap("好", "/好")
	out := chat.Outgoing{Target: chat.Target{Conv: "c", Group: true, Reply: reply(g, "c", time.Hour)}, Body: body}
	for {
		receipt, err := c.Send(ctx, out)
		if err != nil {
			t.Fatal(err)
		}
		if !receipt.More {
			break
		}
		out.Part++
		out.Target.Reply = chat.ReplyToken{} // it ended meanwhile
	}
	sent := g.Sent()
	whole := ""
	for i, s := range sent {
		whole += s.Text
		if want := fmt.Sprintf("名单（%d/%d）", i+1, len(sent)); s.Title != want {
			t.Errorf("title %q, want %q", s.Title, want)
		}
	}
	for i := range rows {
		if n := strings.Count(whole, fmt.Sprintf("| r%d |", i)); n != 1 {
			t.Fatalf("row %d arrived %d times", i, n)
		}
	}
	ways := []dingtalktest.Endpoint{sent[0].Endpoint, sent[1].Endpoint}
	if !slices.Equal(ways, []dingtalktest.Endpoint{dingtalktest.Reply, dingtalktest.Group}) {
		t.Errorf("ways: %v", ways)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cfg  dingtalk.Config
		want string
	}{
		"nothing":         {dingtalk.Config{}, "client id is missing"},
		"no secret":       {dingtalk.Config{ClientID: "a"}, "client secret is missing"},
		"no address":      {dingtalk.Config{ClientID: "a", ClientSecret: "b", APIBase: "api.dingtalk.com"}, "not a server address"},
		"robot over http": {dingtalk.Config{CustomRobots: map[string]dingtalk.CustomRobot{"群": {URL: "http://oapi.dingtalk.com/robot/send?access_token=secret-token"}}}, "custom robot 群"},
		"robot no token":  {dingtalk.Config{CustomRobots: map[string]dingtalk.CustomRobot{"群": {URL: "https://oapi.dingtalk.com/robot/send"}}}, "custom robot 群"},
	}
	for name, tt := range tests {
		if _, err := dingtalk.New(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := dingtalk.New(dingtalk.Config{ClientID: "a", ClientSecret: "b"})
	if err != nil {
		t.Fatal(err)
	}
	want := chat.Status{Detail: "not started"}
	if diff := cmp.Diff(want, c.Status(), cmpopts.IgnoreFields(chat.Status{}, "Since")); diff != "" {
		t.Errorf("status:\n%s", diff)
	}
	if l := c.Limits(); l.Group[0].N != 20 || l.Group[0].Per != time.Minute || c.BatchSize() != 20 {
		t.Errorf("limits: %+v", l)
	}
}

// Files go by the server API, each as a message of its own after the text; where
// none can go, its name stands in the text.
func TestFiles(t *testing.T) {
	t.Parallel()
	g, c, ctx := quiet(t, nil)
	sheet := []byte("PK\x03\x04 not really a sheet")
	body := chat.Titled("S1 结果").Para("结果在表格里。").File(chat.File{Name: "S1 结果.xlsx", Data: sheet}).Tap("进度", "/问卷 进度 1")
	// sendAll sends every part of a body and returns what arrived.
	sendAll := func(to chat.Target, b chat.Body) []dingtalktest.Sent {
		t.Helper()
		before := len(g.Sent())
		for part, more := 0, true; more; part++ {
			r, err := c.Send(ctx, chat.Outgoing{Target: to, Body: b, Part: part})
			if err != nil {
				t.Fatal(err)
			}
			more = r.More
		}
		return g.Sent()[before:]
	}
	reply := chat.ReplyToken{Addr: g.ReplyAddress("cid1", time.Now().Add(time.Hour)), ExpiresAt: time.Now().Add(time.Hour)}
	for name, to := range map[string]chat.Target{
		"an answer":  {Channel: dingtalk.ChannelID, Conv: "cid1", Group: true, Reply: reply},
		"a group":    {Channel: dingtalk.ChannelID, Conv: "cid1", Group: true},
		"one person": {Channel: dingtalk.ChannelID, User: "dt1"},
	} {
		got := sendAll(to, body)
		if len(got) != 2 || !strings.HasPrefix(got[0].Text, "### S1 结果\n\n结果在表格里。") || !strings.Contains(got[0].Text, "[进度]") {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		if f := got[1]; f.Kind != "file" || f.Title != "S1 结果.xlsx" || string(g.Uploaded(f.Media)) != string(sheet) || f.Endpoint == dingtalktest.Reply {
			t.Errorf("%s: file %+v", name, f)
		}
	}
	if n := g.Calls(dingtalktest.Media); n != 1 {
		t.Errorf("uploaded %d times", n)
	}
	alone := sendAll(chat.Target{Conv: "cid1", Group: true}, chat.Body{}.File(chat.File{Name: "a.pdf", Data: sheet}))
	if len(alone) != 1 || alone[0].Kind != "file" || alone[0].Title != "a.pdf" {
		t.Errorf("alone: %+v", alone)
	}
	for name, data := range map[string][]byte{"empty": nil, "larger than the platform takes": make([]byte, 20<<20+1)} {
		got := sendAll(chat.Target{Conv: "cid1", Group: true}, chat.Text("看附件").File(chat.File{Name: "b.pdf", Data: data}))
		if len(got) != 2 || !strings.Contains(got[1].Text, "（文件：b.pdf，没能送到这里）") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	g.Fail(dingtalktest.Media, 1, dingtalktest.Fault{Status: 503})
	_, err := c.Send(ctx, chat.Outgoing{Target: chat.Target{Conv: "cid1", Group: true}, Body: chat.Body{}.File(chat.File{Name: "c.pdf", Data: append(sheet, 1)})})
	if chat.KindOf(err) != chat.Temporary {
		t.Errorf("upload failed for now: %v", err)
	}
}
