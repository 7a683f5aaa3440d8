package handlers

import (
	"errors"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// namedPeople reads a list of people; it must not be empty.
func namedPeople(r *bot.Request, args cmdline.Args) ([]people.Person, error) {
	var out []people.Person
	for _, n := range cmdline.SplitNames(args) {
		p, err := people.Find(r.Tx, n.Name, "")
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, store.Errorf("请写姓名。")
	}
	return out, nil
}

// isAmbiguous says whether several people bear the name.
func isAmbiguous(err error) bool {
	var a *people.Ambiguous
	return errors.As(err, &a)
}

// ignoreMistake passes on our own failures and drops a user's mistake.
func ignoreMistake(err error) error {
	var u *store.UserError
	if errors.As(err, &u) {
		return nil
	}
	return err
}

// unlessAmbiguous drops the mistake of a word that is nobody's name, where a word
// need not be one; that several bear it stays one, and so do our own failures.
func unlessAmbiguous(err error) error {
	if isAmbiguous(err) {
		return err
	}
	return ignoreMistake(err)
}
