package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/chattest"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/internal/browsertest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// scene is a short conversation as one person sees it on one platform, made of
// what goes over the wire.
type scene struct {
	Platform string   `json:"platform"` // wecom, wechat, dingtalk: how the page draws it
	Name     string   `json:"name"`     // what stands on top
	Bubbles  []bubble `json:"bubbles"`
}

// bubble is one thing on the screen, in order.
type bubble struct {
	Me      bool     `json:"me,omitempty"`
	From    string   `json:"from,omitempty"` // in a group: who says it
	Kind    string   `json:"kind"`           // text, markdown, card, picture; note: what happens between
	Title   string   `json:"title,omitempty"`
	Text    string   `json:"text,omitempty"` // as it goes over the wire, with its links
	Buttons []string `json:"buttons,omitempty"`
	Picture string   `json:"picture,omitempty"` // what it is
}

func note(text string) bubble { return bubble{Kind: "note", Text: text} }

func mine(text string) bubble { return bubble{Me: true, Kind: "text", Text: text} }

// looks are the scenes of the user guide.
var looks = map[string]func(*county) scene{
	"wecom-survey":      wecomSurvey,
	"wechat-survey":     wechatSurvey,
	"wechat-held":       wechatHeld,
	"aibot-group":       aibotGroup,
	"webhook-bulletin":  webhookBulletin,
	"dingtalk-bulletin": dingtalkBulletin,
}

// TestLooks compares what people see on each platform with testdata/looks; with
// -update it writes that anew, and the pictures of the user guide with it.
func TestLooks(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	var pictures *album
	if update {
		pictures = newAlbum(t)
	} else {
		t.Parallel()
	}
	for _, name := range slices.Sorted(maps.Keys(looks)) {
		t.Run(name, func(t *testing.T) {
			if !update {
				t.Parallel()
			}
			c := newCounty(t, "2026-11-24 09:05") // a Tuesday
			var file bytes.Buffer
			out := json.NewEncoder(&file)
			out.SetEscapeHTML(false)
			out.SetIndent("", "  ")
			if err := out.Encode(looks[name](c)); err != nil {
				t.Fatal(err)
			}
			chattest.Golden(t, filepath.Join("testdata", "looks", name+".json"), file.Bytes())
			if update {
				pictures.take(t, name)
			}
		})
	}
}

// The people of the scenes.
const (
	writer    = "dt1006" // of the office, on DingTalk
	principal = people.ID("J1141")
	clerk     = people.ID("J1018")
)

// publish sends a survey out, from DingTalk.
func (c *county) publish(template, audience string) {
	c.t.Helper()
	preview := c.ding.say(writer, "/问卷 发 "+template+" "+audience+" 三天")
	c.ding.want(c.ding.say(writer, c.ding.tap(preview, "确认")), "S1")
}

func wecomSurvey(c *county) scene {
	const user = "wx1141"
	c.move("wecom", []people.ID{principal}, func(people.ID) string { return user })
	s, seen := scene{Platform: "wecom", Name: "运转"}, 0
	arrives := func(button string) (card wecomtest.Sent) {
		var bubbles []bubble
		bubbles, card, seen = c.wecomBubbles(user, seen, button)
		s.Bubbles = append(s.Bubbles, bubbles...)
		return card
	}
	tap := func(card wecomtest.Sent, button string) {
		a, err := c.toWeCom.Tap(c.t.Context(), user, card, button)
		if err != nil || a.Status != http.StatusOK {
			c.t.Fatalf("tap %s: %+v %v", button, a, err)
		}
		s.Bubbles = append(s.Bubbles, note("点“"+button+"”"))
	}
	c.publish("教育管理意见征集", "校长")
	s.Bubbles = append(s.Bubbles, note("11月24日 9:05"))
	tap(arrives("现在填写"), "现在填写")
	tap(arrives("B 满意"), "B 满意")
	arrives("选好了")
	return s
}

// wecomBubbles waits for a card with a button and returns all that a member got
// since, the card by itself and how much there is now.
func (c *county) wecomBubbles(user string, seen int, button string) (out []bubble, card wecomtest.Sent, n int) {
	c.t.Helper()
	all, err := c.wecom.WaitSent(testContext(c.t), func(all []wecomtest.Sent) bool {
		got := wecomTo(all, user)
		return len(got) > seen && strings.Contains(buttonsOf(got[len(got)-1]), "〔"+button+"〕")
	})
	if err != nil {
		c.t.Fatalf("no button %s: %v", button, err)
	}
	got := wecomTo(all, user)
	for _, s := range got[seen:] {
		out = append(out, wecomBubble(s))
	}
	return out, got[len(got)-1], len(got)
}

func wecomTo(all []wecomtest.Sent, user string) (got []wecomtest.Sent) {
	for _, s := range all {
		if slices.Contains(s.Users, user) {
			got = append(got, s)
		}
	}
	return got
}

func wecomBubble(s wecomtest.Sent) bubble {
	b := bubble{Kind: s.Kind, Text: s.Text}
	if s.Kind == "template_card" {
		b.Kind = "card"
		b.Title, b.Text, _ = strings.Cut(s.Text, "\n")
	}
	for _, x := range s.Buttons {
		b.Buttons = append(b.Buttons, x.Text)
	}
	if s.Media.Data != nil {
		b.Picture = s.Media.Name
	}
	return b
}

// follower is a person on the official account, and what they saw there.
type follower struct {
	*county
	openid string
	scene  scene
	seen   int
}

func (c *county) follower(openid string) *follower {
	return &follower{county: c, openid: openid, scene: scene{Platform: "wechat", Name: "县教委办公室"}}
}

func (f *follower) add(bs ...bubble) { f.scene.Bubbles = append(f.scene.Bubbles, bs...) }

// arrives waits for a text that holds part and adds all that came since.
func (f *follower) arrives(part string) (text string) {
	f.t.Helper()
	text = f.accountSays(f.openid, part)
	var got []wechattest.Sent
	for _, s := range f.account.Sent() {
		if s.To == f.openid {
			got = append(got, s)
		}
	}
	for _, s := range got[f.seen:] {
		b := bubble{Kind: s.Kind, Text: s.Text}
		if s.Kind == "image" {
			b = bubble{Kind: "picture", Picture: "图片"}
		}
		f.add(b)
	}
	f.seen = len(got)
	return text
}

// says says a line and waits for the answer.
func (f *follower) says(text, part string) string {
	f.t.Helper()
	f.add(mine(text))
	f.onWeChat(f.openid, text)
	return f.arrives(part)
}

// taps taps a link of a text; what is said then is shown as if it had been typed.
func (f *follower) taps(text, label, part string) string {
	f.t.Helper()
	for _, l := range wechattest.Links(text) {
		if l.Label == label {
			return f.says(l.Line, part)
		}
	}
	f.t.Fatalf("no link %s in\n%s", label, text)
	return ""
}

func wechatSurvey(c *county) scene {
	f := c.follower("o-principal")
	c.move("none", []people.ID{principal}, func(id people.ID) string { return string(id) })
	code := c.ding.say(writer, "/绑定码 "+string(principal))
	f.add(note("扫办公室给的二维码，关注公众号"))
	c.answered(c.account.Scan(c.t.Context(), f.openid, c.scanned(code)))
	f.arrives("绑定好了")
	c.publish("教育管理意见征集", "校长")
	f.add(note("11月24日 9:05"))
	question := f.taps(f.arrives("教育管理意见征集"), "现在填写", "1/6")
	f.taps(question, "B 满意", "3/6")
	return f.scene
}

// wechatHeld is somebody who never said anything on the account: the platform lets
// nothing through to them but the answer to what they say.
func wechatHeld(c *county) scene {
	f := c.follower("o-clerk")
	c.move("wechat", []people.ID{clerk}, func(people.ID) string { return f.openid })
	c.publish("职工关怀", "人事科")
	c.patrolled()
	c.fire("bulletin")
	// The office sees that it waits, too.
	for ctx := testContext(c.t); !strings.Contains(c.ding.say(writer, "/送达"), "条等对方在公众号里说话"); {
		if ctx.Err() != nil {
			c.t.Fatal("nothing is held")
		}
	}
	c.at("20:15")
	f.add(note("11月24日 20:15　好几天没有在这里说过话"))
	f.says("/我的", "机关巡查信息")
	return f.scene
}

// patrolled is a day before its bulletin: all units have reported, two were seen.
func (c *county) patrolled() {
	c.t.Helper()
	for _, unit := range c.units() {
		c.ding.want(c.ding.say(writer, "/考勤 "+unit+" 全勤"), "考勤已登记")
	}
	c.ding.want(c.ding.say("dt1017", "/考勤 缺 余世建(病假)"), "考勤已登记")
	c.at("15:00")
	c.ding.want(c.ding.say("dt1007", "/巡查 计财科 正常"), "巡查已登记")
	c.ding.want(c.ding.say("dt1007", "/巡查 人事科 缺岗 卢涵贵 14:40 未履行请假手续"), "巡查已登记")
	c.at("17:30")
}

// units are the units that report attendance.
func (c *county) units() (names []string) {
	c.t.Helper()
	err := c.store.View(c.t.Context(), func(tx *store.Tx) error {
		names = nil
		all, err := people.OfLayer(tx, "机关职工群")
		for _, p := range all {
			if !slices.Contains(names, p.Unit) {
				names = append(names, p.Unit)
			}
		}
		return err
	})
	if err != nil || len(names) == 0 {
		c.t.Fatalf("units %q, %v", names, err)
	}
	return names
}

func aibotGroup(c *county) scene {
	const group, asker = "office", "wx1009"
	s := scene{Platform: "wecom", Name: "办公室群", Bubbles: []bubble{note("11月24日 9:05")}}
	seen := 0
	arrives := func(part string) {
		bubbles, n := c.robotBubbles(group, seen, part)
		s.Bubbles, seen = append(s.Bubbles, bubbles...), n
	}
	ask := func(text, part string) {
		s.Bubbles = append(s.Bubbles, mine(text))
		if _, err := c.robot.Say(c.t.Context(), aibottest.Callback{User: asker, Group: group, Text: text}); err != nil {
			c.t.Fatal(err)
		}
		arrives(part)
	}
	ask("@运转 /绑定群 办公室群", "撤回")
	c.ding.want(c.ding.say("dt1017", "/考勤 缺 余世建(病假)"), "考勤已登记")
	ask("@运转 /考勤 查", "1/16 个单位已报")
	c.patrolled()
	s.Bubbles = append(s.Bubbles, note("17:30"))
	c.fire("bulletin")
	arrives("记录号")
	return s
}

// robotBubbles waits for a message or a button with part in a conversation and
// returns what is new there.
func (c *county) robotBubbles(conv string, seen int, part string) (out []bubble, n int) {
	c.t.Helper()
	_, err := c.robot.WaitSent(testContext(c.t), func(all []aibottest.Sent) bool {
		out, n = nil, 0
		found := false
		for _, s := range all {
			if s.Conv != conv {
				continue
			}
			if n++; n > seen {
				b := robotBubble(s)
				out = append(out, b)
				found = found || strings.Contains(b.Text, part) || slices.Contains(b.Buttons, part)
			}
		}
		return found
	})
	if err != nil {
		c.t.Fatalf("no %s: %v", part, err)
	}
	return out, n
}

func robotBubble(s aibottest.Sent) bubble {
	b := bubble{Kind: "markdown", Text: s.Text}
	switch s.Type {
	case "template_card":
		b.Kind, b.Title, b.Text = "card", s.Text, ""
	case "image", "file":
		b = bubble{Kind: "picture", Picture: s.Media.Name}
	}
	for _, x := range s.Buttons {
		b.Buttons = append(b.Buttons, x.Text)
	}
	return b
}

func webhookBulletin(c *county) scene {
	c.patrolled()
	c.fire("bulletin")
	c.webhookSays("机关职工群", "记录号")
	s := scene{Platform: "wecom", Name: "机关职工群", Bubbles: []bubble{note("11月24日 17:30")}}
	for _, m := range c.wecom.SentIn("机关职工群") {
		s.Bubbles = append(s.Bubbles, wecomBubble(m))
	}
	return s
}

func dingtalkBulletin(c *county) scene {
	const layer = "机关职工群"
	c.ding.want(c.ding.sayIn("cid-"+layer, writer, " /绑定群 "+layer), "本群已设为"+layer)
	c.patrolled()
	c.fire("bulletin")
	c.ding.group(layer, "机关巡查信息")
	s := scene{Platform: "dingtalk", Name: layer, Bubbles: []bubble{note("11月24日 17:30")}}
	for _, m := range c.ding.g.Sent() {
		if m.Endpoint == dingtalktest.Group && m.Conv == "cid-"+layer {
			s.Bubbles = append(s.Bubbles, bubble{Kind: m.Kind, Text: m.Text})
		}
	}
	return s
}

// album takes the pictures of the user guide with a browser.
type album struct {
	url   string
	shots string // where the browser leaves them
}

// Pictures are as wide as a phone, at twice the pixels: the page is zoomed.
const (
	phoneWidth = 390
	pixels     = 2
)

func newAlbum(t *testing.T) *album {
	t.Helper()
	a := &album{shots: t.TempDir()}
	t.Setenv("BROWSERTEST_SHOTS", a.shots)
	site := httptest.NewServer(http.FileServer(http.Dir(filepath.Join("testdata", "looks"))))
	t.Cleanup(site.Close)
	a.url = site.URL
	return a
}

// take draws a scene's file. Without Chromium the rest of the test is skipped.
func (a *album) take(t *testing.T, name string) {
	t.Helper()
	tab := browsertest.Start(t).Tab(t)
	tab.Resize(phoneWidth*pixels, 100, false)
	tab.Open(a.url + "/page.html#" + name)
	tab.Wait(`document.body.dataset.drawn === "yes"`)
	tab.Resize(phoneWidth*pixels, browsertest.Eval[int64](tab, "document.documentElement.scrollHeight"), false)
	tab.Shot("look")
	shot := filepath.Join(a.shots, strings.ReplaceAll(t.Name(), "/", "-")+"-look.png")
	small(t, shot, filepath.Join("..", "docs", "pictures", "look-"+name+".png"))
}

// small writes a picture anew with its most frequent colours alone: what is drawn
// of letters and boxes looks the same and takes a third of the room.
func small(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	few := image.NewPaletted(full.Bounds(), frequent(full, 16))
	draw.Draw(few, few.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 120<<10 {
		t.Errorf("%s has %d KB", to, out.Len()>>10)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// frequent are the n colours that an image has most of.
func frequent(img image.Image, n int) color.Palette {
	count := map[color.RGBA]int{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			count[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(hue(a), hue(b)))
	})
	var p color.Palette
	for _, c := range all[:min(n, len(all))] {
		p = append(p, c)
	}
	return p
}

func hue(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
