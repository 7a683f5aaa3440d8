package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds the config file and each secret file, in bytes.
const maxFile = 64 << 10

// Load reads the settings: the file at path, or no file where path is empty, and
// over it the variables of env ("NAME=value", as os.Environ gives them). With
// neither it is Demo. validateSpec says what is wrong with the five fields of a
// job's time, in Chinese.
//
// The error is a *Faults with everything that is wrong. Relative paths, in the
// settings too, are relative to the working directory.
func Load(path string, env []string, validateSpec func(string) error) (*Config, error) {
	vars := variables(env)
	if path == "" && len(vars) == 0 {
		return Demo(), nil
	}
	c := defaults()
	d := &decoder{
		report: &report{file: path}, places: map[string]place{},
		files: map[string]secretFile{}, given: map[string]int{},
	}
	if path != "" {
		d.readFile(c, path)
	}
	d.environment(c, vars)
	d.readSecrets(c)
	d.together(c, validateSpec)
	if err := d.report.err(); err != nil {
		return nil, err
	}
	d.report.sort(d.report.warns)
	c.Warnings = d.report.warns
	return c, nil
}

// readFile sets what the file at path says.
func (d *decoder) readFile(c *Config, path string) {
	text, err := readSmall(path)
	d.src = newSource(path, string(text))
	if err != nil {
		d.report.fault(d.at(nil, ""), "配置文件读不了："+reason(err), "检查 --config 后面的路径和文件的读取权限")
		return
	}
	if n := invalidLine(text); n > 0 {
		d.report.fault(place{src: d.src, line: n, col: 1}, "文件不是 UTF-8 编码", "用记事本打开后另存为，编码选 UTF-8")
		return
	}
	d.tree(c, strings.TrimPrefix(string(text), "\ufeff"))
	if len(d.given) > 0 && worldReadable(path) {
		d.report.warn(d.at(nil, ""), "配置文件里有密钥，而这台机器上的任何用户都能读它", "chmod 640 "+path)
	}
}

// tree sets what the text of the file says.
func (d *decoder) tree(c *Config, text string) {
	file, err := parse(text)
	if err != nil {
		d.syntax(err)
		return
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc == nil || doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			at := d.at(doc.Body, "")
			at.col = 1
			d.report.fault(at, "一个文件里只能有一份配置", "去掉 --- 这一行和多出的部分")
			return
		}
		root = doc.Body
	}
	if root != nil && root.Type() != ast.CommentGroupType {
		d.value(settings(c), root, whole, "")
	}
	d.bothGiven()
}

// parse is the YAML parser. It is guarded, because the text may be anything.
func parse(text string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("parser panicked")
		}
	}()
	return parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
}

// syntax reports what the parser could not read.
func (d *decoder) syntax(err error) {
	at := d.at(nil, "")
	var bad yaml.Error
	message := ""
	if errors.As(err, &bad) {
		message = bad.GetMessage()
		if t := bad.GetToken(); t != nil && t.Position != nil {
			at.line = min(max(t.Position.Line, 1), len(d.src.lines))
			at.col = max(t.Position.Column, 1)
		}
	}
	line := d.src.lines[at.line-1]
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		d.report.fault(at, "缩进用了 Tab", "缩进只用空格，每层两个")
	case strings.Contains(line, "：") && !strings.Contains(line, ": "):
		d.report.fault(at, "冒号是全角的", "用半角冒号，后面空一格")
	case strings.Contains(message, "end token") || strings.Contains(message, "must be specified") || strings.Contains(message, "could not find '"):
		d.report.fault(at, "括号 { } 或 [ ] 没有配对，或少了逗号", "左右括号配对，各项之间用半角逗号")
	case strings.Contains(message, "quot"):
		d.report.fault(at, "引号没有配对", "引号成对，用半角引号")
	default:
		d.report.fault(at, "这一行的写法不对", "同级的键对齐，缩进用空格，冒号后面空一格")
	}
}

// readSecrets reads the secret files.
func (d *decoder) readSecrets(c *Config) {
	for path, f := range d.files {
		text, err := readSmall(f.path)
		secret := strings.TrimRight(string(text), "\r\n")
		switch {
		case err != nil:
			d.report.fault(f.at, "密钥文件读不了："+reason(err), "检查路径，以及运行本程序的用户能否读取")
		case secret == "":
			d.report.fault(f.at, "密钥文件是空的", "文件里只放密钥一行")
		default:
			if worldReadable(f.path) {
				d.report.warn(f.at, "这台机器上的任何用户都能读这个密钥文件", "chmod 600 "+f.path)
			}
			d.assign(settings(c), path, secret)
			d.checkSecret(secret, f)
		}
	}
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errIsDir
	case info.Size() > maxFile:
		return nil, errTooLarge
	}
	text, err := os.ReadFile(path)
	if err == nil && len(text) > maxFile {
		return nil, errTooLarge
	}
	return text, err
}

var (
	errIsDir    = errors.New("is a directory")
	errTooLarge = errors.New("is too large")
)

// reason says in Chinese why a file could not be read.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "文件不存在"
	case errors.Is(err, fs.ErrPermission):
		return "没有读取权限"
	case errors.Is(err, errIsDir):
		return "这是一个目录"
	case errors.Is(err, errTooLarge):
		return fmt.Sprintf("文件大于 %d KB", maxFile>>10)
	}
	return "读取出错"
}

// invalidLine is the first line that is not UTF-8, or 0.
func invalidLine(text []byte) int {
	if utf8.Valid(text) {
		return 0
	}
	line := 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		text = text[size:]
	}
	return 0
}

// worldReadable says whether every user of the machine may read the file. On
// Windows the mode does not tell.
func worldReadable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
}
