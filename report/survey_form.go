package report

import (
	"fmt"
	"slices"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/survey"
)

// SurveyQuestion puts question i of a survey to a person. What is on the form
// already is shown in a named survey alone: of an anonymous one no answer goes
// into a message.
func SurveyQuestion(s survey.Survey, f survey.Form, i int) chat.Body {
	t := &s.Template
	q := t.Questions[i]
	b := chat.Titled(fmt.Sprintf("%d/%d　%s", i+1, len(t.Questions), q.Text))
	if len(f.Answers)+len(f.Skipped) == 0 {
		b = b.Para(s.ID() + " " + s.Title() + "　" + namedOrNot(t.Anonymous))
	}
	b = options(b, s, f, i)
	if old, ok := f.Answers[q.ID]; ok {
		if !t.Anonymous {
			b = b.Para("现在的答案：" + q.Show(old))
		}
		b = b.Tap("不改", fmt.Sprintf("/答 %d %d:不改", s.No, i+1))
	}
	if !q.Required {
		b = b.Tap("跳过", fmt.Sprintf("/答 %d %d:跳过", s.No, i+1))
	}
	if f.Steps && len(f.Missing(t)) == 0 && len(f.Answers) > 0 {
		b = b.Tap("不再往下，提交", fmt.Sprintf("/答 %d 提交", s.No))
	}
	return b.Para(hint(q) + "“退”回上一题，“停”下次继续。")
}

// options adds what can be tapped.
func options(b chat.Body, s survey.Survey, f survey.Form, i int) chat.Body {
	q := s.Template.Questions[i]
	switch q.Kind {
	case survey.Single:
		for o, text := range q.Options {
			b = b.Choice(survey.Letter(o)+" "+text, fmt.Sprintf("/答 %d %d%s", s.No, i+1, survey.Letter(o)))
		}
	case survey.Multiple:
		for o, text := range q.Options {
			label, send := survey.Letter(o)+" "+text, fmt.Sprintf("/问卷 %d 选 %d%s", s.No, i+1, survey.Letter(o))
			if f.At == q.ID && slices.Contains(f.Picked, o) && !s.Template.Anonymous {
				b = b.Tap("已选 "+label, send)
				continue
			}
			b = b.Choice(label, send)
		}
		if n := len(f.Picked); n > 0 && f.At == q.ID {
			b = b.Para(fmt.Sprintf("已点选 %d 项。", n))
		}
		b = b.Tap("选好了", fmt.Sprintf("/问卷 %d 选好 %d", s.No, i+1))
	case survey.Scale:
		low, high := q.Range()
		for n := low; n <= high; n++ {
			b = b.Choice(fmt.Sprint(n), fmt.Sprintf("/答 %d %d:%d", s.No, i+1, n))
		}
	}
	return b
}

// hint says how a question is answered by typing.
func hint(q survey.Question) string {
	text := ""
	switch q.Kind {
	case survey.Single:
		text = "回复字母也可以"
	case survey.Multiple:
		text = "可以选几项"
		if least, most := int(*q.Min), int(*q.Max); least == most {
			text = fmt.Sprintf("选 %d 项", most)
		} else if most < len(q.Options) {
			text = fmt.Sprintf("最多选 %d 项", most)
		}
		text += "，逐个点选后点“选好了”，或一次回复字母，例如 AB"
	case survey.Scale:
		low, high := q.Range()
		text = fmt.Sprintf("请选 %d 到 %d", low, high)
	case survey.Number:
		text = "请回复一个数"
		switch {
		case q.Min != nil && q.Max != nil:
			text += fmt.Sprintf("（%g 到 %g）", *q.Min, *q.Max)
		case q.Min != nil:
			text += fmt.Sprintf("（不小于 %g）", *q.Min)
		case q.Max != nil:
			text += fmt.Sprintf("（不大于 %g）", *q.Max)
		}
	default:
		text = "请直接回复文字"
	}
	if !q.Required {
		text += "，不答可以回复“跳过”"
	}
	return text + "；"
}

// SurveySubmitted thanks for a named ballot and shows it; it is also how a
// person sees an own ballot later (again).
func SurveySubmitted(s survey.Survey, ballot survey.Ballot, again bool) chat.Body {
	title := "已提交，谢谢　"
	if again {
		title = "您的答卷　"
	}
	b := chat.Titled(title + s.ID() + " " + s.Title())
	var items []chat.Line
	for i, q := range s.Template.Questions {
		if a, ok := ballot.Answers[q.ID]; ok {
			items = append(items, chat.Line{Text: fmt.Sprintf("%d. %s　%s", i+1, q.Text, q.Show(a))})
		}
	}
	b = b.Bullets(items...)
	b = b.Para(fmt.Sprintf("%s 截止前可以修改，例如：/问卷 %d 改 1", moment(s.ClosesAt), s.No))
	const maxTaps = 8
	for i := range s.Template.Questions {
		if s.Template.Asked(i, ballot.Answers) && len(s.Template.Questions) <= maxTaps {
			b = b.Tap(fmt.Sprintf("改第 %d 题", i+1), fmt.Sprintf("/问卷 %d 改 %d", s.No, i+1))
		}
	}
	return b
}

// SurveyTaken thanks for an anonymous ballot. The code stands here and nowhere
// else, and no answer does.
func SurveyTaken(s survey.Survey, code string) chat.Body {
	return chat.Titled("已提交，谢谢　"+s.ID()+" "+s.Title()).
		Para(anonymityNote).
		Strong("改答码　", code).
		Para(fmt.Sprintf("改答码只显示这一次，系统不存，请自己记下。%s 截止前想改答案，在单聊里回复：\n/答 %d 改 %s 1B", moment(s.ClosesAt), s.No, code))
}

// SurveyChanged says that an anonymous ballot was changed by its code.
func SurveyChanged(s survey.Survey, kept []int, mistakes []error) chat.Body {
	b := chat.Text(fmt.Sprintf("%s 已按改答码修改%s。", s.ID(), questionNumbers(kept)))
	return withMistakes(b, mistakes)
}

// SurveyKept says what a line of answers came to while the form is not done yet.
func SurveyKept(s survey.Survey, kept, missing []int, mistakes []error) chat.Body {
	b := chat.Body{}
	if len(kept) > 0 {
		b = b.Para(fmt.Sprintf("%s 已记下%s。", s.ID(), questionNumbers(kept)))
	}
	b = withMistakes(b, mistakes)
	if len(missing) > 0 {
		b = b.Para("还没答的必答题：" + strings.TrimSpace(questionNumbers(missing)))
	} else {
		b = b.Para("必答题都答了。改好上面的再发一次，或者直接提交。").Tap("提交", fmt.Sprintf("/答 %d 提交", s.No))
	}
	return b.Tap("逐题填写", fmt.Sprintf("/问卷 %d", s.No))
}

// SurveyKeptInGroup is SurveyKept where others read along.
func SurveyKeptInGroup(s survey.Survey, kept []int, mistakes []error) chat.Body {
	b := chat.Text(fmt.Sprintf("%s 已记下%s。", s.ID(), questionNumbers(kept)))
	return withMistakes(b, mistakes).Para(fmt.Sprintf("还没答完，请在与我的单聊里发 /问卷 %d 接着填。", s.No))
}

func withMistakes(b chat.Body, mistakes []error) chat.Body {
	for _, err := range mistakes {
		b = b.Strong("", strings.TrimSuffix(err.Error(), "。")+"。")
	}
	return b
}

func questionNumbers(list []int) string {
	list = slices.Sorted(slices.Values(list))
	var parts []string
	for _, n := range list {
		parts = append(parts, fmt.Sprint(n))
	}
	return "第 " + strings.Join(parts, "、") + " 题"
}
