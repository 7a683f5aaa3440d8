package survey

import (
	"github.com/goccy/go-yaml/ast"

	"yunzhuan/office/yamlfile"
)

// yamlReader reads a survey from the tree of its file.
type yamlReader struct{ yamlfile.Reader }

func readYAML(data []byte, f *yamlfile.Faults) *source {
	root, r, ok := yamlfile.Open(data, yamlfile.Kind{Name: "问卷", Needs: "title、anonymous 和 questions", Max: maxFile}, f)
	if !ok {
		return nil
	}
	return yamlReader{r}.template(root)
}

func (r yamlReader) template(root ast.Node) *source {
	s := &source{}
	ok := r.Mapping(root, 1, "问卷", []yamlfile.Key{
		r.Text("title", &s.title), r.Text("category", &s.category), r.Text("anonymous", &s.anonymous),
		r.Text("intro", &s.intro),
		{Name: "questions", Read: func(line int, n ast.Node) { s.questions = r.questions(line, n) }},
	})
	if !ok {
		return nil
	}
	return s
}

func (r yamlReader) questions(line int, n ast.Node) []sourceQuestion {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if n != nil && n.Type() != ast.NullType {
			r.Add(line, "questions 要写成列表，每题一行，以“- ”开头")
		}
		return nil
	}
	var out []sourceQuestion
	for _, item := range seq.Values {
		q := sourceQuestion{line: r.FirstLine(item, r.Line(item, line))}
		ok := r.Mapping(item, q.line, "题目", []yamlfile.Key{
			r.Text("id", &q.id), r.Text("type", &q.kind), r.Text("text", &q.text),
			{Name: "options", Read: func(line int, n ast.Node) { q.options = r.List(line, n, "options") }},
			r.Text("required", &q.required), r.Text("min", &q.min), r.Text("max", &q.max),
			{Name: "when", Read: func(line int, n ast.Node) { q.when = r.conditions(line, n) }},
		})
		if ok {
			out = append(out, q)
		}
	}
	return out
}

func (r yamlReader) conditions(line int, n ast.Node) []sourceCondition {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.Add(line, "when 要写成 {题目的 id: [选项, …]}，例如 when: {q1: [一般, 不满意]}")
		return nil
	}
	var out []sourceCondition
	for it := m.MapRange(); it.Next(); {
		at := r.Line(it.Key(), line)
		id, ok := yamlfile.ScalarText(it.Key())
		if !ok {
			r.Add(at, "when 里要写前面某题的 id")
			continue
		}
		out = append(out, sourceCondition{question: yamlfile.Value{Line: at, Text: id}, values: r.List(at, it.Value(), "when")})
	}
	return out
}
