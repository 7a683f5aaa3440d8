package handlers

import (
	"context"
	"fmt"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func deliveries() *bot.Command {
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "送达", Aliases: []string{"delivery"}, Summary: "消息送到没有，没送到的重发",
		Usage: []string{"/送达", "/送达 <P号|E号>"}, Examples: []string{"/送达", "/送达 P815", "/送达 E-3"},
		Allow: office, Run: showDeliveries,
		Subs: []*bot.Command{
			{Name: "重发", Usage: []string{"/送达 重发 <P号>"}, Examples: []string{"/送达 重发 P815"}, Allow: office, Run: resend},
			{Name: "重放", Aliases: []string{"重新处理"}, Usage: []string{"/送达 重放 <E号>"}, Examples: []string{"/送达 重放 E-3"}, Allow: office, Run: replay},
		},
	}
}

// showDeliveries shows the state of the outbox, or of one entry or dead letter.
func showDeliveries(_ context.Context, r *bot.Request) error {
	word := r.Args.At(0)
	if word == "" {
		return overviewOfDeliveries(r)
	}
	if _, no, ok := cmdline.ParseNo(word, "P"); ok {
		return showEntry(r, uint64(no))
	}
	if _, no, ok := cmdline.ParseNo(word, "E"); ok {
		d, found, err := bot.GetDeadLetter(r.Tx, uint64(no))
		if err != nil {
			return err
		}
		if !found {
			return store.Errorf("没有 E-%d。", no)
		}
		b, err := report.DeadLetter(r.Tx, letter(d))
		if err != nil {
			return err
		}
		return r.Reply(b)
	}
	return store.WithHint(store.Errorf("“%s”不是送达的编号。", clipped(word, 12)), "例：/送达 P815　/送达 E-3")
}

// letter is a dead letter as the report shows it: without its text, which may be
// anything.
func letter(d bot.DeadLetter) report.Letter {
	l := report.Letter{No: d.No, At: d.At, Channel: d.Msg.Channel, From: d.Msg.From, Group: d.Msg.Group, Conv: d.Msg.Conv, Reason: d.Reason, Replayed: d.Replayed}
	if line, ok := cmdline.Parse(d.Msg.Text, false, nil); ok {
		l.Command = line.Name
	}
	return l
}

func overviewOfDeliveries(r *bot.Request) error {
	open, err := bot.OpenDeadLetters(r.Tx)
	if err != nil {
		return err
	}
	var letters []report.Letter
	for _, d := range open {
		letters = append(letters, letter(d))
	}
	b, err := report.Deliveries(r.Tx, letters)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

func showEntry(r *bot.Request, no uint64) error {
	if e, ok, err := r.Tx.PendingEntry(no); err != nil {
		return err
	} else if ok {
		b, err := report.WaitingEntry(r.Tx, e)
		if err != nil {
			return err
		}
		return r.Reply(b)
	}
	s, ok, err := r.Tx.SettledEntry(no)
	if err != nil {
		return err
	}
	if !ok {
		return store.Errorf("没有 P%d，或者已过保存期。", no)
	}
	b, err := report.SettledEntry(r.Tx, s)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

func resend(_ context.Context, r *bot.Request) error {
	_, no, ok := cmdline.ParseNo(r.Args.At(0), "P")
	if !ok {
		return store.WithHint(store.Errorf("请写要重发的编号。"), "例：/送达 重发 P815")
	}
	s, found, err := r.Tx.SettledEntry(uint64(no))
	switch {
	case err != nil:
		return err
	case !found:
		return store.Errorf("没有 P%d，或者还在等待发送。", no)
	case s.State != store.Dead && s.State != store.Unknown:
		return store.Errorf("P%d %s，不用重发。", no, report.StateTitle(s.State))
	case s.Out == nil:
		return store.Errorf("P%d 的内容已不再保存，不能重发。", no)
	}
	id, err := r.Tx.Resend(s)
	if err != nil {
		return err
	}
	return r.Replyf("P%d 已重发，新编号 P%d。", no, id)
}

func replay(ctx context.Context, r *bot.Request) error {
	_, no, ok := cmdline.ParseNo(r.Args.At(0), "E")
	if !ok {
		return store.WithHint(store.Errorf("请写要重新处理的编号。"), "例：/送达 重放 E-3")
	}
	d, found, err := bot.GetDeadLetter(r.Tx, uint64(no))
	if err != nil {
		return err
	}
	if !found {
		return store.Errorf("没有 E-%d。", no)
	}
	if err := r.Replay(ctx, d); err != nil {
		return err
	}
	return r.Reply(report.Replayed(fmt.Sprintf("E-%d", no)))
}
