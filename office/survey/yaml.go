package survey

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// readYAML reads a YAML file. It walks the syntax tree itself, because decoding
// into a struct would stop at the first fault and forget where a value stood.
func readYAML(data []byte, f *faults) *source {
	if len(data) > maxFile {
		f.add(1, "文件太大（%d KB），问卷文件不能超过 %d KB", len(data)>>10, maxFile>>10)
		return nil
	}
	if n := invalidLine(data); n > 0 {
		f.add(n, "文件不是 UTF-8 编码，请用记事本打开后另存为 UTF-8")
		return nil
	}
	text := lineBreaks.Replace(strings.TrimPrefix(string(data), "\ufeff"))
	r := yamlReader{f: f, lines: strings.Count(text, "\n") + 1}
	file, err := parseTree(text)
	if err != nil {
		r.syntaxFault(err, text)
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc == nil || doc.Body == nil || doc.Body.Type() == ast.CommentGroupType || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			f.add(r.lineOf(doc.Body, 1), "一个文件里只能有一份问卷，请去掉 --- 和多出的部分")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		f.add(1, "文件是空的，至少要有 title、anonymous 和 questions")
		return nil
	}
	return r.template(root)
}

// lineBreaks makes every line break of YAML a newline: a lone carriage return
// is one, too.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parseTree guards the YAML parser, because the text may be anything.
func parseTree(text string) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("parser panicked")
		}
	}()
	return parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
}

// yamlReader walks the tree of a file with so many lines.
type yamlReader struct {
	f     *faults
	lines int
}

// lineOf is the line where a node stands. The parser may lay a node behind the
// end of the file.
func (r yamlReader) lineOf(n ast.Node, fallback int) int {
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		return min(max(n.GetToken().Position.Line, 1), r.lines)
	}
	return fallback
}

// syntaxFault reports what the parser could not read.
func (r yamlReader) syntaxFault(err error, text string) {
	f, lines := r.f, strings.Split(text, "\n")
	at, message := 1, ""
	var bad yaml.Error
	if errors.As(err, &bad) {
		message = bad.GetMessage()
		if t := bad.GetToken(); t != nil && t.Position != nil {
			at = min(max(t.Position.Line, 1), len(lines))
		}
	}
	line := lines[at-1]
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		f.add(at, "缩进用了 Tab，请只用空格，每层两个")
	case strings.Contains(line, "：") && !strings.Contains(line, ": "):
		f.add(at, "冒号是全角的，键后面要用半角冒号，再空一格")
	case strings.ContainsAny(line, "[]{}") && !strings.Contains(message, "quot"):
		f.add(at, "括号 { } 或 [ ] 没有配对，或少了逗号；文字里有逗号、冒号或括号时请加引号")
	case strings.Contains(message, "quot"):
		f.add(at, "引号没有配对，请用一对半角引号")
	default:
		f.add(at, "这一行的写法不对：同级的键要对齐，缩进用空格，冒号后面空一格")
	}
}

// key is one of the keys of a mapping: what reads its value.
type key struct {
	name string
	read func(line int, n ast.Node)
}

// mapping reads a group of keys; it says false where the node is none.
func (r yamlReader) mapping(n ast.Node, line int, what string, keys []key) bool {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.f.add(r.lineOf(n, line), "%s要写成一组“键: 值”，冒号后面空一格", what)
		return false
	}
	first := map[string]int{}
	for it := m.MapRange(); it.Next(); {
		at := r.lineOf(it.Key(), line)
		name, ok := scalarText(it.Key())
		if !ok {
			r.f.add(at, "%s的键只能是普通的词，不能用 &、*、<< 这些写法", what)
			continue
		}
		if before, twice := first[name]; twice {
			r.f.add(at, "%s 写了两次，第 %d 行已有", name, before)
			continue
		}
		first[name] = at
		if !readKey(keys, name, at, it.Value()) {
			r.f.add(at, "%s里没有“%s”这个键，可以写：%s", what, brief(name), keyNames(keys))
		}
	}
	return true
}

func readKey(keys []key, name string, line int, n ast.Node) bool {
	for _, k := range keys {
		if k.name == name {
			k.read(line, n)
			return true
		}
	}
	return false
}

func keyNames(keys []key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return strings.Join(names, "、")
}

func (r yamlReader) template(root ast.Node) *source {
	s := &source{}
	ok := r.mapping(root, 1, "问卷", []key{
		r.text("title", &s.title), r.text("category", &s.category), r.text("anonymous", &s.anonymous),
		r.text("intro", &s.intro),
		{"questions", func(line int, n ast.Node) { s.questions = r.questions(line, n) }},
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
			r.f.add(line, "questions 要写成列表，每题一行，以“- ”开头")
		}
		return nil
	}
	var out []sourceQuestion
	for _, item := range seq.Values {
		q := sourceQuestion{line: r.firstLine(item, r.lineOf(item, line))}
		ok := r.mapping(item, q.line, "题目", []key{
			r.text("id", &q.id), r.text("type", &q.kind), r.text("text", &q.text),
			{"options", func(line int, n ast.Node) { q.options = r.list(line, n, "options") }},
			r.text("required", &q.required), r.text("min", &q.min), r.text("max", &q.max),
			{"when", func(line int, n ast.Node) { q.when = r.conditions(line, n) }},
		})
		if ok {
			out = append(out, q)
		}
	}
	return out
}

// firstLine is the line of a mapping's first key.
func (r yamlReader) firstLine(n ast.Node, fallback int) int {
	if m, ok := n.(ast.MapNode); ok {
		if it := m.MapRange(); it.Next() {
			return r.lineOf(it.Key(), fallback)
		}
	}
	return fallback
}

func (r yamlReader) conditions(line int, n ast.Node) []sourceCondition {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.f.add(line, "when 要写成 {题目的 id: [选项, …]}，例如 when: {q1: [一般, 不满意]}")
		return nil
	}
	var out []sourceCondition
	for it := m.MapRange(); it.Next(); {
		at := r.lineOf(it.Key(), line)
		id, ok := scalarText(it.Key())
		if !ok {
			r.f.add(at, "when 里要写前面某题的 id")
			continue
		}
		out = append(out, sourceCondition{question: value{line: at, text: id}, values: r.list(at, it.Value(), "when")})
	}
	return out
}

// text is a key whose value is one text, number or true/false.
func (r yamlReader) text(name string, to *value) key {
	return key{name, func(line int, n ast.Node) { *to = r.scalar(line, n, name) }}
}

func (r yamlReader) scalar(line int, n ast.Node, name string) value {
	if n == nil {
		return value{}
	}
	text, ok := scalarText(n)
	if !ok {
		r.f.add(line, "%s 后面只要一个值，不能是列表或 &、*、! 这些写法；文字里有冒号或括号时请加引号", name)
		return value{line: line, bad: true}
	}
	if n.Type() == ast.NullType {
		return value{}
	}
	return value{line: line, text: strings.TrimSpace(text)}
}

func (r yamlReader) list(line int, n ast.Node, name string) list {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.f.add(line, "%s 要写成列表，例如 [满意, 一般, 不满意]", name)
		return list{line: line, bad: true}
	}
	out := list{line: line}
	for _, item := range seq.Values {
		v := r.scalar(r.lineOf(item, line), item, name+" 的每一项")
		if !v.given() {
			v.line = r.lineOf(item, line)
		}
		out.bad = out.bad || v.bad
		out.values = append(out.values, v)
	}
	return out
}

// scalarText is the text of a plain value; false for what is none.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value == nil {
			return "", false
		}
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		if n.GetToken() == nil {
			return "", false
		}
		return n.GetToken().Value, true
	}
	return "", false
}
