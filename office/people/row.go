package people

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"yunzhuan/office/sheet"
)

// checker reads records into rows and remembers what must not come twice.
type checker struct {
	sheet.Faults
	ids      map[ID]int
	accounts map[string]int
	units    map[string]Row // the first row of each unit
}

// checkRows reads the lines of a file; all of them are looked at before it
// fails.
func checkRows(records []sheet.Row) ([]Row, error) {
	records, err := sheet.Body(records, Header, "人员")
	if err != nil {
		return nil, err
	}
	c := checker{ids: map[ID]int{}, accounts: map[string]int{}, units: map[string]Row{}}
	var rows []Row
	for _, r := range records {
		rows = append(rows, c.row(r))
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return rows, nil
}

func (c *checker) row(r sheet.Row) Row {
	row := Row{
		Line: r.Line,
		Person: Person{
			ID: ID(strings.ToUpper(squeeze(r.At(colID)))), Name: squeeze(r.At(colName)), Unit: squeeze(r.At(colUnit)),
			Post: squeeze(r.At(colPost)), Roles: c.roles(r), Phone: c.phone(r), Accounts: c.accountsOf(r),
		},
		Unit: Unit{Name: squeeze(r.At(colUnit)), Kind: Kind(squeeze(r.At(colKind))), District: squeeze(r.At(colDistrict))},
	}
	c.cells(r)
	c.id(row)
	if row.Person.Name == "" {
		c.Add(r.Line, "缺姓名")
	}
	c.unit(row)
	return row
}

// cells checks what holds for every cell.
func (c *checker) cells(r sheet.Row) {
	for i := range r.Cells {
		s := r.At(i)
		switch {
		case i >= len(Header) && s != "":
			c.Add(r.Line, "第 %d 列是多出来的", i+1)
		case i < len(Header) && strings.ContainsFunc(s, unicode.IsControl):
			c.Add(r.Line, "%s里有换行或看不见的字符", Header[i])
		case i < len(Header) && utf8.RuneCountInString(s) > maxCell:
			c.Add(r.Line, "%s超过 %d 个字", Header[i], maxCell)
		}
	}
}

func (c *checker) id(row Row) {
	id := row.Person.ID
	first, twice := c.ids[id]
	switch {
	case id == "":
		c.Add(row.Line, "缺工号")
	case strings.ContainsFunc(string(id), func(r rune) bool {
		return r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}):
		c.Add(row.Line, "工号只能用字母、数字、- 和 _")
	case twice:
		c.Add(row.Line, "工号 %s 与第 %d 行重复", id, first)
	default:
		c.ids[id] = row.Line
	}
}

func (c *checker) roles(r sheet.Row) []Role {
	var out []Role
	for _, word := range strings.FieldsFunc(squeeze(r.At(colRoles)), func(r rune) bool { return r == ';' }) {
		role := Role(strings.ToLower(word))
		switch {
		case !slices.Contains(Roles, role):
			c.Add(r.Line, "没有“%s”这个角色，应为 %s", sheet.Clip(word), joined(Roles))
		case !slices.Contains(out, role):
			out = append(out, role)
		}
	}
	if squeeze(r.At(colRoles)) == "" {
		c.Add(r.Line, "缺角色，应为 %s，几个之间用 ; 隔开", joined(Roles))
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

func (c *checker) phone(r sheet.Row) string {
	phone := strings.ReplaceAll(squeeze(r.At(colPhone)), "-", "")
	if phone == "" {
		return ""
	}
	if len(phone) != 11 || phone[0] != '1' || strings.Trim(phone, "0123456789") != "" {
		c.Add(r.Line, "手机应是 1 开头的 11 位数字")
	}
	return phone
}

// accountsOf reads the accounts a row names; an account is one person's.
func (c *checker) accountsOf(r sheet.Row) map[string]string {
	var out map[string]string
	for _, channel := range slices.Sorted(keysOf(fileAccounts)) {
		user := r.At(fileAccounts[channel])
		if user == "" {
			continue
		}
		key := accountKey(channel, user)
		if first, twice := c.accounts[key]; twice {
			c.Add(r.Line, "%s与第 %d 行重复", Header[fileAccounts[channel]], first)
			continue
		}
		c.accounts[key] = r.Line
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
		c.Add(row.Line, "缺单位")
	case u.Kind == "":
		c.Add(row.Line, "缺单位类型")
	case !slices.Contains(kinds, u.Kind):
		c.Add(row.Line, "没有“%s”这种单位类型，应为 %s", sheet.Clip(string(u.Kind)), joined(kinds))
	case u.Kind == School && u.District == "":
		c.Add(row.Line, "学校要写学区")
	case u.Kind != School && u.District != "":
		c.Add(row.Line, "只有学校写学区")
	case !seen:
		c.units[u.Name] = row
	case first.Unit.Kind != u.Kind:
		c.Add(row.Line, "%s的单位类型与第 %d 行不一致", u.Name, first.Line)
	case first.Unit.District != u.District:
		c.Add(row.Line, "%s的学区与第 %d 行不一致", u.Name, first.Line)
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
