package handlers_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/store"
	shipped "yunzhuan/surveys"
)

func surveyCommands() []*bot.Command {
	return handlers.All(handlers.Deps{
		Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5,
		SurveyNames: func() []string { return survey.Names(shipped.Files) },
		SurveyFile:  func(name string) (string, []byte, error) { return survey.File(shipped.Files, name) },
	})
}

// talk is a conversation that is written down.
type talk struct {
	*bottest.Bot
	text strings.Builder
}

func newTalk(t *testing.T) *talk {
	return &talk{Bot: bottest.New(t, "2026-11-23 09:00", surveyCommands()...)}
}

// say writes down what a person says and what is answered.
func (k *talk) say(who, text string) string {
	reply := k.Say(who, text)
	fmt.Fprintf(&k.text, "〔%s〕%s\n%s\n\n", who, text, reply)
	return reply
}

func (k *talk) sayIn(group, who, text string) {
	fmt.Fprintf(&k.text, "〔%s，在%s〕%s\n%s\n\n", who, group, text, k.SayIn(group, who, text))
}

func (k *talk) pushed(who string) {
	for _, text := range k.Pushed(who) {
		fmt.Fprintf(&k.text, "〔→ %s〕\n%s\n\n", who, text)
	}
}

func (k *talk) pushedTo(group string) {
	for _, text := range k.PushedTo(group) {
		fmt.Fprintf(&k.text, "〔→ %s〕\n%s\n\n", group, text)
	}
}

var codeForm = regexp.MustCompile(`(?i)[2-9A-Z]{5}-[2-9A-Z]{5}`)

// golden compares the conversation with what is kept of it; codes are random.
func (k *talk) golden(t *testing.T, name string) {
	t.Helper()
	golden(t, filepath.Join("survey", name), codeForm.ReplaceAllString(k.text.String(), "XXXXX-XXXXX"))
}

func mustContain(t *testing.T, reply string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(reply, part) {
			t.Errorf("reply lacks %q:\n%s", part, reply)
		}
	}
}

func TestSurveyPublishing(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say("J1017", "/问卷 发 职工关怀 全体 三天") // not of the office
	k.say("J1006", "/问卷 发")
	k.say("J1006", "/问卷 发 职工关坏 职工 三天")
	k.say("J1006", "/问卷 发 职工关怀 火星人、人事科 三天")
	k.say("J1006", "/问卷 发 职工关怀 人事科 下下下周")
	k.say("J1006", "/问卷 发 职工关怀 人事科 昨天")
	k.say("J1006", "/问卷 发 职工关怀 周一 三天")
	k.say("J1006", "/问卷 发 意见 校长、机关中层群 11月26日 18:00")
	k.say("J1006", "/问卷 取消 1")
	k.say("J1006", "/问卷 确认 1")
	k.pushed("J1017") // nothing yet
	k.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1019")
		if err != nil {
			return err
		}
		p.Accounts = nil
		return people.Put(tx, p)
	})
	k.say("J1006", "/问卷 发 职工关怀 人事科 机关职工群 三天")
	k.sayIn("机关中层群", "J1006", "/问卷 确认 2") // names are for the office alone
	k.pushed("J1006")
	k.pushed("J1017")
	k.pushedTo("机关职工群")
	k.say("J1006", "/问卷 确认 2")
	k.golden(t, "publishing")
	k.Update(func(tx *store.Tx) error {
		if _, err := tx.Undo("J1006", time.Hour); !errors.Is(err, store.ErrNothingToUndo) {
			t.Errorf("publishing can be undone (%v)", err)
		}
		return nil
	})
}

func TestSurveyNamed(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say("J1006", "/问卷 发 教师培训需求 人事科、师训科 11月26日 18:00")
	k.say("J1006", "/问卷 确认 1")
	k.pushed("J1017")
	k.say("J1017", "/问卷 1")
	k.say("J1017", "F")
	k.say("J1017", "b")
	k.say("J1017", "/问卷 1 选 2D")
	k.say("J1017", "/问卷 1 选 2A")
	k.say("J1017", "退")
	k.say("J1017", "停")
	k.Restart()
	k.say("J1017", "/问卷 1")
	k.say("J1017", "不改")
	k.say("J1017", "BD")
	k.say("J1017", "C")
	k.say("J1017", "二十天")
	k.say("J1017", "3.5")
	k.say("J1017", "/答 1 5C")
	k.say("J1017", "跳过")
	k.say("J1017", "考勤系统怎么用，请讲一讲") // begins with a command's name and is no command
	k.say("J1017", "提交")
	k.say("J1017", "/问卷 1 改 2")
	k.say("J1017", "A")
	k.say("J1017", "/答 1 4:2 8:送教到校要有经费")
	k.say("J1017", "/问卷 1")
	k.say("J1018", "/答 1 1A 2BDE 4:30 9A 5周末")
	k.say("J1018", "/答 1 4:3 5B")
	k.sayIn("机关职工群", "J1019", "@运转 /答 1 1C 2A 4:1")
	k.sayIn("机关职工群", "J1019", "@运转 /答 1 5A")
	k.sayIn("机关职工群", "J1020", "@运转 /问卷 1")
	k.pushed("J1020")
	k.say("J1023", "/答 1 1A") // was not asked
	k.say("J1017", "/问卷")
	k.say("J1006", "/问卷 进度 S1")
	k.say("J1006", "/问卷 催办 1")
	k.say("J1006", "/问卷 催办 1")
	k.pushed("J1021")
	k.say("J1006", "/问卷 结果 1")
	k.say("J1006", "/问卷 结果 1 7")
	k.say("J1006", "/问卷 结果 1 表格")
	k.say("J1006", "/问卷 截止 1")
	k.say("J1006", "/问卷 截止 1 确认")
	k.pushedTo("办公室群")
	k.say("J1017", "/答 1 1A")
	k.say("J1006", "/问卷 进度 1")
	k.golden(t, "named")
}

func TestSurveyAnonymous(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	k.say("J1006", "/问卷 发 教育管理意见征集 人事科 11月26日 18:00")
	k.say("J1006", "/问卷 确认 1")
	k.pushed("J1017")
	k.sayIn("机关职工群", "J1017", "@运转 /答 1 1A 3B 4:5 5:5")
	k.say("J1017", "/问卷 1")
	k.say("J1017", "E")
	k.say("J1017", "C")
	k.say("J1017", "会议通知太晚")
	k.say("J1017", "/问卷 1 选 3B")
	k.say("J1017", "/问卷 1 选好 3")
	k.say("J1017", "退")
	k.say("J1017", "AB")
	k.say("J1017", "4")
	k.say("J1017", "5")
	code := codeForm.FindString(k.say("J1017", "跳过"))
	k.say("J1017", "/问卷 1")
	k.say("J1017", "/答 1 1A")
	k.say("J1017", "/答 1 改 ABCDE-FGHJK 1A")
	k.say("J1017", "/答 1 改 "+strings.ToLower(code)+" 1A 4:9 6:谢谢")
	k.say("J1018", "/答 1 1A 3AB 4:3 5:4 6:材料太多 7A")
	k.say("J1018", "/答 1 提交")
	k.say("J1006", "/问卷 结果 1")
	k.say("J1006", "/问卷 进度 1")
	for _, id := range []string{"J1019", "J1020", "J1021"} {
		mustContain(t, k.Say(id, "/答 1 1B 3AE 4:2 5:4 6:少一些检查"), "已提交，谢谢")
	}
	k.say("J1006", "/问卷 结果 1 表格")
	k.say("J1006", "/问卷 截止 1 确认")
	k.say("J1006", "/问卷 结果 1")
	k.say("J1006", "/问卷 结果 1 表格")
	k.say("J1017", "/答 1 改 "+code+" 1B")
	k.golden(t, "anonymous")
}

// One person is one answer, on whatever platform, and a form begun on one goes on
// on the other.
func TestSurveyOnTwoPlatforms(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
	b.Say("J1006", "/问卷 发 教师培训需求 人事科 三天")
	b.Say("J1006", "/问卷 确认 1")
	b.Say("J1017", "/问卷 1")
	mustContain(t, b.Say("J1017", "A"), "2/8")
	mustContain(t, b.SayOn("dingtalk", "dt1017", "/问卷 1"), "2/8")
	mustContain(t, b.SayOn("dingtalk", "dt1017", "/答 1 2A 4:1 5A"), "6/8")
	mustContain(t, b.SayOn("dingtalk", "dt1017", "提交"), "已提交，谢谢", "A 集中面授")
	mustContain(t, b.Say("J1017", "B"), "您的答卷", "A 集中面授") // the old dialog here changes nothing
	mustContain(t, b.Say("J1017", "/答 1 1B"), "已提交，谢谢", "B 线上学习")
	mustContain(t, b.Say("J1006", "/问卷 进度 1"), "已答 1/6")
}

func TestSurveyDialogEndsWithTheSurvey(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
	b.Say("J1006", "/问卷 发 教师培训需求 人事科 今天 9:30")
	b.Say("J1006", "/问卷 确认 1")
	b.Say("J1017", "/问卷 1")
	b.Clock.Set("09:31")
	mustContain(t, b.Say("J1017", "A"), "S1《教师培训需求调查》已经截止")
	mustContain(t, b.Say("J1017", "A"), "没有看懂")
	mustContain(t, b.Say("J1006", "/问卷 催办 1"), "已经截止，不用催了")
}
