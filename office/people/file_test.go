package people_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

var header = strings.Join(people.Header, ",")

// file is a directory file of the given lines below its header.
func file(lines ...string) []byte {
	return []byte(header + "\n" + strings.Join(lines, "\n") + "\n")
}

const (
	zhou  = "J1,周一,人事科,科室,,科长,head;staff,13800000001,dt1,wx1"
	jin   = "J2,金国兰,人事科,科室,,科员,staff,13800000002,dt2,"
	thing = "J3,王小一,城区第一小学,学校,城区,校长,principal;head,,,"
)

func TestParseFile(t *testing.T) {
	t.Parallel()
	want := []people.Row{
		{
			Line: 2,
			Person: people.Person{
				ID: "J1", Name: "周一", Unit: "人事科", Post: "科长", Roles: []people.Role{people.Head, people.Staff},
				Phone: "13800000001", Accounts: map[string]string{"dingtalk": "dt1", "wecom": "wx1"},
			},
			Unit: people.Unit{Name: "人事科", Kind: people.Section},
		},
		{
			Line: 3,
			Person: people.Person{
				ID: "J3", Name: "王小一", Unit: "城区第一小学", Post: "校长", Roles: []people.Role{people.Principal, people.Head},
			},
			Unit: people.Unit{Name: "城区第一小学", Kind: people.School, District: "城区"},
		},
	}
	plain := file(zhou, thing)
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"UTF-8", plain},
		{"UTF-8 with BOM", append([]byte("\ufeff"), plain...)},
		{"GB18030", gb},
		{"CRLF", bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))},
		{"no line break at the end", bytes.TrimSpace(plain)},
		{"empty lines at the end", append(plain, ",,,,,,,,,\n\n"...)},
		{"spaces and full-width forms", file("ｊ１,周　一, 人事科 ,科室,,科长,head；staff,138-0000-0001,dt1,wx1", thing)},
		{"quoted cells", file(`J1,"周一",人事科,科室,,科长,"head;staff",13800000001,dt1,wx1`, thing)},
		{"xlsx", spreadsheet(t, plain)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := people.ParseFile("people", c.data)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// spreadsheet makes an .xlsx file of a CSV one; telephone numbers are numbers, as
// Excel makes them.
func spreadsheet(t *testing.T, data []byte) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		for j, cell := range strings.Split(line, ",") {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			var v any = cell
			if cell == "13800000001" {
				v = 1.3800000001e10
			}
			if err := f.SetCellValue("Sheet1", name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	var buf bytes.Buffer
	if err := errors.Join(f.Write(&buf), f.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestParseFileNamesEveryFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		data []byte
		want string // of the error after the file's name
	}{
		{"nothing", nil, "是空的。"},
		{"header alone", []byte(header), "只有表头，没有人员。"},
		{"no header", []byte(zhou), "第 1 行第 1 列应是“工号”，现为“J1”。表头应为：" + header},
		{"a column missing", []byte(strings.Replace(header, ",学区", "", 1)), "第 1 行第 5 列应是“学区”，现为“职务”。表头应为：" + header},
		{"a column too many", []byte(header + ",备注"), "第 1 行第 11 列“备注”是多出来的。表头应为：" + header},
		{"no number", file(",周一,人事科,科室,,,staff,,,"), fault("第 2 行：缺工号")},
		{"bad number", file("J 1号,周一,人事科,科室,,,staff,,,"), fault("第 2 行：工号只能用字母、数字、- 和 _")},
		{"no name", file("J1,,人事科,科室,,,staff,,,"), fault("第 2 行：缺姓名")},
		{"no unit", file("J1,周一,,科室,,,staff,,,"), fault("第 2 行：缺单位")},
		{"no kind", file("J1,周一,人事科,,,,staff,,,"), fault("第 2 行：缺单位类型")},
		{"unknown kind", file("J1,周一,人事科,处室,,,staff,,,"), fault("第 2 行：没有“处室”这种单位类型，应为 科室、直属单位、学校")},
		{"school without district", file("J1,周一,一小,学校,,,teacher,,,"), fault("第 2 行：学校要写学区")},
		{"section with district", file("J1,周一,人事科,科室,城区,,staff,,,"), fault("第 2 行：只有学校写学区")},
		{"no role", file("J1,周一,人事科,科室,,,,,,"), fault("第 2 行：缺角色，应为 leader、head、staff、office、inspector、principal、teacher，几个之间用 ; 隔开")},
		{"unknown role", file("J1,周一,人事科,科室,,,staff;boss,,,"), fault("第 2 行：没有“boss”这个角色，应为 leader、head、staff、office、inspector、principal、teacher")},
		{"bad telephone", file("J1,周一,人事科,科室,,,staff,1380000,,"), fault("第 2 行：手机应是 1 开头的 11 位数字")},
		{"number twice", file(zhou, "j1,李四,人事科,科室,,,staff,,,"), fault("第 3 行：工号 J1 与第 2 行重复")},
		{"account twice", file(zhou, "J2,李四,人事科,科室,,,staff,,dt1,"), fault("第 3 行：钉钉ID与第 2 行重复")},
		{"unit of two kinds", file(zhou, "J2,李四,人事科,直属单位,,,staff,,,"), fault("第 3 行：人事科的单位类型与第 2 行不一致")},
		{"school in two districts", file(thing, "J4,李四,城区第一小学,学校,东片,,teacher,,,"), fault("第 3 行：城区第一小学的学区与第 2 行不一致")},
		{"a cell too many", file("J1,周一,人事科,科室,,,staff,,,,x"), fault("第 2 行：第 11 列是多出来的")},
		{"a line break in a cell", file("J1,\"周\n一\",人事科,科室,,,staff,,,"), fault("第 2 行：姓名里有换行或看不见的字符")},
		{"too long", file("J1," + strings.Repeat("长", 65) + ",人事科,科室,,,staff,,,"), fault("第 2 行：姓名超过 64 个字")},
		{"a line after a long cell", file("J1,\"周\n一\",人事科,科室,,,staff,,,", ",李四,人事科,科室,,,staff,,,"),
			"有 2 处不对，没有导入：\n第 2 行：姓名里有换行或看不见的字符\n第 4 行：缺工号"},
		{"all at once", file("J1,,人事科,科室,,,staff,,,", "J1,李四,,科室,,,staff,,,"),
			"有 3 处不对，没有导入：\n第 2 行：缺姓名\n第 3 行：工号 J1 与第 2 行重复\n第 3 行：缺单位"},
		{"quotes", file(`J1,"周一,人事科`), "第 2 行：引号不成对，请检查。"},
		{"old Excel", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "是旧版 Excel 文件或加了密码，请另存为 .xlsx 或 .csv 再导入。"},
		{"broken zip", []byte("PK\x03\x04 and then nothing"), "打不开，不是完好的 .xlsx 文件。"},
		{"binary", []byte("\xff\xfe\x00\x01\x80\xff"), "不是文本文件，请另存为 CSV（UTF-8）或 .xlsx 再导入。"},
		{"xlsx with a fault", spreadsheet(t, file(zhou, ",李四,人事科,科室,,,staff,,,")), fault("第 3 行：缺工号")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows, err := people.ParseFile("/data/people.csv", c.data)
			var mistake *store.UserError
			if !errors.As(err, &mistake) {
				t.Fatalf("not a user's mistake: %v", err)
			}
			if want := "people.csv " + c.want; mistake.Text != want || rows != nil {
				t.Errorf("got %q with %d rows, want %q", mistake.Text, len(rows), want)
			}
		})
	}
}

func fault(line string) string { return "有 1 处不对，没有导入：\n" + line }

func TestManyFaultsAreCounted(t *testing.T) {
	t.Parallel()
	var lines []string
	for range 50 {
		lines = append(lines, ",周一,人事科,科室,,,staff,,,")
	}
	_, err := people.ParseFile("people.csv", file(lines...))
	if err == nil || !strings.HasPrefix(err.Error(), "people.csv 有 50 处不对") || !strings.HasSuffix(err.Error(), "\n另有 30 处。") {
		t.Errorf("got %v", err)
	}
}

func TestFaultsHoldNoTelephoneNumber(t *testing.T) {
	t.Parallel()
	_, err := people.ParseFile("people.csv", file("J1,周一,人事科,科室,,,boss,23800000001,,"))
	if err == nil || strings.Contains(err.Error(), "23800000001") {
		t.Errorf("got %v", err)
	}
}

// What is exported can be imported again, in either form, and changes nothing.
func TestExportComesBackTheSame(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	for _, name := range []string{"people.csv", "people.xlsx"} {
		b.View(func(tx *store.Tx) error {
			data, err := people.Export(tx, name)
			if err != nil {
				return err
			}
			if name == "people.csv" && !bytes.HasPrefix(data, []byte("\ufeff"+header)) {
				t.Errorf("%s begins with %q", name, data[:40])
			}
			rows, err := people.ParseFile(name, data)
			if err != nil {
				return err
			}
			diff, err := people.Plan(tx, rows)
			if err != nil {
				return err
			}
			if !diff.Empty() || diff.Same != 393 {
				t.Errorf("%s: %s", name, diff.Summary())
			}
			return nil
		})
	}
	b.View(func(tx *store.Tx) error {
		if _, err := people.Export(tx, "people.doc"); err == nil {
			t.Error("exported a .doc file")
		}
		return nil
	})
}

func FuzzParseFile(f *testing.F) {
	f.Add(file(zhou, jin, thing))
	f.Add(append([]byte("\ufeff"), file("ｊ１,周　一, 人事科 ,科室,,科长,head；staff,138-0000-0001,dt1,wx1")...))
	f.Add(file(`J1,"周`, `一",人事科,处室,,科长,boss;;head,+86,dt1,dt1`))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xb9\xa4\xba\xc5,\xd0\xd5\xc3\xfb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := people.ParseFile("people.csv", data)
		if err != nil {
			var mistake *store.UserError
			if !errors.As(err, &mistake) || rows != nil {
				t.Fatalf("rows %v, error %v", rows, err)
			}
			return
		}
		seen := map[people.ID]bool{}
		for _, r := range rows {
			p := r.Person
			if p.ID == "" || p.Name == "" || p.Unit == "" || len(p.Roles) == 0 || seen[p.ID] || p.Unit != r.Unit.Name {
				t.Fatalf("let through: %+v", r)
			}
			if strings.ContainsRune(string(p.ID)+p.Name+p.Unit, 0) {
				t.Fatalf("NUL in %+v", r)
			}
			seen[p.ID] = true
		}
	})
}
