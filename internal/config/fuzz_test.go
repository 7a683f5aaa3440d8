package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad: whatever the file and a variable hold, Load neither panics nor
// returns a fault without its place, its message and its remedy.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", exampleFile} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds: %v", err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text, "YUNZHUAN_GROUPS=[{platform: dingtalk, id: a, layer: 校长群}]")
		}
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, text []byte, env string) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, []string{env}, fiveFields)
		if err == nil {
			_ = c.Redacted()
			return
		}
		var faults *Faults
		if !errors.As(err, &faults) || len(faults.List) == 0 {
			t.Fatalf("not Faults: %v", err)
		}
		lines := strings.Count(string(text), "\n") + 1
		for _, fault := range faults.List {
			inFile := fault.File == path && fault.Line >= 1 && fault.Line <= lines && fault.Col >= 1
			inVariable := strings.HasPrefix(fault.File, envPrefix+"_") && fault.Line == 0
			if !inFile && !inVariable || fault.Message == "" || fault.Remedy == "" {
				t.Errorf("incomplete fault: %+v", fault)
			}
		}
	})
}
