package draft

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Numbered lists the drafts of a number, the latest year first: one at most, or
// with year 0 that of this year and that of the year before.
func Numbered(tx *store.Tx, year, no int) ([]Draft, error) {
	years := []int{year}
	if year == 0 {
		now := tx.Now().Year()
		years = []int{now, now - 1}
	}
	var found []Draft
	for _, y := range years {
		d, ok, err := table.Get(tx, key(y, no))
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, d)
		}
	}
	return found, nil
}

// Find finds the draft that a number stands for. Without a year it must be clear
// which one is meant: the only one of that number, or the only one that is still
// on its way.
func Find(tx *store.Tx, year, no int) (Draft, error) {
	found, err := Numbered(tx, year, no)
	if err != nil {
		return Draft{}, err
	}
	var open []Draft
	for _, d := range found {
		if !d.Stage.Ended() {
			open = append(open, d)
		}
	}
	switch {
	case len(found) == 0 && year != 0:
		return Draft{}, store.Errorf("没有 W%d-%03d 这份文稿。", year, no)
	case len(found) == 0:
		return Draft{}, store.Errorf("没有 %d 号文稿。", no)
	case len(found) == 1:
		return found[0], nil
	case len(open) == 1:
		return open[0], nil
	}
	var which []string
	for _, d := range found {
		which = append(which, d.ID()+"《"+d.Title+"》")
	}
	return Draft{}, store.Errorf("%d 号文稿有 %d 份：%s。请写上年份。", no, len(found), strings.Join(which, "、"))
}

// Search finds drafts by vague words: those whose title contains every one of
// them (or is of the unit of that name); if there are none, those in whose title the characters of each
// stand in this order (安全通知); if there are none either, those that have at
// least two thirds of the characters, the nearest first. Otherwise drafts on
// their way come before those that ended, the latest first.
func Search(tx *store.Tx, words []string) ([]Draft, error) {
	all, err := table.All(tx, "")
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b Draft) int { return rank(a) - rank(b) })
	words = slices.Clone(words)
	for i, w := range words {
		words[i] = fold(w)
	}
	for _, matches := range []func(Draft, string) bool{contains, inOrder} {
		var found []Draft
		for _, d := range all {
			if !slices.ContainsFunc(words, func(w string) bool { return !matches(d, w) }) {
				found = append(found, d)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nearest(all, strings.Join(words, "")), nil
}

// rank puts what has ended behind what is on its way.
func rank(d Draft) int {
	if d.Stage.Ended() {
		return 1
	}
	return 0
}

// fold makes widths and cases alike.
func fold(s string) string { return strings.ToLower(width.Fold.String(s)) }

func contains(d Draft, word string) bool {
	return strings.Contains(fold(d.Title), word) || d.Unit == word
}

// inOrder says whether the characters of word stand in the title in this order.
func inOrder(d Draft, word string) bool {
	title := fold(d.Title)
	for _, r := range word {
		_, rest, found := strings.Cut(title, string(r))
		if !found {
			return false
		}
		title = rest
	}
	return true
}

// nearest lists the drafts whose titles have most characters of a word, at least
// two thirds of them and two.
func nearest(all []Draft, word string) []Draft {
	n := len([]rune(word))
	shared := func(d Draft) (s int) {
		title := fold(d.Title)
		for _, r := range word {
			if strings.ContainsRune(title, r) {
				s++
				title = strings.Replace(title, string(r), "", 1)
			}
		}
		return s
	}
	found := slices.DeleteFunc(slices.Clone(all), func(d Draft) bool {
		s := shared(d)
		return s < 2 || s*3 < n*2
	})
	slices.SortStableFunc(found, func(a, b Draft) int { return cmp.Compare(shared(b), shared(a)) })
	return found
}

// HeldBy lists the drafts at a person's desk, by number.
func HeldBy(tx *store.Tx, id people.ID) ([]Draft, error) {
	all, err := Open(tx)
	return slices.DeleteFunc(all, func(d Draft) bool { return d.Holder != id }), err
}

// WrittenBy lists the drafts on their way that a person wrote, by number.
func WrittenBy(tx *store.Tx, id people.ID) ([]Draft, error) {
	all, err := Open(tx)
	return slices.DeleteFunc(all, func(d Draft) bool { return d.Writer != id }), err
}

// Open lists the drafts on their way, by number.
func Open(tx *store.Tx) ([]Draft, error) { return table.AllBy(tx, "open", "open") }
