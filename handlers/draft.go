package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// officials are the people drafts are a matter of: everyone but the schools.
var officials = bot.Roles(people.Leader, people.Head, people.Staff, people.Office, people.Inspector)

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
			{Name: "归档", Usage: []string{"/文稿 归档 <号>"}, Examples: []string{"/文稿 归档 31"}, Allow: officials, Run: d.file},
			{Name: "撤", Aliases: []string{"撤销"}, Usage: []string{"/文稿 撤 <号> [<理由>]"}, Examples: []string{"/文稿 撤 31 不再需要"}, Allow: officials, Run: d.withdraw},
		},
	}
}

func myDrafts(_ context.Context, r *bot.Request) error {
	if r.Args.Len() > 0 {
		return store.WithHint(store.Errorf("没有看懂“%s”。要查文稿请加“查”。", r.Args.At(0)), "例：/文稿 查 "+r.Args.At(0))
	}
	w, err := report.NewDrafts(r.Tx)
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
	// What is at one's desk is not listed twice, what has ended not for good.
	written = slices.DeleteFunc(written, func(d draft.Draft) bool { return d.Holder == r.Person.ID || d.Stage.Ended() })
	return r.Reply(w.Desk(held, written))
}

func findDraft(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return store.WithHint(store.Errorf("请写文稿的编号或标题里的词。"), "例：/文稿 查 31")
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	if year, no, ok := cmdline.ParseNo(r.Args.At(0), "W"); ok {
		d, err := draft.Find(r.Tx, year, no)
		if err != nil {
			return err
		}
		return r.Reply(w.Chain(d, r.Person))
	}
	words := r.Args.Words()
	found, err := draft.Search(r.Tx, words)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return r.Reply(w.Chain(found[0], r.Person))
	}
	return r.Reply(w.Found(words, found))
}

func newDraft(_ context.Context, r *bot.Request) error {
	title, major, due, err := draftWords(r.Args, calendar.Day(r.Tx.Today()))
	if err != nil {
		return err
	}
	d, err := draft.New(r.Tx, r.Person, title, major, due)
	if err != nil {
		return store.WithHint(err, "例：/文稿 新 关于做好冬季校园安全工作的通知 期限 周五")
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	return r.Reply(w.Saved(d, "已建立").Tap("交下一环节", fmt.Sprintf("/文稿 交 %d", d.No)).Tap("撤回", "/撤回"))
}

// draftWords takes “重大” and “期限 <日期>” off the end of what follows 新; the rest
// is the title, as typed.
func draftWords(args cmdline.Args, today calendar.Day) (title string, major bool, due calendar.Day, err error) {
	n := args.Len()
	title = args.Rest(0)
	for n > 0 {
		word := args.At(n - 1)
		switch {
		case word == "重大" && n > 1:
			major = true
			n--
		case n > 2 && args.At(n-2) == "期限":
			if due, err = calendar.ParseFuture(word, today); err != nil {
				return "", false, "", err
			}
			n -= 2
		default:
			return strings.TrimSpace(strings.TrimSuffix(title, args.Rest(n))), major, due, nil
		}
	}
	return "", major, due, nil
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

func (d Deps) handOn(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 交 31")
	if err != nil {
		return err
	}
	note := r.Args.Rest(1)
	var to *people.Person
	if word, rest := r.Args.From(1).Cut("给"); word != "" {
		if rest.Len() == 0 {
			return store.WithHint(store.Errorf("请写交给谁。"), fmt.Sprintf("例：/文稿 交 %d 给 姓名", doc.No))
		}
		p, err := people.Find(r.Tx, rest.At(0), "")
		if err != nil {
			return err
		}
		to, note = &p, rest.Rest(1)
	}
	moved, err := draft.HandOn(r.Tx, doc, r.Person, to, note)
	var choice *draft.NeedsChoice
	if errors.As(err, &choice) {
		return r.Reply(choiceBody(doc, choice))
	}
	return d.moved(r, moved, err, "已交", note)
}

// choiceMax is how many people are offered for a tap.
const choiceMax = 8

func choiceBody(doc draft.Draft, c *draft.NeedsChoice) chat.Body {
	b := chat.Text(c.Reason)
	for _, p := range c.Candidates[:min(len(c.Candidates), choiceMax)] {
		b = b.Tap(p.Name+" "+p.Post, fmt.Sprintf("/文稿 交 %d 给 %s", doc.No, p.ID))
	}
	return b.Para(fmt.Sprintf("或发：/文稿 交 %d 给 姓名", doc.No))
}

// moved answers whoever moved a draft and tells its new holder.
func (d Deps) moved(r *bot.Request, doc draft.Draft, err error, what, note string) error {
	if err != nil {
		return err
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	if doc.Holder != "" && doc.Holder != r.Person.ID {
		if _, err := d.Push.Person(r.Tx, doc.Holder, push.Notice, w.HandedOn(doc, r.Person, note)); err != nil {
			return err
		}
	}
	return r.Reply(w.Saved(doc, what).Tap("撤回", "/撤回"))
}

func (d Deps) sendBack(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 退 31 第二段数据请核实")
	if err != nil {
		return err
	}
	reason := r.Args.Rest(1)
	doc, err = draft.SendBack(r.Tx, doc, r.Person, reason)
	return d.moved(r, doc, err, "已退回", reason)
}

func (d Deps) passOver(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 转 31 姓名")
	if err != nil {
		return err
	}
	_, rest := r.Args.From(1).Cut("给")
	if rest.Len() == 0 {
		return store.WithHint(store.Errorf("请写转给谁。"), fmt.Sprintf("例：/文稿 转 %d 姓名", doc.No))
	}
	to, err := people.Find(r.Tx, rest.At(0), "")
	if err != nil {
		return err
	}
	doc, err = draft.PassOver(r.Tx, doc, r.Person, to, rest.Rest(1))
	return d.moved(r, doc, err, "已转", rest.Rest(1))
}

func (d Deps) consult(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 会商 31 同意")
	if err != nil {
		return err
	}
	word, rest := r.Args.From(1).Cut("同意", "意见")
	if word == "" {
		return store.WithHint(store.Errorf("请写“同意”，或者“意见”和内容。"), fmt.Sprintf("例：/文稿 会商 %d 意见 第三条请再斟酌", doc.No))
	}
	if doc, err = draft.Say(r.Tx, doc, r.Person, word == "同意", rest.Rest(0)); err != nil {
		return err
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	return r.Reply(w.Chain(doc, r.Person))
}

func (d Deps) nudge(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 催 31")
	if err != nil {
		return err
	}
	if doc.Stage.Ended() {
		return store.Errorf("%s %s，不用催了。", doc.ID(), doc.Stage)
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	reached, err := d.Push.Person(r.Tx, doc.Holder, push.Reminder, w.Nudge(doc, r.Person))
	if err != nil {
		return err
	}
	if !reached {
		return store.Errorf("%s 的持有人没有可用的聊天账号，请当面或打电话问。", doc.ID())
	}
	return r.Reply(chat.Body{Blocks: []chat.Block{{Lines: []chat.Line{w.Line(doc), {Text: "已提醒持有人。"}}}}})
}

func (d Deps) file(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 归档 31")
	if err != nil {
		return err
	}
	if doc.Stage != draft.Proofreading && !doc.Stage.Ended() {
		return store.Errorf("%s 还在%s，校对之后才能归档。", doc.ID(), doc.Stage)
	}
	doc, err = draft.HandOn(r.Tx, doc, r.Person, nil, r.Args.Rest(1))
	return d.moved(r, doc, err, "手续已齐", "")
}

func (d Deps) withdraw(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 撤 31 不再需要")
	if err != nil {
		return err
	}
	doc, err = draft.Withdraw(r.Tx, doc, r.Person, r.Args.Rest(1))
	return d.moved(r, doc, err, "文稿已撤", "")
}
