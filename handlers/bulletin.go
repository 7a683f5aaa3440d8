package handlers

import (
	"context"
	"errors"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/notice"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

func bulletins(d Deps) *bot.Command {
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "通报", Aliases: []string{"bulletin"}, Summary: "《机关巡查信息》",
		Usage: []string{"/通报 [<日期>|第<n>期]"}, Examples: []string{"/通报", "/通报 第3期", "/通报 昨天"},
		Allow: officials, Run: d.showBulletin,
		Subs: []*bot.Command{
			{Name: "预览", Usage: []string{"/通报 预览"}, Examples: []string{"/通报 预览"}, Allow: office, Run: previewBulletin},
			{Name: "发布", Usage: []string{"/通报 发布"}, Examples: []string{"/通报 发布"}, Allow: office, Run: d.publishBulletin},
			{Name: "暂缓", Usage: []string{"/通报 暂缓"}, Examples: []string{"/通报 暂缓"}, Allow: office, Run: holdBulletin(true)},
			{Name: "恢复", Usage: []string{"/通报 恢复"}, Examples: []string{"/通报 恢复"}, Allow: office, Run: holdBulletin(false)},
		},
	}
}

// showBulletin shows an issue: in full in the direct chat of those who may see
// it so, in its public form everywhere else.
func (d Deps) showBulletin(_ context.Context, r *bot.Request) error {
	b, err := askedBulletin(r)
	if err != nil {
		return err
	}
	full := d.PublicFindings == "name" || !r.Msg.Group && r.Person.Has(people.Leader, people.Office, people.Inspector)
	return r.Reply(report.Bulletin(b, full))
}

func askedBulletin(r *bot.Request) (bulletin.Bulletin, error) {
	if r.Args.Len() == 0 {
		b, ok, err := bulletin.Latest(r.Tx)
		if err == nil && !ok {
			err = store.Errorf("还没有发布过《%s》。", bulletin.Title)
		}
		return b, err
	}
	word := r.Args.At(0)
	if year, no, ok := cmdline.ParseIssueNo(word); ok {
		return bulletin.Get(r.Tx, year, no)
	}
	day, err := calendar.ParsePast(word, calendar.Day(r.Tx.Today()))
	if err != nil {
		return bulletin.Bulletin{}, store.WithHint(err, "例：/通报 第3期，或 /通报 昨天")
	}
	b, ok, err := bulletin.OfDay(r.Tx, day)
	if err == nil && !ok {
		err = store.Errorf("%s没有发布通报。", day.Short())
	}
	return b, err
}

func previewBulletin(_ context.Context, r *bot.Request) error {
	day := calendar.Day(r.Tx.Today())
	if b, ok, err := bulletin.OfDay(r.Tx, day); err != nil {
		return err
	} else if ok {
		return store.Errorf("今天的通报已发布（%s）。发 /通报 查看。", b.Number())
	}
	b, err := bulletin.Preview(r.Tx, day)
	if err != nil {
		return err
	}
	held, err := bulletin.Held(r.Tx, day)
	if err != nil {
		return err
	}
	return r.Reply(report.BulletinPreview(b, held))
}

func (d Deps) publishBulletin(_ context.Context, r *bot.Request) error {
	b, err := notice.PublishBulletin(r.Tx, d.Push, notice.Bulletin{
		Day: calendar.Day(r.Tx.Today()), By: r.Person.ID, Forced: true, Names: d.PublicFindings == "name",
	})
	if errors.Is(err, bulletin.ErrPublished) {
		return store.Errorf("今天的通报已经发布，不会再发一次。发 /通报 查看。")
	}
	if err != nil {
		return err
	}
	return r.Replyf("%s已发布，正在送到各群和有关同志。", b.Number())
}

func holdBulletin(held bool) func(context.Context, *bot.Request) error {
	return func(_ context.Context, r *bot.Request) error {
		day := calendar.Day(r.Tx.Today())
		if err := bulletin.Hold(r.Tx, day, r.Person.ID, held); err != nil {
			return err
		}
		return r.Reply(report.BulletinHold(day, held))
	}
}
