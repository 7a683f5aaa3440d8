package people

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"

	"yunzhuan/store"
)

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// Change is what a directory file changes on a card.
type Change struct {
	Before, After Person
	Fields        []string // the columns that differ, in the order of the file
}

// Diff is what a directory file would change.
type Diff struct {
	New       []Person // not known before
	Changed   []Change
	Leaving   []Person // no longer in the file
	Returning []Person // had left, and are in the file again
	Same      int
	// Kept are those whose account of the file is not taken over, because
	// another person has bound it.
	Kept []Person

	UnitsNew, UnitsChanged, UnitsClosed []Unit

	// Force lets a diff through that more than a fifth of the people would leave
	// by.
	Force bool

	rows  []Row
	total int // people before
}

// Empty says whether nothing would change.
func (d Diff) Empty() bool {
	return len(d.New)+len(d.Changed)+len(d.Leaving)+len(d.Returning)+len(d.UnitsNew)+len(d.UnitsChanged)+len(d.UnitsClosed) == 0
}

// Plan compares a directory file with the directory and changes nothing. What
// the file does not know stays as it is: accounts bound by their owner, quiet
// hours, accounts on platforms without a column.
func Plan(tx *store.Tx, rows []Row) (Diff, error) {
	d := Diff{rows: rows}
	before, err := persons.All(tx, "")
	if err != nil {
		return d, err
	}
	known := map[ID]Person{}
	for _, p := range before {
		known[p.ID] = p
		if !p.Left {
			d.total++
		}
	}
	owners, err := loadOwners(tx, before, rows)
	if err != nil {
		return d, err
	}
	for _, r := range rows {
		after, kept := r.merge(known[r.Person.ID], owners)
		if kept {
			d.Kept = append(d.Kept, after)
		}
		d.sort(known[r.Person.ID], after)
		delete(known, r.Person.ID)
	}
	for _, p := range before {
		if _, gone := known[p.ID]; gone && !p.Left {
			d.Leaving = append(d.Leaving, p)
		}
	}
	return d, d.planUnits(tx)
}

// owners says whose the accounts are before an import.
type owners struct {
	bound map[string]bool // by bindingKey: bound by its owner, not from the file
	binds map[string]ID   // who has bound an account and is in the file
	holds map[string]ID   // who of those present holds an account
}

func loadOwners(tx *store.Tx, before []Person, rows []Row) (owners, error) {
	o := owners{bound: map[string]bool{}, binds: map[string]ID{}, holds: map[string]ID{}}
	listed := map[ID]bool{}
	for _, r := range rows {
		listed[r.Person.ID] = true
	}
	for _, p := range before {
		for channel, user := range p.Accounts {
			if !p.Left && listed[p.ID] {
				o.holds[accountKey(channel, user)] = p.ID
			}
		}
	}
	err := bindings.Scan(tx, "", func(key string, b binding) (bool, error) {
		o.bound[key] = true
		if account := accountKey(b.Channel, b.User); o.holds[account] == b.Person {
			o.binds[account] = b.Person
		}
		return true, nil
	})
	return o, err
}

// merge is the card after the import. Kept says that an account of the file is
// somebody else's by binding.
func (r Row) merge(before Person, o owners) (after Person, kept bool) {
	after = r.Person
	after.Quiet, after.Off = before.Quiet, maps.Clone(before.Off)
	after.Accounts = maps.Clone(before.Accounts)
	if after.Accounts == nil {
		after.Accounts = map[string]string{}
	}
	if before.Left {
		// Whoever took over an account in between keeps it.
		maps.DeleteFunc(after.Accounts, func(channel, user string) bool { return o.holds[accountKey(channel, user)] != "" })
	}
	for channel := range fileAccounts {
		if o.bound[bindingKey(after.ID, channel)] && after.Accounts[channel] != "" {
			continue
		}
		user := r.Person.Accounts[channel]
		if whose := o.binds[accountKey(channel, user)]; user != "" && whose != "" && whose != after.ID {
			user, kept = "", true
		}
		if user == "" {
			delete(after.Accounts, channel)
			continue
		}
		after.Accounts[channel] = user
	}
	if len(after.Accounts) == 0 {
		after.Accounts = nil
	}
	return after, kept
}

func (d *Diff) sort(before, after Person) {
	fields := differing(before, after)
	switch {
	case !before.Known():
		d.New = append(d.New, after)
	case before.Left:
		d.Returning = append(d.Returning, after)
	case len(fields) > 0:
		d.Changed = append(d.Changed, Change{before, after, fields})
	default:
		d.Same++
	}
}

func differing(a, b Person) []string {
	var out []string
	add := func(col int, same bool) {
		if !same {
			out = append(out, Header[col])
		}
	}
	add(colName, a.Name == b.Name)
	add(colUnit, a.Unit == b.Unit)
	add(colPost, a.Post == b.Post)
	add(colRoles, slices.Equal(a.Roles, b.Roles))
	add(colPhone, a.Phone == b.Phone)
	add(colDingTalk, a.Accounts["dingtalk"] == b.Accounts["dingtalk"])
	add(colWeCom, a.Accounts["wecom"] == b.Accounts["wecom"])
	return out
}

// planUnits compares the units, which stand in the order of the file.
func (d *Diff) planUnits(tx *store.Tx) error {
	before, err := units.All(tx, "")
	if err != nil {
		return err
	}
	known := map[string]Unit{}
	for _, u := range before {
		known[u.Name] = u
	}
	seen := map[string]bool{}
	for _, r := range d.rows {
		if seen[r.Unit.Name] {
			continue
		}
		seen[r.Unit.Name] = true
		u := r.Unit
		u.Order = len(seen)
		switch old, ok := known[u.Name]; {
		case !ok || old.Closed:
			d.UnitsNew = append(d.UnitsNew, u)
		case old != u:
			d.UnitsChanged = append(d.UnitsChanged, u)
		}
	}
	for _, u := range before {
		if !seen[u.Name] && !u.Closed {
			u.Closed = true
			d.UnitsClosed = append(d.UnitsClosed, u)
		}
	}
	return nil
}

// safeShare is the share of the people who may leave by one import, in percent:
// more than that is rather a wrong file.
const safeShare = 20

// Apply does what Plan found; it plans anew, for what was planned may be old. A
// diff by which more than a fifth of the people would leave is a *store.UserError
// unless it is forced.
func Apply(tx *store.Tx, d Diff) error {
	force := d.Force
	d, err := Plan(tx, d.rows)
	if err != nil {
		return fmt.Errorf("plan import: %w", err)
	}
	if n := len(d.Leaving); !force && n*100 > d.total*safeShare {
		return store.Errorf("名册里少了 %d 人（原有 %d 人，超过两成），怕是拿错了文件，没有导入。确实要导入，请用强制导入。", n, d.total)
	}
	var cards []Person
	cards = append(append(cards, d.New...), d.Returning...)
	for _, c := range d.Changed {
		cards = append(cards, c.After)
	}
	for _, p := range d.Leaving {
		p.Left = true
		cards = append(cards, p)
	}
	for _, p := range cards {
		if err := Put(tx, p); err != nil {
			return err
		}
	}
	for _, u := range slices.Concat(d.UnitsNew, d.UnitsChanged, d.UnitsClosed) {
		if err := PutUnit(tx, u); err != nil {
			return err
		}
	}
	return nil
}

// imported holds the hash of the file that was imported last.
var imported = store.NewTable("people_imported", store.Schema[string]{Version: 1, Private: true})

const importedKey = "file"

// HashOf is the hash by which ImportedHash knows a file.
func HashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// ImportedHash is the hash of the file that was imported last, "" for none.
func ImportedHash(tx *store.Tx) (string, error) {
	hash, _, err := imported.Get(tx, importedKey)
	return hash, err
}

// SetImportedHash notes the file that was imported.
func SetImportedHash(tx *store.Tx, hash string) error { return imported.Put(tx, importedKey, hash) }
