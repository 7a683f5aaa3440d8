package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decoder walks the syntax tree beside the Config and sets what it finds. It
// does so itself, and not by yaml.Unmarshal, because that stops at the first
// fault and forgets where a value stood.
type decoder struct {
	src    *source
	layer  int // 0 the file, 1 the environment
	report *report
	places map[string]place      // of every key that was given
	files  map[string]secretFile // secrets to be read, by the key they are for
	given  map[string]int        // the layer that gave a secret its value
}

// secretFile is a <key>_file that was given.
type secretFile struct {
	at    place
	path  string
	layer int
	f     field
}

// field is what the tags of a struct field say.
type field struct {
	name     string
	index    int
	validate string
	example  string
	keys     string
	typ      reflect.Type
}

// fields are the settings of a struct, in its order.
func fields(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "-" {
			continue
		}
		list = append(list, field{
			name: name, index: i, typ: f.Type, validate: f.Tag.Get("validate"),
			example: f.Tag.Get("example"), keys: f.Tag.Get("keys"),
		})
	}
	return list
}

func isSecret(t reflect.Type) bool {
	return t == reflect.TypeFor[Secret]() || t == reflect.TypeFor[SecretURL]()
}

// at is the place of a node.
func (d *decoder) at(n ast.Node, path string) place {
	p := place{src: d.src, key: path}
	if d.src.variable {
		return p
	}
	p.line, p.col = 1, 1
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		pos := n.GetToken().Position
		p.line, p.col = max(pos.Line, 1), max(pos.Column, 1)
	}
	return p
}

// value sets v, a setting described by f, from a node.
func (d *decoder) value(v reflect.Value, n ast.Node, f field, path string) {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return // a key with nothing behind it keeps its default
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.report.fault(d.at(n, path), "配置里不能用 &、* 和 ! 这些 YAML 写法", f.remedy())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(v, n, f, path)
	case reflect.Map:
		d.mapping(v, n, f, path)
	case reflect.Slice:
		d.list(v, n, f, path)
	default:
		d.scalar(v, n, f, path)
	}
}

// entry is one line "key: value" of a mapping.
type entry struct {
	key   string
	at    place
	value ast.Node
}

// entries are the lines of a mapping, with those left out that cannot be read
// or came before; ok is false where the node is no mapping.
func (d *decoder) entries(n ast.Node, f field, path string) (list []entry, ok bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		at := d.find(path)
		if _, scalar := n.(ast.ScalarNode); scalar {
			plain := at.plain && len(path) > 0 && path[len(path)-1] == ']'
			at = d.at(n, path)
			at.plain = plain
		}
		d.report.fault(at, "这里要写一组“键: 值”，冒号后面要有空格", f.remedy())
		return nil, false
	}
	first := map[string]place{}
	for it := m.MapRange(); it.Next(); {
		key, isText := keyText(it.Key())
		at := d.at(it.Key(), join(path, key))
		if !isText {
			d.report.fault(d.at(it.Key(), path), "键只能是普通的词", f.remedy())
			continue
		}
		if before, twice := first[key]; twice {
			d.report.fault(at, fmt.Sprintf("这个键写了两次，第 %d 行已有", before.line), "两处只留一处")
			continue
		}
		first[key] = at
		list = append(list, entry{key: key, at: at, value: it.Value()})
	}
	return list, true
}

func keyText(n ast.MapKeyNode) (string, bool) {
	if n == nil || n.IsMergeKey() {
		return "", false
	}
	scalar, ok := n.(ast.ScalarNode)
	if !ok {
		return "", false
	}
	text, ok := scalarText(scalar)
	return text, ok && text != ""
}

func (d *decoder) structure(v reflect.Value, n ast.Node, f field, path string) {
	list, ok := d.entries(n, f, path)
	if !ok {
		return
	}
	known := fields(v.Type())
	for _, e := range list {
		if sub, ok := find(known, e.key); ok {
			e.at.plain = !isSecret(sub.typ)
			d.places[join(path, e.key)] = e.at
			d.value(v.Field(sub.index), e.value, sub, join(path, e.key))
			continue
		}
		stem, isFile := strings.CutSuffix(e.key, "_file")
		if sub, ok := find(known, stem); isFile && ok && isSecret(sub.typ) {
			d.file(e, sub, join(path, stem))
			continue
		}
		d.unknown(e, settable(known))
	}
}

// mapping sets a map whose keys come from a fixed list.
func (d *decoder) mapping(v reflect.Value, n ast.Node, f field, path string) {
	list, ok := d.entries(n, f, path)
	if !ok {
		return
	}
	for _, e := range list {
		if contains(f.allowed(), e.key) {
			e.at.plain = !isSecret(f.typ.Elem())
			d.places[join(path, e.key)] = e.at
			d.element(v, e.key, func(elem reflect.Value) { d.value(elem, e.value, f.elem(e.key), join(path, e.key)) })
			continue
		}
		stem, isFile := strings.CutSuffix(e.key, "_file")
		if isFile && isSecret(f.typ.Elem()) && contains(f.allowed(), stem) {
			d.file(e, f.elem(stem), join(path, stem))
			continue
		}
		d.unknown(e, f.allowed())
	}
}

// element hands a map's element to set and puts it back.
func (d *decoder) element(m reflect.Value, key string, set func(reflect.Value)) {
	elem := reflect.New(m.Type().Elem()).Elem()
	if job, ok := elem.Addr().Interface().(*Job); ok {
		job.Enabled = true
	}
	if old := m.MapIndex(reflect.ValueOf(key)); old.IsValid() {
		elem.Set(old)
	}
	set(elem)
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	m.SetMapIndex(reflect.ValueOf(key), elem)
}

// assign sets the text at a path below v, which ends at a text.
func (d *decoder) assign(v reflect.Value, path, text string) {
	key, rest, _ := strings.Cut(path, ".")
	switch v.Kind() {
	case reflect.Struct:
		f, _ := find(fields(v.Type()), key)
		d.assign(v.Field(f.index), rest, text)
	case reflect.Map:
		d.element(v, key, func(elem reflect.Value) { d.assign(elem, rest, text) })
	default:
		v.SetString(text)
	}
}

func (d *decoder) list(v reflect.Value, n ast.Node, f field, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.report.fault(d.find(path), "这里要写成列表", f.remedy())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(seq.Values)))
	for i, node := range seq.Values {
		elem := reflect.New(v.Type().Elem()).Elem()
		at := fmt.Sprintf("%s[%d]", path, i)
		p := d.at(node, at)
		p.plain = true // no list holds a secret
		d.places[at] = p
		d.value(elem, node, f.elem(item), at)
		if _, ok := node.(ast.MapNode); ok {
			d.missing(elem, p)
		}
		v.Set(reflect.Append(v, elem))
	}
}

// missing reports the required keys that an element of a list lacks.
func (d *decoder) missing(elem reflect.Value, at place) {
	if elem.Kind() != reflect.Struct {
		return
	}
	for _, f := range fields(elem.Type()) {
		if _, given := d.places[join(at.key, f.name)]; strings.HasPrefix(f.validate, "required") && !given {
			d.report.fault(at, "缺少 "+f.name, f.remedy())
		}
	}
}

// scalar sets a text, a number or a yes and no.
func (d *decoder) scalar(v reflect.Value, n ast.Node, f field, path string) {
	at := d.at(n, path)
	at.plain = !isSecret(f.typ)
	scalar, ok := n.(ast.ScalarNode)
	text := ""
	if ok {
		text, ok = scalarText(scalar)
	}
	if !ok {
		d.report.fault(d.find(path), "这里只要一个值", f.remedy())
		return
	}
	if _, quoted := n.(*ast.StringNode); quoted && v.Kind() != reflect.String {
		d.report.fault(at, wantKind(v.Kind()), f.remedy())
		return
	}
	d.text(v, text, f, at)
}

// text sets v from its text, under the rules of its field.
func (d *decoder) text(v reflect.Value, text string, f field, at place) {
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil || len(text) < len("true") {
			d.report.fault(at, wantKind(reflect.Bool), f.remedy())
			return
		}
		v.SetBool(b)
	case reflect.Int:
		i, err := strconv.Atoi(text)
		if err != nil {
			d.report.fault(at, wantKind(reflect.Int), f.remedy())
			return
		}
		v.SetInt(int64(i))
	default:
		v.SetString(text)
	}
	if message := f.broken(v); message != "" {
		d.report.fault(at, message, f.remedy())
	}
	if isSecret(f.typ) && text != "" {
		d.given[at.key] = d.layer
	}
}

// file notes that the setting at path is to be read from a file.
func (d *decoder) file(e entry, f field, path string) {
	e.at.plain = true
	name, ok := "", e.value == nil
	if scalar, isScalar := e.value.(ast.ScalarNode); isScalar {
		name, ok = scalarText(scalar)
	}
	switch {
	case !ok:
		d.report.fault(e.at, "这里要写文件的路径", f.fileRemedy())
	case name != "":
		d.fromFile(path, secretFile{at: e.at, path: name, layer: d.layer, f: f})
	}
}

// fromFile notes a secret file.
func (d *decoder) fromFile(path string, f secretFile) {
	d.files[path] = f
	d.places[path] = f.at
}

// unknown reports a key that is none of names.
func (d *decoder) unknown(e entry, names []string) {
	message, remedy := "没有这个键", "这里可写的键："+strings.Join(names, "、")
	if near := nearest(e.key, names); near != "" {
		message, remedy = "没有这个键，是不是 "+near, near
	}
	d.report.fault(e.at, message, remedy)
}

// scalarText is a scalar as it was written, without its quotes. A null is the
// empty text.
func scalarText(n ast.ScalarNode) (string, bool) {
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

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
