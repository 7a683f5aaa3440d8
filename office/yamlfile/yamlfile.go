// Package yamlfile reads files of the office that are written by hand, in YAML: it
// walks the syntax tree, because decoding into a struct would stop at the first
// fault and forget where a value stood. Everything that is wrong is named at once,
// each with its line.
package yamlfile

import (
	"errors"
	"strings"

	"yunzhuan/store"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Kind is what a file holds.
type Kind struct {
	Name  string // Chinese, for messages: 问卷
	Needs string // what it has at least, for the message of an empty file
	Max   int    // bytes
}

// Open finds the one document of a file. Where there is none, f says why, and ok is
// false.
func Open(data []byte, k Kind, f *Faults) (root ast.Node, r Reader, ok bool) {
	if len(data) > k.Max {
		f.Add(1, "文件太大（%d KB），%s文件不能超过 %d KB", len(data)>>10, k.Name, k.Max>>10)
		return nil, r, false
	}
	if n := invalidLine(data); n > 0 {
		f.Add(n, "文件不是 UTF-8 编码，请用记事本打开后另存为 UTF-8")
		return nil, r, false
	}
	text := lineBreaks.Replace(strings.TrimPrefix(string(data), "\ufeff"))
	r = Reader{Faults: f, lines: strings.Count(text, "\n") + 1}
	file, err := parseTree(text)
	if err != nil {
		r.syntaxFault(err, text)
		return nil, r, false
	}
	for _, doc := range file.Docs {
		if doc == nil || doc.Body == nil || doc.Body.Type() == ast.CommentGroupType || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			f.Add(r.Line(doc.Body, 1), "一个文件里只能有一份%s，请去掉 --- 和多出的部分", k.Name)
			return nil, r, false
		}
		root = doc.Body
	}
	if root == nil {
		f.Add(1, "文件是空的，至少要有 %s", k.Needs)
		return nil, r, false
	}
	return root, r, true
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

// Reader walks the tree of a file with so many lines.
type Reader struct {
	*Faults
	lines int
}

// Line is the line where a node stands. The parser may lay a node behind the
// end of the file.
func (r Reader) Line(n ast.Node, fallback int) int {
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		return min(max(n.GetToken().Position.Line, 1), r.lines)
	}
	return fallback
}

// syntaxFault reports what the parser could not read.
func (r Reader) syntaxFault(err error, text string) {
	f, lines := r.Faults, strings.Split(text, "\n")
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
		f.Add(at, "缩进用了 Tab，请只用空格，每层两个")
	case strings.Contains(line, "：") && !strings.Contains(line, ": "):
		f.Add(at, "冒号是全角的，键后面要用半角冒号，再空一格")
	case strings.ContainsAny(line, "[]{}") && !strings.Contains(message, "quot"):
		f.Add(at, "括号 { } 或 [ ] 没有配对，或少了逗号；文字里有逗号、冒号或括号时请加引号")
	case strings.Contains(message, "quot"):
		f.Add(at, "引号没有配对，请用一对半角引号")
	default:
		f.Add(at, "这一行的写法不对：同级的键要对齐，缩进用空格，冒号后面空一格")
	}
}

// Key is one of the keys of a mapping: what reads its value.
type Key struct {
	Name string
	Read func(line int, n ast.Node)
}

// Mapping reads a group of keys; it says false where the node is none.
func (r Reader) Mapping(n ast.Node, line int, what string, keys []Key) bool {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.Add(r.Line(n, line), "%s要写成一组“键: 值”，冒号后面空一格", what)
		return false
	}
	first := map[string]int{}
	for it := m.MapRange(); it.Next(); {
		at := r.Line(it.Key(), line)
		name, ok := ScalarText(it.Key())
		if !ok {
			r.Add(at, "%s的键只能是普通的词，不能用 &、*、<< 这些写法", what)
			continue
		}
		if before, twice := first[name]; twice {
			r.Add(at, "%s 写了两次，第 %d 行已有", name, before)
			continue
		}
		first[name] = at
		if !readKey(keys, name, at, it.Value()) {
			r.Add(at, "%s里没有“%s”这个键，可以写：%s", what, store.Brief(name), keyNames(keys))
		}
	}
	return true
}

func readKey(keys []Key, name string, line int, n ast.Node) bool {
	for _, k := range keys {
		if k.Name == name {
			k.Read(line, n)
			return true
		}
	}
	return false
}

func keyNames(keys []Key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return strings.Join(names, "、")
}

// FirstLine is the line of a mapping's first key.
func (r Reader) FirstLine(n ast.Node, fallback int) int {
	if m, ok := n.(ast.MapNode); ok {
		if it := m.MapRange(); it.Next() {
			return r.Line(it.Key(), fallback)
		}
	}
	return fallback
}

// Text is a key whose value is one text, number or true/false.
func (r Reader) Text(name string, to *Value) Key {
	return Key{name, func(line int, n ast.Node) { *to = r.Scalar(line, n, name) }}
}

// Scalar reads one text, number or true/false; name is for messages.
func (r Reader) Scalar(line int, n ast.Node, name string) Value {
	if n == nil {
		return Value{}
	}
	text, ok := ScalarText(n)
	if !ok {
		r.Add(line, "%s 后面只要一个值，不能是列表或 &、*、! 这些写法；文字里有冒号或括号时请加引号", name)
		return Value{Line: line, Bad: true}
	}
	if n.Type() == ast.NullType {
		return Value{}
	}
	return Value{Line: line, Text: strings.TrimSpace(text)}
}

// List reads a list of them.
func (r Reader) List(line int, n ast.Node, name string) List {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.Add(line, "%s 要写成列表，例如 [满意, 一般, 不满意]", name)
		return List{Line: line, Bad: true}
	}
	out := List{Line: line}
	for _, item := range seq.Values {
		v := r.Scalar(r.Line(item, line), item, name+" 的每一项")
		if !v.Given() {
			v.Line = r.Line(item, line)
		}
		out.Bad = out.Bad || v.Bad
		out.Values = append(out.Values, v)
	}
	return out
}

// ScalarText is the text of a plain value; false for what is none.
func ScalarText(n ast.Node) (string, bool) {
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
