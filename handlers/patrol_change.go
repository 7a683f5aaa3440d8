package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

const (
	changeExample   = "例：/巡查 改 3 人事科 迟到 姓名 9:05"
	withdrawExample = "例：/巡查 撤 3　或　/巡查 撤 昨天 3"
)

// listFindings lists the findings of a day with their numbers.
func listFindings(_ context.Context, r *bot.Request) error {
	day := calendar.Day(r.Tx.Today())
	if r.Args.Len() > 0 {
		var err error
		if day, err = calendar.ParsePast(r.Args.At(0), day); err != nil {
			return store.WithHint(err, "例：/巡查 记录 昨天")
		}
	}
	found, err := patrol.On(r.Tx, day)
	if err != nil {
		return err
	}
	b, err := report.Findings(r.Tx, day, found, !r.Msg.Group)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// changeFinding puts another finding in the place of one.
func (d Deps) changeFinding(_ context.Context, r *bot.Request) error {
	old, rest, err := findingNo(r)
	if err != nil {
		return store.WithHint(err, changeExample)
	}
	found, err := readFindings(r, rest.Rest(0))
	switch {
	case err != nil:
		return store.WithHint(err, changeExample)
	case len(found) != 1:
		return store.WithHint(store.Errorf("一条只能改成一条。"), changeExample)
	}
	f, err := patrol.Change(r.Tx, r.Person, old, found[0])
	if err != nil {
		return askBack(r, "/巡查 改 ", err)
	}
	b, err := report.FindingChanged(r.Tx, f, !r.Msg.Group, f.By == r.Person.ID)
	if err == nil && len(r.Pictures()) > 0 {
		var text string
		text, err = attachPhotos(r, f)
		b = b.Para(text)
	}
	if err != nil {
		return err
	}
	if err := d.tellRecorder(r, old, "改了"); err != nil {
		return err
	}
	return r.Reply(b)
}

// withdrawFinding takes one back.
func (d Deps) withdrawFinding(_ context.Context, r *bot.Request) error {
	f, rest, err := findingNo(r)
	if err == nil && rest.Len() > 0 {
		err = store.Errorf("没看懂“%s”。", rest.At(0))
	}
	if err != nil {
		return store.WithHint(err, withdrawExample)
	}
	if err := patrol.Withdraw(r.Tx, r.Person, f); err != nil {
		return store.WithHint(err, withdrawExample)
	}
	if err := d.tellRecorder(r, f, "撤销了"); err != nil {
		return err
	}
	return r.Reply(chat.Text("已撤销："+f.Day.Short()+"第 "+strconv.Itoa(f.Seq)+" 条，"+f.Unit+"　"+string(f.Kind)+"。").Tap("撤回", "/撤回"))
}

// named names a finding, without its people.
func named(f patrol.Finding) string {
	return fmt.Sprintf("%s第 %d 条，%s　%s", f.Day.Short(), f.Seq, f.Unit, f.Kind)
}

// findingNo reads a day, today without one, and the number of a finding in it.
func findingNo(r *bot.Request) (patrol.Finding, cmdline.Args, error) {
	day, args := calendar.Day(r.Tx.Today()), r.Args
	seq, ok := ordinal(args.At(0))
	if !ok && args.Len() > 1 {
		var err error
		if day, err = calendar.ParsePast(args.At(0), day); err != nil {
			return patrol.Finding{}, args, err
		}
		args = args.From(1)
		seq, ok = ordinal(args.At(0))
	}
	if !ok {
		return patrol.Finding{}, args, store.Errorf("请写第几条。发 /巡查 记录 看今天的各条。")
	}
	f, err := patrol.Find(r.Tx, day, seq)
	return f, args.From(1), err
}

// ordinal reads 3, 第3条.
func ordinal(word string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(word, "第"), "条"))
	return n, err == nil && n > 0
}

// tellRecorder tells whoever recorded a finding that the office did something to
// it.
func (d Deps) tellRecorder(r *bot.Request, f patrol.Finding, what string) error {
	if f.By == r.Person.ID {
		return nil
	}
	r.Tx.NoUndo() // what somebody was told cannot be taken back
	text := r.Person.Name + what + "您记的一条巡查记录：" + named(f) + "。有疑问请与" + r.Person.Name + "联系。"
	_, err := d.Push.Person(r.Tx, f.By, push.Notice, chat.Text(text))
	return err
}
