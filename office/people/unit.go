package people

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/office/sheet"
	"yunzhuan/store"
)

// FindUnit finds an open unit as people name it: by its full name, by its
// beginning or any part of it (基础教育), or by characters of it in order (基教科,
// 城区一小), as long as that is one unit. Otherwise it is a *store.UserError with
// the units that come near.
func FindUnit(tx *store.Tx, text string) (Unit, error) {
	return FindUnitAmong(tx, text, func(Unit) bool { return true })
}

// FindUnitAmong is FindUnit for the units that keep says yes to: no other is found
// or offered.
func FindUnitAmong(tx *store.Tx, text string, keep func(Unit) bool) (Unit, error) {
	word := squeeze(text)
	all, err := Units(tx)
	if err != nil {
		return Unit{}, err
	}
	all = slices.DeleteFunc(all, func(u Unit) bool { return !keep(u) })
	if word == "" {
		return Unit{}, store.Errorf("请写单位。")
	}
	levels := []func(name, word string) bool{
		func(name, word string) bool { return name == word },
		strings.HasPrefix, strings.Contains, inOrder,
	}
	for i, matches := range levels {
		if i > 0 && utf8.RuneCountInString(word) < 2 {
			break // one character names no unit
		}
		found := slices.DeleteFunc(slices.Clone(all), func(u Unit) bool { return !matches(u.Name, word) })
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Unit{}, severalUnits(word, found)
		}
	}
	near := nearUnits(all, word)
	if len(near) == 0 {
		return Unit{}, store.Errorf("没有“%s”这个单位。", sheet.Clip(word))
	}
	return Unit{}, store.Errorf("没有“%s”这个单位，是不是：%s？", sheet.Clip(word), strings.Join(unitNames(near), "、"))
}

// OfficeUnits lists the units of the commission's own house, in the order of the
// directory file: the sections and affiliated units that have people, but for one
// that is made up of leaders alone. They report attendance and are patrolled.
func OfficeUnits(tx *store.Tx) ([]Unit, error) {
	all, err := Units(tx)
	if err != nil {
		return nil, err
	}
	var out []Unit
	for _, u := range all {
		in, err := u.InOffice(tx)
		if err != nil {
			return nil, err
		}
		if in {
			out = append(out, u)
		}
	}
	return out, nil
}

// Schools lists the schools, in the order of the directory file.
func Schools(tx *store.Tx) ([]Unit, error) {
	all, err := Units(tx)
	return slices.DeleteFunc(all, func(u Unit) bool { return u.Kind != School }), err
}

// InOffice says whether a unit is one of OfficeUnits.
func (u Unit) InOffice(tx *store.Tx) (bool, error) {
	if u.Closed || u.Kind == School {
		return false, nil
	}
	in := false
	err := persons.By(tx, "unit", u.Name, func(_ string, p Person) (bool, error) {
		in = !p.Left && !p.Has(Leader)
		return !in, nil // one is enough
	})
	return in, err
}

// candidatesShown bounds the units that are offered.
const candidatesShown = 6

func severalUnits(word string, found []Unit) error {
	names := strings.Join(unitNames(found[:min(len(found), candidatesShown)]), "、")
	if len(found) > candidatesShown {
		names += "等"
	}
	return store.Errorf("叫“%s”的单位有 %d 个：%s。请写全称。", sheet.Clip(word), len(found), names)
}

// inOrder says whether the characters of word stand in name in this order.
func inOrder(name, word string) bool {
	for _, r := range word {
		_, rest, found := strings.Cut(name, string(r))
		if !found {
			return false
		}
		name = rest
	}
	return true
}

// nearUnits lists the units that share most characters with a word, at least
// half of them, the nearest first.
func nearUnits(all []Unit, word string) []Unit {
	type candidate struct {
		unit   Unit
		shared int
	}
	var near []candidate
	for _, u := range all {
		shared := 0
		name := u.Name
		for _, r := range word {
			if strings.ContainsRune(name, r) {
				shared++
				name = strings.Replace(name, string(r), "", 1)
			}
		}
		if shared*2 >= utf8.RuneCountInString(word) && shared > 1 {
			near = append(near, candidate{u, shared})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return b.shared - a.shared })
	var out []Unit
	for _, c := range near {
		if c.shared == near[0].shared && len(out) < 3 {
			out = append(out, c.unit)
		}
	}
	return out
}
