package report

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
)

// moment is a time as the office writes it in a sentence: 11月26日 18:00.
func moment(t time.Time) string { return t.Format("1月2日 15:04") }

// timeLeft says how long it is until t: 还有 2 天.
func timeLeft(now, t time.Time) string {
	switch left := t.Sub(now); {
	case left <= 0:
		return "已截止"
	case left >= 24*time.Hour:
		return fmt.Sprintf("还有 %d 天", int(left.Hours()/24))
	case left >= time.Hour:
		return fmt.Sprintf("还有 %d 小时", int(left.Hours()))
	default:
		return fmt.Sprintf("还有 %d 分钟", max(1, int(left.Minutes())))
	}
}

func namedOrNot(anonymous bool) string {
	if anonymous {
		return "不记名"
	}
	return "记名"
}

// anonymityNote is what an anonymous survey promises.
const anonymityNote = "不记名：系统只记录“已填写”，答案与姓名分开保存。"

// surveySize says how much work a survey is: 6 题，约 2 分钟，不记名.
func surveySize(t survey.Template) string {
	upTo := ""
	if t.HasConditions() {
		upTo = "最多 "
	}
	return fmt.Sprintf("%s%d 题，约 %d 分钟，%s", upTo, len(t.Questions), t.Minutes(), namedOrNot(t.Anonymous))
}

// SurveyInvitation asks a person to answer.
func SurveyInvitation(s survey.Survey) chat.Body {
	b := chat.Titled(s.Title()).Para(surveySize(s.Template) + "　" + moment(s.ClosesAt) + " 截止")
	if s.Template.Intro != "" {
		b = b.Para(s.Template.Intro)
	}
	if s.Template.Anonymous {
		b = b.Para(anonymityNote)
	}
	return b.Tap("现在填写", fmt.Sprintf("/问卷 %d", s.No))
}

// SurveyNotice tells a group that its members were asked. The survey itself is
// filled in alone.
func SurveyNotice(s survey.Survey) chat.Body {
	return chat.Titled(s.Title()).
		Para(surveySize(s.Template)+"　"+moment(s.ClosesAt)+" 截止").
		Para(fmt.Sprintf("问卷已经私发给各位，也可以在与我的单聊里发“/问卷 %d”填写。", s.No)).
		Tap("现在填写", fmt.Sprintf("/问卷 %d", s.No))
}

// SurveyReminder reminds a person who has not answered.
func SurveyReminder(s survey.Survey, now time.Time) chat.Body {
	b := chat.Titled("问卷还没填写：" + s.Title()).
		Para(surveySize(s.Template) + "　" + moment(s.ClosesAt) + " 截止，" + timeLeft(now, s.ClosesAt))
	return b.Tap("现在填写", fmt.Sprintf("/问卷 %d", s.No))
}

// SurveyClosed tells the office that a survey has closed.
func SurveyClosed(s survey.Survey, p survey.Progress) chat.Body {
	return chat.Titled(s.ID()+" "+s.Title()+"　已截止").
		Para(answeredOf(p.Answered, p.Asked)).
		Tap("看结果", fmt.Sprintf("/问卷 结果 %d", s.No)).
		Tap("看进度", fmt.Sprintf("/问卷 进度 %d", s.No))
}

func answeredOf(answered, asked int) string {
	return fmt.Sprintf("已答 %d/%d（%s）", answered, asked, share(answered, asked))
}

// share is a part in per cent: 77.5%.
func share(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return percent(float64(part) / float64(whole))
}

// MySurveys lists the surveys of a person.
func MySurveys(waiting, answered []survey.Survey, now time.Time) chat.Body {
	if len(waiting)+len(answered) == 0 {
		return chat.Text("现在没有等您填写的问卷。")
	}
	b := chat.Titled("我的问卷")
	if len(waiting) == 0 {
		b = b.Para("都填好了。")
	}
	b = b.Bullets(surveyLines(waiting, now)...)
	if len(answered) > 0 {
		b = b.Heading("已填写").Bullets(surveyLines(answered, now)...)
	}
	for _, s := range waiting {
		b = b.Tap("填写 "+s.ID(), fmt.Sprintf("/问卷 %d", s.No))
	}
	for _, s := range answered {
		if !s.Template.Anonymous {
			b = b.Tap("看 "+s.ID(), fmt.Sprintf("/问卷 %d", s.No))
		}
	}
	return b
}

func surveyLines(list []survey.Survey, now time.Time) []chat.Line {
	var out []chat.Line
	for _, s := range list {
		out = append(out, SurveyLine(s, now))
	}
	return out
}

// SurveyLine is a survey in one line of a list.
func SurveyLine(s survey.Survey, now time.Time) chat.Line {
	return chat.Line{Strong: s.ID() + " " + s.Title(), Text: "　" + moment(s.ClosesAt) + " 截止，" + timeLeft(now, s.ClosesAt)}
}

// RunningSurveys adds to the office's list what is running, with how far it is.
func RunningSurveys(b chat.Body, running []survey.Survey, progress []survey.Progress, now time.Time) chat.Body {
	if len(running) == 0 {
		return b
	}
	b = b.Heading("正在进行")
	var items []chat.Line
	for i, s := range running {
		l := SurveyLine(s, now)
		l.Text = "　" + answeredOf(progress[i].Answered, progress[i].Asked) + l.Text
		items = append(items, l)
	}
	b = b.Bullets(items...)
	for _, s := range running {
		b = b.Tap("进度 "+s.ID(), fmt.Sprintf("/问卷 进度 %d", s.No))
	}
	return b
}

// SurveyPlan shows the office what publishing would do. Nothing has been done.
func SurveyPlan(p survey.Plan, a survey.Audience, now time.Time, minGroup int) chat.Body {
	who, units := a.Counts()
	var counts []string
	for _, c := range who {
		counts = append(counts, fmt.Sprintf("%s %d", c.Name, c.N))
	}
	b := chat.Titled("请确认发布："+p.Template.Title).
		Strong("对象　", fmt.Sprintf("%s，共 %d 人，%d 个单位", a.Text, len(a.People), units)).
		Strong("", strings.Join(counts, "、")).
		Strong("截止　", moment(p.ClosesAt)+"，"+timeLeft(now, p.ClosesAt)).
		Strong("题目　", surveySize(p.Template))
	var items []chat.Line
	for _, q := range p.Template.Questions {
		items = append(items, chat.Line{Text: planLine(q)})
	}
	b = b.Numbered(items...)
	if p.Template.Anonymous {
		b = b.Para(fmt.Sprintf("不记名：答案与姓名分开保存，截止后才出结果，作答不足 %d 人的题不显示结果。", minGroup))
	} else {
		b = b.Para("记名：答案与姓名一起保存。")
	}
	if len(a.Layers) > 0 {
		b = b.Para("同时在群里发通知：" + strings.Join(a.Layers, "、"))
	}
	b = b.Para("还没有发出，请确认。")
	return b.Tap("确认发布", fmt.Sprintf("/问卷 确认 %d", p.No)).Tap("取消", fmt.Sprintf("/问卷 取消 %d", p.No))
}

func planLine(q survey.Question) string {
	text := q.Text + "（" + q.Kind.Title()
	if q.Required {
		text += "，必答"
	}
	if len(q.When) > 0 {
		text += "，视前面的答案"
	}
	return text + "）"
}

// maxNames bounds the people named in one message.
const maxNames = 60

// SurveyPublished tells the office what was sent and who could not be reached.
func SurveyPublished(s survey.Survey, reached int, unreached []people.Person, groups int) chat.Body {
	b := chat.Titled("已发布 " + s.ID() + "　" + s.Title()).
		Para(fmt.Sprintf("已推送 %d 人，%s 截止。", reached, moment(s.ClosesAt)))
	if groups > 0 {
		b = b.Para(fmt.Sprintf("已在 %d 个群发通知。", groups))
	}
	if len(unreached) > 0 {
		b = b.Para(fmt.Sprintf("联系不上 %d 人（没有绑定账号）：%s", len(unreached), withUnits(unreached)))
	}
	return b.Tap("看进度", fmt.Sprintf("/问卷 进度 %d", s.No))
}

// withUnits lists people by unit: 人事科 张三、李四；计财科 王五.
func withUnits(list []people.Person) string {
	var b strings.Builder
	unit := ""
	for i, p := range list {
		switch {
		case i == maxNames:
			fmt.Fprintf(&b, " 等 %d 人", len(list))
			return b.String()
		case p.Unit == unit:
			b.WriteString("、")
		case i > 0:
			b.WriteString("；")
			fallthrough
		default:
			b.WriteString(p.Unit + " ")
		}
		unit = p.Unit
		b.WriteString(p.Name)
	}
	return b.String()
}

// SurveyReminded tells the office what a round of reminders came to.
func SurveyReminded(s survey.Survey, sent, spent int, unreached []people.Person) chat.Body {
	b := chat.Text(fmt.Sprintf("%s 已提醒 %d 人。", s.ID(), sent))
	if sent+spent+len(unreached) == 0 {
		b = chat.Text(s.ID() + " 这次没有提醒：没填写的人一小时内刚提醒过，或者都填写了。")
	}
	if spent > 0 {
		b = b.Para(fmt.Sprintf("%d 人已提醒满 %d 次，不再打扰。", spent, survey.MaxReminders))
	}
	if len(unreached) > 0 {
		b = b.Para(fmt.Sprintf("联系不上 %d 人：%s", len(unreached), withUnits(unreached)))
	}
	return b
}

// SurveyCloseEarly asks the office whether it means to close a survey before its
// time.
func SurveyCloseEarly(s survey.Survey, p survey.Progress) chat.Body {
	return chat.Titled("确认提前截止："+s.ID()+" "+s.Title()).
		Para(answeredOf(p.Answered, p.Asked)+"　原定 "+moment(s.ClosesAt)+" 截止。").
		Para("截止后不能再填写，也不能恢复。").
		Tap("确认截止", fmt.Sprintf("/问卷 截止 %d 确认", s.No))
}
