package people

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yunzhuan/store"
)

// Header is the first line of a directory file, in this order.
var Header = []string{"工号", "姓名", "单位", "单位类型", "学区", "职务", "角色", "手机", "钉钉ID", "企业微信ID"}

// The columns of a directory file.
const (
	colID = iota
	colName
	colUnit
	colKind
	colDistrict
	colPost
	colRoles
	colPhone
	colDingTalk
	colWeCom
)

// fileAccounts are the platforms whose accounts a directory file names.
var fileAccounts = map[string]int{"dingtalk": colDingTalk, "wecom": colWeCom}

//go:embed sample/people.csv
var sampleCSV []byte

// SampleCSV is the directory file of the sample county that comes with the
// program.
func SampleCSV() []byte { return bytes.Clone(sampleCSV) }

// Row is one person of a directory file.
type Row struct {
	Line   int // in the file, from 1
	Person Person
	Unit   Unit
}

const (
	// maxFile bounds a directory file: a whole county has a few hundred kilobytes.
	maxFile = 16 << 20
	// maxUnzipped bounds what an .xlsx file unpacks to.
	maxUnzipped = 128 << 20
	// maxRows bounds the people of a file.
	maxRows = 100_000
	// maxCell bounds the characters of a cell.
	maxCell = 64
)

// ParseFile reads a directory file, .csv (UTF-8 with or without BOM, GB18030) or
// .xlsx (its first sheet), told apart by content. Every fault comes back in one
// *store.UserError, each with its line and reason; then there are no rows.
func ParseFile(name string, data []byte) ([]Row, error) {
	base := filepath.Base(name)
	var cells []record
	var err error
	switch {
	case len(data) > maxFile:
		return nil, store.Errorf("%s 太大（超过 %d MB），不像人员名册。", base, maxFile>>20)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		cells, err = readXLSX(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, store.Errorf("%s 是旧版 Excel 文件或加了密码，请另存为 .xlsx 或 .csv 再导入。", base)
	default:
		cells, err = readCSV(data)
	}
	if err != nil {
		return nil, prefixed(base, err)
	}
	rows, err := checkRows(cells)
	if err != nil {
		return nil, prefixed(base, err)
	}
	return rows, nil
}

// prefixed names the file in a user's mistake.
func prefixed(file string, err error) error {
	var mistake *store.UserError
	if errors.As(err, &mistake) {
		return store.Errorf("%s %s", file, mistake.Text)
	}
	return fmt.Errorf("read directory file: %w", err)
}

// record is a line of a file, cut into cells.
type record struct {
	line  int
	cells []string
}

// at is a cell without white space at its ends, "" where there is none.
func (r record) at(col int) string {
	if col >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[col])
}

func (r record) empty() bool {
	for i := range r.cells {
		if r.at(i) != "" {
			return false
		}
	}
	return true
}

func readCSV(data []byte) ([]record, error) {
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
	var out []record
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
		out = append(out, record{line, cells})
	}
}

func readXLSX(data []byte) (out []record, err error) {
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
		if n > maxRows {
			return nil, store.Errorf("超过 %d 行，不像人员名册。", maxRows)
		}
		for i, c := range cells {
			cells[i] = plainNumber(c)
		}
		out = append(out, record{n, cells})
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
