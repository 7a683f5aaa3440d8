package survey

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
	f   *faults
	out *Template
	// by is where each id stands, and the questions that are sound enough for
	// conditions to point at.
	by map[string]checked
}

type checked struct {
	index, line int
	sound       bool
}

func check(s *source, f *faults) *Template {
	c := checker{f: f, out: &Template{}, by: map[string]checked{}}
	if !s.title.given() {
		f.add(1, "缺少标题（title）")
	}
	c.out.Title = c.text(s.title, "标题", maxTitle)
	c.out.Category = c.text(s.category, "category", maxCategory)
	c.out.Intro = c.text(s.intro, "说明", maxIntro)
	switch {
	case !s.anonymous.given():
		f.add(1, "没有写明记名还是不记名（anonymous）：true 是不记名，false 是记名；表格里写 不记名 是或否")
	default:
		c.out.Anonymous = c.truth(s.anonymous, "anonymous")
	}
	if len(s.questions) == 0 {
		f.add(1, "没有题目（questions），至少要有一题")
	}
	if len(s.questions) > maxQuestions {
		f.add(s.questions[maxQuestions].line, "题目太多（%d 题），最多 %d 题", len(s.questions), maxQuestions)
	}
	for i, q := range s.questions {
		if !slices.ContainsFunc(s.questions[:i], func(p sourceQuestion) bool { return p.id.text == q.id.text }) {
			c.by[q.id.text] = checked{index: i, line: q.line}
		}
	}
	for i, q := range s.questions {
		c.out.Questions = append(c.out.Questions, c.question(i, q))
	}
	return c.out
}

// text checks the length of a text.
func (c *checker) text(v value, what string, most int) string {
	switch n := utf8.RuneCountInString(v.text); {
	case v.given() && !v.bad && n == 0:
		c.f.add(v.line, "%s是空的", what)
	case n > most:
		c.f.add(v.line, "%s太长（%d 字），最多 %d 字", what, n, most)
	}
	return v.text
}

func (c *checker) truth(v value, name string) bool {
	if !v.given() || v.bad {
		return false
	}
	switch v.text {
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	c.f.add(v.line, "%s 只能写 true 或 false，现在是“%s”", name, brief(v.text))
	return false
}

var goodID = regexp.MustCompile(`^[\p{L}\p{N}_.-]+$`)

func (c *checker) question(i int, s sourceQuestion) Question {
	before := len(c.f.list)
	q := Question{ID: s.id.text, Kind: kindOf(s.kind.text), Text: c.text(s.text, "题目", maxQuestion)}
	c.id(i, s)
	switch {
	case !s.kind.given():
		c.f.add(s.line, "缺少题型（type），可以写：%s", kindList())
	case q.Kind == "" && !s.kind.bad:
		c.f.add(s.kind.line, "没有“%s”这种题型，可以写：%s", brief(s.kind.text), kindList())
	}
	if !s.text.given() {
		c.f.add(s.line, "缺少题目的文字（text）")
	}
	q.Required = c.truth(s.required, "required")
	q.Options = c.options(q.Kind, s)
	c.bounds(&q, s)
	if at, ok := c.by[s.id.text]; ok && at.index == i {
		at.sound = len(c.f.list) == before
		c.by[s.id.text] = at
	}
	for _, cond := range s.when {
		if w, ok := c.condition(i, cond); ok {
			q.When = append(q.When, w)
		}
	}
	return q
}

func (c *checker) id(i int, s sourceQuestion) {
	switch at := c.by[s.id.text]; {
	case s.id.bad:
	case !s.id.given() || s.id.text == "":
		c.f.add(s.line, "缺少题号（id），例如 q%d", i+1)
	case utf8.RuneCountInString(s.id.text) > maxID || !goodID.MatchString(s.id.text):
		c.f.add(s.id.line, "题号“%s”不能用：只用字母、数字、汉字，最多 %d 个字", brief(s.id.text), maxID)
	case at.index != i:
		c.f.add(s.id.line, "题号“%s”用了两次，第 %d 行已有", s.id.text, at.line)
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
	case k == "" || o.bad:
		return nil
	case !k.chosen() && o.line > 0:
		c.f.add(o.line, "%s题不要选项，请去掉选项（options），或把题型改成 single（单选）、multiple（多选）", k.Title())
		return nil
	case !k.chosen():
		return nil
	case len(o.values) < 2:
		c.f.add(max(o.line, s.line), "%s题至少要有 2 个选项，现在有 %d 个", k.Title(), len(o.values))
	case len(o.values) > maxOptions:
		c.f.add(o.line, "选项太多（%d 个），最多 %d 个", len(o.values), maxOptions)
	}
	var out []string
	for _, v := range o.values {
		text := c.text(v, "选项", maxOption)
		switch {
		case text != "" && slices.ContainsFunc(out, func(s string) bool { return sameText(s, text) }):
			c.f.add(v.line, "选项“%s”写了两次", brief(text))
		case len(text) == 1 && isLetter(text[0]):
			c.f.add(v.line, "选项不能只是一个字母“%s”，会和选项的字母 A、B、C 混淆", text)
		}
		out = append(out, text)
	}
	return out
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// bounds sets and checks min and max as the kind of question needs them.
func (c *checker) bounds(q *Question, s sourceQuestion) {
	before := len(c.f.list)
	q.Min, q.Max = c.number(s.min, "min（最少）"), c.number(s.max, "max（最多）")
	line := max(s.max.line, s.min.line)
	if len(c.f.list) > before {
		return
	}
	switch q.Kind {
	case Multiple:
		q.Min, q.Max = orElse(q.Min, 1), orElse(q.Max, float64(max(len(q.Options), 1)))
		switch {
		case !whole(*q.Min) || !whole(*q.Max) || *q.Min < 1:
			c.f.add(line, "多选题的 min（最少）和 max（最多）是选几项，要写 1 以上的整数")
		case len(q.Options) > 0 && int(*q.Max) > len(q.Options):
			c.f.add(line, "max（最多）是 %s，可是只有 %d 个选项", plain(*q.Max), len(q.Options))
		}
	case Scale:
		q.Min, q.Max = orElse(q.Min, 1), orElse(q.Max, 5)
		if !whole(*q.Min) || !whole(*q.Max) || *q.Min < 0 || *q.Max-*q.Min >= maxScale {
			c.f.add(line, "量表的 min（最少）和 max（最多）要写不小于 0 的整数，不超过 %d 级，例如 1 到 5", maxScale)
			return
		}
		if *q.Min == *q.Max {
			c.f.add(line, "量表至少要有 2 级，现在 min（最少）和 max（最多）都是 %s", plain(*q.Min))
		}
	case Number:
	default:
		if line > 0 && q.Kind != "" {
			c.f.add(line, "%s题不用 min（最少）和 max（最多），请去掉", q.Kind.Title())
		}
		q.Min, q.Max = nil, nil
		return
	}
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		c.f.add(line, "min（最少）是 %s，比 max（最多）的 %s 大", plain(*q.Min), plain(*q.Max))
	}
}

func (c *checker) number(v value, name string) *float64 {
	if !v.given() || v.bad {
		return nil
	}
	f, err := strconv.ParseFloat(v.text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) > 1e12 {
		c.f.add(v.line, "%s要写一个数，现在是“%s”", name, brief(v.text))
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
	out := Condition{Question: s.question.text}
	at, known := c.by[s.question.text]
	switch {
	case !known:
		c.f.add(s.question.line, "条件（when）里的“%s”不是哪一题的题号", brief(s.question.text))
		return out, false
	case at.index >= i:
		c.f.add(s.question.line, "条件（when）只能看前面的题，“%s”不在前面（第 %d 行）", s.question.text, at.line)
		return out, false
	case s.values.bad || !at.sound:
		return out, false
	case len(s.values.values) == 0:
		c.f.add(s.values.line, "条件（when）的列表是空的，请写“%s”的选项", s.question.text)
		return out, false
	}
	on := c.out.Questions[at.index]
	if !on.Kind.chosen() && on.Kind != Scale {
		c.f.add(s.question.line, "条件（when）只能看单选、多选和量表题，“%s”是%s题", on.ID, on.Kind.Title())
		return out, false
	}
	for _, v := range s.values.values {
		text, ok := on.value(v.text)
		if !ok {
			c.f.add(v.line, "第 %d 题（%s）没有“%s”这个答案，它有：%s", at.index+1, on.ID, brief(v.text), on.valueList())
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
