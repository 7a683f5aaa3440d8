package handlers

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

func surveys(d Deps) *bot.Command {
	office := bot.Roles(people.Office)
	return &bot.Command{
		Name: "问卷", Aliases: []string{"survey"}, Summary: "填写等您回答的问卷",
		Usage:    []string{"/问卷　等我填写的问卷", "/问卷 <号>　开始填写或接着填", "/问卷 <号> 改 <题号>　截止前改一题"},
		Examples: []string{"/问卷", "/问卷 7"},
		Allow:    bot.Members(), Run: d.survey, Continue: continueSurvey,
		Subs: []*bot.Command{
			{
				Name: "发", Usage: []string{"/问卷 发 <模板> <对象> <期限>"}, Allow: office, Run: d.planSurvey,
				Examples: []string{"/问卷 发 教育管理意见征集 校长 三天", "/问卷 发 教师培训需求 城区教师、师训科 11月26日 18:00"},
			},
			// These two are what the buttons of the answer to 发 send.
			{Name: "确认", Allow: office, Run: d.publishSurvey},
			{Name: "取消", Allow: office, Run: d.cancelSurvey},
			{Name: "进度", Usage: []string{"/问卷 进度 <号>"}, Allow: office, Run: surveyProgress},
			{Name: "催办", Usage: []string{"/问卷 催办 <号>"}, Allow: office, Run: d.remindSurvey},
			{Name: "结果", Usage: []string{"/问卷 结果 <号> [<题号>|表格]"}, Allow: office, Run: d.surveyResult},
			{Name: "扫码", Usage: []string{"/问卷 扫码 <号>　开会时扫码填写"}, Allow: office, Run: d.surveyCode},
			{Name: "截止", Usage: []string{"/问卷 截止 <号>"}, Allow: office, Run: d.closeSurvey},
		},
	}
}

// filling is the state of the dialog in which a survey is filled in; the answers
// are on the form, which the store keeps.
type filling struct {
	No uint64 `json:"no"`
}

// listens is how long after a question what is typed counts as its answer. The
// form itself is kept until the survey closes.
const listens = time.Hour

const surveyExample = "例：/问卷 7"

func surveyNo(word string) (uint64, error) {
	year, n, ok := cmdline.ParseNo(word, "S")
	if !ok || year != 0 {
		return 0, store.WithHint(store.Errorf("没有看懂“%s”，请写问卷的编号。", word), surveyExample)
	}
	return uint64(n), nil
}

// survey lists what waits for the person, or takes a survey by its number and
// does what the buttons of a question ask for.
func (d Deps) survey(_ context.Context, r *bot.Request) error {
	if r.Args.Len() == 0 {
		return listSurveys(r)
	}
	no, err := surveyNo(r.Args.At(0))
	if err != nil {
		return err
	}
	s, err := survey.Answerable(r.Tx, no, r.Person.ID)
	if err != nil {
		return err
	}
	if r.Msg.Group {
		return d.inviteAlone(r, s)
	}
	word, rest := r.Args.From(1).Cut("选好", "选", "改", "退", "停")
	if word == "" && r.Args.Len() > 1 {
		return store.WithHint(store.Errorf("没有看懂“%s”。", r.Args.At(1)), surveyExample+" 改 2")
	}
	if word == "停" {
		return pauseSurvey(r, s)
	}
	return fillIn(r, s, func(f *survey.Form) (bool, error) { return true, turnTo(f, s, word, rest) })
}

// turnTo does with a form what a word after the survey's number asks for.
func turnTo(f *survey.Form, s survey.Survey, word string, rest cmdline.Args) error {
	t := &s.Template
	n, letters := questionNo(rest.At(0))
	f.Steps = true
	switch word {
	case "改":
		return f.GoTo(t, n)
	case "退":
		return f.Back(t)
	case "选":
		return f.Pick(t, n, letters)
	case "选好":
		return f.PickDone(t, n)
	}
	return nil
}

// questionNo splits 2B into the question's number and the rest.
func questionNo(word string) (int, string) {
	n := 0
	for i, c := range word {
		if c < '0' || c > '9' || n > 999 {
			return n, word[i:]
		}
		n = n*10 + int(c-'0')
	}
	return n, ""
}

func listSurveys(r *bot.Request) error {
	waiting, answered, err := survey.Mine(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	b := report.MySurveys(waiting, answered, r.Tx.Now())
	if !r.Person.Has(people.Office) {
		return r.Reply(b)
	}
	running, err := survey.Current(r.Tx)
	if err != nil {
		return err
	}
	progress := make([]survey.Progress, len(running))
	for i, s := range running {
		if progress[i], err = s.Progress(r.Tx); err != nil {
			return err
		}
	}
	return r.Reply(report.RunningSurveys(b, running, progress, r.Tx.Now()))
}

// inviteAlone answers somebody who began in a group: a survey is filled in alone.
func (d Deps) inviteAlone(r *bot.Request, s survey.Survey) error {
	reached, err := d.Push.Person(r.Tx, r.Person.ID, push.Asked, report.SurveyInvitation(s))
	if err != nil {
		return err
	}
	if !reached {
		return r.Replyf("请在与我的单聊里发 /问卷 %d 填写。", s.No)
	}
	return r.Replyf("%s 已私发给您，请在单聊里填写。", s.ID())
}

// private sends what concerns an anonymous survey so that nothing of it is kept.
func private(s survey.Survey) []store.EnqueueOption {
	if s.Template.Anonymous {
		return []store.EnqueueOption{store.Ephemeral()}
	}
	return nil
}

// fillIn changes the person's form and goes on: with the next question, or by
// submitting the form when it is done. change says whether to go on at all.
func fillIn(r *bot.Request, s survey.Survey, change func(*survey.Form) (bool, error)) error {
	return discreetly(r, s, func() error {
		has, err := survey.HasForm(r.Tx, s, r.Person.ID)
		if err != nil {
			return err
		}
		f, err := survey.OpenForm(r.Tx, s, r.Person.ID)
		if err != nil {
			return err
		}
		submitted := !has && len(f.Answers) > 0 // the form shows the ballot
		on, err := change(&f)
		if err != nil {
			return err
		}
		if submitted && f.Steps && f.Done(&s.Template) {
			return showBallot(r, s) // nothing was changed, and no question asked for
		}
		if err := survey.SaveForm(r.Tx, s, r.Person.ID, f); err != nil || !on {
			return err
		}
		if f.Done(&s.Template) {
			return submit(r, s, f)
		}
		turn, _ := f.Turn(&s.Template)
		if err := r.Reply(report.SurveyQuestion(s, f, turn), private(s)...); err != nil {
			return err
		}
		return r.Ask(filling{No: s.No}, listens)
	})
}

// discreetly runs fn. In an anonymous survey a mistake is answered here and not
// by the engine, so that what was mistyped is not kept either.
func discreetly(r *bot.Request, s survey.Survey, fn func() error) error {
	if !s.Template.Anonymous {
		return fn()
	}
	err := r.Tx.Try(func(*store.Tx) error { return fn() })
	if mistake := userError(err); mistake != nil {
		return r.Reply(chat.Text(mistake.Error()), private(s)...)
	}
	return err
}

func showBallot(r *bot.Request, s survey.Survey) error {
	b, _, err := s.OwnBallot(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	return r.Reply(report.SurveySubmitted(s, b, true))
}

// submit makes the form a ballot and ends the dialog.
func submit(r *bot.Request, s survey.Survey, f survey.Form) error {
	code, err := survey.Submit(r.Tx, s, r.Person.ID, f)
	if err != nil {
		return err
	}
	if err := r.EndDialog(); err != nil {
		return err
	}
	if s.Template.Anonymous {
		return r.Reply(report.SurveyTaken(s, code), private(s)...)
	}
	if r.Msg.Group {
		return r.Replyf("%s 您的答卷已收到。要看要改请在单聊里发 /问卷 %d。", s.ID(), s.No)
	}
	b, _, err := s.OwnBallot(r.Tx, r.Person.ID)
	if err != nil {
		return err
	}
	return r.Reply(report.SurveySubmitted(s, b, false))
}

func pauseSurvey(r *bot.Request, s survey.Survey) error {
	if err := r.EndDialog(); err != nil {
		return err
	}
	return r.Reply(chat.Text("已保存。下次发 /问卷 "+s.ID()[1:]+" 接着填，"+s.ClosesAt.Format("1月2日 15:04")+" 截止。").
		Tap("接着填", "/问卷 "+s.ID()[1:]), private(s)...)
}

// continueSurvey takes what is typed after a question.
func continueSurvey(_ context.Context, r *bot.Request, raw json.RawMessage) error {
	state, err := bot.DialogState[filling](raw)
	if err != nil {
		return err
	}
	s, err := survey.Answerable(r.Tx, state.No, r.Person.ID)
	if mistake := userError(err); mistake != nil {
		// It closed meanwhile: what is typed next is no answer any more.
		if err := r.EndDialog(); err != nil {
			return err
		}
		return r.Reply(chat.Text(mistake.Error()))
	}
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.Msg.Text)
	switch strings.Trim(text, "“”\"。") {
	case "停":
		return pauseSurvey(r, s)
	case "退":
		return fillIn(r, s, func(f *survey.Form) (bool, error) { return true, f.Back(&s.Template) })
	case "提交":
		return submitNow(r, s)
	}
	return fillIn(r, s, func(f *survey.Form) (bool, error) {
		f.Steps = true
		turn, ok := f.Turn(&s.Template)
		if !ok {
			return true, nil
		}
		return true, store.WithHint(f.Set(&s.Template, turn+1, text), "“停”下次继续；别的命令请在前面加“/”。")
	})
}
