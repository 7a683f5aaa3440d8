package report

import (
	"fmt"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
)

// DeadLetter is a message the bot could not work on, without its text.
type DeadLetter struct {
	No       uint64
	At       time.Time
	Channel  chat.ChannelID
	From     string
	Reason   string
	Replayed bool
}

// troubleMax is how many entries of a kind are listed.
const troubleMax = 8

// Deliveries is what waits, what did not arrive, and what may have.
func Deliveries(tx *store.Tx, letters []DeadLetter) (chat.Body, error) {
	b := chat.Titled("送达情况")
	today, err := tx.Deliveries(tx.Today())
	if err != nil {
		return b, err
	}
	b = b.Para(fmt.Sprintf("今日送到 %d 条，失败 %d，结果不明 %d。", today[store.Delivered], today[store.Dead], today[store.Unknown]))
	waiting, held := 0, 0
	var oldest time.Time
	err = tx.Pending(0, func(e store.Entry) (bool, error) {
		if e.NotBefore.After(tx.Now()) {
			held++
			return true, nil
		}
		if waiting++; oldest.IsZero() {
			oldest = e.At
		}
		return true, nil
	})
	if err != nil {
		return b, err
	}
	if waiting > 0 {
		b = b.Strong("", fmt.Sprintf("正在排队 %d 条，最早的是 %s 的。", waiting, clock(tx, oldest)))
	}
	if held > 0 {
		b = b.Strong("", fmt.Sprintf("到点再发的 %d 条（免打扰时段等）。", held))
	}
	for _, k := range []struct {
		state store.State
		title string
	}{{store.Dead, "没有送到"}, {store.Unknown, "结果不明（可能已经送到，不会自动重发）"}} {
		if b, err = troubled(tx, b, k.state, k.title); err != nil {
			return b, err
		}
	}
	return openLetters(tx, b, letters), nil
}

func troubled(tx *store.Tx, b chat.Body, state store.State, title string) (chat.Body, error) {
	all, err := tx.Troubled(state)
	if err != nil || len(all) == 0 {
		return b, err
	}
	b = b.Heading(fmt.Sprintf("%s　%d 条", title, len(all)))
	if n := len(all); n > troubleMax {
		all = all[n-troubleMax:]
		b = b.Para(fmt.Sprintf("列最近 %d 条：", troubleMax))
	}
	var items []chat.Line
	for _, s := range all {
		items = append(items, chat.Line{Strong: fmt.Sprintf("P%d", s.ID), Text: "　" + clock(tx, s.At) + "　" + ChannelTitle(s.Channel) + "　" + s.Title})
	}
	b = b.Bullets(items...)
	for _, s := range all[:min(len(all), 3)] {
		b = b.Tap(fmt.Sprintf("重发 P%d", s.ID), fmt.Sprintf("/送达 重发 P%d", s.ID))
	}
	return b, nil
}

func openLetters(tx *store.Tx, b chat.Body, letters []DeadLetter) chat.Body {
	if len(letters) == 0 {
		return b
	}
	b = b.Heading(fmt.Sprintf("处理失败、已留底的消息　%d 条", len(letters)))
	var items []chat.Line
	for _, d := range letters[:min(len(letters), troubleMax)] {
		items = append(items, chat.Line{Strong: fmt.Sprintf("E-%d", d.No), Text: "　" + clock(tx, d.At) + "　" + ChannelTitle(d.Channel)})
	}
	b = b.Bullets(items...)
	for _, d := range letters[:min(len(letters), 3)] {
		b = b.Tap(fmt.Sprintf("重新处理 E-%d", d.No), fmt.Sprintf("/送达 重放 E-%d", d.No))
	}
	return b
}

// stateTitles say how a delivery ended.
var stateTitles = map[store.State]string{
	store.Delivered: "已送到", store.Dead: "没有送到", store.Unknown: "结果不明，可能已经送到",
	store.Expired: "过时未发", store.Merged: "并入另一条发出",
}

// Delivery is one delivery by its number.
func Delivery(tx *store.Tx, no uint64) (chat.Body, error) {
	s, ok, err := tx.SettledEntry(no)
	if err != nil {
		return chat.Body{}, err
	}
	if ok {
		b := chat.Text(fmt.Sprintf("P%d　%s　%s　%s", no, stateTitles[s.State], ChannelTitle(s.Channel), clock(tx, s.At)))
		if s.Into != 0 {
			b = b.Strong("", fmt.Sprintf("见 P%d。", s.Into))
		}
		if s.Reason != "" {
			b = b.Strong("原因", "　"+s.Reason)
		}
		if s.Out != nil {
			b = b.Tap("重发", fmt.Sprintf("/送达 重发 P%d", no))
		}
		return b, nil
	}
	e, ok, err := tx.PendingEntry(no)
	if err != nil {
		return chat.Body{}, err
	}
	if !ok {
		return chat.Body{}, store.Errorf("没有 P%d，或者早已送到并清理了。", no)
	}
	text := fmt.Sprintf("P%d　正在排队　%s　%s 起", no, ChannelTitle(e.Out.Target.Channel), clock(tx, e.At))
	if e.NotBefore.After(tx.Now()) {
		text = fmt.Sprintf("P%d　到 %s 再发　%s", no, clock(tx, e.NotBefore), ChannelTitle(e.Out.Target.Channel))
	}
	b := chat.Text(text)
	if e.Attempts > 0 {
		b = b.Strong("", fmt.Sprintf("已试 %d 次，上次：%s", e.Attempts, e.LastError))
	}
	return b, nil
}

// DeadLetterBody is one message that could not be worked on.
func DeadLetterBody(tx *store.Tx, d DeadLetter) chat.Body {
	b := chat.Text(fmt.Sprintf("E-%d　%s　%s", d.No, clock(tx, d.At), ChannelTitle(d.Channel)))
	if d.Replayed {
		return b.Strong("", "后来已重新处理。")
	}
	if d.From != "" {
		b = b.Strong("发送人", "　"+d.From)
	}
	return b.Strong("原因", "　"+d.Reason).Tap("重新处理", fmt.Sprintf("/送达 重放 E-%d", d.No))
}
