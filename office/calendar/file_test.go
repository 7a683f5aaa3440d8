package calendar

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestSummaryAndPicture(t *testing.T) {
	t.Parallel()
	c := Embedded()
	y, _ := c.Year(2026)
	golden(t, "summary2026.txt", y.Summary())
	picture := c.Picture(2026)
	golden(t, "picture2026.txt", picture)
	for line := range strings.Lines(picture) {
		if columns(strings.TrimRight(line, "\n")) > 2*monthWidth+gutter {
			t.Errorf("too wide: %q", line)
		}
	}
	if got := strings.Count(picture, "休") - 2; got != 33 {
		t.Errorf("%d days off in the picture", got)
	}
	raw, err := os.ReadFile("testdata/notices/2019.txt")
	if err != nil {
		t.Fatal(err)
	}
	if y, err = ParseFile("2019.txt", raw); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary2019.txt", y.Summary())
}

// year2025 is the same year in each of the forms a file may have.
func year2025(t *testing.T) map[string]string {
	t.Helper()
	notice, err := os.ReadFile("testdata/notices/2025.txt")
	if err != nil {
		t.Fatal(err)
	}
	y, err := ParseFile("x.txt", notice)
	if err != nil {
		t.Fatal(err)
	}
	csv := "日期,名称,类型\n"
	yaml := "year: 2025\nholidays:\n"
	for _, s := range y.Days {
		if s.Work {
			continue
		}
		csv += fmt.Sprintf("%s,%s,休\n", s.Day, s.Name)
	}
	for _, name := range y.names() {
		var days []Day
		work := []string{}
		for _, s := range y.Days {
			if s.Name != name {
				continue
			}
			if s.Work {
				csv += fmt.Sprintf("%s,%s,班\n", strings.ReplaceAll(string(s.Day), "-", "/"), name)
				work = append(work, string(s.Day))
				continue
			}
			days = append(days, s.Day)
		}
		yaml += fmt.Sprintf("  - name: %s\n    from: %s\n    to: %s\n    work: [%s]\n", name, days[0], days[len(days)-1], strings.Join(work, ", "))
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(string(notice))
	if err != nil {
		t.Fatal(err)
	}
	half := strings.NewReplacer("：", ":", "（", "(", "）", ")", "\n\n", " ").Replace(string(notice))
	return map[string]string{
		"notice.txt": string(notice), "gb18030.txt": gb, "crlf.txt": "\ufeff" + strings.ReplaceAll(string(notice), "\n", "\r\n"),
		"halfwidth-in-one-line.txt": half, "days.csv": csv, "bom.CSV": "\ufeff" + csv, "year.yaml": yaml,
	}
}

func TestFormsAgree(t *testing.T) {
	t.Parallel()
	forms := year2025(t)
	want, err := ParseFile("notice.txt", []byte(forms["notice.txt"]))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range forms {
		got, err := ParseFile(name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Year != 2025 || fmt.Sprint(got.Days) != fmt.Sprint(want.Days) {
			t.Errorf("%s: %d\n%v\nwant\n%v", name, got.Year, got.Days, want.Days)
		}
	}
}

func TestFaultsOfFiles(t *testing.T) {
	t.Parallel()
	forms := year2025(t)
	edit := func(form string, pairs ...string) string {
		text := strings.NewReplacer(pairs...).Replace(forms[form])
		if text == forms[form] {
			t.Fatalf("%s: nothing replaced by %v", form, pairs)
		}
		return text
	}
	for _, c := range []struct {
		name, file, text string
		want             []string // each a part of the error
	}{
		{"no title", "n.txt", edit("notice.txt", "部分节假日", "部分假日"), []string{"看不出是哪一年"}},
		{"not a notice", "n.txt", "国务院办公厅关于2025年部分节假日安排的通知", []string{"没有找到“一、元旦：……”这样的条目", "缺少元旦", "缺少国庆"}},
		{"a holiday missing", "n.txt", edit("notice.txt", "三、清明节：4月4日（周五）至6日（周日）放假，共3天。", ""), []string{"1 处问题", "缺少清明"}},
		{"total does not agree", "n.txt", edit("notice.txt", "共5天", "共6天"), []string{"第10行：劳动节写的是6天，日期却是 5 天"}},
		{"total of 放假N天", "n.txt", edit("notice.txt", "放假1天，不调休", "放假2天"), []string{"第4行：元旦写的是2天，日期却是 1 天"}},
		{"weekday does not agree", "n.txt", edit("notice.txt", "4月27日（周日）", "4月26日（周日）"), []string{"第10行：2025年4月26日是周六，不是周日"}},
		{"make-up day on a weekday", "n.txt", edit("notice.txt", "4月27日（周日）", "4月28日"), []string{"第10行：2025-04-28 是周一，补班只能在周六、周日"}},
		{"no such day", "n.txt", edit("notice.txt", "2月8日", "2月30日"), []string{"第6行：2025年2月没有30日"}},
		{"range backwards", "n.txt", edit("notice.txt", "5日（周一）放假调休，共5天", "4月25日放假调休"), []string{"第10行：2025-04-25 早于 2025-05-01"}},
		{"range too long", "n.txt", edit("notice.txt", "2月4日（农历正月初七、周二）放假调休，共8天", "2月24日放假调休"), []string{"超过 15 天"}},
		{"a day off that is worked", "n.txt", edit("notice.txt", "4月27日（周日）", "5月3日（周六）"), []string{"第10行：2025-05-03 重复，第10行已经有"}},
		{"dates not understood", "n.txt", edit("notice.txt", "5月31日（周六）至6月2日（周一）放假，共3天", "五月底放假"), []string{"端午节没有写放假日期", "缺少端午"}},
		{"New Year in another month", "n.txt", edit("notice.txt", "1月1日（周三）放假1天，不调休", "3月1日放假"), []string{"元旦没有包括1月1日"}},

		{"csv columns", "d.csv", edit("days.csv", "2025-01-01,元旦,休", "2025-01-01,元旦"), []string{"第2行：应有 3 列（日期,名称,类型），实有 2 列", "缺少元旦"}},
		{"csv kind", "d.csv", edit("days.csv", "2025-01-01,元旦,休", "2025-01-01,元旦,假"), []string{"第2行：类型“假”不对，请写 休 或 班"}},
		{"csv date without year", "d.csv", edit("days.csv", "2025-01-01", "1-1"), []string{"第2行：没看懂日期“1-1”"}},
		{"csv no name", "d.csv", edit("days.csv", "2025-01-28,春节", "2025-01-28,"), []string{"第3行：2025-01-28 没有写是什么节日"}},
		{"csv another year", "d2026.csv", forms["days.csv"], []string{"2025-01-01 不在 2026 年"}},
		{"csv quotes", "d.csv", "\"a\nb", []string{"不是有效的 CSV 文件"}},
		{"csv empty", "d.csv", "", []string{"年份 0 不对"}},

		{"yaml syntax", "y.yaml", "year: [", []string{"y.yaml 第1行写法不对"}},
		{"yaml unknown key", "y.yaml", edit("year.yaml", "year: 2025", "year: 2025\nyaer: 1"), []string{"第2行写法不对"}},
		{"yaml date", "y.yaml", edit("year.yaml", "from: 2025-01-28", "from: 2025-01-32"), []string{"第8行：没有“2025-01-32”这一天"}},
		{"yaml make-up date", "y.yaml", edit("year.yaml", "2025-02-08", "2025-02-07"), []string{"第10行：2025-02-07 是周五，补班只能在周六、周日"}},
		{"yaml year", "y.yaml", edit("year.yaml", "year: 2025", "year: 25"), []string{"年份 25 不对"}},
		{"yaml more worked than freed", "y.yaml", edit("year.yaml", "work: []", "work: [2025-03-01, 2025-03-02, 2025-03-08, 2025-03-09, 2025-03-15]"), []string{"比放假占用的工作日"}},
		{"not text", "n.txt", "\xff\xff\xff", []string{"不是文本文件"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseFile(c.file, []byte(c.text))
			var u *store.UserError
			if !errors.As(err, &u) {
				t.Fatalf("got %v, want a user's mistake", err)
			}
			for _, part := range c.want {
				if !strings.Contains(u.Text, part) {
					t.Errorf("%q is not in:\n%s", part, u.Text)
				}
			}
		})
	}
}

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "store.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	load := func() (c Calendar) {
		t.Helper()
		if err := s.View(context.Background(), func(tx *store.Tx) (err error) {
			c, err = Load(tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if got := fmt.Sprint(load().Years()); got != "[2026]" {
		t.Errorf("years before the import: %s", got)
	}
	imported, err := ParseFile("x.txt", []byte(year2025(t)["notice.txt"]))
	if err != nil {
		t.Fatal(err)
	}
	mine, _ := load().Year(2026)
	mine.Days = mine.Days[:3]
	for _, y := range []Year{imported, mine} {
		if err := s.Update(context.Background(), func(tx *store.Tx) error { return Save(tx, y) }); err != nil {
			t.Fatal(err)
		}
	}
	c := load()
	if got := fmt.Sprint(c.Years()); got != "[2025 2026]" {
		t.Errorf("years after the import: %s", got)
	}
	if work, known := c.IsWorkday("2025-01-26"); !work || !known {
		t.Error("the imported make-up Sunday is not worked")
	}
	if work, _ := c.IsWorkday("2026-02-17"); !work {
		t.Error("the imported year does not replace the embedded one")
	}
}

func FuzzParseFile(f *testing.F) {
	files, err := filepath.Glob("testdata/notices/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("n.txt", raw)
	}
	raw, err := os.ReadFile("data/2026.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("y.yaml", raw)
	f.Add("y.csv", []byte("日期,名称,类型\n2027-01-01,元旦,休\n"))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		y, err := ParseFile(name, raw)
		if err != nil {
			return
		}
		for _, s := range y.Days {
			if !s.Day.Valid() || s.Work && !s.Day.IsWeekend() {
				t.Fatalf("accepted %+v", s)
			}
		}
		if y.Summary() == "" || New(y).Picture(y.Year) == "" {
			t.Fatal("empty summary or picture")
		}
	})
}
