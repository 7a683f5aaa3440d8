package handlers

import (
	"context"
	"errors"
	"slices"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

const (
	assessmentExample = "例：/考核　或　/考核 人事科 三季度"
	rankingExample    = "例：/考核 排名 学校 本季度"
)

func assessments() *bot.Command {
	leaders := bot.Roles(people.Leader)
	return &bot.Command{
		Name: "考核", Aliases: []string{"assessment"}, Summary: "看考核记分和每条的依据",
		Usage:    []string{"/考核 [我|<姓名>|<单位>] [<月份>|<季度>|<年份>]"},
		Examples: []string{"/考核", "/考核 11月", "/考核 人事科 三季度"},
		Allow:    bot.Members(), Run: showAssessment,
		Subs: []*bot.Command{{
			Name: "规则", Usage: []string{"/考核 规则"}, Examples: []string{"/考核 规则"}, Allow: bot.Members(), Run: assessmentRules,
		}, {
			Name: "排名", Usage: []string{"/考核 排名 [机关|学校|个人] [<月份>|<季度>|<年份>]"}, Examples: []string{rankingExample[len("例："):]},
			Allow: leaders, Run: ranking,
		}, {
			Name: "表格", Aliases: []string{"表", "excel"}, Usage: []string{"/考核 表格 [<月份>|<季度>|<年份>]"}, Examples: []string{"/考核 表格 上月"},
			Allow: bot.Roles(people.Leader, people.Office), Run: assessmentSheet,
		}},
	}
}

// periodAt reads the period that a command ends with, the present month without one;
// rest is what stands before it.
func periodAt(r *bot.Request, args cmdline.Args) (p calendar.Period, rest []string, err error) {
	today := calendar.Day(r.Tx.Today())
	words := args.Words()
	if len(words) == 0 {
		return today.Month().Period(), nil, nil
	}
	last := len(words) - 1
	if p, err := calendar.ParsePeriod(words[last], today); err == nil {
		return p, words[:last], future(p, today)
	}
	return today.Month().Period(), words, nil
}

func future(p calendar.Period, today calendar.Day) error {
	if p.From > today {
		return store.Errorf("%s还没到。", p.Label)
	}
	return nil
}

func showAssessment(_ context.Context, r *bot.Request) error {
	p, rest, err := periodAt(r, r.Args)
	if err != nil {
		return err
	}
	if len(rest) > 1 {
		return store.WithHint(store.Errorf("没看懂“%s”，一次只看一个人或一个单位。", store.Brief(r.Args.Rest(0))), assessmentExample)
	}
	s, whose, err := assessed(r, rest)
	if err != nil {
		return err
	}
	sum, err := assessment.Of(r.Tx, s, p)
	if err != nil {
		return err
	}
	b, err := report.Assessment(r.Tx, whose, sum, p)
	if err != nil {
		return err
	}
	if s.Unit != "" || len(p.Months()) > 1 {
		last := min(p.To, calendar.Day(r.Tx.Today())).Month()
		months, err := assessment.Trend(r.Tx, s, last, trendMonths)
		if err != nil {
			return err
		}
		if b, err = report.AssessmentTrend(b, whose, months); err != nil {
			return err
		}
	}
	return privately(r, b)
}

// trendMonths is how many months the picture of a trend shows.
const trendMonths = 12

// assessed is whose assessment is asked for, and the name it goes by, "" for the
// reader's own; others' are for those who answer for them.
func assessed(r *bot.Request, words []string) (assessment.Subject, string, error) {
	if len(words) == 0 || slices.Contains([]string{"我", "我的", r.Person.Name, string(r.Person.ID)}, words[0]) {
		return assessment.Subject{Person: r.Person.ID}, "", nil
	}
	p, err := people.Find(r.Tx, words[0], "")
	var several *people.Ambiguous
	switch {
	case err == nil:
		return assessment.Subject{Person: p.ID}, p.Name, assessment.MaySee(r.Person, p.Unit, p.Name)
	case errors.As(err, &several):
		return assessment.Subject{}, "", err
	}
	u, unitErr := people.FindUnit(r.Tx, words[0])
	if unitErr != nil {
		return assessment.Subject{}, "", store.WithHint(unitErr, assessmentExample)
	}
	return assessment.Subject{Unit: u.Name}, u.Name, assessment.MaySee(r.Person, u.Name, u.Name)
}

func assessmentRules(_ context.Context, r *bot.Request) error {
	rules, err := assessment.Current(r.Tx)
	if err != nil {
		return err
	}
	return r.Reply(report.AssessmentRules(rules, calendar.Day(r.Tx.Today())))
}

func ranking(_ context.Context, r *bot.Request) error {
	p, rest, err := periodAt(r, r.Args)
	if err != nil {
		return err
	}
	what := "机关"
	if len(rest) > 0 {
		what = rest[0]
	}
	if len(rest) > 1 || !slices.Contains([]string{"机关", "学校", "个人"}, what) {
		return store.WithHint(store.Errorf("没看懂“%s”，可以写 机关、学校、个人。", store.Brief(r.Args.Rest(0))), rankingExample)
	}
	t, err := assessment.All(r.Tx, p)
	if err != nil {
		return err
	}
	if what == "个人" {
		return privately(r, report.PersonRanking(t))
	}
	return privately(r, report.UnitRanking(t, what == "学校"))
}

func assessmentSheet(_ context.Context, r *bot.Request) error {
	p, rest, err := periodAt(r, r.Args)
	if err == nil && len(rest) > 0 {
		err = store.Errorf("没看懂“%s”是哪一段时间。", store.Brief(r.Args.Rest(0)))
	}
	if err != nil {
		return store.WithHint(err, "例：/考核 表格 上月")
	}
	t, err := assessment.All(r.Tx, p)
	if err != nil {
		return err
	}
	b, err := report.AssessmentSheet(r.Tx, t)
	if err != nil {
		return err
	}
	return privately(r, b)
}
