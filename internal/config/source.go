package config

import (
	"reflect"
	"regexp"
	"strings"
)

// maxShown bounds a shown source line, in characters.
const maxShown = 160

// keyKind says what of a key's value may be shown.
type keyKind int

const (
	keyUnknown keyKind = iota // nothing: it may be a secret under a mistyped key
	keyPlain                  // all of it, which is one value
	keyWords                  // all of it, which is a list of values
	keySection                // the mapping or list that it opens, key by key
)

// source is a text that settings come from: the file, or one variable.
type source struct {
	name     string
	variable bool // its one line is made redacted
	lines    []string
}

// newSource is the text of a config file.
func newSource(name, text string) *source {
	return &source{name: name, lines: strings.Split(text, "\n")}
}

// kinds are all the keys of a config file by what may be shown.
var kinds = func() map[string]keyKind {
	k := map[string]keyKind{}
	addKinds(k, whole)
	return k
}()

func addKinds(k map[string]keyKind, f field) {
	switch f.typ.Kind() {
	case reflect.Struct:
		k[f.name] = keySection
		for _, sub := range fields(f.typ) {
			addKinds(k, sub)
		}
	case reflect.Map, reflect.Slice:
		if f.typ.Elem().Kind() == reflect.String {
			k[f.name] = keyWords
			if isSecret(f.typ.Elem()) {
				k[f.name] = keySection
			}
			return
		}
		addKinds(k, f.elem(f.name))
		if f.keys == "job" {
			for _, name := range JobNames {
				addKinds(k, f.elem(name))
			}
		}
	default:
		if isSecret(f.typ) {
			k[f.name+"_file"] = keyPlain
			return
		}
		k[f.name] = keyPlain
	}
}

var (
	keyInLine = regexp.MustCompile(`["']?([^\s,{}\[\]:："']+)["']?\s*[:：]`)
	comment   = regexp.MustCompile(`(^|\s)#.*$`)
)

// show is line n with what may be a secret masked. plain says that the fault is
// about a value that may be shown, so that a line without a key may be shown too.
func (s *source) show(n int, plain bool) string {
	if s.variable {
		n = 1
	}
	if n < 1 || n > len(s.lines) {
		return ""
	}
	line := s.lines[n-1]
	if !s.variable {
		line = masked(strings.TrimRight(comment.ReplaceAllString(line, ""), "\r\t "), plain)
	}
	line = redactURLs(line)
	if r := []rune(line); len(r) > maxShown {
		line = string(r[:maxShown]) + "…"
	}
	return line
}

// masked cuts line after the first key whose value may not be shown.
func masked(line string, plain bool) string {
	end, kind := 0, keyUnknown // of the key before
	keys := keyInLine.FindAllStringSubmatchIndex(line, -1)
	for _, k := range keys {
		between := line[end:k[0]]
		if kind == keyPlain && !strings.ContainsAny(between, ",{}[]") || kind == keyWords && !strings.ContainsAny(between, "{}]") {
			continue // within the value: the port of an address, the minutes of a time
		}
		if kind == keySection && !opens(between) {
			return line[:end] + " " + mask
		}
		if kind = kinds[line[k[2]:k[3]]]; kind == keyUnknown {
			if strings.TrimSpace(line[k[1]:]) == "" {
				return line
			}
			return line[:k[1]] + " " + mask
		}
		end = k[1]
	}
	rest := strings.TrimSpace(line[end:])
	if rest != "" && (kind == keySection && !opens(rest) || kind == keyUnknown && !plain) {
		if end == 0 {
			return mask
		}
		return line[:end] + " " + mask
	}
	return line
}

// opens says that text is nothing but the marks that open mappings and lists.
func opens(text string) bool {
	text = strings.Trim(text, " \t")
	return text != "" && strings.Trim(text, " \t-,{}[]") == ""
}
