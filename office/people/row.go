package people

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"yunzhuan/store"
)

// faultsShown bounds the faults that are listed one by one.
const faultsShown = 20

// faults collects what is wrong with a file.
type faults struct{ lines []string }

func (f *faults) add(line int, format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf("第 %d 行：", line)+fmt.Sprintf(format, args...))
}

func (f *faults) err() error {
	n := len(f.lines)
	if n == 0 {
		return nil
	}
	shown := f.lines[:min(n, faultsShown)]
	text := fmt.Sprintf("有 %d 处不对，没有导入：\n%s", n, strings.Join(shown, "\n"))
	if n > faultsShown {
		text += fmt.Sprintf("\n另有 %d 处。", n-faultsShown)
	}
	return store.Errorf("%s", text)
}

// checker reads records into rows and remembers what must not come twice.
type checker struct {
	faults
	ids      map[ID]int
	accounts map[string]int
	units    map[string]Row // the first row of each unit
}

// checkRows reads the lines of a file; all of them are looked at before it
// fails.
func checkRows(records []record) ([]Row, error) {
	for len(records) > 0 && records[0].empty() {
		records = records[1:]
	}
	if len(records) == 0 {
		return nil, store.Errorf("是空的。")
	}
	if err := checkHeader(records[0]); err != nil {
		return nil, err
	}
	c := checker{ids: map[ID]int{}, accounts: map[string]int{}, units: map[string]Row{}}
	var rows []Row
	for _, r := range records[1:] {
		if !r.empty() {
			rows = append(rows, c.row(r))
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, store.Errorf("只有表头，没有人员。")
	}
	return rows, nil
}

func checkHeader(r record) error {
	for i, want := range Header {
		if got := r.at(i); got != want {
			return store.Errorf("第 %d 行第 %d 列应是“%s”，现为“%s”。表头应为：%s", r.line, i+1, want, clip(got), strings.Join(Header, ","))
		}
	}
	for i := len(Header); i < len(r.cells); i++ {
		if r.at(i) != "" {
			return store.Errorf("第 %d 行第 %d 列“%s”是多出来的。表头应为：%s", r.line, i+1, clip(r.at(i)), strings.Join(Header, ","))
		}
	}
	return nil
}

// clip keeps what is shown of a cell short.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return s
}

func (c *checker) row(r record) Row {
	row := Row{
		Line: r.line,
		Person: Person{
			ID: ID(strings.ToUpper(squeeze(r.at(colID)))), Name: squeeze(r.at(colName)), Unit: squeeze(r.at(colUnit)),
			Post: squeeze(r.at(colPost)), Roles: c.roles(r), Phone: c.phone(r), Accounts: c.accountsOf(r),
		},
		Unit: Unit{Name: squeeze(r.at(colUnit)), Kind: Kind(squeeze(r.at(colKind))), District: squeeze(r.at(colDistrict))},
	}
	c.cells(r)
	c.id(row)
	if row.Person.Name == "" {
		c.add(r.line, "缺姓名")
	}
	c.unit(row)
	return row
}

// cells checks what holds for every cell.
func (c *checker) cells(r record) {
	for i := range r.cells {
		s := r.at(i)
		switch {
		case i >= len(Header) && s != "":
			c.add(r.line, "第 %d 列是多出来的", i+1)
		case i < len(Header) && strings.ContainsFunc(s, unicode.IsControl):
			c.add(r.line, "%s里有换行或看不见的字符", Header[i])
		case i < len(Header) && utf8.RuneCountInString(s) > maxCell:
			c.add(r.line, "%s超过 %d 个字", Header[i], maxCell)
		}
	}
}

func (c *checker) id(row Row) {
	id := row.Person.ID
	first, twice := c.ids[id]
	switch {
	case id == "":
		c.add(row.Line, "缺工号")
	case strings.ContainsFunc(string(id), func(r rune) bool {
		return r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}):
		c.add(row.Line, "工号只能用字母、数字、- 和 _")
	case twice:
		c.add(row.Line, "工号 %s 与第 %d 行重复", id, first)
	default:
		c.ids[id] = row.Line
	}
}

func (c *checker) roles(r record) []Role {
	var out []Role
	for _, word := range strings.FieldsFunc(squeeze(r.at(colRoles)), func(r rune) bool { return r == ';' }) {
		role := Role(strings.ToLower(word))
		switch {
		case !slices.Contains(Roles, role):
			c.add(r.line, "没有“%s”这个角色，应为 %s", clip(word), joined(Roles))
		case !slices.Contains(out, role):
			out = append(out, role)
		}
	}
	if squeeze(r.at(colRoles)) == "" {
		c.add(r.line, "缺角色，应为 %s，几个之间用 ; 隔开", joined(Roles))
	}
	return out
}

func joined[T ~string](all []T) string {
	var out []string
	for _, one := range all {
		out = append(out, string(one))
	}
	return strings.Join(out, "、")
}

func (c *checker) phone(r record) string {
	phone := strings.ReplaceAll(squeeze(r.at(colPhone)), "-", "")
	if phone == "" {
		return ""
	}
	if len(phone) != 11 || phone[0] != '1' || strings.Trim(phone, "0123456789") != "" {
		c.add(r.line, "手机应是 1 开头的 11 位数字")
	}
	return phone
}

// accountsOf reads the accounts a row names; an account is one person's.
func (c *checker) accountsOf(r record) map[string]string {
	var out map[string]string
	for _, channel := range slices.Sorted(keysOf(fileAccounts)) {
		user := r.at(fileAccounts[channel])
		if user == "" {
			continue
		}
		key := accountKey(channel, user)
		if first, twice := c.accounts[key]; twice {
			c.add(r.line, "%s与第 %d 行重复", Header[fileAccounts[channel]], first)
			continue
		}
		c.accounts[key] = r.line
		if out == nil {
			out = map[string]string{}
		}
		out[channel] = user
	}
	return out
}

// unit checks a row's unit, which must be the same in all its rows.
func (c *checker) unit(row Row) {
	u := row.Unit
	first, seen := c.units[u.Name]
	switch {
	case u.Name == "":
		c.add(row.Line, "缺单位")
	case u.Kind == "":
		c.add(row.Line, "缺单位类型")
	case !slices.Contains(kinds, u.Kind):
		c.add(row.Line, "没有“%s”这种单位类型，应为 %s", clip(string(u.Kind)), joined(kinds))
	case u.Kind == School && u.District == "":
		c.add(row.Line, "学校要写学区")
	case u.Kind != School && u.District != "":
		c.add(row.Line, "只有学校写学区")
	case !seen:
		c.units[u.Name] = row
	case first.Unit.Kind != u.Kind:
		c.add(row.Line, "%s的单位类型与第 %d 行不一致", u.Name, first.Line)
	case first.Unit.District != u.District:
		c.add(row.Line, "%s的学区与第 %d 行不一致", u.Name, first.Line)
	}
}

var kinds = []Kind{Section, Affiliated, School}

// squeeze folds full-width letters, digits and signs and takes out all white
// space, which offices use to make names of two characters as wide as three.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, width.Fold.String(s))
}
