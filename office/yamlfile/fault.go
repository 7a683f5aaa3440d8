package yamlfile

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong in a file.
type Fault struct {
	Line    int    // from 1; of a table, its row
	Message string // what is wrong and what would be right (Chinese, one line)
}

// Faults gathers everything that is wrong in a file, and is the error that says so.
type Faults struct {
	File string
	List []Fault
}

func (f *Faults) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s 有 %d 处不对：", f.File, len(f.List))
	for _, one := range f.List {
		fmt.Fprintf(&b, "\n第 %d 行：%s", one.Line, one.Message)
	}
	return b.String()
}

// Add adds a fault of a line; one that is there already is not added again.
func (f *Faults) Add(line int, format string, args ...any) {
	one := Fault{Line: max(line, 1), Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(f.List, one) {
		f.List = append(f.List, one)
	}
}

// Err is the error for a file, in the order of its lines; nil if nothing is wrong.
func (f *Faults) Err(file string) error {
	if len(f.List) == 0 {
		return nil
	}
	slices.SortStableFunc(f.List, func(a, b Fault) int { return a.Line - b.Line })
	f.File = file
	return f
}
