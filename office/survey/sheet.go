package survey

import (
	"bytes"
	"strings"

	"yunzhuan/office/yamlfile"
	"yunzhuan/store"

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
func readSheet(data []byte, f *yamlfile.Faults) *source {
	if len(data) > maxSheetFile {
		f.Add(1, "文件太大（%d KB），问卷表格不能超过 %d KB", len(data)>>10, maxSheetFile>>10)
		return nil
	}
	rows, err := sheetRows(data)
	if err != nil {
		f.Add(1, "这个文件打不开：不是 .xlsx 表格，或者加了密码")
		return nil
	}
	if len(rows) > maxSheetRows {
		f.Add(maxSheetRows, "行太多（%d 行），最多 %d 行", len(rows), maxSheetRows)
		return nil
	}
	r := sheetReader{f: f, src: &source{}}
	for i, row := range rows {
		r.row(i+1, row)
	}
	if r.columns == nil {
		f.Add(1, "没有找到表头：%s", sheetForm)
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
	f       *yamlfile.Faults
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
	v := yamlfile.Value{Line: line, Text: text}
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
		r.f.Add(line, "没有看懂“%s”：%s", store.Brief(cells[0]), sheetForm)
	}
}

func (r *sheetReader) header(line int, cells []string) {
	r.columns = map[string]int{}
	for i, name := range cells {
		_, twice := r.columns[name]
		switch {
		case name == "":
		case twice:
			r.f.Add(line, "表头里“%s”有两列", store.Brief(name))
		default:
			r.columns[name] = i
			known := false
			for _, c := range sheetColumns {
				known = known || c == name
			}
			if !known {
				r.f.Add(line, "表头里没有“%s”这一列，可以写：%s", store.Brief(name), strings.Join(sheetColumns, "、"))
			}
		}
	}
}

func (r *sheetReader) question(line int, cells []string) {
	cell := func(column string) yamlfile.Value {
		i, ok := r.columns[column]
		if !ok || i >= len(cells) || cells[i] == "" {
			return yamlfile.Value{}
		}
		return yamlfile.Value{Line: line, Text: cells[i]}
	}
	q := sourceQuestion{
		line: line, id: cell("题号"), kind: cell("类型"), text: cell("题目"),
		min: cell("最少"), max: cell("最多"), required: r.truth(cell("必答"), "必答"),
	}
	if o := cell("选项"); o.Given() {
		q.options = splitCell(line, o.Text)
	}
	for part := range strings.SplitSeq(cell("条件").Text, "\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, values, ok := strings.Cut(strings.ReplaceAll(part, "＝", "="), "=")
		if !ok {
			r.f.Add(line, "条件要写成 题号=选项、选项，现在是“%s”", store.Brief(part))
			continue
		}
		q.when = append(q.when, sourceCondition{
			question: yamlfile.Value{Line: line, Text: strings.TrimSpace(id)}, values: splitCell(line, values),
		})
	}
	r.src.questions = append(r.src.questions, q)
}

// splitCell cuts a cell into its parts: by lines if there are several.
func splitCell(line int, text string) yamlfile.List {
	between := func(r rune) bool { return r == '\n' }
	if !strings.Contains(text, "\n") {
		between = func(r rune) bool { return strings.ContainsRune("、；;|", r) }
	}
	out := yamlfile.List{Line: line}
	for _, part := range strings.FieldsFunc(text, between) {
		if part = strings.TrimSpace(part); part != "" {
			out.Values = append(out.Values, yamlfile.Value{Line: line, Text: part})
		}
	}
	return out
}

// truth turns 是 and 否 into what check knows.
func (r *sheetReader) truth(v yamlfile.Value, name string) yamlfile.Value {
	switch v.Text {
	case "":
		return yamlfile.Value{}
	case "是":
		v.Text = "true"
	case "否":
		v.Text = "false"
	default:
		r.f.Add(v.Line, "%s 只能写 是 或 否，现在是“%s”", name, store.Brief(v.Text))
		v.Bad = true
	}
	return v
}
