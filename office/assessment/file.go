package assessment

import (
	"cmp"
	_ "embed" // the built-in rules
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/office/yamlfile"
	"yunzhuan/store"
)

// BuiltIn is the file of the rules that hold where there is no other.
//
//go:embed rules.yaml
var BuiltIn []byte

const (
	maxFile     = 64 << 10 // bytes
	maxVersions = 100
	maxNote     = 60 // runes
	maxRepeated = 10 // times, and from which time on
)

// ParseFile reads a file of rules. What is wrong comes back as *yamlfile.Faults, all
// of it at once, each with its line.
func ParseFile(name string, data []byte) (Rules, error) {
	var f yamlfile.Faults
	kind := yamlfile.Kind{Name: "考核规则", Needs: "versions", Max: maxFile}
	root, r, ok := yamlfile.Open(data, kind, &f)
	if !ok {
		return nil, f.Err(name)
	}
	p := parser{r}
	var out Rules
	given := false
	p.Mapping(root, 1, "考核规则", []yamlfile.Key{{Name: "versions", Read: func(line int, n ast.Node) {
		given = true
		out = p.versions(line, n)
	}}})
	if !given && len(f.List) == 0 {
		f.Add(1, "缺少 versions：至少写一版规则")
	}
	if err := f.Err(name); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Version) int { return cmp.Compare(a.From, b.From) })
	return out, nil
}

type parser struct{ yamlfile.Reader }

func (p parser) versions(line int, n ast.Node) Rules {
	seq, ok := n.(*ast.SequenceNode)
	if !ok || len(seq.Values) == 0 {
		p.Add(line, "versions 要写成列表，每版以“- from: 日期”开头，至少一版")
		return nil
	}
	if len(seq.Values) > maxVersions {
		p.Add(line, "版本太多（%d 个），最多 %d 个", len(seq.Values), maxVersions)
		return nil
	}
	var out Rules
	lines := map[calendar.Day]int{}
	for _, item := range seq.Values {
		at := p.FirstLine(item, p.Line(item, line))
		v, ok := p.version(at, item)
		if !ok {
			continue
		}
		if before, twice := lines[v.From]; twice {
			p.Add(at, "从 %s 起的规则写了两版，第 %d 行已有", v.From, before)
		}
		lines[v.From] = at
		out = append(out, v)
	}
	return out
}

func (p parser) version(line int, n ast.Node) (Version, bool) {
	var v Version
	var from, note yamlfile.Value
	points := false
	ok := p.Mapping(n, line, "一版规则", []yamlfile.Key{
		p.Text("from", &from), p.Text("note", &note),
		{Name: "points", Read: func(line int, n ast.Node) { points, v.Points = true, p.points(line, n, "points") }},
		{Name: "unit_types", Read: func(line int, n ast.Node) { v.UnitTypes = p.unitTypes(line, n) }},
		{Name: "repeated", Read: func(line int, n ast.Node) { v.Repeated = p.repeated(line, n) }},
	})
	if !ok {
		return v, false
	}
	v.From, v.Note = calendar.Day(from.Text), note.Text
	switch {
	case from.Bad:
	case !from.Given():
		p.Add(line, "缺少 from：从哪天起执行，写成 2026-01-01")
	case !v.From.Valid():
		p.Add(from.Line, "from 写成 2026-01-01 这样的日期，现为“%s”", store.Brief(from.Text))
	}
	if n := len([]rune(v.Note)); n > maxNote {
		p.Add(note.Line, "note 有 %d 个字，最多 %d 个字", n, maxNote)
	}
	if !points {
		p.Add(line, "缺少 points：各种情形记多少分")
	}
	return v, v.From.Valid()
}

// scoring are the kinds of finding that can be worth points.
func scoring() []patrol.Kind {
	return slices.DeleteFunc(slices.Clone(patrol.Kinds), func(k patrol.Kind) bool { return k == patrol.InOrder })
}

func (p parser) points(line int, n ast.Node, what string) map[patrol.Kind]Rule {
	out := map[patrol.Kind]Rule{}
	var keys []yamlfile.Key
	for _, k := range scoring() {
		keys = append(keys, yamlfile.Key{Name: string(k), Read: func(line int, n ast.Node) { out[k] = p.rule(line, n, k) }})
	}
	p.Mapping(n, line, what, keys)
	return out
}

func (p parser) rule(line int, n ast.Node, k patrol.Kind) Rule {
	var person, unit yamlfile.Value
	if !p.Mapping(n, line, string(k)+"的记分", []yamlfile.Key{p.Text("person", &person), p.Text("unit", &unit)}) {
		return Rule{}
	}
	return Rule{Person: p.number(person, "person", k), Unit: p.number(unit, "unit", k)}
}

// number reads points: below zero for what is found wrong, above for praise.
func (p parser) number(v yamlfile.Value, name string, k patrol.Kind) Points {
	if !v.Given() || v.Bad {
		return 0
	}
	n, ok := parsePoints(v.Text)
	switch {
	case !ok:
		p.Add(v.Line, "%s 的 %s 要写数字，最多两位小数，不超过 %s，现为“%s”", k, name, maxPoints.Plain(), store.Brief(v.Text))
	case k == patrol.Praise && n < 0:
		p.Add(v.Line, "表扬不能扣分，%s 写成正数", name)
	case k != patrol.Praise && n > 0:
		p.Add(v.Line, "%s 不能加分，%s 写成负数（或者不写）", k, name)
	}
	return n
}

func (p parser) unitTypes(line int, n ast.Node) map[people.Kind]map[patrol.Kind]Rule {
	out := map[people.Kind]map[patrol.Kind]Rule{}
	var keys []yamlfile.Key
	for _, k := range []people.Kind{people.Section, people.Affiliated, people.School} {
		keys = append(keys, yamlfile.Key{Name: string(k), Read: func(line int, n ast.Node) {
			out[k] = p.points(line, n, string(k))
		}})
	}
	p.Mapping(n, line, "unit_types", keys)
	return out
}

func (p parser) repeated(line int, n ast.Node) Repeated {
	var period, from, times yamlfile.Value
	ok := p.Mapping(n, line, "repeated", []yamlfile.Key{p.Text("period", &period), p.Text("from", &from), p.Text("times", &times)})
	if !ok {
		return Repeated{}
	}
	r := Repeated{Period: period.Text, From: p.count(from, line, "from"), Times: p.count(times, line, "times")}
	if _, known := periods[r.Period]; !known && !period.Bad {
		p.Add(max(period.Line, line), "repeated 的 period 写 month（一个月）、quarter（一个季度）或 year（一年）")
	}
	return r
}

// count reads a number from 2 on.
func (p parser) count(v yamlfile.Value, line int, name string) int {
	if v.Bad {
		return 0
	}
	n, err := strconv.Atoi(v.Text)
	if err != nil || n < 2 || n > maxRepeated {
		p.Add(max(v.Line, line), "repeated 的 %s 写 2 到 %d 的整数", name, maxRepeated)
	}
	return n
}
