package assessment_test

import (
	"context"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

const plain = `versions:
  - from: 2026-03-01
    points:
      缺岗: {person: -1.25, unit: -0.5}
      表扬: {person: 2, unit: 1}
    unit_types: {直属单位: {缺岗: {person: -3}}}
    repeated: {period: quarter, from: 2, times: 3}
  - from: 2026-01-01
    note: 试行
    points: {缺岗: {person: -1}}
`

func TestParseFile(t *testing.T) {
	t.Parallel()
	rules, err := assessment.ParseFile("r.yaml", []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 2 || rules[0].From != "2026-01-01" || rules[0].Note != "试行" {
		t.Fatalf("versions %+v", rules)
	}
	v, ok := rules.At("2026-03-01")
	if !ok || v.Rule(patrol.Absent, people.Section) != (assessment.Rule{Person: -125, Unit: -50}) ||
		v.Rule(patrol.Absent, people.Affiliated) != (assessment.Rule{Person: -300}) ||
		v.Rule(patrol.Praise, people.Affiliated) != (assessment.Rule{Person: 200, Unit: 100}) ||
		v.Rule(patrol.Late, people.Section) != (assessment.Rule{}) {
		t.Errorf("version of March: %+v", v)
	}
	if v, ok := rules.At("2026-02-28"); !ok || v.From != "2026-01-01" {
		t.Errorf("version of February: %+v", v)
	}
	if _, ok := rules.At("2025-12-31"); ok {
		t.Error("a version before the first")
	}
	if _, err := assessment.ParseFile("rules.yaml", assessment.BuiltIn); err != nil {
		t.Errorf("built-in rules: %v", err)
	}
}

// Everything that is wrong is named at once, with its line.
func TestParseFileFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":   {"", "第 1 行：文件是空的，至少要有 versions"},
		"nothing": {"versions: []\n", "第 1 行：versions 要写成列表"},
		"no list": {"versions: 2026\n", "第 1 行：versions 要写成列表"},
		"other":   {"rules: []\n", "第 1 行：考核规则里没有“rules”这个键，可以写：versions"},
		"tab":     {"versions:\n\t- from: 2026-01-01\n", "第 2 行：缩进用了 Tab"},
		"many": {`versions:
  - from: 2026-02-30
    points:
      缺岗: {person: -1, unti: -1}
      旷课: {person: -1}
      迟到: {person: 0.5}
      表扬: {person: -1}
      早退: {person: -0.125}
      脱岗: -1
    unit_types: {幼儿园: {缺岗: {person: -1}}}
    repeated: {period: week, from: 1, times: 20}
  - note: 没有日期
  - {from: 2026-03-01, points: {缺岗: {person: -101}}}
  - {from: 2026-03-01, points: {缺岗: {person: -1}}}
`, `r.yaml 有 15 处不对：
第 2 行：from 写成 2026-01-01 这样的日期，现为“2026-02-30”
第 4 行：缺岗的记分里没有“unti”这个键，可以写：person、unit
第 5 行：points里没有“旷课”这个键，可以写：缺岗、迟到、早退、脱岗、办公秩序、环境卫生、接待服务、表扬、其他
第 6 行：迟到 不能加分，person 写成负数（或者不写）
第 7 行：表扬不能扣分，person 写成正数
第 8 行：早退 的 person 要写数字，最多两位小数，不超过 100，现为“-0.125”
第 9 行：脱岗的记分要写成一组“键: 值”，冒号后面空一格
第 10 行：unit_types里没有“幼儿园”这个键，可以写：科室、直属单位、学校
第 11 行：repeated 的 from 写 2 到 10 的整数
第 11 行：repeated 的 times 写 2 到 10 的整数
第 11 行：repeated 的 period 写 month（一个月）、quarter（一个季度）或 year（一年）
第 12 行：缺少 from：从哪天起执行，写成 2026-01-01
第 12 行：缺少 points：各种情形记多少分
第 13 行：缺岗 的 person 要写数字，最多两位小数，不超过 100，现为“-101”
第 14 行：从 2026-03-01 起的规则写了两版，第 13 行已有`},
		"twice": {"versions:\n  - {from: 2026-03-01, points: {}}\n  - {from: 2026-03-01, points: {}}\n", "第 3 行：从 2026-03-01 起的规则写了两版，第 2 行已有"},
	} {
		_, err := assessment.ParseFile("r.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(plain))
	f.Add(assessment.BuiltIn)
	f.Add([]byte("versions:\n  - {from: &a 2026-03-01, points: *a}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := assessment.ParseFile("r.yaml", data)
		if (err == nil) == (len(rules) == 0) {
			t.Fatalf("%d versions, error %v", len(rules), err)
		}
		for i, v := range rules {
			if !v.From.Valid() || i > 0 && rules[i-1].From >= v.From {
				t.Fatalf("versions out of order: %+v", rules)
			}
		}
	})
}

func TestPoints(t *testing.T) {
	t.Parallel()
	for p, want := range map[assessment.Points]string{0: "0", 50: "+0.5", -50: "-0.5", -125: "-1.25", 1000: "+10", -5: "-0.05", -200: "-2"} {
		if got := p.String(); got != want {
			t.Errorf("%d is %q, want %q", p, got, want)
		}
	}
}

// update runs fn on the store of a bot and says what its error was.
func update(t *testing.T, b *bottest.Bot, fn func(tx *store.Tx) error) error {
	t.Helper()
	return b.Store.Update(context.Background(), fn)
}

// What has been scored stands: a version that reaches back is refused, one for days
// to come is taken, and may be changed as long as it is to come.
func TestAdopt(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 10:00")
	parse := func(text string) assessment.Rules {
		rules, err := assessment.ParseFile("r.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return rules
	}
	adopt := func(rules assessment.Rules) (changed bool, err error) {
		err = update(t, b, func(tx *store.Tx) (err error) {
			changed, err = assessment.Adopt(tx, rules)
			return err
		})
		return changed, err
	}
	// Nothing was scored yet: anything goes, and takes the place of what was.
	if changed, err := adopt(parse(plain)); !changed || err != nil {
		t.Fatalf("first rules: %v %v", changed, err)
	}
	if changed, err := adopt(parse(plain)); changed || err != nil {
		t.Fatalf("the same again: %v %v", changed, err)
	}
	if err := update(t, b, func(tx *store.Tx) error { return publishOne(tx, "卢涵贵") }); err != nil {
		t.Fatal(err)
	}
	const head = "versions:\n  - {from: 2026-01-01, note: 试行, points: {缺岗: {person: -1}}}\n"
	for name, c := range map[string]struct{ text, want string }{
		"changed":       {strings.Replace(plain, "-1.25", "-1", 1), "从 2026-03-01 起的这一版不能改，也不能补：到 2026-11-23 的记录已经按原来的规则记了分。请另加一版，from 写 2026-11-24 或以后的日子。"},
		"reaching back": {head + "  - {from: 2026-11-23, points: {缺岗: {person: -5}}}\n", "从 2026-11-23 起的这一版不能改，也不能补"},
	} {
		if _, err := adopt(parse(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	next := head + "  - {from: 2026-11-24, points: {缺岗: {person: -5}}}\n"
	if changed, err := adopt(parse(next)); !changed || err != nil {
		t.Fatalf("a version to come: %v %v", changed, err)
	}
	if changed, err := adopt(parse(strings.Replace(next, "-5", "-4", 1))); !changed || err != nil {
		t.Fatalf("a version to come changed: %v %v", changed, err)
	}
	var now assessment.Rules
	b.View(func(tx *store.Tx) (err error) {
		now, err = assessment.Current(tx)
		return err
	})
	if len(now) != 3 || now[2].Points[patrol.Absent].Person != -400 || now[1].Points[patrol.Absent].Person != -125 {
		t.Errorf("rules %+v", now)
	}
	if changed, err := adopt(parse(head)); !changed || err != nil { // the one to come is given up
		t.Fatalf("given up: %v %v", changed, err)
	}
}

func publishOne(tx *store.Tx, name string) error {
	who, err := people.Find(tx, name, "")
	if err != nil {
		return err
	}
	by, err := people.Find(tx, "J1087", "")
	if err != nil {
		return err
	}
	f, err := patrol.Offices.Record(tx, by, patrol.Finding{Unit: who.Unit, Kind: patrol.Absent, Persons: []people.ID{who.ID}})
	if err != nil {
		return err
	}
	f.Year, f.Issue, f.Line = 2026, 1, 1
	if err := patrol.Put(tx, f); err != nil {
		return err
	}
	return assessment.Settle(tx, []patrol.Finding{f}, "第1期")
}

var november = calendar.Month("2026-11").Period()
