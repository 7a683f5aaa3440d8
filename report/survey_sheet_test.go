package report_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yunzhuan/chat"
	"yunzhuan/office/survey"
	"yunzhuan/report"
)

// sheets reads every sheet of the file in a body, as shown.
func sheets(t *testing.T, b chat.Body) map[string][][]string {
	t.Helper()
	file := b.Blocks[len(b.Blocks)-1].File
	f, err := excelize.OpenReader(bytes.NewReader(file.Data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		if all[name], err = f.GetRows(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestSurveySheet(t *testing.T) {
	t.Parallel()
	s := sampleSurvey()
	s.Template.Title = "教育/管理：“意见”?"
	five := 5.0
	one := 1.0
	result := survey.Result{Survey: s, Asked: 8, Answered: 6, Questions: []survey.QuestionResult{
		{No: 1, Question: survey.Question{Kind: survey.Single, Text: "评价", Options: []string{"好", "=1+1"}}, Answered: 6, Counts: []int{4, 2}},
		{No: 2, Question: survey.Question{Kind: survey.Scale, Text: "满意度", Min: &one, Max: &five}, Answered: 3, Counts: []int{0, 0, 1, 0, 2}, Mean: 13.0 / 3},
		{No: 3, Question: survey.Question{Kind: survey.Number, Text: "人数"}, Answered: 2, Mean: 2.5, Low: 1, High: 4},
		{No: 4, Question: survey.Question{Kind: survey.LongText, Text: "建议"}, Answered: 1, Texts: []survey.Opinion{{Name: "周一", Text: "少开会"}}},
		{No: 5, Question: survey.Question{Kind: survey.Single, Text: "没人答", Options: []string{"甲", "乙"}}, Counts: []int{0, 0}},
	}}
	b, err := report.SurveySheet(result, surveyTime("2026-11-27 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	if name := b.Blocks[len(b.Blocks)-1].File.Name; name != "S7 教育管理：“意见” 结果.xlsx" {
		t.Errorf("file name %q", name)
	}
	want := map[string][][]string{
		"统计": {
			{"题号", "题目", "题型", "作答人数", "选项", "人数", "占比", "平均"},
			{"1", "评价", "单选", "6", "A 好", "4", "66.67%"},
			{"1", "评价", "单选", "6", "B =1+1", "2", "33.33%"},
			{"2", "满意度", "量表", "3", "1", "0", "0.00%", "4.33"},
			{"2", "满意度", "量表", "3", "2", "0", "0.00%", "4.33"},
			{"2", "满意度", "量表", "3", "3", "1", "33.33%", "4.33"},
			{"2", "满意度", "量表", "3", "4", "0", "0.00%", "4.33"},
			{"2", "满意度", "量表", "3", "5", "2", "66.67%", "4.33"},
			{"3", "人数", "数字", "2", "", "", "", "2.5"},
			{"4", "建议", "长文字", "1"},
			{"5", "没人答", "单选", "0", "A 甲", "0"},
			{"5", "没人答", "单选", "0", "B 乙", "0"},
		},
		"文字回答": {{"题号", "题目", "回答", "姓名"}, {"4", "建议", "少开会", "周一"}},
	}
	if diff := cmp.Diff(want, sheets(t, b)); diff != "" {
		t.Error(diff)
	}
}

// TestAnonymousSheet: what the result does not show stands in no cell, and there
// is no column for names.
func TestAnonymousSheet(t *testing.T) {
	t.Parallel()
	s := sampleSurvey()
	s.Template.Anonymous = true
	result := survey.Result{Survey: s, Asked: 8, Answered: 6, Questions: []survey.QuestionResult{
		{No: 1, Question: survey.Question{Kind: survey.Single, Text: "评价", Options: []string{"好", "差"}}, Hidden: true},
		{No: 2, Question: survey.Question{Kind: survey.LongText, Text: "建议"}, Answered: 6, Texts: []survey.Opinion{{Text: "=HYPERLINK(1)"}}},
	}}
	b, err := report.SurveySheet(result, surveyTime("2026-11-27 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][][]string{
		"统计": {
			{"题号", "题目", "题型", "作答人数", "选项", "人数", "占比", "平均"},
			{"1", "评价", "单选", "人数太少，不显示"},
			{"2", "建议", "长文字", "6"},
		},
		"文字回答": {{"题号", "题目", "回答"}, {"2", "建议", "=HYPERLINK(1)"}},
	}
	if diff := cmp.Diff(want, sheets(t, b)); diff != "" {
		t.Error(diff)
	}
}
