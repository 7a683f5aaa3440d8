package survey

import (
	"path"
	"strings"
	"unicode/utf8"
)

// maxFile is how large a survey file may be, in bytes.
const maxFile = 64 << 10

// Parse reads and checks a survey template; file is its name, whose ending says
// what it is (.yaml, .yml, .xlsx). What is wrong is returned as *Faults, all of it
// at once, each with its line.
func Parse(file string, data []byte) (*Template, error) {
	var f faults
	var src *source
	switch strings.ToLower(path.Ext(strings.ReplaceAll(file, `\`, "/"))) {
	case ".yaml", ".yml":
		src = readYAML(data, &f)
	case ".xlsx":
		src = readSheet(data, &f)
	default:
		f.add(1, "问卷文件要用 .yaml 或 .xlsx，这个文件是“%s”", path.Base(file))
	}
	if src == nil {
		return nil, f.err(file)
	}
	t := check(src, &f)
	if err := f.err(file); err != nil {
		return nil, err
	}
	return t, nil
}

// source is a template as it stands in its file, before it is checked: texts with
// their lines. Both kinds of file are read into it.
type source struct {
	title, category, intro value
	anonymous              value
	questions              []sourceQuestion
}

type sourceQuestion struct {
	line               int
	id, kind, text     value
	required, min, max value
	options            list
	when               []sourceCondition
}

type sourceCondition struct {
	question value
	values   list
}

// value is a text of the file. Line is 0 where the file has no such thing. Bad
// says that a fault was reported already.
type value struct {
	line int
	text string
	bad  bool
}

func (v value) given() bool { return v.line > 0 }

type list struct {
	line   int
	values []value
	bad    bool
}

// invalidLine is the line of the first byte that is no UTF-8, 0 for none.
func invalidLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		data = data[size:]
	}
	return 0
}
