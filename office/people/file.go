package people

import (
	"bytes"
	_ "embed"

	"yunzhuan/office/sheet"
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

// maxRows bounds the people of a file, and maxCell the characters of a cell.
const (
	maxRows = 100_000
	maxCell = 64
)

// ParseFile reads a directory file (see sheet.Read). Every fault comes back in one
// *store.UserError, each with its line and reason; then there are no rows.
func ParseFile(name string, data []byte) ([]Row, error) {
	return sheet.Read(name, data, sheet.Kind{Name: "人员名册", Rows: maxRows}, checkRows)
}
