package survey

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// endings are the files that Parse reads.
var endings = []string{".yaml", ".yml", ".xlsx"}

// Names lists the templates in a folder by their file names without ending,
// sorted. A folder that cannot be read has none.
func Names(folder fs.FS) []string {
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range files {
		name := f.Name()
		ending := strings.ToLower(path.Ext(name))
		// Spreadsheets leave "~$name.xlsx" beside a file that is open.
		if !f.IsDir() && slices.Contains(endings, ending) && !strings.HasPrefix(name, "~") && !strings.HasPrefix(name, ".") {
			out = append(out, strings.TrimSuffix(name, path.Ext(name)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// File reads a template of a folder by its name, as Names gives it.
func File(folder fs.FS, name string) (file string, data []byte, err error) {
	if !slices.Contains(Names(folder), name) {
		return "", nil, fmt.Errorf("read survey template: %w", fs.ErrNotExist)
	}
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return "", nil, fmt.Errorf("read survey templates: %w", err)
	}
	for _, f := range files {
		file = f.Name()
		if strings.TrimSuffix(file, path.Ext(file)) == name && slices.Contains(endings, strings.ToLower(path.Ext(file))) {
			data, err = fs.ReadFile(folder, file)
			return file, data, err
		}
	}
	return "", nil, fmt.Errorf("read survey template: %w", fs.ErrNotExist)
}
