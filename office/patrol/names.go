package patrol

import (
	"slices"
	"strings"
	"unicode"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// MistakenName says of a word of a note whether it was meant for somebody of the
// unit: a name that is mistyped by one character, that of somebody of another
// unit, or, in a finding about persons, a word that begins with a surname. Such a
// word must not end up in the note, where the groups could read it; the error is
// the user's mistake.
func MistakenName(tx *store.Tx, unit string, k Kind, word string) error {
	if n := len([]rune(word)); n < 2 || n > 4 || strings.ContainsFunc(word, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
		return nil
	}
	all, err := people.All(tx)
	if err != nil {
		return err
	}
	surname := false
	for _, p := range all {
		switch {
		// Of two characters, one proves little: 周到 is praise, not 周一.
		case p.Unit == unit && oneOff(word, p.Name) && (k.OfPersons() || len([]rune(word)) > 2):
			return store.Errorf("%s没有“%s”这个人，是不是%s？", unit, word, p.Name)
		case p.Name == word:
			return store.Errorf("%s没有“%s”这个人（在%s）。", unit, word, p.Unit)
		}
		surname = surname || []rune(p.Name)[0] == []rune(word)[0]
	}
	if k.OfPersons() && surname && len([]rune(word)) < 4 {
		return store.Errorf("%s没有“%s”这个人。是备注的话，前面请加“备注”两个字。", unit, word)
	}
	return nil
}

// oneOff says whether two words of one length differ in a single character.
func oneOff(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) || len(x) < 2 {
		return false
	}
	n := 0
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n == 1
}

// NamesAnyone says whether a text has the name of somebody of the directory in
// it.
func NamesAnyone(tx *store.Tx, text string) (bool, error) {
	if text == "" {
		return false, nil
	}
	names, err := Namer(tx)
	return err == nil && names(text), err
}

// Namer is NamesAnyone for many texts: it reads the directory once.
func Namer(tx *store.Tx) (names func(text string) bool, err error) {
	all, err := people.All(tx)
	return func(text string) bool {
		return text != "" && slices.ContainsFunc(all, func(p people.Person) bool { return strings.Contains(text, p.Name) })
	}, err
}
