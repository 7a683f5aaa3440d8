package report

import (
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/store"
)

// clock is a time of day, with the date where it is not today's: "8:52",
// "11月20日 8:52".
func clock(tx *store.Tx, t time.Time) string {
	t = t.In(tx.Now().Location())
	if t.Format(time.DateOnly) == tx.Today() {
		return calendar.ClockOf(t).String()
	}
	return calendar.DayOf(t).Short() + " " + calendar.ClockOf(t).String()
}

// channelTitles are the platforms as people call them.
var channelTitles = map[chat.ChannelID]string{
	"dingtalk": "钉钉", "wecom": "企业微信", "wecom_webhooks": "企业微信群", "wecom_aibot": "企业微信智能机器人",
	"wechat": "微信公众号", "webchat": "网页",
}

// ChannelTitle is a platform as people call it.
func ChannelTitle(c chat.ChannelID) string {
	if t, ok := channelTitles[c]; ok {
		return t
	}
	return string(c)
}

// Who names a person so that two of the same name are told apart: name, unit and
// post.
func Who(p people.Person) string {
	s := p.Name + "（" + p.Unit
	if p.Post != "" {
		s += " " + p.Post
	}
	return s + "）"
}

// BindingCode gives a binding code to the one of the office who asked for it, with
// a code to scan where a platform has such (scan).
func BindingCode(p people.Person, code string, scan chat.ChannelID, now time.Time) chat.Body {
	b := chat.Titled("绑定码　"+code).
		Para(fmt.Sprintf("给%s用，%d 分钟内有效，只能用一次。", Who(p), int(people.CodeTTL.Minutes()))).
		Strong("", "请本人在要绑定的账号里发：/绑定 "+code)
	if scan == "" {
		return b
	}
	return b.Strong("", "或者用微信扫下面的码，关注公众号的同时就绑定好了：").
		Scan(chat.Scan{Channel: scan, Line: "/bind " + code, Alt: "绑定用的二维码", Until: now.Add(people.CodeTTL)})
}

// SurveyCode is a code that people at a meeting scan to fill in a survey.
func SurveyCode(s survey.Survey, scan chat.ChannelID) chat.Body {
	return chat.Titled(s.ID() + "《" + s.Title() + "》扫码填写").
		Para("请参会的同志用微信扫码，在公众号里填写。没有绑定过的账号要先绑定。").
		Scan(chat.Scan{Channel: scan, Line: fmt.Sprintf("/survey %d", s.No), Alt: "填写问卷的二维码", Until: s.ClosesAt})
}

// AccountBound tells whoever used a code who they are now.
func AccountBound(c chat.ChannelID, got people.Bound) chat.Body {
	b := chat.Text(fmt.Sprintf("绑定好了，您在%s里的身份是%s。", ChannelTitle(c), Who(got.Person)))
	if got.From.Known() {
		b = b.Strong("", fmt.Sprintf("这个账号原来是%s的，已经转过来。", Who(got.From)))
	}
	if got.Old {
		b = b.Strong("", fmt.Sprintf("您原来的%s账号已停用。", ChannelTitle(c)))
	}
	return b.Tap("我的", "/我的").Tap("帮助", "/帮助")
}

// GroupBound tells a group what will come to it; before is what it was bound to.
func GroupBound(layer, before string) chat.Body {
	b := chat.Text("本群已设为" + layer + "。")
	if before != "" && before != layer {
		b = chat.Text(fmt.Sprintf("本群已由%s改为%s。", before, layer))
	}
	return b.Strong("", "以后发到这里的有："+people.LayerGets(layer)+"。").Tap("撤回", "/撤回")
}

// LayersToChoose offers the layers of a group; mistake says what was wrong, if
// anything.
func LayersToChoose(mistake string) chat.Body {
	b := chat.Text("请选择本群是哪一种群：")
	if mistake != "" {
		b = chat.Text(mistake).Strong("", "请选择本群是哪一种群：")
	}
	for _, l := range people.Layers {
		b = b.Tap(l, "/绑定群 "+l)
	}
	return b
}
