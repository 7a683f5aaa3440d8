package yamlfile

import "unicode/utf8"

// Value is a text of the file. Line is 0 where the file has no such thing. Bad
// says that a fault was reported already.
type Value struct {
	Line int
	Text string
	Bad  bool
}

// Given says whether the file has it.
func (v Value) Given() bool { return v.Line > 0 }

// List is a list of texts.
type List struct {
	Line   int
	Values []Value
	Bad    bool
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
