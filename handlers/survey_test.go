package handlers_test

import (
	"testing"

	"yunzhuan/bot"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/survey"
	shipped "yunzhuan/surveys"
)

func surveyCommands() []*bot.Command {
	return handlers.All(handlers.Deps{
		Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5,
		SurveyNames: func() []string { return survey.Names(shipped.Files) },
		SurveyFile:  func(name string) (string, []byte, error) { return survey.File(shipped.Files, name) },
	})
}

func TestExplore(t *testing.T) {
	b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
	say := func(who, text string) { t.Logf("%s> %s\n%s\n", who, text, b.Say(who, text)) }
	say("J1006", "/问卷 发")
	say("J1006", "/问卷 发 意见 校长、办公室群 三天")
	say("J1006", "/问卷 确认 1")
	t.Log(b.PushedTo("办公室群"))
	say("J1007", "/问卷")
	say("J1007", "/问卷 1")
	say("J1007", "C")
	say("J1007", "会议太多")
	say("J1007", "/问卷 1 选 3B")
	say("J1007", "/问卷 1 选 3A")
	say("J1007", "/问卷 1 选 3C")
	say("J1007", "/问卷 1 选好 3")
	say("J1007", "退")
	say("J1007", "ABC")
	say("J1007", "ab")
	say("J1007", "停")
	b.Restart()
	say("J1007", "/问卷 1")
	say("J1007", "9")
	say("J1007", "5")
	say("J1007", "/答 1 5:4")
	say("J1007", "跳过")
	say("J1007", "/问卷 1")
	say("J1007", "/问卷")
	say("J1006", "/问卷 发 教师培训需求 城区教师 11月26日 18:00")
	say("J1006", "/问卷 确认 2")
}
