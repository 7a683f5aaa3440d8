package wechat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wechat/wechattest"
)

// TestScan: who scans a code says its line, whether they follow already or only by
// it, and gets the answer in the response.
func TestScan(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, echo)
	link, err := b.ScanLink(b.ctx, chat.Scan{Channel: wechat.ChannelID, Line: "/bind K7M2QX", Until: clk.Now().Add(30 * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	scene, until, ok := b.srv.Scene(link)
	if !ok || scene != "bind-K7M2QX" || until != clk.Now().Add(30*time.Minute) {
		t.Errorf("code %q until %v, %t", scene, until, ok)
	}
	for _, want := range []chat.Event{chat.EventFollowed, ""} {
		clk.move(time.Second)
		a, err := b.srv.Scan(b.ctx, person, link)
		if err != nil || a.Reply == nil || a.Reply.Text != "收到：/bind K7M2QX" {
			t.Errorf("answer %+v %v", a, err)
		}
		heard := b.heard()
		if m := heard[len(heard)-1]; m.Event != want || m.Text != "/bind K7M2QX" {
			t.Errorf("heard %+v", m)
		}
	}
	clk.move(time.Hour)
	if _, err := b.srv.Scan(b.ctx, person, link); err == nil {
		t.Error("the code is still good")
	}
	b.kept()
}

// TestScanLinkBounds: lines that fit no code are refused, and times are kept within
// what the platform takes.
func TestScanLinkBounds(t *testing.T) {
	t.Parallel()
	b, clk := newBot(t, nil, nil)
	for _, line := range []string{"", "bind X", "/绑定 X", "/bind X Y", "/bind  X", "/bi-nd X", "/bind " + strings.Repeat("X", 60)} {
		if _, err := b.ScanLink(b.ctx, chat.Scan{Line: line}); chat.KindOf(err) != chat.Final {
			t.Errorf("%q: %v", line, err)
		}
	}
	if n := b.srv.Calls(wechattest.QRCode); n != 0 {
		t.Errorf("%d calls", n)
	}
	for until, want := range map[time.Duration]time.Duration{
		-time.Hour: time.Minute, time.Second: time.Minute, 90*time.Second + time.Millisecond: 91 * time.Second, 10_000 * time.Hour: 720 * time.Hour,
	} {
		link, err := b.ScanLink(b.ctx, chat.Scan{Line: "/bind K", Until: clk.Now().Add(until)})
		if err != nil {
			t.Fatal(err)
		}
		if _, end, _ := b.srv.Scene(link); end.Sub(clk.Now()) != want {
			t.Errorf("%v became %v, want %v", until, end.Sub(clk.Now()), want)
		}
	}
	for body, want := range map[string]chat.SendKind{`{}`: chat.Temporary, `null`: chat.Temporary, `{"errcode":-1}`: chat.Temporary, `{"errcode":45009}`: chat.Limited} {
		b.srv.Fail(wechattest.QRCode, 1, wechattest.Fault{Body: body})
		if link, err := b.ScanLink(b.ctx, chat.Scan{Line: "/bind K"}); chat.KindOf(err) != want || link != "" {
			t.Errorf("%s: %q %v", body, link, err)
		}
	}
}

// TestScenes: a scene and its line are the two sides of one thing; what is not ours
// says nothing.
func TestScenes(t *testing.T) {
	t.Parallel()
	for line, scene := range map[string]string{"/bind K7M2QX": "bind-K7M2QX", "/help": "help-", "/join a-b.c_d": "join-a-b.c_d"} {
		if got := wechat.SceneOfLine(line); got != scene {
			t.Errorf("scene of %q: %q, want %q", line, got, scene)
		}
		if got := wechat.LineOfScene(scene); got != line {
			t.Errorf("line of %q: %q, want %q", scene, got, line)
		}
	}
	for _, scene := range []string{"", "123", "spring", "bind K", "绑定-K", "bind-K\n/x", "-K", "1-2", "bind-" + strings.Repeat("x", 64)} {
		if got := wechat.LineOfScene(scene); got != "" {
			t.Errorf("scene %q says %q", scene, got)
		}
	}
}

// TestMenu: what is set is what stands there, and a tap says its line.
func TestMenu(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, echo)
	if got, err := b.GetMenu(b.ctx); err != nil || got != nil {
		t.Errorf("before: %+v %v", got, err)
	}
	menu := []wechat.Button{
		{Name: "考勤", Line: "/我的考勤"},
		{Name: "更多", Sub: []wechat.Button{{Name: "帮助", Line: "/帮助"}, {Name: "网页", URL: "https://example.com/a?b=c&d=e"}}},
	}
	if err := b.SetMenu(b.ctx, menu); err != nil {
		t.Fatal(err)
	}
	got, err := b.GetMenu(b.ctx)
	if diff := cmp.Diff(menu, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	a, err := b.srv.TapMenu(b.ctx, person, "帮助")
	if err != nil || a.Reply == nil || a.Reply.Text != "收到：/帮助" {
		t.Errorf("a tap: %+v %v", a, err)
	}
	if a, err := b.srv.TapMenu(b.ctx, person, "网页"); err != nil || a.Body != "success" {
		t.Errorf("a tap on a page: %+v %v", a, err)
	}
}

// TestMenuFaults: everything that is wrong is said at once, before any call.
func TestMenuFaults(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t, nil, nil)
	line := wechat.Button{Name: "帮助", Line: "/帮助"}
	for name, menu := range map[string][]wechat.Button{
		"1 to 3":      nil,
		"4 entries":   {line, line, line, line},
		"17 bytes":    {{Name: "菜单名字太长xx", Line: "/x"}, {Name: "12345678901234567", Line: "/x"}},
		"6 entries":   {{Name: "更多", Sub: []wechat.Button{line, line, line, line, line, line}}},
		"two levels":  {{Name: "更多", Sub: []wechat.Button{{Name: "再多", Sub: []wechat.Button{line}}}}},
		"exactly one": {{Name: "帮助", Line: "/帮助", URL: "https://example.com"}, {Name: "空"}},
		"at most 128": {{Name: "长", Line: "/" + strings.Repeat("x", 128)}},
		"web address": {{Name: "网页", URL: "javascript:alert(1)"}},
	} {
		if err := b.SetMenu(b.ctx, menu); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := b.srv.Calls(wechattest.MenuCreate); n != 0 {
		t.Errorf("%d calls", n)
	}
	b.srv.Fail(wechattest.MenuCreate, 1, wechattest.Fault{Body: `{"errcode":48001,"errmsg":"api unauthorized"}`})
	if err := b.SetMenu(b.ctx, []wechat.Button{line}); err == nil || !strings.Contains(err.Error(), "48001") {
		t.Errorf("refused: %v", err)
	}
}

// TestNew: all faults of a Config are said at once, and no secret in them.
func TestNew(t *testing.T) {
	t.Parallel()
	s := wechattest.NewOffline()
	good := s.Config(nil)
	for want, change := range map[string]func(*wechat.Config){
		"app id is missing":       func(c *wechat.Config) { c.AppID = "" },
		"app secret is missing":   func(c *wechat.Config) { c.AppSecret = "" },
		"token is missing":        func(c *wechat.Config) { c.Token = "" },
		"EncodingAESKey is miss":  func(c *wechat.Config) { c.EncodingAESKey = "" },
		"43 characters":           func(c *wechat.Config) { c.EncodingAESKey = "short-key-of-the-account" },
		"exclude each other":      func(c *wechat.Config) { c.Plaintext = true },
		"no https address":        func(c *wechat.Config) { c.APIBase = "http://api.weixin.qq.com" },
		"template needs an id":    func(c *wechat.Config) { c.Template = &wechat.Template{TextKey: "first"} },
		"at least one data key":   func(c *wechat.Config) { c.Template = &wechat.Template{ID: "x"} },
		"token is missing\nEncod": func(c *wechat.Config) { c.Token, c.EncodingAESKey = "", "" },
	} {
		cfg := good
		change(&cfg)
		_, err := wechat.New(cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
			continue
		}
		for _, secret := range []string{s.AppSecret, s.AESKey, "short-key"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds a secret: %v", err)
			}
		}
	}
}
