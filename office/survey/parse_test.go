package survey

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yunzhuan/office/yamlfile"
	shipped "yunzhuan/surveys"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// contractFile is the file of the contract with the outside.
const contractFile = `title: 教育管理意见征集
category: 机关管理            # 机关管理 职工关怀
anonymous: true
intro: 请于三日内完成
questions:
  - {id: q1, type: single, text: 您对机关办事效率的评价, options: [很满意, 满意, 一般, 不满意], required: true}
  - {id: q2, type: multiple, text: 最需要改进的方面, options: [会议多, 材料多, 反馈慢, 检查多], max: 2}
  - {id: q3, type: scale, text: 对教师培训的满意度, min: 1, max: 5}
  - {id: q4, type: text, text: 您的意见和建议, when: {q1: [一般, 不满意]}}
`

func number(f float64) *float64 { return &f }

func contractTemplate() *Template {
	return &Template{
		Title: "教育管理意见征集", Category: "机关管理", Anonymous: true, Intro: "请于三日内完成",
		Questions: []Question{
			{ID: "q1", Kind: Single, Text: "您对机关办事效率的评价", Options: []string{"很满意", "满意", "一般", "不满意"}, Required: true},
			{ID: "q2", Kind: Multiple, Text: "最需要改进的方面", Options: []string{"会议多", "材料多", "反馈慢", "检查多"}, Min: number(1), Max: number(2)},
			{ID: "q3", Kind: Scale, Text: "对教师培训的满意度", Min: number(1), Max: number(5)},
			{ID: "q4", Kind: Text, Text: "您的意见和建议", When: []Condition{{Question: "q1", Values: []string{"一般", "不满意"}}}},
		},
	}
}

func TestParseContractFile(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"as it stands":        []byte(contractFile),
		"with a byte mark":    []byte("\ufeff" + contractFile),
		"with Windows lines":  []byte(strings.ReplaceAll(contractFile, "\n", "\r\n")),
		"with a document bar": []byte("---\n" + contractFile),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse("s.yaml", data)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(contractTemplate(), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Every file of testdata/faults is wrong in some way; its golden file says what
// its author reads.
func TestParseFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(filepath.Base(file), data)
			var faults *yamlfile.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("error is %v, want *Faults", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func TestParseRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, data, want string
	}{
		{"a Word file", "问卷.docx", "PK", "要用 .yaml 或 .xlsx"},
		{"not a table", "问卷.xlsx", "PK\x03\x04 no", "打不开"},
		{"another encoding", "s.yaml", "title: \xd6\xd0\n", "第 1 行：文件不是 UTF-8"},
		{"too large", "s.yaml", strings.Repeat("#", maxFile+1), "太大"},
		{"empty", "s.yaml", "", "文件是空的"},
		{"comments alone", "s.yaml", "# nothing\n", "文件是空的"},
		{"a list", "s.yaml", "- a\n", "问卷要写成一组"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tt.file, []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestShippedTemplates(t *testing.T) {
	t.Parallel()
	names := Names(shipped.Files)
	if len(names) < 3 {
		t.Fatalf("templates: %v", names)
	}
	for _, name := range names {
		file, data, err := File(shipped.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(file, data); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := File(shipped.Files, "没有"); err == nil {
		t.Error("a template that is not there was read")
	}
}

// sheet makes an .xlsx file of rows.
func sheet(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParseSheet(t *testing.T) {
	t.Parallel()
	data := sheet(t,
		[]any{"标题", "教育管理意见征集"}, []any{"类别", "机关管理"}, []any{"不记名", "是"}, []any{"说明", "请于三日内完成"}, []any{},
		[]any{"题号", "类型", "题目", "选项", "必答", "最少", "最多", "条件"},
		[]any{"q1", "单选", "您对机关办事效率的评价", "很满意、满意、一般、不满意", "是"},
		[]any{"q2", "多选", "最需要改进的方面", "会议多\n材料多\n反馈慢\n检查多", "否", nil, 2},
		[]any{"q3", "量表", "对教师培训的满意度", nil, nil, 1, 5},
		[]any{"q4", "短文字", "您的意见和建议", nil, nil, nil, nil, "q1＝一般、不满意"},
	)
	got, err := Parse("问卷.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(contractTemplate(), got); d != "" {
		t.Error(d)
	}
}

func TestParseSheetFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		rows [][]any
		want []string
	}{
		{"no header", [][]any{{"标题", "甲"}}, []string{"第 1 行：没有找到表头"}},
		{"an unknown row and column", [][]any{{"标题", "甲"}, {"颜色", "红"}, {"题号", "类型", "题目", "分值"}},
			[]string{"第 2 行：没有看懂“颜色”", "第 3 行：表头里没有“分值”这一列", "没有写明记名还是不记名", "没有题目"}},
		{"faults of rows", [][]any{{"标题", "甲"}, {"不记名", "也许"}, {"题号", "类型", "题目", "选项", "必答", "条件"},
			{"1", "单选", "问", "甲", "y", ""}, {"1", "选择", "问", "甲、乙", "是", "9：甲"}},
			[]string{"第 2 行：不记名 只能写 是 或 否", "第 4 行：单选题至少要有 2 个选项，现在有 1 个", "第 4 行：必答 只能写 是 或 否",
				"第 5 行：题号“1”用了两次，第 4 行已有", "第 5 行：没有“选择”这种题型", "第 5 行：条件要写成"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("问卷.xlsx", sheet(t, tt.rows...))
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error is %v, want %q in it", err, want)
				}
			}
		})
	}
}

// Whatever stands in a file: Parse does not panic, its faults have lines of the
// file, and what it accepts can be asked and answered.
func FuzzParse(f *testing.F) {
	f.Add([]byte(contractFile))
	for _, name := range Names(shipped.Files) {
		_, data, err := File(shipped.Files, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("title: &a [*a]\n<<: *a\n? {}\n"))
	f.Add([]byte("title: 甲\r\r- 乙"))
	f.Add([]byte("|\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
		tpl, err := Parse("s.yaml", data)
		var faults *yamlfile.Faults
		if err != nil {
			if !errors.As(err, &faults) || len(faults.List) == 0 {
				t.Fatalf("error without faults: %v", err)
			}
			for _, one := range faults.List {
				if one.Line < 1 || one.Line > lines || one.Message == "" {
					t.Fatalf("bad fault %+v", one)
				}
			}
			return
		}
		if tpl.Title == "" || len(tpl.Questions) == 0 || tpl.Minutes() < 1 {
			t.Fatalf("accepted %+v", tpl)
		}
		answerAll(t, tpl)
	})
}

// answerAll fills a form question by question, and every question must take an
// answer.
func answerAll(t *testing.T, tpl *Template) {
	t.Helper()
	form := Form{Answers: map[string]Answer{}, Steps: true}
	for range len(tpl.Questions) {
		i, more := form.Turn(tpl)
		if !more {
			return
		}
		if err := form.Set(tpl, i+1, goodAnswer(tpl.Questions[i])); err != nil {
			t.Fatalf("question %d %+v: %v", i+1, tpl.Questions[i], err)
		}
	}
	if _, more := form.Turn(tpl); more {
		t.Fatalf("never done: %+v", form)
	}
}

func goodAnswer(q Question) string {
	switch q.Kind {
	case Single:
		return "A"
	case Multiple:
		s := ""
		for i := range int(*q.Min) {
			s += Letter(i)
		}
		return s
	case Scale:
		return plain(*q.Max)
	case Number:
		switch {
		case q.Min != nil:
			return fmt.Sprintf("%.4f", *q.Min)
		case q.Max != nil:
			return fmt.Sprintf("%.4f", *q.Max)
		}
		return "7"
	}
	return "好"
}
