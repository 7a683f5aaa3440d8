package handlers_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var bindingCode = regexp.MustCompile(`/绑定 ([2-9A-Z]{6})`)

// codeIn reads the binding code of a message.
func codeIn(t *testing.T, text string) string {
	t.Helper()
	m := bindingCode.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no code in %q", text)
	}
	return m[1]
}

// hideCode makes a text with a code the same each time.
func hideCode(text, code string) string { return strings.ReplaceAll(text, code, "K7M2QX") }

func TestBindingAnAccount(t *testing.T) {
	t.Parallel()
	k := talk{Bot: newBot(t, "2026-11-23 09:00")}
	k.say("phone", "/我的")
	k.say("phone", "/绑定")
	k.say(headOfOffice, "/绑定码")
	k.say(headOfOffice, "/绑定码 马明")
	k.say(headOfStaffing, "/绑定码 J1018")
	code := codeIn(t, k.say(headOfOffice, "/绑定码 金国兰"))
	k.say("phone", "/绑定 AAAAAA")
	k.say("phone", "绑定 "+strings.ToLower(code[:3])+" "+code[3:])
	k.say("phone", "/我的")
	k.say("J1018", "/我的") // the old account
	k.say("tablet", "/绑定 "+code)
	again := codeIn(t, k.say(headOfOffice, "/绑定码 卢涵贵"))
	k.say("phone", "/绑定 "+again)
	k.say("phone", "/撤回")
	last := codeIn(t, k.say(headOfOffice, "/绑定码 余世建"))
	k.say(headOfOffice, "/撤回")
	k.say("tablet", "/绑定 "+last)
	text := hideCode(hideCode(hideCode(k.text.String(), code), again), last)
	golden(t, "account/bind", strings.ReplaceAll(text, strings.ToLower(code[:3])+" "+code[3:], "k7m 2QX"))
}

// In a group the code goes to the one who asked, and to nobody else.
func TestBindingCodeInAGroup(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	if got := b.SayIn("机关中层群", headOfOffice, "/绑定码 J1018"); got != "绑定码已私发给您，请转告金国兰。" {
		t.Errorf("in the group: %s", got)
	}
	got := b.Pushed(headOfOffice)
	if len(got) != 1 {
		t.Fatalf("privately: %q", got)
	}
	said := "/绑定 " + codeIn(t, got[0])
	if reply := b.SayIn("机关中层群", "phone", said); reply != "“/绑定”请在与我的单聊里发。" {
		t.Errorf("used in the group: %s", reply)
	}
	if reply := b.Say("phone", said); !strings.HasPrefix(reply, "绑定好了，您在网页里的身份是金国兰（人事科 副科长）。") {
		t.Errorf("used in a direct chat: %s", reply)
	}
}

func TestWrongBindingCodes(t *testing.T) {
	t.Parallel()
	b := newBot(t, "2026-11-23 09:00")
	for _, want := range []string{"还可以试 4 次", "还可以试 3 次", "还可以试 2 次", "还可以试 1 次", "已经错了好几次", "绑定码错了 5 次"} {
		if got := b.Say("phone", "/绑定 AAAAAA"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b.Clock.Advance(10 * time.Minute)
	if got := b.Say("phone", "/绑定 AAAAAA"); !strings.Contains(got, "还可以试 4 次") {
		t.Errorf("ten minutes later: %q", got)
	}
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ said, want string }{
		{"/勿扰", "您的免打扰时间：22:00 至 7:00。这段时间的通知等到 7:00 再发，您问的照常回答。\n这是默认时间。要改请发：/勿扰 21:00-8:00\n[关掉免打扰](/勿扰 关)"},
		{"/勿扰 21:00-8:00", "已设好，免打扰时间：21:00 至 8:00。这段时间的通知等到 8:00 再发，您问的照常回答。\n[恢复默认](/勿扰 默认) [关掉免打扰](/勿扰 关)"},
		{"/勿扰 ２１：００ － ８：００", "已设好，免打扰时间：21:00 至 8:00。这段时间的通知等到 8:00 再发，您问的照常回答。\n[恢复默认](/勿扰 默认) [关掉免打扰](/勿扰 关)"},
		{"/勿扰 晚上9点到早上8点", "已设好，免打扰时间：21:00 至 8:00。这段时间的通知等到 8:00 再发，您问的照常回答。\n[恢复默认](/勿扰 默认) [关掉免打扰](/勿扰 关)"},
		{"/勿扰 关", "您没有免打扰时间，通知随时会发。\n[恢复默认](/勿扰 默认)"},
		{"/勿扰 默认", "已设好，免打扰时间：22:00 至 7:00。这段时间的通知等到 7:00 再发，您问的照常回答。\n这是默认时间。要改请发：/勿扰 21:00-8:00\n[关掉免打扰](/勿扰 关)"},
		{"/勿扰 25:00-8:00", "没有看懂“25:00-8:00”。请写起止两个时间。\n例：/勿扰 22:00-7:00　/勿扰 关"},
		{"/勿扰 8:00-8:00", "没有看懂“8:00-8:00”。请写起止两个时间。\n例：/勿扰 22:00-7:00　/勿扰 关"},
		{"/勿扰 晚上", "没有看懂“晚上”。请写起止两个时间。\n例：/勿扰 22:00-7:00　/勿扰 关"},
	} {
		t.Run(c.said, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			if got := b.Say(writer, c.said); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Pushes keep to the hours a person chose.
func TestQuietHoursHoldPushesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		said, at, next string
		want           int // pushes at the time at, of one
	}{
		{"/勿扰 默认", "23:00", "2026-11-24 07:00", 0},
		{"/勿扰 关", "23:00", "2026-11-24 07:00", 1},
		{"/勿扰 20:00-6:00", "20:30", "2026-11-24 06:00", 0},
		{"/勿扰 12:00-14:00", "20:30", "2026-11-24 06:00", 1},
	} {
		t.Run(c.said, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "2026-11-23 09:00")
			b.Say(colleague, c.said)
			b.Say(writer, "/文稿 新 通知")
			b.Clock.Set(c.at)
			b.Say(writer, "/文稿 转 1 卢涵贵")
			now := len(b.Pushed(colleague))
			b.Clock.Set(c.next)
			later := len(b.Pushed(colleague))
			if now != c.want || now+later != 1 {
				t.Errorf("%d at once and %d later, want %d at once", now, later, c.want)
			}
		})
	}
}
