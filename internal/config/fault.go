package config

import (
	"fmt"
	"sort"
	"strings"
)

// Fault is one thing wrong in the settings, told to whoever runs the bot.
type Fault struct {
	File    string // the config file, or the name of the environment variable
	Line    int    // from 1; 0 in a variable
	Col     int    // from 1, in characters; 0 in a variable
	Key     string // the key's path, as in dingtalk.client_id or groups[0].layer; may be empty
	Source  string // the line as it stands, secrets masked
	Message string // what is wrong (Chinese, one line)
	Remedy  string // what would be right (Chinese, one line)
}

// String is the Fault as three lines: where and what, the source line, and what
// would be right.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, " 第 %d 行第 %d 列", f.Line, f.Col)
	}
	if f.Key != "" {
		fmt.Fprintf(&b, " %s", f.Key)
	}
	fmt.Fprintf(&b, "：%s", f.Message)
	switch {
	case f.Source != "" && f.Line > 0:
		fmt.Fprintf(&b, "\n    %d | %s", f.Line, f.Source)
	case f.Source != "":
		fmt.Fprintf(&b, "\n    %s", f.Source)
	}
	if f.Remedy != "" {
		fmt.Fprintf(&b, "\n    应为：%s", f.Remedy)
	}
	return b.String()
}

// Faults is the error of Load: everything that is wrong, in the order of the
// file, then of the environment.
type Faults struct {
	List []Fault
}

func (f *Faults) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "配置有 %d 处不对：", len(f.List))
	for _, fault := range f.List {
		b.WriteString("\n")
		b.WriteString(fault.String())
	}
	return b.String()
}

// report gathers what Load finds.
type report struct {
	file   string // the config file; its faults come first
	faults []Fault
	warns  []Fault
}

func (r *report) fault(at place, message, remedy string) {
	r.faults = append(r.faults, at.fault(message, remedy))
}

func (r *report) warn(at place, message, remedy string) {
	r.warns = append(r.warns, at.fault(message, remedy))
}

// err is the *Faults of what was reported, or nil.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	r.sort(r.faults)
	return &Faults{List: r.faults}
}

func (r *report) sort(list []Fault) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.File != b.File {
			if a.File == r.file || b.File == r.file {
				return a.File == r.file
			}
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}

// place is where a key stands.
type place struct {
	src  *source
	line int
	col  int
	key  string
	// plain says that the value there is known not to be a secret.
	plain bool
}

func (p place) fault(message, remedy string) Fault {
	return Fault{
		File: p.src.name, Line: p.line, Col: p.col, Key: p.key,
		Source: p.src.show(p.line, p.plain), Message: message, Remedy: remedy,
	}
}
