package calendar

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yunzhuan/store"
)

// maxRange is the longest holiday a file may give: a slip of the month in a
// date would otherwise free the office for weeks.
const maxRange = 15

// ParseFile reads the holidays of a year from one of three forms, told apart by
// content and name:
//
//	the text of the State Council's notice, pasted into a file
//	.yaml: year, source, holidays with name, from, to, work (data/2026.yaml is one)
//	.csv:  日期,名称,类型 with 休 or 班, a row a day
//
// UTF-8 and GB18030 are accepted. All faults come back at once in a
// *store.UserError, each with its line.
func ParseFile(name string, raw []byte) (Year, error) {
	base := filepath.Base(name)
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return Year{}, store.Errorf("%s 不是文本文件，请另存为 UTF-8 文本再导入", base)
		}
		raw = decoded
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return parseYAML(base, raw)
	case ".csv":
		return parseCSV(base, raw)
	}
	return parseNotice(base, string(raw))
}

// linedDay is a day of a YAML file that remembers its line.
type linedDay struct {
	day  Day
	line int
}

// UnmarshalYAML takes the day as it is written; whether it exists is checked
// with everything else.
func (d *linedDay) UnmarshalYAML(n ast.Node) error {
	d.day, d.line = Day(n.GetToken().Value), n.GetToken().Position.Line
	return nil
}

func parseYAML(file string, raw []byte) (Year, error) {
	var doc struct {
		Year     int    `yaml:"year"`
		Source   string `yaml:"source"`
		Holidays []struct {
			Name string     `yaml:"name"`
			From linedDay   `yaml:"from"`
			To   linedDay   `yaml:"to"`
			Work []linedDay `yaml:"work"`
		} `yaml:"holidays"`
	}
	if err := yaml.UnmarshalWithOptions(raw, &doc, yaml.Strict()); err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			return Year{}, store.Errorf("%s 第%d行写法不对：%s", file, at.GetToken().Position.Line, at.GetMessage())
		}
		return Year{}, store.Errorf("%s 不是有效的 YAML 文件", file)
	}
	var f faults
	var days []lined
	for _, h := range doc.Holidays {
		if h.To.line == 0 {
			h.To = h.From
		}
		for _, d := range span(h.From.day, h.To.day, h.From.line, &f) {
			days = append(days, lined{Special{Day: d, Name: h.Name}, h.From.line})
		}
		for _, d := range h.Work {
			days = append(days, lined{Special{Day: d.day, Name: h.Name, Work: true}, d.line})
		}
	}
	y := build(doc.Year, doc.Source, days, &f)
	return y, f.err(file)
}

// span lists the days from one to another, both included.
func span(from, to Day, line int, f *faults) []Day {
	switch {
	case !from.Valid():
		f.add(line, "没有“%s”这一天", from)
		return nil
	case !to.Valid():
		f.add(line, "没有“%s”这一天", to)
		return nil
	case to < from:
		f.add(line, "%s 早于 %s", to, from)
		return nil
	case to.Sub(from) >= maxRange:
		f.add(line, "%s 至 %s 超过 %d 天", from, to, maxRange)
		return nil
	}
	days := []Day{from}
	for d := from; d < to; {
		d = d.AddDays(1)
		days = append(days, d)
	}
	return days
}

var reYearInName = regexp.MustCompile(`20\d\d`)

func parseCSV(file string, raw []byte) (Year, error) {
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var f faults
	var days []lined
	years := map[int]int{}
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Year{}, store.Errorf("%s 不是有效的 CSV 文件", file)
		}
		line, _ := r.FieldPos(0)
		if len(days) == 0 && strings.TrimSpace(rec[0]) == "日期" {
			continue
		}
		if s, ok := csvRow(rec, line, &f); ok {
			days = append(days, s)
			years[s.Day.Year()]++
		}
	}
	// The year is that of most rows: 元旦 may begin in the December before.
	year := 0
	for y, n := range years {
		if n > years[year] {
			year = y
		}
	}
	if m := reYearInName.FindString(file); m != "" {
		year, _ = strconv.Atoi(m)
	}
	y := build(year, file, days, &f)
	return y, f.err(file)
}

// csvRow reads 日期,名称,类型.
func csvRow(rec []string, line int, f *faults) (lined, bool) {
	if len(rec) != 3 {
		f.add(line, "应有 3 列（日期,名称,类型），实有 %d 列", len(rec))
		return lined{}, false
	}
	d, err := readDate(normalize(rec[0]), "2000-01-01", nearest)
	if err != nil || !reYMD.MatchString(normalize(rec[0])) {
		f.add(line, "没看懂日期“%s”，请写 2027-01-01", store.Brief(rec[0]))
		return lined{}, false
	}
	kind := strings.TrimSpace(rec[2])
	if kind != "休" && kind != "班" {
		f.add(line, "类型“%s”不对，请写 休 或 班", store.Brief(kind))
		return lined{}, false
	}
	return lined{Special{Day: d, Name: strings.TrimSpace(rec[1]), Work: kind == "班"}, line}, true
}
