package survey

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong in a survey file.
type Fault struct {
	Line    int    // from 1; of a table, its row
	Message string // what is wrong and what would be right (Chinese, one line)
}

// Faults is the error of Parse: everything that is wrong, in the order of the
// file.
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

// faults gathers what is wrong.
type faults struct{ list []Fault }

func (f *faults) add(line int, format string, args ...any) {
	one := Fault{Line: max(line, 1), Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(f.list, one) {
		f.list = append(f.list, one)
	}
}

// err is the error for a file, nil if nothing is wrong.
func (f *faults) err(file string) error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b Fault) int { return a.Line - b.Line })
	return &Faults{File: file, List: f.list}
}
