package config

import (
	"reflect"
	"slices"
	"strings"
)

// envPrefix begins the name of every variable that is a setting.
const envPrefix = "YUNZHUAN"

// variable is one setting from the environment.
type variable struct {
	name, value string
}

// variables are the YUNZHUAN_* variables that have a value, by name. The later
// of two with one name counts.
func variables(env []string) []variable {
	values := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix+"_") {
			values[name] = value
		}
	}
	var list []variable
	for name, value := range values {
		if value != "" {
			list = append(list, variable{name, value})
		}
	}
	slices.SortFunc(list, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return list
}

// environment sets what the variables say, each over what the file said.
func (d *decoder) environment(c *Config, vars []variable) {
	d.layer = 1
	for _, x := range vars {
		d.src = &source{name: x.name, variable: true, lines: []string{x.name + "=" + mask}}
		if !d.variable(settings(c), whole, x, envPrefix, "") {
			d.strangeVariable(x)
		}
	}
	d.bothGiven()
}

// variable sets the setting that x names, if it is v or below it.
func (d *decoder) variable(v reflect.Value, f field, x variable, name, path string) bool {
	switch {
	case name == x.name:
		d.fromVariable(v, f, x, path)
		return true
	case name+"_FILE" == x.name && isSecret(f.typ):
		d.src.lines[0] = x.name + "=" + x.value
		d.fromFile(path, secretFile{at: d.at(nil, path), path: x.value, layer: d.layer, f: f})
		return true
	case !strings.HasPrefix(x.name, name+"_"):
		return false
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, sub := range fields(v.Type()) {
			if d.variable(v.Field(sub.index), sub, x, name+"_"+envName(sub.name), join(path, sub.name)) {
				return true
			}
		}
	case reflect.Map:
		return d.mapVariable(v, f, x, name, path)
	}
	return false
}

// mapVariable is variable for the elements of a map.
func (d *decoder) mapVariable(m reflect.Value, f field, x variable, name, path string) bool {
	for _, key := range f.allowed() {
		sub := name + "_" + envName(key)
		if x.name != sub && !strings.HasPrefix(x.name, sub+"_") {
			continue
		}
		found := false
		d.element(m, key, func(elem reflect.Value) { found = d.variable(elem, f.elem(key), x, sub, join(path, key)) })
		if found {
			return true
		}
	}
	return false
}

// fromVariable sets v from a variable that is its own: a plain value as it is,
// a list or a mapping as YAML, a list of words also with commas.
func (d *decoder) fromVariable(v reflect.Value, f field, x variable, path string) {
	at := d.at(nil, path)
	if at.plain = !isSecret(f.typ); at.plain && !holdsSecret(f.typ) {
		d.src.lines[0] = x.name + "=" + strings.ReplaceAll(x.value, "\n", " ")
	}
	d.places[path] = at
	switch kind := v.Kind(); {
	case kind == reflect.String || kind == reflect.Bool || kind == reflect.Int:
		d.text(v, x.value, f, at)
		return
	case kind == reflect.Slice && f.typ.Elem().Kind() == reflect.String && !strings.HasPrefix(x.value, "["):
		d.words(v, x.value, f, at)
		return
	}
	file, err := parse(x.value)
	if err != nil || len(file.Docs) != 1 {
		d.report.fault(at, "变量的值不是一行 YAML", f.remedy())
		return
	}
	d.value(v, file.Docs[0].Body, f, path)
}

func (d *decoder) words(v reflect.Value, text string, f field, at place) {
	v.Set(reflect.MakeSlice(v.Type(), 0, 1))
	for word := range strings.SplitSeq(text, ",") {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.text(elem, strings.TrimSpace(word), f.elem(item), at)
		v.Set(reflect.Append(v, elem))
	}
}

// strangeVariable warns of a variable that names no setting. It is no fault,
// because some platforms put variables of their own beside a service's.
func (d *decoder) strangeVariable(x variable) {
	remedy := "变量名是 YUNZHUAN_ 加上大写的键，各级之间用 _ 连接"
	if near := nearest(strings.TrimPrefix(x.name, envPrefix), variableNames(whole, "")); near != "" {
		remedy = envPrefix + near
	}
	d.report.warn(d.at(nil, ""), "没有这个设置，变量没有用到", remedy)
}

// variableNames are the variables of f and of what is below it.
func variableNames(f field, name string) []string {
	names := []string{name}
	switch f.typ.Kind() {
	case reflect.Struct:
		names = nil // a section is set key by key
		for _, sub := range fields(f.typ) {
			names = append(names, variableNames(sub, name+"_"+envName(sub.name))...)
		}
	case reflect.Map:
		for _, key := range f.allowed() {
			names = append(names, variableNames(f.elem(key), name+"_"+envName(key))...)
		}
	}
	if isSecret(f.typ) {
		names = append(names, name+"_FILE")
	}
	return names
}

// holdsSecret says whether a secret stands anywhere below a type.
func holdsSecret(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Slice:
		return holdsSecret(t.Elem())
	case reflect.Struct:
		return slices.ContainsFunc(fields(t), func(f field) bool { return holdsSecret(f.typ) })
	}
	return isSecret(t)
}

// envName is the part of a variable's name for one key.
func envName(key string) string { return strings.ToUpper(strings.ReplaceAll(key, "-", "_")) }
