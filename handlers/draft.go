package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// officials are the people of the commission and its affiliated units: everyone
// but the schools, whose principals are heads of units, too.
var officials = bot.Roles(people.Leader, people.Head, people.Staff, people.Office, people.Inspector).
	But(people.Principal, people.Teacher)

func drafts(d Deps) *bot.Command {
	return &bot.Command{
		Name: "文稿", Aliases: []string{"draft"}, Summary: "文稿在哪个环节、在谁手上、几天了",
		Usage:    []string{"/文稿　我手上的和我拟的"},
		Examples: []string{"/文稿"},
		Allow:    officials,
		Run:      myDrafts,
		Subs: []*bot.Command{
			{Name: "查", Aliases: []string{"看"}, Usage: []string{"/文稿 查 <号或关键词>"}, Examples: []string{"/文稿 查 31", "/文稿 查 安全"}, Allow: officials, Run: findDraft},
			{Name: "新", Aliases: []string{"新建"}, Usage: []string{"/文稿 新 <标题> [重大] [期限 <日期>]"}, Examples: []string{"/文稿 新 关于做好冬季校园安全工作的通知 期限 周五"}, Allow: officials, Run: newDraft},
			{Name: "交", Usage: []string{"/文稿 交 <号> [给 <姓名>] [<说明>]"}, Examples: []string{"/文稿 交 31", "/文稿 交 31 给 姓名 请审核"}, Allow: officials, Run: d.handOn},
			{Name: "退", Aliases: []string{"退回"}, Usage: []string{"/文稿 退 <号> <理由>"}, Examples: []string{"/文稿 退 31 第二段数据请核实"}, Allow: officials, Run: d.sendBack},
			{Name: "转", Usage: []string{"/文稿 转 <号> <姓名> [<说明>]"}, Examples: []string{"/文稿 转 31 姓名"}, Allow: officials, Run: d.passOver},
			{Name: "会商", Usage: []string{"/文稿 会商 <号> 同意|意见 <内容>"}, Examples: []string{"/文稿 会商 31 同意"}, Allow: officials, Run: d.consult},
			{Name: "催", Usage: []string{"/文稿 催 <号>"}, Examples: []string{"/文稿 催 31"}, Allow: officials, Run: d.nudge},
			{Name: "差错", Usage: []string{"/文稿 差错 <号> <环节> <内容>"}, Examples: []string{"/文稿 差错 31 校对 附件页码有误"}, Allow: officials, Run: d.blame},
			{Name: "归档", Usage: []string{"/文稿 归档 <号>"}, Examples: []string{"/文稿 归档 31"}, Allow: officials, Run: d.file},
			{Name: "撤", Aliases: []string{"撤销"}, Usage: []string{"/文稿 撤 <号> [<理由>]"}, Examples: []string{"/文稿 撤 31 不再需要"}, Allow: officials, Run: d.withdraw},
		},
	}
}

// myDrafts lists one's own drafts; with a number or a word it looks for one.
func myDrafts(ctx context.Context, r *bot.Request) error {
	if r.Args.Len() > 0 {
		return findDraft(ctx, r)
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	held, err := draft.HeldBy(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	written, err := draft.WrittenBy(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	// What is at one's desk is not listed twice.
	written = slices.DeleteFunc(written, func(d draft.Draft) bool { return d.Holder == r.Person.ID })
	return r.Reply(w.Desk(held, written))
}

func findDraft(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return store.WithHint(store.Errorf("请写文稿的编号或标题里的词。"), "例：/文稿 查 31")
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	var found []draft.Draft
	if year, no, ok := cmdline.ParseNo(r.Args.At(0), "W"); ok && r.Args.Len() == 1 {
		if found, err = draft.Numbered(r.Tx, year, no); err != nil {
			return err
		}
	}
	if len(found) == 0 { // a number may stand in a title, too
		if found, err = draft.Search(r.Tx, r.Args.Words()); err != nil {
			return err
		}
	}
	if len(found) == 1 {
		return r.Reply(w.Chain(found[0], r.Person))
	}
	return r.Reply(w.Found(r.Args.Words(), found))
}

const newDraftExample = "例：/文稿 新 关于做好冬季校园安全工作的通知 期限 周五"

func newDraft(_ context.Context, r *bot.Request) error {
	title, major, due, err := draftWords(r.Args, calendar.Day(r.Tx.Today()))
	if err != nil {
		return store.WithHint(err, newDraftExample)
	}
	if word := gluedWord(r, title); word != "" {
		whole := word + r.Args.Rest(0)
		return r.Reply(chat.Text(fmt.Sprintf("是要新建《%s》，还是查“%s”？", title, whole)).
			Tap("新建", "/文稿 新 "+r.Args.Rest(0)).Tap("查", "/文稿 查 "+whole))
	}
	d, err := draft.New(r.Tx, r.Person, title, major, due)
	if err != nil {
		return store.WithHint(err, newDraftExample)
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	return r.Reply(w.Created(d))
}

// gluedWord is the 新 that was typed without a space before the title: “新学期工作”
// may be a title to look for as well.
func gluedWord(r *bot.Request, title string) string {
	for _, word := range []string{"新建", "新"} {
		if title != "" && strings.Contains(r.Msg.Text, word+title) {
			return word
		}
	}
	return ""
}

// draftWords takes “重大” and “期限 <日期>” off the end of what follows 新; the rest
// is the title, as typed.
func draftWords(args cmdline.Args, today calendar.Day) (title string, major bool, due calendar.Day, err error) {
	n := args.Len()
	for n > 1 {
		word, took := args.At(n-1), 0
		date, glued := strings.CutPrefix(word, "期限")
		switch {
		case word == "重大":
			major, took = true, 1
		case glued && date != "":
			took = 1
		case n > 2 && strings.TrimSuffix(args.At(n-2), ":") == "期限":
			date, glued, took = word, true, 2
		}
		if took == 0 {
			break
		}
		if glued {
			date = strings.TrimSuffix(strings.TrimLeft(date, ":"), "前")
			if due, err = calendar.ParseFuture(date, today); err != nil {
				return "", false, "", err
			}
		}
		n -= took
	}
	title = strings.TrimSpace(strings.TrimSuffix(args.Rest(0), args.Rest(n)))
	return title, major, due, nil
}

// numbered reads the draft a command begins with.
func numbered(r *bot.Request, example string) (draft.Draft, error) {
	if r.Args.Len() == 0 {
		return draft.Draft{}, store.WithHint(store.Errorf("请写文稿的编号。"), "例："+example)
	}
	year, no, ok := cmdline.ParseNo(r.Args.At(0), "W")
	if !ok {
		return draft.Draft{}, store.WithHint(store.Errorf("“%s”不是文稿的编号。", r.Args.At(0)), "例："+example)
	}
	return draft.Find(r.Tx, year, no)
}
