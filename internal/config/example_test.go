package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

const exampleFile = "../../config.example.yaml"

// sampleLine is a filled-in setting, which takes the place of the line above.
var sampleLine = regexp.MustCompile(`^( *)#> (.*)$`)

// TestExampleHoldsTheDefaults: the example as it stands is an empty file.
func TestExampleHoldsTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := Load(exampleFile, nil, fiveFields)
	if err != nil {
		t.Fatal(err)
	}
	c.Warnings = nil
	if diff := cmp.Diff(defaults().Redacted(), c.Redacted()); diff != "" {
		t.Errorf("-defaults +example:\n%s", diff)
	}
}

// TestExampleListsEveryKey: every key of the Config stands in the example, those
// of lists and maps in its filled-in lines, and has a comment.
func TestExampleListsEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	plain := keysOf(t, string(text))
	filled := keysOf(t, filledIn(string(text)))
	for _, key := range wantKeys(whole, "") {
		inElement := strings.Contains(key, "*")
		if !inElement && !plain[key] {
			t.Errorf("%s is not in the example", key)
		}
		if inElement && !filled[key] {
			t.Errorf("%s is not in the filled-in lines of the example", key)
		}
	}
	for n, line := range strings.Split(string(text), "\n") {
		code, _, commented := strings.Cut(line, "#")
		if key := strings.TrimSpace(code); key != "" && !commented && !isSection(key) {
			t.Errorf("line %d has no comment: %s", n+1, line)
		}
	}
}

// TestExampleFilledIn: the example with its filled-in lines loads, and all
// platforms are on.
func TestExampleFilledIn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(filledIn(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, nil, fiveFields)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
	if !c.DingTalk.On() || !c.WeCom.On() || !c.WeComAIBot.On() || !c.WeChat.On() || len(c.WeComWebhooks) != 1 || len(c.DingTalk.CustomRobots) != 1 {
		t.Errorf("not all platforms are on:\n%s", c.Redacted())
	}
}

func isSection(line string) bool { return strings.HasSuffix(line, ":") }

func filledIn(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if m := sampleLine.FindStringSubmatch(line); m != nil {
			out[len(out)-1] = m[1] + m[2]
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// wantKeys are the paths of all keys below f, with * for an element.
func wantKeys(f field, path string) []string {
	switch f.typ.Kind() {
	case reflect.Struct:
		var keys []string
		for _, sub := range fields(f.typ) {
			keys = append(keys, join(path, sub.name))
			keys = append(keys, wantKeys(sub, join(path, sub.name))...)
		}
		return keys
	case reflect.Map, reflect.Slice:
		return wantKeys(f.elem("*"), path+".*")
	}
	return nil
}

// keysOf are the paths of the keys in a text, with * for an element.
func keysOf(t *testing.T, text string) map[string]bool {
	t.Helper()
	file, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var walk func(n ast.Node, f field, path string)
	walk = func(n ast.Node, f field, path string) {
		switch n := n.(type) {
		case ast.MapNode:
			for it := n.MapRange(); it.Next(); {
				key, _ := keyText(it.Key())
				if f.typ.Kind() == reflect.Map {
					walk(it.Value(), f.elem(key), path+".*")
					continue
				}
				sub, _ := find(fields(f.typ), key)
				keys[join(path, key)] = true
				walk(it.Value(), sub, join(path, key))
			}
		case *ast.SequenceNode:
			for _, item := range n.Values {
				walk(item, f.elem("-"), path+".*")
			}
		}
	}
	walk(file.Docs[0].Body, whole, "")
	return keys
}
