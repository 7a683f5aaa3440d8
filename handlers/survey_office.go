package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/office/yamlfile"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

const planExample = "例：/问卷 发 教育管理意见征集 校长、机关职工群 11月26日 18:00"

// planSurvey shows what publishing would do and waits for its confirmation.
func (d Deps) planSurvey(_ context.Context, r *bot.Request) error {
	if r.Args.Len() < 3 {
		err := store.Errorf("请写模板、对象和期限。%s", d.templateList())
		return store.WithHint(err, planExample)
	}
	t, err := d.template(r.Args.At(0))
	if err != nil {
		return err
	}
	text, closesAt, err := audienceAndEnd(r.Args.From(1), r.Tx.Now())
	if err != nil {
		return store.WithHint(err, planExample)
	}
	a, err := survey.FindAudience(r.Tx, text)
	if err != nil {
		return store.WithHint(err, planExample)
	}
	p, err := survey.NewPlan(r.Tx, r.Person.ID, *t, a, closesAt, d.MinGroup)
	if err != nil {
		return err
	}
	return r.Reply(report.SurveyPlan(p, a, r.Tx.Now(), d.MinGroup))
}

func (d Deps) templateList() string {
	names := d.SurveyNames()
	if len(names) == 0 {
		return "问卷模板的文件夹里还没有模板。"
	}
	return "现有模板：" + strings.Join(names, "、")
}

// template finds and reads a template: by its name, or by a part that only one
// name has.
func (d Deps) template(word string) (*survey.Template, error) {
	names := d.SurveyNames()
	match := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.Contains(n, word) })
	switch {
	case slices.Contains(names, word):
		match = []string{word}
	case len(match) == 0:
		match = cmdline.Suggest(word, names)
		if len(match) == 0 {
			return nil, store.Errorf("没有“%s”这个模板。%s", short(word), d.templateList())
		}
		return nil, store.Errorf("没有“%s”这个模板，是不是“%s”？", short(word), strings.Join(match, "”或“"))
	case len(match) > 1:
		return nil, store.Errorf("有几个模板都含“%s”：%s，请写全。", short(word), strings.Join(match, "、"))
	}
	file, data, err := d.SurveyFile(match[0])
	if err != nil {
		return nil, fmt.Errorf("read survey template: %w", err)
	}
	t, err := survey.Parse(file, data)
	var faults *yamlfile.Faults
	if errors.As(err, &faults) {
		return nil, store.Errorf("模板还不能用，没有发布。%s", faults.Error())
	}
	return t, err
}

// audienceAndEnd splits what follows the template: the deadline is the rest of
// the words from the first point on where the rest can be read as one.
func audienceAndEnd(args cmdline.Args, now time.Time) (audience string, end time.Time, err error) {
	var first error
	for i := 1; i < args.Len(); i++ {
		end, err = calendar.ParseMoment(args.Rest(i), now)
		if err == nil {
			return strings.Join(args.Words()[:i], "、"), end, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", time.Time{}, first
}

func planNo(r *bot.Request) (uint64, error) {
	n, err := strconv.ParseUint(r.Args.At(0), 10, 32)
	if err != nil {
		return 0, store.WithHint(store.Errorf("请点“确认发布”或“取消”的按钮，或者重新发布。"), planExample)
	}
	return n, nil
}

func (d Deps) publishSurvey(_ context.Context, r *bot.Request) error {
	no, err := planNo(r)
	if err != nil {
		return err
	}
	p, err := survey.TakePlan(r.Tx, no)
	if err != nil {
		return err
	}
	s, who, err := survey.Publish(r.Tx, p, r.Person.ID)
	if err != nil {
		return err
	}
	var unreached []people.Person
	invitation := report.SurveyInvitation(s)
	for _, one := range who {
		ok, err := d.Push.Person(r.Tx, one.ID, push.Notice, invitation, store.ExpiresAt(s.ClosesAt))
		if err != nil {
			return err
		}
		if !ok {
			unreached = append(unreached, one)
		}
	}
	groups := 0
	for _, layer := range p.Layers {
		n, err := d.Push.Layer(r.Tx, layer, report.SurveyNotice(s), store.ExpiresAt(s.ClosesAt))
		if err != nil {
			return err
		}
		groups += n
	}
	return officeReply(r, report.SurveyPublished(s, len(who)-len(unreached), unreached, groups))
}

func (d Deps) cancelSurvey(_ context.Context, r *bot.Request) error {
	no, err := planNo(r)
	if err != nil {
		return err
	}
	p, err := survey.TakePlan(r.Tx, no)
	if err != nil {
		return err
	}
	return r.Replyf("已取消，《%s》没有发布。", p.Template.Title)
}

// namedSurvey reads the survey that a command of the office is about.
func namedSurvey(r *bot.Request) (survey.Survey, error) {
	if r.Args.Len() == 0 {
		return survey.Survey{}, store.WithHint(store.Errorf("请写问卷的编号。"), "例：/问卷 进度 7")
	}
	no, err := surveyNo(r.Args.At(0))
	if err != nil {
		return survey.Survey{}, err
	}
	return survey.Get(r.Tx, no)
}

// officeReply answers with what is for the office alone: in its own group and in
// a direct chat openly, in another group to the person.
func officeReply(r *bot.Request, b chat.Body) error {
	own, err := inOfficeGroup(r)
	if err != nil {
		return err
	}
	if !r.Msg.Group || own {
		return r.Reply(b)
	}
	return privately(r, b)
}

// privately answers in the direct chat, and in a group says so.
func privately(r *bot.Request, b chat.Body) error {
	if err := r.ReplyPrivately(b); err != nil || !r.Msg.Group {
		return err
	}
	return r.Replyf("已私发给您。")
}

// inOfficeGroup says whether this is the office's own group.
func inOfficeGroup(r *bot.Request) (bool, error) {
	if !r.Msg.Group {
		return false, nil
	}
	g, _, err := people.GetGroup(r.Tx, string(r.Msg.Channel), string(r.Msg.Conv))
	return g.Layer == people.OfficeLayer, err
}

func surveyProgress(_ context.Context, r *bot.Request) error {
	s, err := namedSurvey(r)
	if err != nil {
		return err
	}
	p, err := s.Progress(r.Tx)
	if err != nil {
		return err
	}
	return officeReply(r, report.SurveyProgress(s, p, r.Tx.Now()))
}

func (d Deps) remindSurvey(_ context.Context, r *bot.Request) error {
	s, err := namedSurvey(r)
	if err != nil {
		return err
	}
	if !s.Open(r.Tx.Now()) {
		return store.Errorf("%s 已经截止，不用催了。", s.ID())
	}
	due, spent, err := s.Remindable(r.Tx)
	if err != nil {
		return err
	}
	var unreached []people.Person
	for _, who := range due {
		ok, err := d.Push.Person(r.Tx, who.ID, push.Reminder, report.SurveyReminder(s, r.Tx.Now()), store.ExpiresAt(s.ClosesAt))
		if err == nil && ok {
			err = s.NoteReminder(r.Tx, who.ID)
		}
		if err != nil {
			return err
		}
		if !ok {
			unreached = append(unreached, who)
		}
	}
	return officeReply(r, report.SurveyReminded(s, len(due)-len(unreached), spent, unreached))
}

func (d Deps) surveyResult(_ context.Context, r *bot.Request) error {
	s, err := namedSurvey(r)
	if err != nil {
		return err
	}
	sheet := r.Args.At(1) == "表格" || strings.EqualFold(r.Args.At(1), "excel")
	only, _ := questionNo(r.Args.At(1))
	if r.Args.Len() > 1 && !sheet && (only < 1 || only > len(s.Template.Questions)) {
		return store.Errorf("没有第 %s 题，共 %d 题。", short(r.Args.At(1)), len(s.Template.Questions))
	}
	res, err := s.Result(r.Tx, d.MinGroup)
	if err != nil {
		return err
	}
	if !sheet {
		return officeReply(r, report.SurveyResult(res, r.Tx.Now(), only))
	}
	body, err := report.SurveySheet(res, r.Tx.Now())
	if err != nil {
		return err
	}
	return officeReply(r, body)
}

// closeSurvey closes a survey before its time, after a second tap.
func (d Deps) closeSurvey(_ context.Context, r *bot.Request) error {
	s, err := namedSurvey(r)
	if err != nil {
		return err
	}
	if !s.Open(r.Tx.Now()) {
		return store.Errorf("%s 已经截止了。", s.ID())
	}
	p, err := s.Progress(r.Tx)
	if err != nil {
		return err
	}
	if r.Args.At(1) != "确认" {
		return r.Reply(report.SurveyCloseEarly(s, p))
	}
	r.Tx.NoUndo()
	if s, err = survey.Close(r.Tx, s); err != nil {
		return err
	}
	body := report.SurveyClosed(s, p)
	own, err := inOfficeGroup(r)
	if err != nil {
		return err
	}
	if !own {
		if _, err := d.Push.Layer(r.Tx, people.OfficeLayer, body); err != nil {
			return err
		}
	}
	return officeReply(r, body)
}

// surveyCode shows a code by which people at a meeting come to a survey.
func (d Deps) surveyCode(_ context.Context, r *bot.Request) error {
	s, err := namedSurvey(r)
	if err != nil {
		return err
	}
	if d.Scan == "" {
		return store.Errorf("没有接公众号，做不了二维码。")
	}
	if !s.Open(r.Tx.Now()) {
		return store.Errorf("%s 已经截止。", s.ID())
	}
	return r.Reply(report.SurveyCode(s, d.Scan))
}
