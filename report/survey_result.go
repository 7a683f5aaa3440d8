package report

import (
	"fmt"
	"strconv"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/survey"
)

// SurveyProgress shows how far a survey is, by unit. Who is missing is named in a
// named survey; of an anonymous one there are numbers alone.
func SurveyProgress(s survey.Survey, p survey.Progress, now time.Time) chat.Body {
	state := timeLeft(now, s.ClosesAt)
	if !s.Open(now) {
		state = moment(s.End()) + " 已截止"
	}
	b := chat.Titled(s.ID() + " " + s.Title() + "　进度").Para(answeredOf(p.Answered, p.Asked) + "　" + state)
	var rows [][]string
	for _, u := range p.Units {
		if u.Answered < u.Asked {
			rows = append(rows, []string{u.Unit, fmt.Sprint(u.Asked), fmt.Sprint(u.Answered), fmt.Sprint(u.Asked - u.Answered)})
		}
	}
	if len(rows) > 0 {
		b = b.Table([]string{"单位", "应答", "已答", "未答"}, rows)
	}
	if done := len(p.Units) - len(rows); done > 0 {
		b = b.Para(fmt.Sprintf("已全部填写的单位 %d 个。", done))
	}
	if len(p.Missing) > 0 && !s.Template.Anonymous {
		b = b.Para("还没填写：" + withUnits(p.Missing))
	}
	if s.Open(now) {
		if len(p.Missing) > 0 {
			b = b.Tap("催办", fmt.Sprintf("/问卷 催办 %d", s.No))
		}
		return b.Tap("截止", fmt.Sprintf("/问卷 截止 %d", s.No))
	}
	return b.Tap("看结果", fmt.Sprintf("/问卷 结果 %d", s.No))
}

// maxOpinions bounds the answers in words under one question; those of a question
// alone are shown all.
const maxOpinions = 20

// SurveyResult shows what a survey brought; only is the number of the question
// that is asked for alone, 0 for all.
func SurveyResult(r survey.Result, now time.Time, only int) chat.Body {
	s := r.Survey
	state := moment(s.End()) + " 截止"
	if s.Open(now) {
		state = "还没有截止，结果会变"
	}
	b := chat.Titled(s.ID() + " " + s.Title() + "　结果").
		Para(answeredOf(r.Answered, r.Asked) + "　" + namedOrNot(s.Template.Anonymous) + "　" + state)
	for _, q := range r.Questions {
		if only == 0 || only == q.No {
			b = question(b, s, q, only == 0)
		}
	}
	if only == 0 {
		b = b.Tap("表格", fmt.Sprintf("/问卷 结果 %d 表格", s.No))
	}
	return b
}

func question(b chat.Body, s survey.Survey, r survey.QuestionResult, cut bool) chat.Body {
	q := r.Question
	if r.Hidden {
		return b.Heading(fmt.Sprintf("%d. %s", r.No, q.Text)).Para("作答人数太少，不显示结果。")
	}
	b = b.Heading(fmt.Sprintf("%d. %s（%s，%d 人作答）", r.No, q.Text, q.Kind.Title(), r.Answered))
	if r.Answered == 0 {
		return b
	}
	switch q.Kind {
	case survey.Single, survey.Multiple:
		b = b.Table([]string{"选项", "人数", "占比"}, countRows(r, func(i int) string { return survey.Letter(i) + " " + q.Options[i] }))
	case survey.Scale:
		low, _ := q.Range()
		b = b.Para(fmt.Sprintf("平均 %.2f", r.Mean)).
			Table([]string{"分值", "人数", "占比"}, countRows(r, func(i int) string { return strconv.Itoa(low + i) }))
	case survey.Number:
		b = b.Para(fmt.Sprintf("平均 %.2f，最低 %g，最高 %g", r.Mean, r.Low, r.High))
	default:
		b = opinions(b, s, r, cut)
	}
	return b
}

func countRows(r survey.QuestionResult, label func(int) string) [][]string {
	var rows [][]string
	for i, n := range r.Counts {
		rows = append(rows, []string{label(i), fmt.Sprint(n), share(n, r.Answered)})
	}
	return rows
}

func opinions(b chat.Body, s survey.Survey, r survey.QuestionResult, cut bool) chat.Body {
	var items []chat.Line
	for i, o := range r.Texts {
		if cut && i == maxOpinions {
			break
		}
		l := chat.Line{Text: o.Text}
		if o.Name != "" {
			l.Text += "（" + o.Name + "）"
		}
		items = append(items, l)
	}
	b = b.Bullets(items...)
	if more := len(r.Texts) - len(items); more > 0 {
		b = b.Para(fmt.Sprintf("还有 %d 条。", more)).
			Tap(fmt.Sprintf("第 %d 题全部", r.No), fmt.Sprintf("/问卷 结果 %d %d", s.No, r.No))
	}
	return b
}
