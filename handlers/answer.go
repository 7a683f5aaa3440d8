package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/survey"
	"yunzhuan/report"
	"yunzhuan/store"
)

func answers() *bot.Command {
	return &bot.Command{
		Name: "答", Aliases: []string{"answer"}, Summary: "一行答完一份问卷，或答其中几题",
		Usage:    []string{"/答 <号> <1A> <2BD> <3:文字> …", "/答 <号> 提交", "/答 <号> 改 <改答码> <1B> …"},
		Examples: []string{"/答 7 1A 2BD 3:5 4:建议少开会"},
		Allow:    bot.Members(), Run: answerInLine, Continue: continueSurvey,
	}
}

const answerExample = "例：/答 7 1A 2BD 3:文字"

func answerInLine(_ context.Context, r *bot.Request) error {
	if r.Args.Len() < 2 {
		return store.WithHint(store.Errorf("请写问卷的编号和答案。"), answerExample)
	}
	no, err := surveyNo(r.Args.At(0))
	if err != nil {
		return store.WithHint(err, answerExample)
	}
	s, err := survey.Answerable(r.Tx, no, r.Person.ID)
	if err != nil {
		return err
	}
	if r.Msg.Group && s.Template.Anonymous {
		return store.Errorf("%s 不记名，在群里作答别人看得见，没有登记。请撤回刚才的消息，在与我的单聊里发 /问卷 %d 填写。", s.ID(), s.No)
	}
	switch r.Args.At(1) {
	case "提交":
		return submitNow(r, s)
	case "改":
		return changeByCode(r, s)
	}
	lines, misread := readLines(r.Args.Rest(1))
	if len(lines) == 0 {
		return discreetly(r, s, func() error { return store.WithHint(misread[0], answerExample) })
	}
	return fillIn(r, s, func(f *survey.Form) (bool, error) {
		if r.Msg.Group {
			f.Steps = false // the next question is not asked in public
		}
		kept, mistakes := f.SetAll(&s.Template, lines)
		mistakes = append(mistakes, misread...)
		if len(kept) == 0 {
			return false, store.WithHint(allMistakes(mistakes), answerExample)
		}
		missing := f.Missing(&s.Template)
		ready := len(mistakes) == 0 && (len(missing) == 0 || f.Steps)
		if ready {
			return true, nil
		}
		if r.Msg.Group {
			return false, r.Reply(report.SurveyKeptInGroup(s, kept, mistakes))
		}
		return false, r.Reply(report.SurveyKept(s, kept, missing, mistakes), private(s)...)
	})
}

// readLines reads a line of answers; what it could not read is a mistake each.
func readLines(text string) ([]survey.Line, []error) {
	found, bad := cmdline.ParseAnswers(text)
	var lines []survey.Line
	for _, a := range found {
		lines = append(lines, survey.Line{No: a.No, Text: a.Text})
	}
	var mistakes []error
	for _, piece := range bad {
		mistakes = append(mistakes, store.Errorf("没有看懂“%s”", short(piece)))
	}
	if len(lines)+len(mistakes) == 0 {
		mistakes = append(mistakes, store.Errorf("没有看到答案"))
	}
	return lines, mistakes
}

// short cuts what is shown back of a typed text.
func short(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}

// allMistakes makes one user's mistake of several.
func allMistakes(list []error) error {
	var parts []string
	for _, err := range list {
		parts = append(parts, strings.TrimSuffix(err.Error(), "。"))
	}
	return store.Errorf("%s。没有登记。", strings.Join(parts, "；"))
}

// submitNow submits what is on the form, though optional questions are open.
func submitNow(r *bot.Request, s survey.Survey) error {
	return discreetly(r, s, func() error {
		has, err := survey.HasForm(r.Tx, s, r.Person.ID)
		if err != nil {
			return err
		}
		f, err := survey.OpenForm(r.Tx, s, r.Person.ID)
		switch {
		case err != nil:
			return err
		case !has:
			return store.WithHint(store.Errorf("%s 还没有开始填写，或已经提交了。", s.ID()), fmt.Sprintf("例：/问卷 %d", s.No))
		}
		return submit(r, s, f)
	})
}

// changeByCode changes an anonymous ballot.
func changeByCode(r *bot.Request, s survey.Survey) error {
	if !s.Template.Anonymous {
		return store.WithHint(store.Errorf("%s 是记名问卷，不用改答码，直接再答就是修改。", s.ID()), fmt.Sprintf("例：/答 %d 1B", s.No))
	}
	return discreetly(r, s, func() error {
		code := r.Args.At(2)
		lines, misread := readLines(r.Args.Rest(3))
		example := fmt.Sprintf("例：/答 %d 改 K7QX2-M9DAB 1B", s.No)
		switch {
		case !survey.IsCode(code):
			return store.WithHint(store.Errorf("改答码是 10 个字母和数字，在提交时的那条回复里。"), example)
		case len(lines) == 0:
			return store.WithHint(misread[0], example)
		}
		kept, mistakes, err := survey.Change(r.Tx, s, code, lines)
		if err != nil {
			return err
		}
		mistakes = append(mistakes, misread...)
		if len(kept) == 0 {
			return store.WithHint(allMistakes(mistakes), example)
		}
		return r.Reply(report.SurveyChanged(s, kept, mistakes), private(s)...)
	})
}

// userError is err as a user's mistake, nil if it is none.
func userError(err error) *store.UserError {
	var u *store.UserError
	if errors.As(err, &u) {
		return u
	}
	return nil
}
