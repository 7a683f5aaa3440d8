package handlers

import (
	"context"
	"errors"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/notice"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

func bulletins(d Deps) *bot.Command {
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "通报", Aliases: []string{"bulletin"}, Summary: "《机关巡查信息》",
		Usage: []string{"/通报 [<日期>|第<n>期] [图片|Word|PDF]"}, Examples: []string{"/通报", "/通报 第3期", "/通报 昨天 PDF"},
		Allow: officials, Run: d.showBulletin,
		Subs: []*bot.Command{
			{Name: "预览", Usage: []string{"/通报 预览"}, Examples: []string{"/通报 预览"}, Allow: office, Run: previewBulletin},
			{Name: "发布", Usage: []string{"/通报 发布"}, Examples: []string{"/通报 发布"}, Allow: office, Run: d.publishBulletin},
			{Name: "暂缓", Usage: []string{"/通报 暂缓"}, Examples: []string{"/通报 暂缓"}, Allow: office, Run: holdBulletin},
			{Name: "恢复", Usage: []string{"/通报 恢复"}, Examples: []string{"/通报 恢复"}, Allow: office, Run: resumeBulletin},
			{Name: "更正", Usage: []string{"/通报 更正 第<n>期 <内容>"}, Examples: []string{"/通报 更正 第3期 X3-2 经核实为公差，予以更正"}, Allow: office, Run: d.correctBulletin},
			{Name: "撤回", Usage: []string{"/通报 撤回 [第<n>期] <理由>"}, Examples: []string{"/通报 撤回 第3期 数据有误"}, Allow: office, Run: d.recallBulletin},
		},
	}
}

// showBulletin shows an issue: in full in the direct chat of those who may see
// it so, in its public form everywhere else.
func (d Deps) showBulletin(_ context.Context, r *bot.Request) error {
	form, args := formAt(r.Args)
	b, err := askedBulletin(r, args)
	if err != nil {
		return err
	}
	full := d.seesNames(r)
	return inForm(r, form, "/通报 "+b.Number(),
		func() (chat.Body, error) { return report.BulletinOnFile(r.Tx, b, full) },
		func() (document.Document, error) { return report.BulletinDocumentOnFile(r.Tx, b, full) })
}

// inForm answers with something published in the form that was asked for: its
// message, with a tap for each other form, or its paper. again is the line that asks
// for it, without a form.
func inForm(r *bot.Request, form report.Form, again string, message func() (chat.Body, error), paper func() (document.Document, error)) error {
	if form == "" {
		body, err := message()
		if err != nil {
			return err
		}
		for _, f := range report.Forms {
			body = body.Tap(string(f), again+" "+string(f))
		}
		return r.Reply(body)
	}
	doc, err := paper()
	if err != nil {
		return err
	}
	body, err := report.Render(chat.Body{}, doc, form)
	if err != nil {
		return err
	}
	return r.Reply(body)
}

// formAt takes the form off the end of what is asked for; "" is the message.
func formAt(args cmdline.Args) (report.Form, cmdline.Args) {
	if n := args.Len(); n > 0 {
		if f, ok := report.ParseForm(args.At(n - 1)); ok {
			return f, args.Until(n - 1)
		}
	}
	return "", args
}

// seesNames says whether what was published is shown in full: in the direct chat of
// those who may see it so.
func (d Deps) seesNames(r *bot.Request) bool {
	return d.namesPublic() || !r.Msg.Group && r.Person.Has(people.Leader, people.Office, people.Inspector)
}

// namesPublic says whether the groups see the names in findings.
func (d Deps) namesPublic() bool { return d.PublicFindings == "name" }

const askBulletinExample = "例：/通报 第3期，或 /通报 昨天"

func askedBulletin(r *bot.Request, args cmdline.Args) (bulletin.Bulletin, error) {
	if args.Len() == 0 {
		b, ok, err := bulletin.Latest(r.Tx)
		if err == nil && !ok {
			err = store.Errorf("还没有发布过《%s》。", bulletin.Title)
		}
		return b, err
	}
	word := args.Rest(0)
	if year, no, ok := cmdline.ParseIssueNo(word); ok {
		return bulletin.Get(r.Tx, year, no)
	}
	day, err := calendar.ParsePast(word, calendar.Day(r.Tx.Today()))
	if err != nil {
		return bulletin.Bulletin{}, store.WithHint(err, askBulletinExample)
	}
	b, ok, err := bulletin.OfDay(r.Tx, day)
	if err != nil || ok {
		return b, err
	}
	gone, err := bulletin.RecalledOn(r.Tx, day)
	if err == nil && len(gone) > 0 {
		no := gone[len(gone)-1].No
		err = store.Errorf("%s的第%d期已撤回，没有重新发布。看撤回的：/通报 第%d期", day.Short(), no, no)
	} else if err == nil {
		err = store.Errorf("%s没有发布通报。", day.Short())
	}
	return b, err
}

// today refuses words behind a command that is about today's bulletin alone.
func today(r *bot.Request) (calendar.Day, error) {
	if r.Args.Len() > 0 {
		return "", store.WithHint(store.Errorf("只能处理今天的通报，后面不用写“%s”。", r.Args.At(0)), "看以前的："+askBulletinExample)
	}
	return calendar.Day(r.Tx.Today()), nil
}

func previewBulletin(_ context.Context, r *bot.Request) error {
	day, err := today(r)
	if err != nil {
		return err
	}
	if b, ok, err := bulletin.OfDay(r.Tx, day); err != nil {
		return err
	} else if ok {
		return store.Errorf("今天的通报已发布（%s）。发 /通报 查看。", b.Number())
	}
	p, err := report.NewPreview(r.Tx, day)
	if err != nil {
		return err
	}
	return replyPreview(r, p)
}

// replyPreview shows a preview, which has names in it, to the office alone.
func replyPreview(r *bot.Request, p chat.Body) error {
	g, _, err := people.GetGroup(r.Tx, string(r.Msg.Channel), string(r.Msg.Conv))
	if err != nil {
		return err
	}
	if !r.Msg.Group || g.Layer == people.OfficeLayer {
		return r.Reply(p)
	}
	if err := r.ReplyPrivately(p); err != nil {
		return err
	}
	return r.Replyf("预览里有姓名，已单独发给您。")
}

func (d Deps) publishBulletin(_ context.Context, r *bot.Request) error {
	day, err := today(r)
	if err != nil {
		return err
	}
	b, sent, err := notice.PublishBulletin(r.Tx, d.Push, bulletin.How{Day: day, By: r.Person.ID, Forced: true}, d.namesPublic())
	switch {
	case errors.Is(err, bulletin.ErrPublished):
		return store.Errorf("今天的通报已经发布，不会再发一次。发 /通报 查看。")
	case errors.Is(err, bulletin.ErrNoPatrol):
		return store.Errorf("今天没有巡查记录，没有可发布的通报。")
	case err != nil:
		return err
	}
	return r.Reply(report.BulletinOut(b, sent.Groups, sent.People))
}

func holdBulletin(_ context.Context, r *bot.Request) error {
	day, err := today(r)
	if err != nil {
		return err
	}
	if err := bulletin.Hold(r.Tx, day, r.Person.ID); err != nil {
		return err
	}
	return r.Reply(report.BulletinHold(day, true))
}

func resumeBulletin(_ context.Context, r *bot.Request) error {
	day, err := today(r)
	if err != nil {
		return err
	}
	if err := bulletin.Resume(r.Tx, day); err != nil {
		return err
	}
	return r.Reply(report.BulletinHold(day, false))
}

func (d Deps) correctBulletin(_ context.Context, r *bot.Request) error {
	const example = "例：/通报 更正 第3期 X3-2 经核实为公差，予以更正"
	year, no, ok := cmdline.ParseIssueNo(r.Args.At(0))
	if !ok {
		return store.WithHint(store.Errorf("请写更正哪一期。"), example)
	}
	b, err := bulletin.Get(r.Tx, year, no)
	if err != nil {
		return err
	}
	text := r.Args.Rest(1)
	if err := bulletin.Correct(r.Tx, b, r.Person.ID, text, d.namesPublic()); err != nil {
		return store.WithHint(err, example)
	}
	return r.Reply(report.CorrectionSaved(b, text))
}
