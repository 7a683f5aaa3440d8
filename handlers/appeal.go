package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/notice"
	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

const (
	appealExample = "例：/申诉 X37-2 当时在三楼会议室开会"
	decideExample = "例：/申诉 处理 A3 采纳 经核实当时在开会"
	appealListens = 30 * time.Minute
)

// deciders are the office and the discipline team.
var deciders = bot.Roles(people.Office, people.Inspector)

func appeals(d Deps) *bot.Command {
	return &bot.Command{
		Name: "申诉", Aliases: []string{"appeal"}, Summary: "对通报里的记录提出申诉",
		Usage: []string{"/申诉", "/申诉 <记录号> <理由>"}, Examples: []string{appealExample[len("例："):]},
		Allow: bot.Members(), Run: d.fileAppeal, Continue: d.continueAppeal,
		Subs: []*bot.Command{{
			Name: "收回", Usage: []string{"/申诉 收回 <申诉号>"}, Examples: []string{"/申诉 收回 A3"}, Allow: bot.Members(), Run: d.takeAppealBack,
		}, {
			Name: "查", Aliases: []string{"看"}, Usage: []string{"/申诉 查 <申诉号>"}, Examples: []string{"/申诉 查 A3"}, Allow: bot.Members(), Run: showAppeal,
		}, {
			Name: "处理", Usage: []string{"/申诉 处理 <申诉号> 采纳|驳回 <说明>"}, Examples: []string{decideExample[len("例："):]},
			Allow: deciders, Run: d.decideAppeal,
		}},
	}
}

// appealing is what a dialog about an appeal still needs: the reason of one that is
// to be made, or the answer to one.
type appealing struct {
	patrol.Ref // the finding

	Decide int  `json:"decide,omitempty"` // the appeal
	Uphold bool `json:"uphold,omitempty"`
}

// mustBePrivate keeps appeals out of groups, but for the office's own.
func mustBePrivate(r *bot.Request) error {
	if !r.Msg.Group {
		return nil
	}
	g, _, err := people.GetGroup(r.Tx, string(r.Msg.Channel), string(r.Msg.Conv))
	if err == nil && g.Layer != people.OfficeLayer {
		err = store.Errorf("申诉请在与我的单聊里发，不用在群里说。")
	}
	return err
}

func (d Deps) fileAppeal(_ context.Context, r *bot.Request) error {
	if err := mustBePrivate(r); err != nil {
		return err
	}
	if r.Args.Len() == 0 {
		return listAppeals(r)
	}
	ref, ok := findingRef(r.Args.At(0))
	if !ok {
		return store.WithHint(store.Errorf("没看懂记录号“%s”。记录号在通报里，像 X37-2、J11-2。", r.Args.At(0)), appealExample)
	}
	is, err := appeal.IssueOf(r.Tx, ref)
	if err != nil {
		return store.WithHint(err, appealExample)
	}
	if r.Args.Len() == 1 {
		f, err := appeal.MayFile(r.Tx, r.Person, is, ref.Line)
		if err != nil {
			return err
		}
		if err := r.Ask(appealing{Ref: f.Ref}, appealListens); err != nil {
			return err
		}
		return r.Reply(report.AppealAsked(is, f))
	}
	return d.makeAppeal(r, is, ref.Line, r.Args.Rest(1))
}

// findingRef reads the number of a published finding.
func findingRef(word string) (patrol.Ref, bool) {
	no, ok := cmdline.ParseFinding(word)
	ref := patrol.Ref{Year: no.Year, Issue: no.Issue, Line: no.Line}
	if no.School {
		ref.Book = patrol.Schools
	}
	return ref, ok
}

func (d Deps) makeAppeal(r *bot.Request, is bulletin.Issue, line int, reason string) error {
	a, err := appeal.File(r.Tx, r.Person, is, line, reason)
	if err != nil {
		return store.WithHint(err, appealExample)
	}
	r.Tx.NoUndo() // it is on its way; it can be taken back with 收回
	if err := notice.AppealFiled(r.Tx, d.Push, a); err != nil {
		return err
	}
	body, err := report.Appeal(r.Tx, "申诉已收到", a)
	if err != nil {
		return err
	}
	return r.Reply(body.Para("已转办公室和纪检组，有结果会通知您。").Tap("收回", "/申诉 收回 "+a.ID()))
}

// continueAppeal takes the reason or the answer that was asked for.
func (d Deps) continueAppeal(_ context.Context, r *bot.Request, state json.RawMessage) error {
	var s appealing
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("read dialog: %w", err)
	}
	if err := r.EndDialog(); err != nil {
		return err
	}
	if s.Decide != 0 {
		a, err := appeal.Find(r.Tx, s.Decide)
		if err != nil {
			return err
		}
		return d.decide(r, a, s.Uphold, r.Msg.Text)
	}
	is, err := appeal.IssueOf(r.Tx, s.Ref)
	if err != nil {
		return err
	}
	return d.makeAppeal(r, is, s.Line, r.Msg.Text)
}

func listAppeals(r *bot.Request) error {
	made, err := appeal.Of(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	waiting, err := appeal.Waiting(r.Tx, r.Person)
	if err != nil {
		return err
	}
	return r.Reply(report.Appeals(made, waiting))
}

// appealNo reads the number of an appeal that the person has to do with; of any
// other they do not learn that there is one.
func appealNo(r *bot.Request, example string) (appeal.Appeal, error) {
	if err := mustBePrivate(r); err != nil {
		return appeal.Appeal{}, err
	}
	_, no, ok := cmdline.ParseNo(r.Args.At(0), "a")
	if !ok {
		return appeal.Appeal{}, store.WithHint(store.Errorf("请写申诉号。"), example)
	}
	a, err := appeal.Find(r.Tx, no)
	if err == nil && !a.Sees(r.Person) {
		err = store.Errorf("没有申诉 A%d。", no)
	}
	return a, err
}

func showAppeal(_ context.Context, r *bot.Request) error {
	a, err := appealNo(r, "例：/申诉 查 A3")
	if err != nil {
		return err
	}
	var b chat.Body
	switch {
	case a.State == appeal.Open && appeal.MayDecide(r.Person, a) == nil:
		b, err = report.AppealToDecide(r.Tx, a)
	case a.State == appeal.Open || a.State == appeal.Taken:
		b, err = report.Appeal(r.Tx, "申诉（"+a.State.Title()+"）", a)
	default:
		b, err = report.AppealDecided(r.Tx, a)
	}
	if err != nil {
		return err
	}
	return r.Reply(b)
}

func (d Deps) decideAppeal(_ context.Context, r *bot.Request) error {
	a, err := appealNo(r, decideExample)
	if err != nil {
		return err
	}
	word, rest := r.Args.From(1).Cut("采纳", "驳回")
	if word == "" {
		return store.WithHint(store.Errorf("请写 采纳 或 驳回。"), decideExample)
	}
	if rest.Len() > 0 {
		return d.decide(r, a, word == "采纳", rest.Rest(0))
	}
	if a.State != appeal.Open {
		return r.Replyf("申诉 %s 已经%s。", a.ID(), a.State.Title())
	}
	if err := appeal.MayDecide(r.Person, a); err != nil {
		return err
	}
	if err := r.Ask(appealing{Decide: a.No, Uphold: word == "采纳"}, appealListens); err != nil {
		return err
	}
	return r.Replyf("%s申诉 %s：请直接写一句说明，会告诉申诉人和有关同志。不写就不处理。", word, a.ID())
}

func (d Deps) decide(r *bot.Request, a appeal.Appeal, uphold bool, answer string) error {
	a, err := appeal.Decide(r.Tx, r.Person, a, uphold, answer)
	if err != nil {
		return store.WithHint(err, decideExample)
	}
	r.Tx.NoUndo()
	b, err := report.AppealDecided(r.Tx, a)
	if err != nil {
		return err
	}
	if err := notice.AppealEnded(r.Tx, d.Push, a, r.Person.ID, b); err != nil {
		return err
	}
	return r.Reply(b)
}

func (d Deps) takeAppealBack(_ context.Context, r *bot.Request) error {
	a, err := appealNo(r, "例：/申诉 收回 A3")
	if err != nil {
		return err
	}
	if a, err = appeal.TakeBack(r.Tx, r.Person.ID, a); err != nil {
		return err
	}
	r.Tx.NoUndo()
	if _, err := d.Push.Layer(r.Tx, people.OfficeLayer, chat.Text(fmt.Sprintf("申诉 %s（记录 %s）已由本人收回，不用处理了。", a.ID(), a.Finding()))); err != nil {
		return err
	}
	return r.Replyf("申诉 %s 已收回。在申诉期内还可以再提。", a.ID())
}

// appealsWaiting are the appeals that a person may decide.
func appealsWaiting(tx *store.Tx, p people.Person) ([]waitingItem, error) {
	open, err := appeal.Waiting(tx, p)
	var out []waitingItem
	for _, a := range open {
		line := report.AppealLine(a)
		line.Strong = "申诉 " + line.Strong
		out = append(out, waitingItem{line, chat.Action{Label: "看 " + a.ID(), Send: "/申诉 查 " + a.ID()}})
	}
	return out, err
}
