package webchat_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
	"yunzhuan/internal/browsertest"
)

func testGroups(t *testing.T, p *browsertest.Tab, f *fixture) {
	openAs(p, f, 1440, 900, "#as=J1006&in=g-office")
	send := func(s say) {
		t.Helper()
		if status, fault := f.post(t, "/chat/send", s); status != http.StatusOK {
			t.Fatalf("send: %d %s", status, fault)
		}
	}
	badge := func(conv string, n string) string {
		return fmt.Sprintf(`(document.querySelector('#convs button[data-conv="%s"] .badge span')?.textContent ?? "") === %q`, conv, n)
	}
	send(say{As: "J1020", Conv: "g-heads", Text: "/考勤 全勤", ID: "00000001"})
	p.Wait(badge("g-heads", "2"))
	p.Wait(`document.title.startsWith("(2) ")`)
	p.WaitText(`#convs button[data-conv="g-heads"] .last`, "基础教育科 11月23日考勤已登记")
	send(say{As: "J1008", Conv: "g-office", Text: "@运转 大家看看", ID: "00000002"})
	p.WaitText(".msg:not(.own) .by", "邹兰志　办公室")
	p.WaitText("#announce", "运转：收到：@运转 大家看看")
	check(t, p, badge("g-office", ""))
	p.Click(`#convs button[data-conv="g-heads"]`)
	p.Wait(badge("g-heads", ""))
	p.WaitText(".by", "何一兰　基础教育科")
	check(t, p, `document.querySelector(".at.me") === null`) // another one is meant
	p.Reload()
	p.Wait(linked)
	p.Wait(badge("g-heads", "")) // read is read

	// As somebody else: other conversations, and what is unread there.
	p.Click("#quick button:nth-child(1)")
	p.WaitText("#who-name", "秦思雨")
	p.Wait(`[...document.querySelectorAll("#convs .name")].map(e => e.textContent).join() === "运转,委领导群,机关中层群"`)
	p.WaitText("#conv-title", "机关中层群")

	// While one reads further up, new messages do not pull the page down.
	for i := range 15 {
		send(say{As: "J1020", Conv: "g-heads", Text: "/通报", ID: fmt.Sprintf("0000010%d", i)})
	}
	p.Wait(replies + " === 16")
	p.Wait(atTheEnd)
	browsertest.Eval[int](p, `document.querySelector("#messages").scrollTop = 0`)
	p.Wait(`!(` + atTheEnd + `)`)
	send(say{As: "J1020", Conv: "g-heads", Text: "/通报", ID: "00000200"})
	p.Wait(replies + " === 17")
	p.Wait(`!document.querySelector("#newer").hidden`)
	check(t, p, `document.querySelector("#messages").scrollTop === 0`)
	p.Click("#newer")
	p.Wait(atTheEnd)
}

func testAgain(t *testing.T, p *browsertest.Tab, f *fixture) {
	p.Allow("503")
	p.Allow("413")
	openAs(p, f, 1440, 900, "#as=J1020")
	f.bot.setFail(errDown)
	p.Type("#line", "/帮助\r")
	p.WaitText(".failed .fault", "刚才没有送到")
	p.Shot("failed")
	p.Reload()
	p.Wait(linked)
	p.WaitText(".failed .fault", "刚才没有送到")
	f.bot.setFail(nil)
	p.Click(".fault button")
	p.WaitText(".from-bot", "收到：/帮助")
	p.Wait(`!document.querySelector(".failed") && document.querySelectorAll(".own").length === 1`)
	got := f.bot.got()
	if first, last := got[0], got[len(got)-1]; len(got) != 2 || first.ID != last.ID {
		t.Errorf("sent again as another message: %+v", got)
	}

	// What the server will not take at all comes back into the input.
	browsertest.Eval[string](p, `document.querySelector("#line").maxLength = 9000, document.querySelector("#line").value = "字".repeat(4500)`)
	p.Click("#send")
	p.WaitText("#toast", "内容太长，请分几次发")
	p.Wait(`document.querySelector("#line").value.length === 4500 && document.querySelectorAll(".own").length === 1`)
}

// What is taken back disappears where it stood.
func testRecall(t *testing.T, p *browsertest.Tab, f *fixture) {
	to := chat.Target{Group: true, Conv: "g-office"}
	var ids []string
	for i := range 3 {
		r, err := f.channel.Send(t.Context(), chat.Outgoing{Target: to, Body: numbered(i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	openAs(p, f, 1440, 900, "#as=J1008&in=g-office")
	p.Wait(`document.querySelectorAll(".from-bot").length === 3`)
	if err := f.channel.Recall(t.Context(), to, ids[1]); err != nil {
		t.Fatal(err)
	}
	p.WaitText(".recalled", "消息已撤回")
	p.Shot("recalled")
	inPlace := `document.querySelectorAll(".from-bot").length === 2 && document.querySelector(".recalled").dataset.id === "` + ids[1] + `"`
	check(t, p, inPlace+` && document.querySelector(".recalled").nextElementSibling.classList.contains("from-bot")`)
	p.Reload()
	p.Wait(linked)
	p.Wait(inPlace)
}

func testGuide(t *testing.T, p *browsertest.Tab, f *fixture) {
	p.Allow("500")
	openAs(p, f, 1440, 900, "#as=J1200")
	if got := p.Text("#guide-title"); got != "四步试一试" {
		t.Errorf("title %q", got)
	}
	p.Click("#steps li:nth-child(3) .way:nth-of-type(1) .go")
	p.WaitText("#who-name", "薛涵明")
	p.WaitText("#conv-title", "办公室群")
	check(t, p, `document.activeElement.id === "line" && document.activeElement.value === "/问卷 发 教育管理意见征集 校长 3天"`)
	p.Press("\r")
	p.WaitText(".go.done code", "/问卷 发")
	check(t, p, `document.querySelectorAll("#steps li.done").length === 0`) // the other half is not done
	p.Click("#steps li:nth-child(3) .way:nth-of-type(2) .go")
	p.WaitText("#who-name", "程兴")
	p.Press("\r")
	p.Wait(`document.querySelectorAll("#steps li.done").length === 1`)

	p.Click(`#job-list button[data-job="bulletin"]`)
	p.WaitText("#job-list .outcome", "已执行（08:52）")
	p.WaitText("#toast", "机关巡查信息：已执行")
	p.WaitText("#messages h3", "机关巡查信息") // to the principal too
	p.Shot("fired")
	p.Click("#pushes li:nth-child(2) button") // 机关中层群, where the principal is not
	p.WaitText("#who-name", "秦思雨")
	p.WaitText("#conv-title", "机关中层群")
	p.Click(`#job-list button[data-job="backup"]`)
	p.WaitText("#job-list .outcome.bad", "没有执行成功，原因已记入运行日志")

	p.Click("#steps li:nth-child(4) .go")
	p.WaitText("#conv-title", "办公室群")
	p.Wait(`document.querySelectorAll("#steps li.done").length === 2`)
	p.Click("#hints button:nth-child(2)")
	check(t, p, `document.activeElement.value === "/我的"`)
}

// The page finds a new process at the old address by itself.
func testRestart(t *testing.T, p *browsertest.Tab, f *fixture) {
	p.Allow("ERR_CONNECTION_REFUSED")
	p.Allow("ERR_INCOMPLETE_CHUNKED_ENCODING")
	p.Allow("ERR_EMPTY_RESPONSE")
	p.Allow("ERR_CONNECTION_RESET")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	f.url = "http://" + addr
	begin := func(l net.Listener) (end func()) {
		channel, err := webchat.New(sampleConfig())
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, channel, &bot{channel: channel, seen: map[chat.MessageID]bool{}})
		srv := &http.Server{Handler: channel.Handler()}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		return func() {
			stop() // ends the event streams, so that Shutdown can end
			if err := srv.Shutdown(context.Background()); err != nil {
				t.Errorf("shut down: %v", err)
			}
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				t.Errorf("serve: %v", err)
			}
		}
	}
	end := begin(l)
	openAs(p, f, 1440, 900, "#as=J1020")
	p.Type("#line", "/帮助\r")
	p.Wait(replies + " === 1")
	end()
	p.WaitText("#link", "正在重新连接")
	p.Type("#line", "/我的\r")
	p.WaitText(".failed .fault", "刚才没有送到")
	p.Shot("down")

	if l, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	end = begin(l)
	defer end()
	p.Wait(linked)
	p.Click(".fault button")
	p.WaitText(".from-bot", "收到：/我的")
	check(t, p, replies+" === 2") // what was said before is still in sight
}
