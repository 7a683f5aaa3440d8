package webchat_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
	"yunzhuan/internal/browsertest"
)

func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	for name, test := range map[string]func(*testing.T, *browsertest.Tab, *fixture){
		"converse": testConverse,
		"keyboard": testKeyboard,
		"phone":    testPhone,
		"groups":   testGroups,
		"again":    testAgain,
		"recall":   testRecall,
		"guide":    testGuide,
		"restart":  testRestart,
		"photos":   testPhotos,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, fires)
			test(t, browser.Tab(t), f)
		})
	}
}

// fires makes the bulletin job send a bulletin and every other one fail.
func fires(c *webchat.Config, f *fixture) {
	c.Fire = func(ctx context.Context, name string) error {
		if name != "bulletin" {
			return errDown
		}
		for _, target := range []chat.Target{{Group: true, Conv: "g-heads"}, {User: "J1141"}} {
			if _, err := f.channel.Send(ctx, chat.Outgoing{Target: target, Body: reply(chat.Message{Text: "/通报"})}); err != nil {
				return err
			}
		}
		return nil
	}
}

const (
	linked     = `document.querySelector("#link").textContent === "已连接"`
	replies    = `document.querySelectorAll(".from-bot").length`
	noSideways = `document.documentElement.scrollWidth <= innerWidth && document.querySelector("#messages").scrollWidth <= document.querySelector("#messages").clientWidth`
	atTheEnd   = `(m => m.scrollHeight - m.scrollTop - m.clientHeight < 2)(document.querySelector("#messages"))`
)

// openAs opens the page and waits until it is up to date.
func openAs(p *browsertest.Tab, f *fixture, width, height int64, place string) {
	p.Resize(width, height, width < 700)
	p.Open(f.url + "/" + place)
	p.Wait(linked)
}

func check(t *testing.T, p *browsertest.Tab, condition string) {
	t.Helper()
	if !browsertest.Eval[bool](p, condition) {
		t.Errorf("not true: %s", condition)
	}
}

func testConverse(t *testing.T, p *browsertest.Tab, f *fixture) {
	openAs(p, f, 1440, 900, "")
	p.WaitText("#who-name", "秦思雨") // the first of the list, to begin with
	p.Click("#who")
	p.Type("#search", "何一兰 基础")
	p.Wait(`document.querySelectorAll("#found li").length === 1`)
	p.Shot("picker")
	p.Click("#found li")
	p.WaitText("#who-what", "基础教育科 · 科长")

	p.Type("#line", "/考勤 全勤\r")
	p.WaitText(".from-bot h3", "基础教育科 11月23日考勤已登记")
	p.WaitText(".from-bot .at.me", "@何一兰")
	check(t, p, `document.querySelector("#line").value === ""`)
	p.Click(".from-bot .actions button") // 撤回
	p.WaitText(".own .bubble", "/撤回")
	p.WaitText(".from-bot .bubble", "收到：/撤回")
	if got := f.bot.got()[1]; got.Text != "/撤回" || got.From != "J1020" || got.Conv != "dm:J1020" {
		t.Errorf("tapped: %+v", got)
	}
	check(t, p, `document.querySelector(".actions a").getAttribute("href") === "/s/abc" && document.querySelector(".actions a").target === "_blank"`)

	p.Type("#line", "/图\r")
	p.Wait(`document.querySelector(".bubble img").naturalWidth === 600`)
	p.Wait(atTheEnd)
	p.Type("#line", "<img src=x onerror=alert(1)> & \"</li>\r")
	p.WaitText(".from-bot .bubble", `收到：<img src=x onerror=alert(1)> & "</li>`)
	p.Shot("talk")

	p.Reload()
	p.Wait(linked)
	p.WaitText("#who-what", "基础教育科 · 科长")
	p.Wait(replies + " === 4")
	p.Open(f.url + "/?") // a new window, without the address of this one
	p.WaitText("#who-what", "基础教育科 · 科长")
}

func testKeyboard(t *testing.T, p *browsertest.Tab, f *fixture) {
	openAs(p, f, 1440, 900, "#as=J1006&in=g-office")
	focus := `document.activeElement.id`
	p.Press("\t\r") // past everything to the input
	if got := browsertest.Eval[string](p, focus); got != "line" {
		t.Fatalf("the first tab stop leads to %q, not to the input", got)
	}
	p.Press("/帮助\r")
	p.Wait(replies + " === 1")
	p.Press("/我的\r")
	p.Wait(replies + " === 2")
	p.Press(kb.ArrowUp + kb.ArrowUp)
	check(t, p, `document.querySelector("#line").value === "/帮助"`)
	p.Press(kb.ArrowDown + kb.ArrowDown)
	check(t, p, `document.querySelector("#line").value === ""`)
	p.Press("第一行")
	p.Press("\r", chromedp.KeyModifiers(chromedp.ModifierShift))
	p.Press("第二行")
	check(t, p, `document.querySelector("#line").value === "第一行\n第二行"`)
	p.Press("\r")
	p.Wait(replies + " === 3")

	// Back from the input to the last thing to tap, which is outlined.
	for range len(sampleConfig().Hints) + 1 {
		p.Press("\t", chromedp.KeyModifiers(chromedp.ModifierShift))
	}
	check(t, p, `document.activeElement.textContent === "我的待办"`)
	check(t, p, `getComputedStyle(document.activeElement).outlineStyle === "solid"`)
	p.Press("\r")
	p.Wait(replies + " === 4")

	p.Click("#who")
	p.Press("校长" + kb.ArrowDown + kb.ArrowUp)
	p.Press("\r")
	p.WaitText("#who-name", "程兴")
	if got := browsertest.Eval[string](p, focus); got != "who" {
		t.Errorf("the focus went to %q, not back", got)
	}
	check(t, p, `location.hash === "#as=J1141&in=dm%3AJ1141"`) // not in that group
	p.Press("\r")
	p.Wait(`document.querySelector("#picker").open`)
	p.Press("谁也不是")
	p.WaitText("#found-count", "没有找到")
	p.Press("\r") // nobody to take
	check(t, p, `document.querySelector("#picker").open`)
	p.Press(kb.Escape)
	p.Wait(`!document.querySelector("#picker").open`)
	p.WaitText("#who-name", "程兴")

	unnamed := `[...document.querySelectorAll("button, a, input, textarea")]
		.filter(e => !e.textContent.trim() && !e.ariaLabel && !e.labels?.length).map(e => e.outerHTML).join("\n")`
	if got := browsertest.Eval[string](p, unnamed); got != "" {
		t.Errorf("controls without a name:\n%s", got)
	}
}

func testPhone(t *testing.T, p *browsertest.Tab, f *fixture) {
	openAs(p, f, 360, 740, "#as=J1020&in=g-heads")
	p.Shot("empty")
	p.Type("#line", "/通报\r")
	p.Wait(replies + " === 1")
	p.Type("#line", "/"+strings.Repeat("x", 60)+"\r")
	p.Wait(replies + " === 2")
	p.Type("#line", "/图\r")
	p.Wait(`document.querySelector(".bubble img").naturalWidth === 600`)
	check(t, p, noSideways)
	check(t, p, `(s => s.scrollWidth > s.clientWidth && getComputedStyle(s).overflowX === "auto")(document.querySelector(".scroll"))`)
	check(t, p, `document.querySelector("#send").getBoundingClientRect().bottom <= innerHeight`)
	p.Shot("talk")

	opened := func(side string) {
		t.Helper()
		p.Click("#open-" + side)
		p.Wait(`(r => r.left >= 0 && r.right <= innerWidth)(document.querySelector("#` + side + `").getBoundingClientRect())`)
	}
	for _, side := range []string{"left", "right"} {
		check(t, p, `getComputedStyle(document.querySelector("#`+side+`")).visibility === "hidden"`)
		opened(side)
		check(t, p, `document.querySelector("#`+side+`").contains(document.activeElement)`)
		p.Shot(side)
		check(t, p, noSideways)
		p.Press(kb.Escape)
		p.Wait(`getComputedStyle(document.querySelector("#` + side + `")).visibility === "hidden"`)
		check(t, p, `document.activeElement.id === "open-`+side+`"`)
	}
	opened("left")
	p.Click(`#convs button[data-conv="dm:J1020"]`)
	p.Wait(`getComputedStyle(document.querySelector("#left")).visibility === "hidden"`)
	p.WaitText("#conv-what", "单聊")
	for _, width := range []int64{320, 800, 1200} {
		p.Resize(width, 700, width < 700)
		check(t, p, noSideways)
	}
}
