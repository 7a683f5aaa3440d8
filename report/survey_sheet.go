package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"yunzhuan/chat"
	"yunzhuan/office/survey"
)

// SurveySheet is the result of a survey with a spreadsheet to it. What is hidden in
// the result is hidden there, too.
func SurveySheet(r survey.Result, now time.Time) (chat.Body, error) {
	data, err := resultSheet(r)
	if err != nil {
		return chat.Body{}, fmt.Errorf("write the result of %s as a sheet: %w", r.Survey.ID(), err)
	}
	s := r.Survey
	text := answeredOf(r.Answered, r.Asked) + "　结果在表格里。"
	if s.Open(now) {
		text += "还没有截止，结果会变。"
	}
	return chat.Titled(s.ID() + " " + s.Title() + "　结果").Para(text).
		File(chat.File{Name: fileName(s.ID()+" "+s.Title()+" 结果") + ".xlsx", Data: data}), nil
}

// fileName makes a name of a title that every system takes.
func fileName(title string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return -1
		}
		return r
	}, title))
}

// resultSheet writes two sheets: a row for each option or value, and one for each
// answer in words.
func resultSheet(r survey.Result) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	named := !r.Survey.Template.Anonymous
	words := table{{"题号", "题目", "回答"}}
	if named {
		words[0] = append(words[0], "姓名")
	}
	counts := table{{"题号", "题目", "题型", "作答人数", "选项", "人数", "占比", "平均"}}
	for _, q := range r.Questions {
		counts = append(counts, countsOf(q)...)
		for _, o := range q.Texts {
			row := []any{q.No, q.Question.Text, o.Text}
			if named {
				row = append(row, o.Name)
			}
			words = append(words, row)
		}
	}
	if err := counts.write(f, "统计", 1, map[string]float64{"B": 44, "C": 10, "D": 10, "E": 24}); err != nil {
		return nil, err
	}
	if len(words) > 1 {
		if err := words.write(f, "文字回答", 1, map[string]float64{"B": 44, "C": 60, "D": 12}); err != nil {
			return nil, err
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if _, err := f.WriteTo(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func countsOf(r survey.QuestionResult) table {
	q := r.Question
	head := []any{r.No, q.Text, q.Kind.Title()}
	if r.Hidden {
		return table{append(head, "人数太少，不显示")}
	}
	head = append(head, r.Answered)
	var rows table
	mean := any(nil)
	if (q.Kind == survey.Scale || q.Kind == survey.Number) && r.Answered > 0 {
		mean = round2(r.Mean)
	}
	label := func(i int) string { return survey.Letter(i) + " " + q.Options[i] }
	if q.Kind == survey.Scale {
		low, _ := q.Range()
		label = func(i int) string { return strconv.Itoa(low + i) }
	}
	for i, n := range r.Counts {
		share := any(nil)
		if r.Answered > 0 {
			share = round2(100*float64(n)/float64(r.Answered)) / 100
		}
		rows = append(rows, append(head[:len(head):len(head)], label(i), n, share, mean))
	}
	if rows == nil {
		rows = table{append(head, nil, nil, nil, mean)}
	}
	return rows
}

func round2(x float64) float64 { return math.Round(100*x) / 100 }
