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

func (w walk) changeExample() string {
	return "例：" + w.command() + " 改 3 " + w.unit + " 迟到 姓名 9:05"
}

func (w walk) withdrawExample() string {
	return "例：" + w.command() + " 撤 3　或　" + w.command() + " 撤 昨天 3"
}

// list lists the findings of a day with their numbers.
func (w walk) list(_ context.Context, r *bot.Request) error {
	day := calendar.Day(r.Tx.Today())
	if r.Args.Len() > 0 {
		var err error
		if day, err = pastDay(r); err != nil {
			return store.WithHint(err, "例："+w.command()+" 记录 昨天")
		}
	}
	found, err := w.book.On(r.Tx, day)
	if err != nil {
		return err
	}
	b, err := report.Findings(r.Tx, w.book, day, found, !r.Msg.Group)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// change puts another finding in the place of one.
func (w walk) change(_ context.Context, r *bot.Request) error {
	old, rest, err := w.findingNo(r)
	if err != nil {
		return store.WithHint(err, w.changeExample())
	}
	found, err := w.readFindings(r, rest.Rest(0))
	switch {
	case err != nil:
		return store.WithHint(err, w.changeExample())
	case len(found) != 1:
		return store.WithHint(store.Errorf("一条只能改成一条。"), w.changeExample())
	}
	f, err := patrol.Change(r.Tx, r.Person, old, found[0])
	if err != nil {
		return w.askBack(r, w.command()+" 改 ", err)
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
	if err := w.tellRecorder(r, old, "改了"); err != nil {
		return err
	}
	return r.Reply(b)
}

// withdraw takes one back.
func (w walk) withdraw(_ context.Context, r *bot.Request) error {
	f, rest, err := w.findingNo(r)
	if err == nil && rest.Len() > 0 {
		err = store.Errorf("没看懂“%s”。", rest.At(0))
	}
	if err != nil {
		return store.WithHint(err, w.withdrawExample())
	}
	if err := patrol.Withdraw(r.Tx, r.Person, f); err != nil {
		return store.WithHint(err, w.withdrawExample())
	}
	if err := w.tellRecorder(r, f, "撤销了"); err != nil {
		return err
	}
	return r.Reply(chat.Text("已撤销："+f.Day.Short()+"第 "+strconv.Itoa(f.Seq)+" 条，"+f.Unit+"　"+string(f.Kind)+"。").Tap("撤回", "/撤回"))
}

// named names a finding, without its people.
func named(f patrol.Finding) string {
	return fmt.Sprintf("%s第 %d 条，%s　%s", f.Day.Short(), f.Seq, f.Unit, f.Kind)
}

// findingNo reads a day, today without one, and the number of a finding in it.
func (w walk) findingNo(r *bot.Request) (patrol.Finding, cmdline.Args, error) {
	day, args := calendar.Day(r.Tx.Today()), r.Args
	seq, ok := ordinal(args.At(0))
	if !ok && args.Len() > 1 {
		var err error
		if day, err = pastDay(r); err != nil {
			return patrol.Finding{}, args, err
		}
		args = args.From(1)
		seq, ok = ordinal(args.At(0))
	}
	if !ok {
		return patrol.Finding{}, args, store.Errorf("请写第几条。发 %s 记录 看今天的各条。", w.command())
	}
	f, err := w.book.Find(r.Tx, day, seq)
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
	text := r.Person.Name + what + "您记的一条" + f.Book.Title() + "记录：" + named(f) + "。有疑问请与" + r.Person.Name + "联系。"
	_, err := d.Push.Person(r.Tx, f.By, push.Notice, chat.Text(text))
	return err
}

// pastDay reads the day at the beginning of the arguments, which is not to come.
func pastDay(r *bot.Request) (calendar.Day, error) {
	today := calendar.Day(r.Tx.Today())
	day, err := calendar.ParsePast(r.Args.At(0), today)
	if err == nil && day > today {
		err = store.Errorf("%s还没到。", day.Short())
	}
	return day, err
}
