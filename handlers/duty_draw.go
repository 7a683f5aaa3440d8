package handlers

import (
	"context"
	"strconv"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

const drawExample = "例：/值班 抽签 下周 3人 除 姓名甲 姓名乙"

// drawDuty draws the members of a week.
func (d Deps) drawDuty(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return store.WithHint(store.Errorf("请写哪一周。"), drawExample)
	}
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, drawExample)
	}
	q, err := drawRequest(r, w)
	if err != nil {
		return store.WithHint(err, drawExample)
	}
	before, _, err := duty.Of(r.Tx, w)
	if err != nil {
		return err
	}
	drawn, err := duty.MakeDraw(r.Tx, r.Person, q)
	if err != nil {
		return store.WithHint(err, "例：/值班 抽签 下周 3人 重抽 姓名甲出差")
	}
	r.Tx.NoUndo()
	late, err := d.rosterChanged(r, w, before, drawn.Result)
	if err != nil {
		return err
	}
	b, err := report.DutyDrawn(r.Tx, w, drawn)
	if err != nil {
		return err
	}
	if late {
		b = b.Para("有变动的同志已通知到人。")
	} else {
		b = b.Para(noticeToCome)
	}
	return r.Reply(b.Tap("抽签公示", "/值班 公示 "+string(w.From)))
}

// drawRequest reads what follows the week: a leader, a number of members, 除 with
// names and 重抽 with a reason.
func drawRequest(r *bot.Request, w calendar.Week) (duty.Request, error) {
	q := duty.Request{Week: w, Size: duty.DrawSize}
	text, why, again := strings.Cut(r.Args.From(1).Rest(0), "重抽")
	if q.Why = strings.Join(strings.Fields(strings.TrimLeft(why, "：:，, ")), " "); again && q.Why == "" {
		return q, store.Errorf("重抽要写理由，理由会公示。")
	}
	text, off, except := strings.Cut(text, "除")
	leaders, err := readDraw(r, &q, text)
	if err != nil {
		return q, err
	}
	for _, p := range leaders {
		switch {
		case !p.Has(people.Leader):
			return q, store.Errorf("带班须是委领导，%s不是。不参加抽签的人写在“除”后面。", p.Name)
		case q.Leader != nil:
			return q, store.Errorf("带班只能是一位。")
		}
		q.Leader = &p
	}
	if q.Off, err = readDraw(r, &q, strings.TrimPrefix(off, "了")); err == nil && except && len(q.Off) == 0 {
		err = store.Errorf("“除”后面请写不参加的人。")
	}
	return q, err
}

// readDraw reads names, and a number of members among them.
func readDraw(r *bot.Request, q *duty.Request, text string) (who []people.Person, err error) {
	for _, n := range cmdline.SplitNames(cmdline.Tokenize(text)) {
		if size, ok := number(n.Name); ok {
			q.Size = size
			continue
		}
		p, err := people.Find(r.Tx, n.Name, "")
		if err != nil {
			return nil, err
		}
		who = append(who, p)
	}
	return who, nil
}

// number reads 3, 3人 and 3名.
func number(word string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimRight(word, "人名位"))
	return n, err == nil
}

// showDraw shows how a week was drawn, for everyone to check.
func showDraw(_ context.Context, r *bot.Request) error {
	w, err := week(r)
	if err != nil {
		return store.WithHint(err, "例：/值班 公示 下周")
	}
	all, err := duty.Draws(r.Tx, w)
	if err != nil {
		return err
	}
	roster, _, err := duty.Of(r.Tx, w)
	if err != nil {
		return err
	}
	b, err := report.DutyDraws(r.Tx, w, all, roster)
	if err != nil {
		return err
	}
	return r.Reply(b)
}
