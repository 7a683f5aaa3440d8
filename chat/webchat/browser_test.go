package webchat_test

import (
	"testing"

	"yunzhuan/internal/browsertest"
)

func TestLook(t *testing.T) {
	f := start(t)
	b := browsertest.Start(t)
	tab := b.Tab(t)
	tab.Resize(1440, 900, false)
	tab.Open(f.url + "/#as=J1006&in=g-heads")
	tab.WaitText("#link", "已连接")
	tab.Shot("a-empty")
	for _, l := range []string{"/通报", "大家好，今天下午三点开会", "/考勤 全勤"} {
		tab.Type("#line", l+"\r")
	}
	tab.Wait("document.querySelectorAll('.from-bot').length >= 3")
	tab.Shot("b-group")
	f.bot.setFail(errDown)
	tab.Allow("503")
	tab.Type("#line", "/通报 预览\r")
	tab.Wait("document.querySelector('.failed')")
	f.bot.setFail(nil)
	tab.Shot("c-failed")
	tab.Click(".fault button")
	tab.Wait("!document.querySelector('.failed')")
	tab.Click("#who")
	tab.Type("#search", "科")
	tab.Shot("d-picker")
	tab.Press("\x1b")
	tab.Click("#quick button:nth-child(1)")
	tab.Shot("e-unread")
	ph := b.Tab(t)
	ph.Resize(360, 740, true)
	ph.Open(f.url + "/#as=J1006&in=g-heads")
	ph.WaitText("#link", "已连接")
	ph.Wait("document.querySelectorAll('.from-bot').length >= 3")
	ph.Shot("p-talk")
	browsertest.Eval[int](ph, "document.getElementById('messages').scrollTop = 0")
	ph.Shot("p-top")
	ph.Click("#open-left")
	ph.Wait("document.querySelector('#left').getBoundingClientRect().left === 0")
	ph.Shot("p-left")
	ph.Click("#who")
	ph.Shot("p-picker")
	ph.Press("\x1b")
	ph.Press("\x1b")
	ph.Click("#open-right")
	ph.Wait("document.querySelector('#right').getBoundingClientRect().right === 360")
	ph.Shot("p-right")
	browsertest.Eval[int](ph, "document.getElementById('right').scrollTop = 3000")
	ph.Shot("p-right2")
}
