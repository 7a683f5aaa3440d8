package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yunzhuan/office/calendar"
)

// TestDutyImport brings a roster in from .xlsx, whose dates are numbers, and .csv:
// shown first, then done; a faulty file changes nothing.
func TestDutyImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeSample(t, dir)
	env := filesEnv(dir)
	if code, printed := yunzhuan(t, dir, env, "people", "import", "people.csv"); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	this := calendar.WeekOf(calendar.DayOf(time.Now().In(loc)))
	in3, in4, past := this.Add(3), this.Add(4), this.Add(-2)

	book := excelize.NewFile()
	for i, row := range [][]any{
		{"周", "带班领导", "成员"},
		{in3.From.Time(time.UTC), "刘玉欣", "方云庆、武强远"},
		{},
		{string(in4.From.AddDays(2)), "J1003", "邹兰志；邵俊远 J1091"},
		{past.Key(), "黎锋", "方云庆"},
	} {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SaveAs(filepath.Join(dir, "roster.xlsx")); err != nil {
		t.Fatal(err)
	}
	wants := []string{
		in3.Label() + "　新增　带班 刘玉欣　成员 方云庆、武强远\n", in4.Label() + "　新增　带班 黎锋　成员 邹兰志、邵俊远、马明\n",
		past.Label() + "　新增　带班 黎锋　成员 方云庆\n", "共新增 3 周，改动 0 周。",
	}
	for _, c := range []struct {
		args  []string
		wants []string
	}{
		{[]string{"roster.xlsx", "--dry-run"}, append(wants, "以上只是预演，没有写入。")},
		{[]string{"roster.xlsx"}, append(wants, "已导入。")},
		{[]string{"roster.xlsx"}, []string{"和现在的值班表一样，没有改动。"}},
	} {
		code, printed := yunzhuan(t, dir, env, append([]string{"duty", "import"}, c.args...)...)
		if code != exitOK {
			t.Errorf("exit code %d", code)
		}
		wantAll(t, printed, c.wants...)
	}

	for name, c := range map[string]struct{ text, want string }{
		"changed":      {fmt.Sprintf("周,带班领导,成员\n%s,黎锋,方云庆\n", in3.Key()), in3.Label() + "　改为　带班 黎锋　成员 方云庆\n共新增 0 周，改动 1 周。"},
		"no header":    {"日期,领导\n", "第 1 行第 1 列应是“周”，现为“日期”。表头应为：周,带班领导,成员"},
		"nothing":      {"周,带班领导,成员\n", "只有表头，没有排班。"},
		"empty":        {"", "是空的。"},
		"no leader":    {"周,带班领导,成员\n下周,,方云庆\n", "第 2 行：没有写带班领导"},
		"another week": {"周,带班领导,成员\n第三周,刘玉欣,方云庆\n", "第 2 行：没看懂是哪一周：“第三周”"},
		"two faults": {fmt.Sprintf("周,带班领导,成员\n%[1]s,方云庆,武强远\n%[2]s,刘玉欣,金国兰\n", in3.Key(), in4.Key()),
			"有 2 处不对，没有导入：\n第 2 行：带班须是委领导，方云庆不是\n第 3 行：成员须是巡查组、派驻纪检组或办公室的同志，金国兰不是"},
		"twice":     {fmt.Sprintf("周,带班领导,成员\n%[1]s,刘玉欣,方云庆\n%[1]s,黎锋,方云庆\n", in4.Key()), "第 3 行：和第 2 行是同一周"},
		"ambiguous": {fmt.Sprintf("周,带班领导,成员\n%s,孔强,方云庆\n", in4.Key()), "第 2 行：有 2 位孔强，请写工号：J1005（委领导 纪检组长）"},
		"past":      {fmt.Sprintf("周,带班领导,成员\n%s,刘玉欣,方云庆\n", past.Key()), "已经过去，排过班，不能再改"},
		"told":      {fmt.Sprintf("周,带班领导,成员\n%s,刘玉欣,方云庆\n", this.Key()), "的值班已经通知到人"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "roster.csv"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"duty", "import", "roster.csv"}
		if name == "changed" {
			args = append(args, "--dry-run")
		}
		code, printed := yunzhuan(t, dir, env, args...)
		if (code == exitOK) != (name == "changed") {
			t.Errorf("%s: exit code %d", name, code)
		}
		if !strings.Contains(printed, c.want) {
			t.Errorf("%s: printed lacks %q:\n%s", name, c.want, printed)
		}
	}
	if code, printed := yunzhuan(t, dir, env, "duty", "import", "roster.xlsx"); code != exitOK || !strings.Contains(printed, "没有改动。") {
		t.Errorf("a refused file changed something: %d\n%s", code, printed)
	}
}
