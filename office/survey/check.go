package survey

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yunzhuan/office/yamlfile"
	"yunzhuan/store"
)

// What a survey may hold at most, in characters where it is a text.
const (
	maxTitle     = 40
	maxCategory  = 20
	maxIntro     = 300
	maxQuestions = 60
	maxQuestion  = 200
	maxID        = 20
	maxOptions   = 26 // the letters
	maxOption    = 60
	maxScale     = 11 // steps of a scale: 0 to 10
)

// checker turns a source into a Template.
type checker struct {
	f   *yamlfile.Faults
	out *Template
	// by is where each id stands, and the questions that are sound enough for
	// conditions to point at.
	by map[string]checked
}

type checked struct {
	index, line int
	sound       bool
}

func check(s *source, f *yamlfile.Faults) *Template {
	c := checker{f: f, out: &Template{}, by: map[string]checked{}}
	if !s.title.Given() {
		f.Add(1, "缺少标题（title）")
	}
	c.out.Title = c.text(s.title, "标题", maxTitle)
	c.out.Category = c.text(s.category, "category", maxCategory)
	c.out.Intro = c.text(s.intro, "说明", maxIntro)
	switch {
	case !s.anonymous.Given():
		f.Add(1, "没有写明记名还是不记名（anonymous）：true 是不记名，false 是记名；表格里写 不记名 是或否")
	default:
		c.out.Anonymous = c.truth(s.anonymous, "anonymous")
	}
	if len(s.questions) == 0 {
		f.Add(1, "没有题目（questions），至少要有一题")
	}
	if len(s.questions) > maxQuestions {
		f.Add(s.questions[maxQuestions].line, "题目太多（%d 题），最多 %d 题", len(s.questions), maxQuestions)
	}
	for i, q := range s.questions {
		if !slices.ContainsFunc(s.questions[:i], func(p sourceQuestion) bool { return p.id.Text == q.id.Text }) {
			c.by[q.id.Text] = checked{index: i, line: q.line}
		}
	}
	for i, q := range s.questions {
		c.out.Questions = append(c.out.Questions, c.question(i, q))
	}
	return c.out
}

// text checks the length of a text.
func (c *checker) text(v yamlfile.Value, what string, most int) string {
	switch n := utf8.RuneCountInString(v.Text); {
	case v.Given() && !v.Bad && n == 0:
		c.f.Add(v.Line, "%s是空的", what)
	case n > most:
		c.f.Add(v.Line, "%s太长（%d 字），最多 %d 字", what, n, most)
	}
	return v.Text
}

func (c *checker) truth(v yamlfile.Value, name string) bool {
	if !v.Given() || v.Bad {
		return false
	}
	switch v.Text {
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	c.f.Add(v.Line, "%s 只能写 true 或 false，现在是“%s”", name, store.Brief(v.Text))
	return false
}

var goodID = regexp.MustCompile(`^[\p{L}\p{N}_.-]+$`)

func (c *checker) question(i int, s sourceQuestion) Question {
	before := len(c.f.List)
	q := Question{ID: s.id.Text, Kind: kindOf(s.kind.Text), Text: c.text(s.text, "题目", maxQuestion)}
	c.id(i, s)
	switch {
	case !s.kind.Given():
		c.f.Add(s.line, "缺少题型（type），可以写：%s", kindList())
	case q.Kind == "" && !s.kind.Bad:
		c.f.Add(s.kind.Line, "没有“%s”这种题型，可以写：%s", store.Brief(s.kind.Text), kindList())
	}
	if !s.text.Given() {
		c.f.Add(s.line, "缺少题目的文字（text）")
	}
	q.Required = c.truth(s.required, "required")
	q.Options = c.options(q.Kind, s)
	c.bounds(&q, s)
	if at, ok := c.by[s.id.Text]; ok && at.index == i {
		at.sound = len(c.f.List) == before
		c.by[s.id.Text] = at
	}
	for _, cond := range s.when {
		if w, ok := c.condition(i, cond); ok {
			q.When = append(q.When, w)
		}
	}
	return q
}

func (c *checker) id(i int, s sourceQuestion) {
	switch at := c.by[s.id.Text]; {
	case s.id.Bad:
	case !s.id.Given() || s.id.Text == "":
		c.f.Add(s.line, "缺少题号（id），例如 q%d", i+1)
	case utf8.RuneCountInString(s.id.Text) > maxID || !goodID.MatchString(s.id.Text):
		c.f.Add(s.id.Line, "题号“%s”不能用：只用字母、数字、汉字，最多 %d 个字", store.Brief(s.id.Text), maxID)
	case at.index != i:
		c.f.Add(s.id.Line, "题号“%s”用了两次，第 %d 行已有", s.id.Text, at.line)
	}
}

func kindOf(name string) Kind {
	for _, k := range kinds {
		if name == string(k) || name == k.Title() {
			return k
		}
	}
	return ""
}

func kindList() string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k)+"（"+k.Title()+"）")
	}
	return strings.Join(names, "、")
}

func (c *checker) options(k Kind, s sourceQuestion) []string {
	o := s.options
	switch {
	case k == "" || o.Bad:
		return nil
	case !k.chosen() && o.Line > 0:
		c.f.Add(o.Line, "%s题不要选项，请去掉选项（options），或把题型改成 single（单选）、multiple（多选）", k.Title())
		return nil
	case !k.chosen():
		return nil
	case len(o.Values) < 2:
		c.f.Add(max(o.Line, s.line), "%s题至少要有 2 个选项，现在有 %d 个", k.Title(), len(o.Values))
	case len(o.Values) > maxOptions:
		c.f.Add(o.Line, "选项太多（%d 个），最多 %d 个", len(o.Values), maxOptions)
	}
	var out []string
	for _, v := range o.Values {
		text := c.text(v, "选项", maxOption)
		switch {
		case text != "" && slices.ContainsFunc(out, func(s string) bool { return sameText(s, text) }):
			c.f.Add(v.Line, "选项“%s”写了两次", store.Brief(text))
		case len(text) == 1 && isLetter(text[0]):
			c.f.Add(v.Line, "选项不能只是一个字母“%s”，会和选项的字母 A、B、C 混淆", text)
		}
		out = append(out, text)
	}
	return out
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// bounds sets and checks min and max as the kind of question needs them.
func (c *checker) bounds(q *Question, s sourceQuestion) {
	before := len(c.f.List)
	q.Min, q.Max = c.number(s.min, "min（最少）"), c.number(s.max, "max（最多）")
	line := max(s.max.Line, s.min.Line)
	if len(c.f.List) > before {
		return
	}
	switch q.Kind {
	case Multiple:
		q.Min, q.Max = orElse(q.Min, 1), orElse(q.Max, float64(max(len(q.Options), 1)))
		switch {
		case !whole(*q.Min) || !whole(*q.Max) || *q.Min < 1:
			c.f.Add(line, "多选题的 min（最少）和 max（最多）是选几项，要写 1 以上的整数")
		case len(q.Options) > 0 && int(*q.Max) > len(q.Options):
			c.f.Add(line, "max（最多）是 %s，可是只有 %d 个选项", plain(*q.Max), len(q.Options))
		}
	case Scale:
		q.Min, q.Max = orElse(q.Min, 1), orElse(q.Max, 5)
		if !whole(*q.Min) || !whole(*q.Max) || *q.Min < 0 || *q.Max-*q.Min >= maxScale {
			c.f.Add(line, "量表的 min（最少）和 max（最多）要写不小于 0 的整数，不超过 %d 级，例如 1 到 5", maxScale)
			return
		}
		if *q.Min == *q.Max {
			c.f.Add(line, "量表至少要有 2 级，现在 min（最少）和 max（最多）都是 %s", plain(*q.Min))
		}
	case Number:
	default:
		if line > 0 && q.Kind != "" {
			c.f.Add(line, "%s题不用 min（最少）和 max（最多），请去掉", q.Kind.Title())
		}
		q.Min, q.Max = nil, nil
		return
	}
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		c.f.Add(line, "min（最少）是 %s，比 max（最多）的 %s 大", plain(*q.Min), plain(*q.Max))
	}
}

func (c *checker) number(v yamlfile.Value, name string) *float64 {
	if !v.Given() || v.Bad {
		return nil
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) > 1e12 {
		c.f.Add(v.Line, "%s要写一个数，现在是“%s”", name, store.Brief(v.Text))
		return nil
	}
	return &f
}

func orElse(v *float64, other float64) *float64 {
	if v != nil {
		return v
	}
	return &other
}

func whole(f float64) bool { return f == math.Trunc(f) }

// condition checks that a condition points at an earlier question and at answers
// that it can have.
func (c *checker) condition(i int, s sourceCondition) (Condition, bool) {
	out := Condition{Question: s.question.Text}
	at, known := c.by[s.question.Text]
	switch {
	case !known:
		c.f.Add(s.question.Line, "条件（when）里的“%s”不是哪一题的题号", store.Brief(s.question.Text))
		return out, false
	case at.index >= i:
		c.f.Add(s.question.Line, "条件（when）只能看前面的题，“%s”不在前面（第 %d 行）", s.question.Text, at.line)
		return out, false
	case s.values.Bad || !at.sound:
		return out, false
	case len(s.values.Values) == 0:
		c.f.Add(s.values.Line, "条件（when）的列表是空的，请写“%s”的选项", s.question.Text)
		return out, false
	}
	on := c.out.Questions[at.index]
	if !on.Kind.chosen() && on.Kind != Scale {
		c.f.Add(s.question.Line, "条件（when）只能看单选、多选和量表题，“%s”是%s题", on.ID, on.Kind.Title())
		return out, false
	}
	for _, v := range s.values.Values {
		text, ok := on.value(v.Text)
		if !ok {
			c.f.Add(v.Line, "第 %d 题（%s）没有“%s”这个答案，它有：%s", at.index+1, on.ID, store.Brief(v.Text), on.valueList())
			continue
		}
		out.Values = append(out.Values, text)
	}
	return out, true
}

// value finds the answer of a question that a text of a condition means.
func (q Question) value(text string) (string, bool) {
	if q.Kind == Scale {
		n, err := strconv.Atoi(text)
		low, high := q.Range()
		return strconv.Itoa(n), err == nil && low <= n && n <= high
	}
	i := slices.IndexFunc(q.Options, func(o string) bool { return sameText(o, text) })
	if i < 0 {
		return "", false
	}
	return q.Options[i], true
}

func (q Question) valueList() string {
	if q.Kind == Scale {
		return plain(*q.Min) + " 到 " + plain(*q.Max)
	}
	return strings.Join(q.Options, "、")
}
