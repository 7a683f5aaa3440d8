package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// canary stands for the secrets of the fixtures: nothing that is shown may hold it.
const canary = "s3cr3t"

// fiveFields stands for the scheduler's parser.
func fiveFields(spec string) error {
	if n := len(strings.Fields(spec)); n != 5 {
		return fmt.Errorf("要五个字段，写了 %d 个", n)
	}
	return nil
}

// fixture copies a config and its environment to a directory of its own, where
// $DIR in either is that directory and holds a few secret files.
func fixture(t *testing.T, file string) (dir, path string, env []string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(file)
	write(name, strings.ReplaceAll(string(text), "$DIR", dir))
	write("secret.txt", "s3cr3t-canary-of-file\r\n")
	write("empty.txt", "\n")
	write("robot.txt", "https://oapi.dingtalk.com/robot/send?access_token=s3cr3t-canary\n")
	write("hook.txt", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=s3cr3t-canary")
	vars, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".env")
	if err == nil {
		env = strings.Split(strings.TrimSpace(strings.ReplaceAll(string(vars), "$DIR", dir)), "\n")
	} else if !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, name), env
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if strings.Contains(got, canary) {
		t.Errorf("a secret is shown:\n%s", got)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLoadGood(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/good/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			dir, path, env := fixture(t, file)
			c, err := Load(path, env, fiveFields)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Redacted()
			for _, w := range c.Warnings {
				got += "\n" + w.String()
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", strings.ReplaceAll(got, dir+string(filepath.Separator), ""))
		})
	}
}

func TestLoadBad(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			dir, path, env := fixture(t, file)
			c, err := Load(path, env, fiveFields)
			var faults *Faults
			if c != nil || !errors.As(err, &faults) {
				t.Fatalf("Load = %v, %v; want *Faults", c, err)
			}
			for _, f := range faults.List {
				if f.File == "" || (f.Line < 1 || f.Col < 1) && !strings.HasPrefix(f.File, envPrefix) || f.Message == "" || f.Remedy == "" {
					t.Errorf("incomplete fault: %+v", f)
				}
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", strings.ReplaceAll(err.Error(), dir, "DIR")+"\n")
		})
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	return files
}
