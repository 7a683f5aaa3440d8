// Package people is the directory: persons with their roles and accounts, units,
// and the groups of the chat platforms with the layer each is bound to.
package people

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"yunzhuan/store"
)

// ID is a person's number (工号), the same for good.
type ID string

// Role is what a person may do; one person may have several.
type Role string

// The roles.
const (
	Leader    Role = "leader"
	Head      Role = "head"
	Staff     Role = "staff"
	Office    Role = "office"
	Inspector Role = "inspector"
	Principal Role = "principal"
	Teacher   Role = "teacher"
)

// Roles lists all roles in the order in which they are shown.
var Roles = []Role{Leader, Head, Staff, Office, Inspector, Principal, Teacher}

var roleTitles = map[Role]string{
	Leader: "委领导", Head: "科室(单位)负责人", Staff: "机关职工", Office: "办公室",
	Inspector: "巡查组", Principal: "校长", Teacher: "教师",
}

// Title is the role's Chinese name.
func (r Role) Title() string { return roleTitles[r] }

// Person is one card of the directory. Someone who has left keeps the card, for
// history points at it.
type Person struct {
	ID    ID     `json:"id"`
	Name  string `json:"name"`
	Unit  string `json:"unit"`
	Post  string `json:"post,omitempty"` // 职务
	Roles []Role `json:"roles"`
	Phone string `json:"phone,omitempty"`
	// Accounts are the person's accounts by platform ("dingtalk" → user id).
	Accounts map[string]string `json:"accounts,omitempty"`
	// Off are the platforms on which nothing reaches the person's account any more,
	// for its owner has unfollowed the bot.
	Off  map[string]bool `json:"off,omitempty"`
	Left bool            `json:"left,omitempty"`
	// Quiet are the person's own quiet hours ("22:00-07:00"), "" for the default.
	Quiet string `json:"quiet,omitempty"`
}

// Has says whether the person has any of the roles.
func (p Person) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(p.Roles, r) })
}

// Known says whether this is a person of the directory at all: the zero Person
// is an outsider.
func (p Person) Known() bool { return p.ID != "" }

// Kind is what sort of unit a unit is (单位类型).
type Kind string

// The kinds of unit.
const (
	Section    Kind = "科室"
	Affiliated Kind = "直属单位"
	School     Kind = "学校"
)

// Unit is a section, an affiliated unit or a school.
type Unit struct {
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"`
	District string `json:"district,omitempty"` // 学区, of schools
	Order    int    `json:"order"`              // its place in the directory file
	Closed   bool   `json:"closed,omitempty"`   // nobody of the directory is in it any more
}

// Layers a group can be bound to.
var Layers = []string{"委领导群", "机关中层群", "机关职工群", "校长群", "办公室群", "教师群"}

// OfficeLayer is the layer of the office's own group.
const OfficeLayer = "办公室群"

// Group is a group of a chat platform that the bot is or was in.
type Group struct {
	Channel string `json:"channel"`
	Conv    string `json:"conv"`
	Title   string `json:"title,omitempty"`
	Layer   string `json:"layer,omitempty"` // "" while it is not bound
	Gone    bool   `json:"gone,omitempty"`  // the bot was removed from it
}

var (
	persons = store.NewTable("people", store.Schema[Person]{Version: 1,
		Copy: func(p Person) Person {
			p.Roles, p.Accounts, p.Off = slices.Clone(p.Roles), maps.Clone(p.Accounts), maps.Clone(p.Off)
			return p
		},
		Indexes: map[string]func(Person) []string{
			"name": func(p Person) []string { return []string{p.Name} },
			"unit": func(p Person) []string { return []string{p.Unit} },
			"role": func(p Person) []string {
				var out []string
				for _, r := range p.Roles {
					out = append(out, string(r))
				}
				return out
			},
			"account": func(p Person) []string {
				if p.Left {
					return nil // switched off everywhere at once
				}
				var out []string
				for ch, user := range p.Accounts {
					out = append(out, accountKey(ch, user))
				}
				return out
			},
		}})

	units = store.NewTable("units", store.Schema[Unit]{Version: 1})

	groups = store.NewTable("groups", store.Schema[Group]{Version: 1,
		Indexes: map[string]func(Group) []string{
			"layer": func(g Group) []string {
				if g.Layer == "" || g.Gone {
					return nil
				}
				return []string{g.Layer}
			},
		}})

	// lastUsed is the platform a person was last heard on. It is not a change
	// anybody makes, hence private.
	lastUsed = store.NewTable("people_last_used", store.Schema[string]{Version: 1, Private: true})
)

// Get reads a person's card.
func Get(tx *store.Tx, id ID) (Person, bool, error) { return persons.Get(tx, string(id)) }

// Put writes a person's card.
func Put(tx *store.Tx, p Person) error { return persons.Put(tx, string(p.ID), p) }

// All lists everyone who has not left, by number.
func All(tx *store.Tx) ([]Person, error) { return present(persons.All(tx, "")) }

// OfUnit lists the people of a unit who have not left, by number.
func OfUnit(tx *store.Tx, unit string) ([]Person, error) {
	return present(persons.AllBy(tx, "unit", unit))
}

// WithRole lists the people with a role who have not left, by number.
func WithRole(tx *store.Tx, r Role) ([]Person, error) {
	return present(persons.AllBy(tx, "role", string(r)))
}

func present(all []Person, err error) ([]Person, error) {
	return slices.DeleteFunc(all, func(p Person) bool { return p.Left }), err
}

// Heads says whether somebody is a head of a unit; of a school, the principals are.
func (p Person) Heads(unit string) bool { return p.Unit == unit && p.Has(Head, Principal) }

// HeadsOf lists the heads of a unit.
func HeadsOf(tx *store.Tx, unit string) ([]Person, error) {
	all, err := OfUnit(tx, unit)
	return slices.DeleteFunc(all, func(p Person) bool { return !p.Heads(unit) }), err
}

// Ambiguous is the user's mistake of naming somebody by a name that several
// bear: the bot asks which one, and never guesses.
type Ambiguous struct {
	Name       string
	Candidates []Person
}

func (e *Ambiguous) Error() string {
	var who []string
	for _, p := range e.Candidates {
		who = append(who, fmt.Sprintf("%s（%s %s）", p.ID, p.Unit, p.Post))
	}
	return fmt.Sprintf("有 %d 位%s，请写工号：%s", len(e.Candidates), e.Name, strings.Join(who, "、"))
}

// Unwrap makes an Ambiguous a user's mistake.
func (e *Ambiguous) Unwrap() error { return &store.UserError{Text: e.Error()} }

// Find finds a person by name or number among those who have not left, in one
// unit where unit is not empty. An unknown name is a user's mistake, several
// people of the name an *Ambiguous one.
func Find(tx *store.Tx, nameOrID, unit string) (Person, error) {
	p, ok, err := Get(tx, ID(strings.ToUpper(nameOrID)))
	if err != nil {
		return Person{}, err
	}
	if ok && !p.Left && (unit == "" || p.Unit == unit) {
		return p, nil
	}
	found, err := present(persons.AllBy(tx, "name", nameOrID))
	if err != nil {
		return Person{}, err
	}
	if unit != "" {
		found = slices.DeleteFunc(found, func(p Person) bool { return p.Unit != unit })
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Person{}, &Ambiguous{Name: nameOrID, Candidates: found}
	case unit != "":
		return Person{}, store.Errorf("%s没有“%s”这个人。", unit, nameOrID)
	default:
		return Person{}, store.Errorf("没有找到“%s”这个人。", nameOrID)
	}
}

// Units lists the units that are open, in the order of the directory file.
func Units(tx *store.Tx) ([]Unit, error) {
	all, err := AllUnits(tx)
	return slices.DeleteFunc(all, func(u Unit) bool { return u.Closed }), err
}

// AllUnits lists the units, those that were closed, too, in the order of the
// directory.
func AllUnits(tx *store.Tx) ([]Unit, error) {
	all, err := units.All(tx, "")
	slices.SortStableFunc(all, func(a, b Unit) int { return a.Order - b.Order })
	return all, err
}

// GetUnit reads a unit by its exact name.
func GetUnit(tx *store.Tx, name string) (Unit, bool, error) { return units.Get(tx, name) }

// PutUnit writes a unit.
func PutUnit(tx *store.Tx, u Unit) error { return units.Put(tx, u.Name, u) }

func groupKey(channel, conv string) string { return channel + "/" + conv }

// GetGroup reads what is known of a group.
func GetGroup(tx *store.Tx, channel, conv string) (Group, bool, error) {
	return groups.Get(tx, groupKey(channel, conv))
}

// PutGroup writes a group.
func PutGroup(tx *store.Tx, g Group) error { return groups.Put(tx, groupKey(g.Channel, g.Conv), g) }

// GroupsOf lists the groups bound to a layer that the bot is still in.
func GroupsOf(tx *store.Tx, layer string) ([]Group, error) { return groups.AllBy(tx, "layer", layer) }

// Groups lists every group the bot knows.
func Groups(tx *store.Tx) ([]Group, error) { return groups.All(tx, "") }

// Count is how many people the directory has who have not left.
func Count(tx *store.Tx) (int, error) {
	all, err := All(tx)
	return len(all), err
}
