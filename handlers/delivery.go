package handlers

import (
	"context"
	"strconv"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func deliveries() *bot.Command {
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "送达", Aliases: []string{"delivery"}, Summary: "哪些消息在等、没送到、结果不明",
		Usage: []string{"/送达 [<号>]"}, Examples: []string{"/送达", "/送达 P815", "/送达 E-3"},
		Allow: office, Run: showDeliveries,
		Subs: []*bot.Command{
			{Name: "重发", Usage: []string{"/送达 重发 <号>"}, Examples: []string{"/送达 重发 P815"}, Allow: office, Run: resend},
			{Name: "重放", Usage: []string{"/送达 重放 E-<号>"}, Examples: []string{"/送达 重放 E-3"}, Allow: office, Run: replay},
		},
	}
}

func showDeliveries(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		dead, err := bot.OpenDeadLetters(r.Tx)
		if err != nil {
			return err
		}
		var open []report.DeadLetter
		for _, d := range dead {
			open = append(open, deadLetter(d))
		}
		b, err := report.Deliveries(r.Tx, open)
		if err != nil {
			return err
		}
		return r.Reply(b)
	}
	word := r.Args.At(0)
	if no, ok := deadLetterNo(word); ok {
		d, ok, err := bot.GetDeadLetter(r.Tx, no)
		if err != nil {
			return err
		}
		if !ok {
			return store.Errorf("没有 E-%d。", no)
		}
		return r.Reply(report.DeadLetterBody(r.Tx, deadLetter(d)))
	}
	no, err := entryNo(word)
	if err != nil {
		return err
	}
	b, err := report.Delivery(r.Tx, no)
	if err != nil {
		return err
	}
	return r.Reply(b)
}

// deadLetter is a dead letter without the message itself, which is its sender's.
func deadLetter(d bot.DeadLetter) report.DeadLetter {
	return report.DeadLetter{No: d.No, At: d.At, Channel: d.Msg.Channel, From: d.Msg.FromName, Reason: d.Reason, Replayed: d.Replayed}
}

// deadLetterNo reads E-3 or E3.
func deadLetterNo(word string) (uint64, bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(word), "E")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(rest, "-"), 10, 64)
	return n, err == nil && n > 0
}

// entryNo reads the number of a delivery.
func entryNo(word string) (uint64, error) {
	_, no, ok := cmdline.ParseNo(word, "P")
	if !ok {
		return 0, store.WithHint(store.Errorf("“%s”不是送达的编号。", word), "例：/送达 P815，/送达 E-3")
	}
	return uint64(no), nil
}

func resend(_ context.Context, r *bot.Request) error {
	no, err := entryNo(r.Args.At(0))
	if err != nil {
		return err
	}
	s, ok, err := r.Tx.SettledEntry(no)
	if err != nil {
		return err
	}
	if !ok || s.Out == nil {
		return store.Errorf("P%d 没有可以重发的内容：它已送到、已重发过，或者还在等。", no)
	}
	id, err := r.Tx.Resend(s)
	if err != nil {
		return err
	}
	return r.Replyf("P%d 已重新排队，新编号 P%d。", no, id)
}

func replay(ctx context.Context, r *bot.Request) error {
	no, ok := deadLetterNo(r.Args.At(0))
	if !ok {
		return store.WithHint(store.Errorf("请写要重新处理的编号。"), "例：/送达 重放 E-3")
	}
	d, ok, err := bot.GetDeadLetter(r.Tx, no)
	if err != nil {
		return err
	}
	if !ok {
		return store.Errorf("没有 E-%d。", no)
	}
	if err := r.Replay(ctx, d); err != nil {
		return err
	}
	return r.Replyf("E-%d 已重新处理，结果已回复给当时发消息的人。", no)
}
