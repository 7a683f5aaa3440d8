package people

import (
	"slices"
	"strings"

	"yunzhuan/office/sheet"
	"yunzhuan/store"
)

// Contact is somebody in the address book of a platform.
type Contact struct {
	User   string `json:"user"` // the account
	Name   string `json:"name"`
	Unit   string `json:"unit"`             // the department
	Parent string `json:"parent,omitempty"` // the department above it
	Post   string `json:"post,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Left   bool   `json:"left,omitempty"` // has left, though still listed
}

// FromContacts makes the rows of a directory of an address book, for Plan. Whoever
// is in the directory is known by the account, by the phone, or by a name that is
// the only one of its unit, and keeps number, roles and what the address book does
// not know; others get their account as number. Those who were never in this
// address book stay; those whose account is gone from it leave.
func FromContacts(tx *store.Tx, channel string, list []Contact) ([]Row, error) {
	b, err := newBook(tx, channel)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if !c.Left {
			b.add(c)
		}
	}
	b.keepOthers()
	return checkRows(b.records)
}

// book makes records of a directory file.
type book struct {
	channel string
	people  []Person
	units   map[string]Unit
	taken   map[ID]bool
	records []sheet.Row
}

func newBook(tx *store.Tx, channel string) (*book, error) {
	all, err := persons.All(tx, "")
	if err != nil {
		return nil, err
	}
	known, err := units.All(tx, "")
	if err != nil {
		return nil, err
	}
	b := &book{channel: channel, people: all, units: map[string]Unit{}, taken: map[ID]bool{}, records: []sheet.Row{{Line: 1, Cells: Header}}}
	for _, u := range known {
		b.units[u.Name] = u
	}
	return b, nil
}

func (b *book) add(c Contact) {
	p, known := b.find(c)
	if !known {
		p = Person{ID: ID(strings.ToUpper(c.User)), Phone: c.Phone}
	}
	b.taken[p.ID] = true
	u := b.unit(c)
	p.Name, p.Unit = c.Name, u.Name
	if c.Post != "" {
		p.Post = c.Post
	}
	if len(p.Roles) == 0 {
		p.Roles = []Role{guessRole(u, c.Post)}
	}
	b.write(p, u, c.User)
}

// find is the one person of the directory that a contact is.
func (b *book) find(c Contact) (Person, bool) {
	for _, same := range []func(Person) bool{
		func(p Person) bool { return p.Accounts[b.channel] == c.User },
		func(p Person) bool { return c.Phone != "" && p.Phone == c.Phone && p.Name == c.Name },
		func(p Person) bool { return p.Accounts[b.channel] == "" && p.Name == c.Name && p.Unit == c.Unit },
		func(p Person) bool { return strings.EqualFold(string(p.ID), c.User) && p.Name == c.Name },
	} {
		var found []Person
		for _, p := range b.people {
			if !b.taken[p.ID] && same(p) {
				found = append(found, p)
			}
		}
		if len(found) == 1 {
			return found[0], true
		}
	}
	return Person{}, false
}

// unit is the contact's unit: as the directory knows it, or guessed by its name.
func (b *book) unit(c Contact) Unit {
	if u, ok := b.units[c.Unit]; ok {
		return u
	}
	u := Unit{Name: c.Unit, Kind: Section}
	if slices.ContainsFunc([]string{"学校", "小学", "中学", "幼儿园", "高中", "初中", "职教中心"}, func(s string) bool { return strings.HasSuffix(c.Unit, s) }) {
		u.Kind, u.District = School, c.Parent
		if u.District == "" {
			u.District = "未分学区"
		}
	}
	b.units[c.Unit] = u
	return u
}

// guessRole is what a newcomer may do until the office says otherwise: as little as
// anybody of the unit.
func guessRole(u Unit, post string) Role {
	switch {
	case u.Kind != School:
		return Staff
	case strings.Contains(post, "校长") && !strings.Contains(post, "副校长"):
		return Principal
	}
	return Teacher
}

// keepOthers writes those who are not of this address book.
func (b *book) keepOthers() {
	for _, p := range b.people {
		if !p.Left && !b.taken[p.ID] && p.Accounts[b.channel] == "" {
			b.write(p, b.units[p.Unit], "")
		}
	}
}

func (b *book) write(p Person, u Unit, user string) {
	var roles []string
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	cells := make([]string, len(Header))
	cells[colID], cells[colName], cells[colUnit] = string(p.ID), p.Name, u.Name
	cells[colKind], cells[colDistrict] = string(u.Kind), u.District
	cells[colPost], cells[colRoles], cells[colPhone] = p.Post, strings.Join(roles, ";"), p.Phone
	for channel, col := range fileAccounts {
		cells[col] = p.Accounts[channel]
	}
	if col, ok := fileAccounts[b.channel]; ok && user != "" {
		cells[col] = user
	}
	b.records = append(b.records, sheet.Row{Line: len(b.records) + 1, Cells: cells})
}
