package config

import (
	"reflect"
	"slices"
	"strings"
)

func find(list []field, name string) (field, bool) {
	i := slices.IndexFunc(list, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return list[i], true
}

// settable are the keys that may be written, <key>_file of a secret included.
func settable(list []field) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.name)
		if isSecret(f.typ) {
			names = append(names, f.name+"_file")
		}
	}
	return names
}

// allowed are the keys of a map.
func (f field) allowed() []string {
	if f.keys == "job" {
		return JobNames
	}
	return Layers
}

// elem describes an element of a map or list, under the name with which it would
// stand in the file.
func (f field) elem(name string) field {
	f.name, f.typ = name, f.typ.Elem()
	return f
}

// item is the name of a list's elements.
const item = "-"

// pair is what stands in the file for a setting.
func (f field) pair(value string) string {
	if f.name == item {
		return item + " " + value
	}
	return f.name + ": " + value
}

// remedy is what would be right, as it would stand in the file.
func (f field) remedy() string {
	if f.example == "" {
		return f.shape()
	}
	example := f.example
	if strings.ContainsAny(example, "*{}[]#") || strings.Contains(example, ":0") {
		example = `"` + example + `"`
	}
	switch f.typ.Kind() {
	case reflect.Slice:
		return f.pair("[" + example + "]")
	case reflect.Map:
		return f.pair("{" + f.allowed()[0] + ": " + example + "}")
	}
	return f.pair(example)
}

// shape is a section as it would be written, by its first keys.
func (f field) shape() string {
	t, open, end := f.typ, "{", "}"
	switch t.Kind() {
	case reflect.Slice:
		t, open, end = t.Elem(), "[{", "}]"
	case reflect.Map:
		t, open, end = t.Elem(), "{"+f.allowed()[0]+": {", "}}"
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	var parts []string
	for _, sub := range fields(t) {
		if sub.example != "" && len(parts) < 3 {
			parts = append(parts, sub.remedy())
		}
	}
	text := strings.Join(parts, ", ")
	if f.name == "" {
		return text // the whole file
	}
	return f.pair(open + text + end)
}

func (f field) fileRemedy() string { return f.name + "_file: /run/credentials/" + f.name }

func wantKind(k reflect.Kind) string {
	if k == reflect.Bool {
		return "要写 true 或 false，不加引号"
	}
	return "要写一个整数，不加引号"
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// nearest is the name that a mistyped word most likely means, or "".
func nearest(word string, names []string) string {
	best, least := "", max(2, len([]rune(word))/3)+1
	for _, name := range names {
		if n := distance([]rune(strings.ToLower(word)), []rune(strings.ToLower(name))); n < least {
			best, least = name, n
		}
	}
	return best
}

// distance is how many letters must be put in, taken out, changed or swapped
// with their neighbour to make b of a.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			rows[i+1][j+1] = min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				rows[i+1][j+1] = min(rows[i+1][j+1], rows[i-1][j-1]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
