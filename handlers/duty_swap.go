package handlers

import (
	"context"
	"fmt"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

const swapExample = "例：/值班 换 下周 姓名　或　/值班 换 下周 姓名 12-14（换对方的那一周）"

// proposeSwap asks somebody to swap duty.
func (d Deps) proposeSwap(_ context.Context, r *bot.Request) error {
	if n := r.Args.Len(); n < 2 || n > 3 {
		return store.WithHint(store.Errorf("请写您的哪一周、和谁换。"), swapExample)
	}
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, swapExample)
	}
	other, err := people.Find(r.Tx, r.Args.At(1), "")
	if err != nil {
		return store.WithHint(err, swapExample)
	}
	var ret calendar.Week
	if r.Args.Len() == 3 {
		if ret, err = calendar.ParseWeek(r.Args.At(2), calendar.Day(r.Tx.Today())); err != nil {
			return store.WithHint(err, swapExample)
		}
	}
	s, err := duty.Propose(r.Tx, r.Person, w, other, ret)
	if err != nil {
		return store.WithHint(err, swapExample)
	}
	r.Tx.NoUndo()
	words, err := report.SwapWords(r.Tx, s)
	if err != nil {
		return err
	}
	ask := chat.Titled(fmt.Sprintf("换班请求　%d 号", s.No)).Para(words).Para("您同意才算数。").
		Tap("同意", fmt.Sprintf("/值班 同意 %d", s.No)).Tap("不换", fmt.Sprintf("/值班 不换 %d", s.No))
	reached, err := d.Push.Person(r.Tx, other.ID, push.Notice, ask)
	if err != nil {
		return err
	}
	b := chat.Titled(fmt.Sprintf("换班请求　%d 号", s.No)).Para(words)
	if reached {
		b = b.Para("已请" + other.Name + "确认。对方同意之前，值班表不变。")
	} else {
		b = b.Para(other.Name + "还没有绑定账号，消息送不到，请当面告诉对方发：" + fmt.Sprintf("/值班 同意 %d", s.No))
	}
	return r.Reply(b.Tap("收回", fmt.Sprintf("/值班 不换 %d", s.No)))
}

// agreeSwap carries a swap out.
func (d Deps) agreeSwap(_ context.Context, r *bot.Request) error {
	s, err := foundSwap(r)
	if err != nil {
		return err
	}
	var before []duty.Duty
	for _, w := range s.Weeks() {
		roster, _, err := duty.Of(r.Tx, w)
		if err != nil {
			return err
		}
		before = append(before, roster)
	}
	s, after, err := duty.Agree(r.Tx, r.Person.ID, s)
	if err != nil {
		return err
	}
	r.Tx.NoUndo()
	words, err := report.SwapWords(r.Tx, s)
	if err != nil {
		return err
	}
	b := chat.Titled("已换班").Para(words)
	for i, w := range s.Weeks() {
		// Whoever asked and whoever agreed hear of it below; the others on a roster
		// that is known already hear of it here.
		if err := d.tellOthers(r, w, s, before[i], after[i]); err != nil {
			return err
		}
	}
	if _, err := d.Push.Person(r.Tx, s.Asker, push.Notice, b); err != nil {
		return err
	}
	if _, err := d.Push.Layer(r.Tx, people.OfficeLayer, b); err != nil {
		return err
	}
	return r.Reply(b)
}

// tellOthers tells those who stay on a roster whose notice is out who comes now.
func (d Deps) tellOthers(r *bot.Request, w calendar.Week, s duty.Swap, before, after duty.Duty) error {
	noticed, err := duty.Noticed(r.Tx, w)
	if err != nil || !noticed {
		return err
	}
	for _, id := range after.Everyone() {
		if id == s.Asker || id == s.Other || !before.Has(id) {
			continue
		}
		b, err := report.DutyNotice(r.Tx, w, after, id)
		if err == nil {
			_, err = d.Push.Person(r.Tx, id, push.Notice, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// declineSwap ends a proposal: declined, or taken back by whoever made it.
func (d Deps) declineSwap(_ context.Context, r *bot.Request) error {
	s, err := foundSwap(r)
	if err != nil {
		return err
	}
	if s, err = duty.Decline(r.Tx, r.Person.ID, s); err != nil {
		return err
	}
	r.Tx.NoUndo()
	words, err := report.SwapWords(r.Tx, s)
	if err != nil {
		return err
	}
	to, title := s.Asker, "没有换成"
	if s.State == duty.SwapTaken {
		to, title = s.Other, "换班请求已收回"
	}
	b := chat.Titled(title).Para(words).Para("值班表不变。")
	if _, err := d.Push.Person(r.Tx, to, push.Notice, b); err != nil {
		return err
	}
	return r.Reply(b)
}

func foundSwap(r *bot.Request) (duty.Swap, error) {
	if r.Args.Len() == 0 {
		return duty.Swap{}, store.WithHint(store.Errorf("请写换班号。"), "例：/值班 同意 3")
	}
	return duty.FindSwap(r.Tx, r.Person.ID, r.Args.At(0))
}

// swapsWaiting are the proposals that wait for a person's word.
func swapsWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	open, err := duty.OpenSwaps(tx, p.ID)
	var out []waitingItem
	for _, s := range open {
		if s.Other != p.ID || err != nil {
			continue
		}
		var words string
		if words, err = report.SwapWords(tx, s); err == nil {
			out = append(out, waitingItem{
				chat.Line{Strong: fmt.Sprintf("换班 %d 号", s.No), Text: fmt.Sprintf("　%s　不换请发 /值班 不换 %d", words, s.No)},
				chat.Action{Label: fmt.Sprintf("同意换班 %d", s.No), Send: fmt.Sprintf("/值班 同意 %d", s.No)},
			})
		}
	}
	return out, err
}
