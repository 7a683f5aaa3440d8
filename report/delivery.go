package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Letter is a message that could not be worked on, without its text.
type Letter struct {
	No       uint64
	At       time.Time
	Channel  chat.ChannelID
	Conv     chat.ConvID
	Group    bool
	From     chat.UserID
	Command  string // without the slash; "" for what was no command
	Reason   string // for whoever mends it
	Replayed bool
}

// troubleShown bounds the entries of each kind that the overview lists.
const troubleShown = 5

// Deliveries shows the office what waits, what did not arrive, and what could not
// be worked on.
func Deliveries(tx *store.Tx, letters []Letter) (chat.Body, error) {
	b := chat.Titled("送达情况")
	counts, err := tx.Deliveries(tx.Today())
	if err != nil {
		return b, err
	}
	b = b.Strong("今日", fmt.Sprintf("　已送到 %d，没送到 %d，结果不明 %d", counts[store.Delivered], counts[store.Dead], counts[store.Unknown]))
	waiting, err := waitingLine(tx)
	if err != nil {
		return b, err
	}
	b = b.Strong("等待发送", "　"+waiting)
	for _, part := range []struct {
		state store.State
		title string
	}{{store.Dead, "没送到"}, {store.Unknown, "结果不明（可能已送到，先问一声再重发）"}} {
		list, err := tx.Troubled(part.state)
		if err != nil {
			return b, err
		}
		if b, err = troubled(tx, b, part.title, list); err != nil {
			return b, err
		}
	}
	return deadLetters(tx, b, letters)
}

// waitingLine counts what waits in the outbox.
func waitingLine(tx *store.Tx) (string, error) {
	n, early, held := 0, 0, 0
	var oldest time.Time
	by := map[chat.ChannelID]int{}
	err := tx.Pending(0, func(e store.Entry) (bool, error) {
		n++
		by[e.Out.Target.Channel]++
		switch {
		case e.Held:
			held++
		case e.NotBefore.After(tx.Now()):
			early++
		case oldest.IsZero() || e.At.Before(oldest):
			oldest = e.At
		}
		return true, nil
	})
	if err != nil || n == 0 {
		return "无", err
	}
	var parts []string
	for c, k := range by {
		parts = append(parts, fmt.Sprintf("%s %d", ChannelTitle(c), k))
	}
	slices.Sort(parts)
	line := fmt.Sprintf("%d 条（%s）", n, strings.Join(parts, "，"))
	if early > 0 {
		line += fmt.Sprintf("，其中 %d 条没到发送时间", early)
	}
	if held > 0 {
		line += fmt.Sprintf("，%d 条等对方在公众号里说话时一起送出", held)
	}
	if !oldest.IsZero() {
		line += "，最早的一条 " + clock(tx, oldest)
	}
	return line, nil
}

// troubled adds the latest of a list and offers to send each once more.
func troubled(tx *store.Tx, b chat.Body, title string, list []store.Settled) (chat.Body, error) {
	if len(list) == 0 {
		return b, nil
	}
	b = b.Heading(fmt.Sprintf("%s　%d 条", title, len(list)))
	slices.Reverse(list)
	var items []chat.Line
	for _, s := range list[:min(len(list), troubleShown)] {
		to, err := recipient(tx, s)
		if err != nil {
			return b, err
		}
		items = append(items, chat.Line{Strong: fmt.Sprintf("P%d", s.ID), Text: fmt.Sprintf("　%s　%s%s　原因：%s", clock(tx, s.At), to, subject(s.Title), cause(s.Reason))})
		b = b.Tap(fmt.Sprintf("重发 P%d", s.ID), fmt.Sprintf("/送达 重发 P%d", s.ID))
	}
	return b.Bullets(items...), nil
}

func subject(title string) string {
	if title == "" {
		return ""
	}
	return "　《" + title + "》"
}

// causes are the reasons of our own, as the office reads them.
var causes = map[string]string{
	"interrupted by a stop of the bot": "发送时程序被中断",
	"no longer mattered":               "过了时间",
	"its reader said nothing in time":  "对方一直没有说话，公众号不能主动发给他",
	"":                                 "未说明",
}

// kindTitles are the kinds of failure of a platform.
var kindTitles = map[chat.SendKind]string{
	chat.Held: "平台要对方先说话才能发", chat.Temporary: "平台暂时不通", chat.Limited: "超过平台的频率限制", chat.Final: "平台拒收", chat.Unknown: "平台没有回音",
}

// reSendError is the text of a chat.SendError.
var reSendError = regexp.MustCompile(`^send: (\w+)(?: \(code ([^)]*)\))?: (.*)$`)

// cause is a reason as the office reads it; what the platform said stays as it is.
func cause(reason string) string {
	if c, ok := causes[reason]; ok {
		return c
	}
	m := reSendError.FindStringSubmatch(reason)
	if m == nil || kindTitles[chat.SendKind(m[1])] == "" {
		return reason
	}
	detail := m[3]
	if m[2] != "" {
		detail = "代码 " + m[2] + "，" + detail
	}
	return kindTitles[chat.SendKind(m[1])] + "（" + detail + "）"
}

// recipient names whom an entry was for.
func recipient(tx *store.Tx, s store.Settled) (string, error) {
	if s.Out == nil {
		return ChannelTitle(s.Channel), nil
	}
	return target(tx, s.Out.Target)
}

func target(tx *store.Tx, t chat.Target) (string, error) {
	if t.Group {
		g, _, err := people.GetGroup(tx, string(t.Channel), string(t.Conv))
		name := g.Title
		if name == "" {
			name = g.Layer
		}
		if name == "" {
			name = "一个群"
		}
		return "发给" + name + "（" + ChannelTitle(t.Channel) + "）", err
	}
	p, err := people.ByAccount(tx, string(t.Channel), string(t.User))
	if err != nil || p.Known() {
		return "发给" + p.Name + "（" + p.Unit + "，" + ChannelTitle(t.Channel) + "）", err
	}
	return "发给未绑定的账号（" + ChannelTitle(t.Channel) + "）", nil
}

func deadLetters(tx *store.Tx, b chat.Body, letters []Letter) (chat.Body, error) {
	if len(letters) == 0 {
		return b, nil
	}
	b = b.Heading(fmt.Sprintf("处理失败的消息　%d 条", len(letters)))
	var items []chat.Line
	for _, l := range letters[:min(len(letters), troubleShown)] {
		text, err := l.text(tx)
		if err != nil {
			return b, err
		}
		items = append(items, chat.Line{Strong: fmt.Sprintf("E-%d", l.No), Text: "　" + text})
		b = b.Tap(fmt.Sprintf("重新处理 E-%d", l.No), fmt.Sprintf("/送达 重放 E-%d", l.No))
	}
	return b.Bullets(items...), nil
}

// text says of a letter when it came from whom, and by what command.
func (l Letter) text(tx *store.Tx) (string, error) {
	p, err := people.ByAccount(tx, string(l.Channel), string(l.From))
	if err != nil {
		return "", err
	}
	from := "未绑定的账号"
	switch {
	case p.Known():
		from = Who(p)
	case l.From == "":
		from = "群消息"
	}
	what := "一段文字"
	if l.Command != "" {
		what = "/" + l.Command
	}
	return fmt.Sprintf("%s　%s　%s　%s", clock(tx, l.At), from, ChannelTitle(l.Channel), what), nil
}

// DeadLetter shows one dead letter.
func DeadLetter(tx *store.Tx, l Letter) (chat.Body, error) {
	b := chat.Titled(fmt.Sprintf("E-%d　处理失败的消息", l.No))
	if l.Replayed {
		return b.Para(clock(tx, l.At) + "　已重新处理。"), nil
	}
	text, err := l.text(tx)
	if err != nil {
		return b, err
	}
	return b.Para(text).Strong("", "原因："+l.Reason).Strong("", "原文已留底，重新处理会按原发送人的身份再做一次。").
		Tap("重新处理", fmt.Sprintf("/送达 重放 E-%d", l.No)), nil
}

// Replayed answers whoever had a dead letter worked on again.
func Replayed(no string) chat.Body {
	return chat.Text(no + " 已重新处理，结果已回复原发送人。")
}

var stateTitles = map[store.State]string{
	store.Delivered: "已送到", store.Dead: "没有送到", store.Unknown: "结果不明",
	store.Recalled: "已撤回", store.Expired: "过了时间没有发", store.Merged: "已由另一条代发", store.Diverted: "送不到，换到别的平台发",
}

// StateTitle is how an entry ended, as the office reads it.
func StateTitle(s store.State) string { return stateTitles[s] }

// WaitingEntry shows an entry that is still in the outbox.
func WaitingEntry(tx *store.Tx, e store.Entry) (chat.Body, error) {
	to, err := target(tx, e.Out.Target)
	b := chat.Titled(fmt.Sprintf("P%d　等待发送", e.ID)).Para(to + subject(e.Out.Body.Title))
	b = b.Strong("", "放入 "+clock(tx, e.At))
	if e.NotBefore.After(tx.Now()) {
		b = b.Strong("", "最早 "+clock(tx, e.NotBefore)+" 发出")
	}
	if e.Held {
		return b.Strong("", "公众号现在不能主动发给本人，等对方说话时一起送出，等到 "+clock(tx, e.ExpiresAt)), err
	}
	if e.Attempts > 0 {
		b = b.Strong("", fmt.Sprintf("已试 %d 次，上次失败：%s", e.Attempts, cause(e.LastError)))
	}
	return b, err
}

// SettledEntry shows an entry that has ended, and offers to send it once more
// where that makes sense.
func SettledEntry(tx *store.Tx, s store.Settled) (chat.Body, error) {
	to, err := recipient(tx, s)
	b := chat.Titled(fmt.Sprintf("P%d　%s", s.ID, StateTitle(s.State))).Para(to+subject(s.Title)).
		Strong("", clock(tx, s.At))
	switch s.State {
	case store.Diverted:
		b = b.Strong("", "原因："+cause(s.Reason)).Tap(fmt.Sprintf("看 P%d", s.Into), fmt.Sprintf("/送达 P%d", s.Into))
	case store.Merged:
		b = b.Strong("", fmt.Sprintf("见 P%d", s.Into)).Tap(fmt.Sprintf("看 P%d", s.Into), fmt.Sprintf("/送达 P%d", s.Into))
	case store.Dead, store.Unknown:
		b = b.Strong("", "原因："+cause(s.Reason)).Tap("重发", fmt.Sprintf("/送达 重发 P%d", s.ID))
	}
	return b, err
}
