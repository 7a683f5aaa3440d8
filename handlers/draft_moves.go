package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

func (d Deps) handOn(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 交 31")
	if err != nil {
		return err
	}
	note := r.Args.Rest(1)
	var to *people.Person
	if word, rest := r.Args.From(1).Cut("给"); word != "" {
		p, more, err := personAndNote(r, rest)
		if err != nil {
			return store.WithHint(err, fmt.Sprintf("例：/文稿 交 %d 给 姓名 请审核", doc.No))
		}
		to, note = &p, more
	}
	moved, err := draft.HandOn(r.Tx, doc, r.Person, to, note)
	var choice *draft.NeedsChoice
	if errors.As(err, &choice) {
		return r.Reply(choiceBody(doc, choice, note))
	}
	what := "已交"
	if moved.Stage.Ended() {
		what = string(moved.Stage)
	}
	return d.moved(r, doc, moved, err, what, note)
}

// personAndNote reads a name and what follows it, also right behind a comma:
// “刘玉欣，请签发”.
func personAndNote(r *bot.Request, args cmdline.Args) (people.Person, string, error) {
	text := strings.TrimPrefix(args.Rest(0), "@")
	pause := func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("，,；;：:。、", c) }
	name, note := text, ""
	if end := strings.IndexFunc(text, pause); end >= 0 {
		name, note = text[:end], strings.TrimLeftFunc(text[end:], pause)
	}
	if name = cmdline.Tokenize(name).At(0); name == "" {
		return people.Person{}, "", store.Errorf("请写姓名。")
	}
	p, err := people.Find(r.Tx, name, "")
	return p, note, err
}

// choiceMax is how many people are offered for a tap.
const choiceMax = 8

func choiceBody(doc draft.Draft, c *draft.NeedsChoice, note string) chat.Body {
	b := chat.Text(c.Reason)
	for _, p := range c.Candidates[:min(len(c.Candidates), choiceMax)] {
		line := fmt.Sprintf("/文稿 交 %s 给 %s %s", doc.ID(), p.ID, note)
		b = b.Tap(p.Name+" "+p.Post, strings.TrimSpace(line))
	}
	return b.Para(fmt.Sprintf("或发：/文稿 交 %d 给 姓名", doc.No))
}

// moved answers whoever moved a draft, and tells its new holder and those who
// would otherwise look for it: the holder it was taken from, and its writer once
// it has ended.
func (d Deps) moved(r *bot.Request, before, doc draft.Draft, err error, what, note string) error {
	if err != nil {
		return err
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	reply := w.Saved(doc, what)
	if doc.Holder != "" && doc.Holder != r.Person.ID {
		reached, err := d.Push.Person(r.Tx, doc.Holder, push.Notice, w.HandedOn(doc, r.Person, note))
		if err != nil {
			return err
		}
		if !reached {
			reply = reply.Strong("", "对方没有可用的聊天账号，请当面或打电话告知。")
		}
	}
	others := []people.ID{before.Holder}
	if doc.Stage.Ended() && doc.Writer != before.Holder {
		others = append(others, doc.Writer)
	}
	for _, id := range others {
		if id == r.Person.ID || id == doc.Holder {
			continue
		}
		if _, err := d.Push.Person(r.Tx, id, push.Notice, w.TakenAway(doc, r.Person, note)); err != nil {
			return err
		}
	}
	if doc.Stage == draft.Consultation && before.Stage == draft.SecondReview {
		if err := d.inviteVoices(r, w, doc); err != nil {
			return err
		}
	}
	return r.Reply(reply.Tap("撤回", "/撤回"))
}

// inviteVoices asks the writer of a major draft for its outline, and the office
// for its opinion.
func (d Deps) inviteVoices(r *bot.Request, w report.Drafts, doc draft.Draft) error {
	if doc.Writer != doc.Holder {
		if _, err := d.Push.Person(r.Tx, doc.Writer, push.Notice, w.AskOutline(doc)); err != nil {
			return err
		}
	}
	_, err := d.Push.Layer(r.Tx, people.OfficeLayer, w.AskVoices(doc))
	return err
}

func (d Deps) sendBack(_ context.Context, r *bot.Request) error {
	before, err := numbered(r, "/文稿 退 31 第二段数据请核实")
	if err != nil {
		return err
	}
	reason := r.Args.Rest(1)
	doc, err := draft.SendBack(r.Tx, before, r.Person, reason)
	return d.moved(r, before, doc, store.WithHint(err, fmt.Sprintf("例：/文稿 退 %d 第二段数据请核实", before.No)), "已退回", reason)
}

func (d Deps) passOver(_ context.Context, r *bot.Request) error {
	before, err := numbered(r, "/文稿 转 31 姓名")
	if err != nil {
		return err
	}
	_, rest := r.Args.From(1).Cut("给")
	to, note, err := personAndNote(r, rest)
	if err != nil {
		return store.WithHint(err, fmt.Sprintf("例：/文稿 转 %d 姓名", before.No))
	}
	doc, err := draft.PassOver(r.Tx, before, r.Person, to, note)
	return d.moved(r, before, doc, err, "已转", note)
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
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	if doc.Holder != r.Person.ID {
		if _, err := d.Push.Person(r.Tx, doc.Holder, push.Notice, w.VoiceHeard(doc)); err != nil {
			return err
		}
	}
	return r.Reply(w.Voices(doc).Tap("撤回", "/撤回"))
}

func (d Deps) nudge(_ context.Context, r *bot.Request) error {
	doc, err := numbered(r, "/文稿 催 31")
	if err != nil {
		return err
	}
	if err := draft.Nudge(r.Tx, doc, r.Person); err != nil {
		return err
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
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
	return r.Reply(w.Nudged(doc))
}

// blame notes a mistake that was found.
func (d Deps) blame(_ context.Context, r *bot.Request) error {
	const example = "/文稿 差错 31 校对 附件页码有误"
	doc, err := numbered(r, example)
	if err != nil {
		return err
	}
	var stages []string
	for _, s := range draft.Stages {
		stages = append(stages, string(s))
	}
	word, rest := r.Args.From(1).Cut(append(stages, "审核", "核稿")...)
	switch word {
	case "":
		return store.WithHint(store.Errorf("请写是哪个环节：%s。", strings.Join(stages, "、")), "例："+example)
	case "审核":
		word = string(draft.FirstReview)
	case "核稿":
		word = string(draft.SecondReview)
	}
	doc, err = draft.Blame(r.Tx, doc, r.Person, draft.Stage(word), rest.Rest(0))
	if err != nil {
		return store.WithHint(err, "例："+example)
	}
	w, err := report.NewDrafts(r.Tx, r.Person)
	if err != nil {
		return err
	}
	f := doc.Faults[len(doc.Faults)-1]
	if f.Holder != r.Person.ID {
		if _, err := d.Push.Person(r.Tx, f.Holder, push.Notice, w.FaultToHolder(doc, f)); err != nil {
			return err
		}
	}
	return r.Reply(w.FaultSaved(doc, f).Tap("撤回", "/撤回"))
}

func (d Deps) file(_ context.Context, r *bot.Request) error {
	before, err := numbered(r, "/文稿 归档 31")
	if err != nil {
		return err
	}
	doc, err := draft.File(r.Tx, before, r.Person, r.Args.Rest(1))
	return d.moved(r, before, doc, err, "已归档", r.Args.Rest(1))
}

func (d Deps) withdraw(_ context.Context, r *bot.Request) error {
	before, err := numbered(r, "/文稿 撤 31 不再需要")
	if err != nil {
		return err
	}
	doc, err := draft.Withdraw(r.Tx, before, r.Person, r.Args.Rest(1))
	return d.moved(r, before, doc, err, "已撤销", r.Args.Rest(1))
}
