package survey

import (
	"path"
	"strings"

	"yunzhuan/office/yamlfile"
)

// maxFile is how large a survey file may be, in bytes.
const maxFile = 64 << 10

// Parse reads and checks a survey template; file is its name, whose ending says
// what it is (.yaml, .yml, .xlsx). What is wrong is returned as *Faults, all of it
// at once, each with its line.
func Parse(file string, data []byte) (*Template, error) {
	var f yamlfile.Faults
	var src *source
	switch strings.ToLower(path.Ext(strings.ReplaceAll(file, `\`, "/"))) {
	case ".yaml", ".yml":
		src = readYAML(data, &f)
	case ".xlsx":
		src = readSheet(data, &f)
	default:
		f.Add(1, "问卷文件要用 .yaml 或 .xlsx，这个文件是“%s”", path.Base(file))
	}
	if src == nil {
		return nil, f.Err(file)
	}
	t := check(src, &f)
	if err := f.Err(file); err != nil {
		return nil, err
	}
	return t, nil
}

// source is a template as it stands in its file, before it is checked: texts with
// their lines. Both kinds of file are read into it.
type source struct {
	title, category, intro yamlfile.Value
	anonymous              yamlfile.Value
	questions              []sourceQuestion
}

type sourceQuestion struct {
	line               int
	id, kind, text     yamlfile.Value
	required, min, max yamlfile.Value
	options            yamlfile.List
	when               []sourceCondition
}

type sourceCondition struct {
	question yamlfile.Value
	values   yamlfile.List
}
