package survey

import (
	"bytes"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of a table file, in bytes: as it is, and unpacked.
const (
	maxSheetFile     = 1 << 20
	maxSheetUnpacked = 16 << 20
	maxSheetRows     = 500
)

// sheetForm is what a table file should look like; a fault that concerns the
// whole of it says so.
const sheetForm = "前几行写 标题、类别、不记名、说明（第一列是名称，第二列是内容），再一行写表头 题号、类型、题目、选项、必答、最少、最多、条件，下面每行一题"

// readSheet reads the first sheet of an .xlsx file. Options stand in one cell,
// one a line or with 、 or ； between them; a condition is written 题号=选项、选项.
func readSheet(data []byte, f *faults) *source {
	if len(data) > maxSheetFile {
		f.add(1, "文件太大（%d KB），问卷表格不能超过 %d KB", len(data)>>10, maxSheetFile>>10)
		return nil
	}
	rows, err := sheetRows(data)
	if err != nil {
		f.add(1, "这个文件打不开：不是 .xlsx 表格，或者加了密码")
		return nil
	}
	if len(rows) > maxSheetRows {
		f.add(maxSheetRows, "行太多（%d 行），最多 %d 行", len(rows), maxSheetRows)
		return nil
	}
	r := sheetReader{f: f, src: &source{}}
	for i, row := range rows {
		r.row(i+1, row)
	}
	if r.columns == nil {
		f.add(1, "没有找到表头：%s", sheetForm)
		return nil
	}
	return r.src
}

func sheetRows(data []byte) (rows [][]string, err error) {
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxSheetUnpacked, UnzipXMLSizeLimit: maxSheetUnpacked, RawCellValue: true,
	})
	if err != nil {
		return nil, err
	}
	rows, err = file.GetRows(file.GetSheetName(0))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return rows, err
}

type sheetReader struct {
	f       *faults
	src     *source
	columns map[string]int // nil until the row with the header was read
}

var sheetColumns = []string{"题号", "类型", "题目", "选项", "必答", "最少", "最多", "条件"}

func (r *sheetReader) row(line int, cells []string) {
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	switch {
	case strings.Join(cells, "") == "":
	case r.columns != nil:
		r.question(line, cells)
	case cells[0] == sheetColumns[0]:
		r.header(line, cells)
	default:
		r.head(line, cells)
	}
}

// head reads a row above the header: a name and what it is.
func (r *sheetReader) head(line int, cells []string) {
	text := ""
	if len(cells) > 1 {
		text = cells[1]
	}
	v := value{line: line, text: text}
	switch cells[0] {
	case "标题":
		r.src.title = v
	case "类别":
		if text != "" {
			r.src.category = v
		}
	case "说明":
		if text != "" {
			r.src.intro = v
		}
	case "不记名":
		r.src.anonymous = r.truth(v, "不记名")
	default:
		r.f.add(line, "没有看懂“%s”：%s", brief(cells[0]), sheetForm)
	}
}

func (r *sheetReader) header(line int, cells []string) {
	r.columns = map[string]int{}
	for i, name := range cells {
		_, twice := r.columns[name]
		switch {
		case name == "":
		case twice:
			r.f.add(line, "表头里“%s”有两列", brief(name))
		default:
			r.columns[name] = i
			known := false
			for _, c := range sheetColumns {
				known = known || c == name
			}
			if !known {
				r.f.add(line, "表头里没有“%s”这一列，可以写：%s", brief(name), strings.Join(sheetColumns, "、"))
			}
		}
	}
}

func (r *sheetReader) question(line int, cells []string) {
	cell := func(column string) value {
		i, ok := r.columns[column]
		if !ok || i >= len(cells) || cells[i] == "" {
			return value{}
		}
		return value{line: line, text: cells[i]}
	}
	q := sourceQuestion{
		line: line, id: cell("题号"), kind: cell("类型"), text: cell("题目"),
		min: cell("最少"), max: cell("最多"), required: r.truth(cell("必答"), "必答"),
	}
	if o := cell("选项"); o.given() {
		q.options = splitCell(line, o.text)
	}
	for part := range strings.SplitSeq(cell("条件").text, "\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, values, ok := strings.Cut(strings.ReplaceAll(part, "＝", "="), "=")
		if !ok {
			r.f.add(line, "条件要写成 题号=选项、选项，现在是“%s”", brief(part))
			continue
		}
		q.when = append(q.when, sourceCondition{
			question: value{line: line, text: strings.TrimSpace(id)}, values: splitCell(line, values),
		})
	}
	r.src.questions = append(r.src.questions, q)
}

// splitCell cuts a cell into its parts: by lines if there are several.
func splitCell(line int, text string) list {
	between := func(r rune) bool { return r == '\n' }
	if !strings.Contains(text, "\n") {
		between = func(r rune) bool { return strings.ContainsRune("、；;|", r) }
	}
	out := list{line: line}
	for _, part := range strings.FieldsFunc(text, between) {
		if part = strings.TrimSpace(part); part != "" {
			out.values = append(out.values, value{line: line, text: part})
		}
	}
	return out
}

// truth turns 是 and 否 into what check knows.
func (r *sheetReader) truth(v value, name string) value {
	switch v.text {
	case "":
		return value{}
	case "是":
		v.text = "true"
	case "否":
		v.text = "false"
	default:
		r.f.add(v.line, "%s 只能写 是 或 否，现在是“%s”", name, brief(v.text))
		v.bad = true
	}
	return v
}
