// Package sheet reads the lists that an office keeps in files, .csv or .xlsx, and
// names what is wrong in them by line.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yunzhuan/store"
)

const (
	// maxFile bounds a file: a whole county's directory has a few hundred kilobytes.
	maxFile = 16 << 20
	// maxUnzipped bounds what an .xlsx file unpacks to.
	maxUnzipped = 128 << 20
)

// Kind is what a file is a list of.
type Kind struct {
	Name string // Chinese, for messages
	Rows int    // at most
}

// Read reads a file, .csv (UTF-8 with or without BOM, GB18030) or .xlsx (its first
// sheet), told apart by content, and hands its lines to check. A *store.UserError,
// from here or from check, comes back with the file's name before it.
func Read[R any](name string, data []byte, k Kind, check func([]Row) ([]R, error)) ([]R, error) {
	base := filepath.Base(name)
	var lines []Row
	var err error
	switch {
	case len(data) > maxFile:
		return nil, store.Errorf("%s 太大（超过 %d MB），不像%s。", base, maxFile>>20, k.Name)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		lines, err = readXLSX(data, k)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, store.Errorf("%s 是旧版 Excel 文件或加了密码，请另存为 .xlsx 或 .csv 再导入。", base)
	default:
		lines, err = readCSV(data)
	}
	var out []R
	if err == nil {
		out, err = check(lines)
	}
	var mistake *store.UserError
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &mistake):
		return nil, store.Errorf("%s %s", base, mistake.Text)
	}
	return nil, fmt.Errorf("read %s: %w", base, err)
}

// Body is the lines of a list below its header, without empty ones. Where there are
// none, none says what is missing.
func Body(lines []Row, header []string, none string) ([]Row, error) {
	var body []Row
	for _, l := range lines {
		if !l.Empty() {
			body = append(body, l)
		}
	}
	if len(body) == 0 {
		return nil, store.Errorf("是空的。")
	}
	if err := checkHeader(body[0], header); err != nil {
		return nil, err
	}
	if len(body) == 1 {
		return nil, store.Errorf("只有表头，没有%s。", none)
	}
	return body[1:], nil
}

// checkHeader says what is wrong with the first line of a list.
func checkHeader(r Row, header []string) error {
	for i, want := range header {
		if got := r.At(i); got != want {
			return store.Errorf("第 %d 行第 %d 列应是“%s”，现为“%s”。表头应为：%s", r.Line, i+1, want, Clip(got), strings.Join(header, ","))
		}
	}
	for i := len(header); i < len(r.Cells); i++ {
		if r.At(i) != "" {
			return store.Errorf("第 %d 行第 %d 列“%s”是多出来的。表头应为：%s", r.Line, i+1, Clip(r.At(i)), strings.Join(header, ","))
		}
	}
	return nil
}

// faultsShown bounds the faults that are listed one by one.
const faultsShown = 20

// Faults collects what is wrong with a file.
type Faults struct{ lines []string }

// Add adds a fault of a line.
func (f *Faults) Add(line int, format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf("第 %d 行：", line)+fmt.Sprintf(format, args...))
}

// Err is all of them as one *store.UserError, nil without any.
func (f *Faults) Err() error {
	n := len(f.lines)
	if n == 0 {
		return nil
	}
	shown := f.lines[:min(n, faultsShown)]
	text := fmt.Sprintf("有 %d 处不对，没有导入：\n%s", n, strings.Join(shown, "\n"))
	if n > faultsShown {
		text += fmt.Sprintf("\n另有 %d 处。", n-faultsShown)
	}
	return store.Errorf("%s", text)
}

// Clip keeps what is shown of a cell short.
func Clip(s string) string {
	r := []rune(s)
	if len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return s
}

// Row is a line of a file, cut into cells.
type Row struct {
	Line  int // in the file, from 1
	Cells []string
}

// At is a cell without white space at its ends, "" where there is none.
func (r Row) At(col int) string {
	if col >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[col])
}

// Date is a cell that holds a date: as it is written, or, where a spreadsheet keeps
// it as the number of days since 1900, as 2026-11-30.
func (r Row) Date(col int) string {
	s := r.At(col)
	n, err := strconv.Atoi(s)
	if err != nil || n < 40000 || n > 80000 { // 2009 to 2119
		return s
	}
	t, err := excelize.ExcelDateToTime(float64(n), false)
	if err != nil {
		return s
	}
	return t.Format(time.DateOnly)
}

// Empty says whether there is nothing in the line.
func (r Row) Empty() bool {
	for i := range r.Cells {
		if r.At(i) != "" {
			return false
		}
	}
	return true
}

func readCSV(data []byte) ([]Row, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, store.Errorf("不是文本文件，请另存为 CSV（UTF-8）或 .xlsx 再导入。")
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	var out []Row
	for {
		cells, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.As(err, &bad):
			return nil, store.Errorf("第 %d 行：引号不成对，请检查。", bad.StartLine)
		case err != nil:
			return nil, err
		}
		line, _ := r.FieldPos(0)
		out = append(out, Row{line, cells})
	}
}

func readXLSX(data []byte, k Kind) (out []Row, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped,
	})
	if err != nil {
		return nil, store.Errorf("打不开，不是完好的 .xlsx 文件。")
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, store.Errorf("里面没有工作表。")
	}
	lines, err := f.Rows(sheets[0])
	if err != nil {
		return nil, store.Errorf("的第一张工作表读不出来。")
	}
	defer func() { err = errors.Join(err, lines.Close()) }()
	for n := 1; lines.Next(); n++ {
		cells, err := lines.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, store.Errorf("第 %d 行读不出来。", n)
		}
		if n > k.Rows {
			return nil, store.Errorf("超过 %d 行，不像%s。", k.Rows, k.Name)
		}
		for i, c := range cells {
			cells[i] = plainNumber(c)
		}
		out = append(out, Row{n, cells})
	}
	return out, nil
}

// plainNumber writes a number that a spreadsheet keeps as 1.3E10 with all its
// digits: a telephone number typed into a cell of numbers.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, "eE") || strings.Trim(s, "0123456789.eE+") != "" {
		return s
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
