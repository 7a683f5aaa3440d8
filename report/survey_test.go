package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/report"
)

func sampleSurvey() survey.Survey {
	return survey.Survey{
		No: 7, PublishedAt: surveyTime("2026-11-23 09:00"), ClosesAt: surveyTime("2026-11-26 18:00"),
		Template: survey.Template{Title: "教育管理意见征集", Questions: []survey.Question{
			{ID: "q1", Kind: survey.LongText, Text: "您的意见"},
		}},
	}
}

func surveyTime(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSurveyTimeLeft(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2026-11-23 09:00": "还有 3 天", "2026-11-25 18:00": "还有 1 天", "2026-11-25 18:01": "还有 23 小时",
		"2026-11-26 17:00": "还有 1 小时", "2026-11-26 17:01": "还有 59 分钟", "2026-11-26 17:59": "还有 1 分钟",
		"2026-11-26 18:00": "已截止",
	} {
		got := report.SurveyLine(sampleSurvey(), surveyTime(now)).Text
		if !strings.HasSuffix(got, "截止，"+want) {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
}

// Many opinions are cut in the whole result, and shown all when asked for alone.
func TestSurveyResultWithManyOpinions(t *testing.T) {
	t.Parallel()
	s := sampleSurvey()
	q := survey.QuestionResult{No: 1, Question: s.Template.Questions[0], Answered: 25}
	for i := range 25 {
		q.Texts = append(q.Texts, survey.Opinion{Text: fmt.Sprintf("意见%d", i)})
	}
	r := survey.Result{Survey: s, Asked: 40, Answered: 31, Questions: []survey.QuestionResult{q}}
	now := surveyTime("2026-11-27 09:00")
	whole := bottest.Text(report.SurveyResult(r, now, 0))
	if n := strings.Count(whole, "· 意见"); n != 20 || !strings.Contains(whole, "还有 5 条。") || !strings.Contains(whole, "[第 1 题全部](/问卷 结果 7 1)") {
		t.Errorf("%d opinions:\n%s", n, whole)
	}
	alone := bottest.Text(report.SurveyResult(r, now, 1))
	if n := strings.Count(alone, "· 意见"); n != 25 || strings.Contains(alone, "还有") {
		t.Errorf("%d opinions:\n%s", n, alone)
	}
}

// Of very many people who cannot be reached some are named and the rest counted.
func TestSurveyPublishedWithManyUnreached(t *testing.T) {
	t.Parallel()
	var who []people.Person
	for i := range 100 {
		who = append(who, people.Person{Name: fmt.Sprintf("某%d", i), Unit: fmt.Sprintf("学校%d", i/10)})
	}
	got := bottest.Text(report.SurveyPublished(sampleSurvey(), 20, who, 0))
	want := "联系不上 100 人（没有绑定账号）：学校0 某0、某1"
	if !strings.Contains(got, want) || !strings.Contains(got, "；学校5 某50") || !strings.Contains(got, "某59 等 100 人") || strings.Contains(got, "某60") {
		t.Error(got)
	}
}
