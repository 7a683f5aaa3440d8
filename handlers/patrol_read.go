package handlers

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"yunzhuan/bot"
	"yunzhuan/bot/cmdline"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// inList says which of several findings a mistake is about.
func (w walk) inList(err error, i, n int) error {
	var excused *patrol.Excused
	var mistake *store.UserError
	if n < 2 || errors.As(err, &excused) || !errors.As(err, &mistake) {
		return err
	}
	return store.WithHint(store.Errorf("第 %d 条：%s 都没有记。", i+1, mistake.Text), cmp.Or(mistake.Hint, w.example()))
}

// readFindings reads what a message says: a finding, or several on lines of their
// own or between semicolons; and one kind for several units.
func (w walk) readFindings(r *bot.Request, text string) ([]patrol.Finding, error) {
	text, sure := cutLast(text, confirmed)
	var out []patrol.Finding
	parts := w.splitFindings(r.Tx, text)
	for i, part := range parts {
		found, err := w.readFinding(r, part)
		if err != nil {
			return nil, w.inList(err, i, len(parts))
		}
		out = append(out, found...)
	}
	for i := range out {
		out[i].Confirmed = sure
	}
	return out, nil
}

// cutLast takes a word from the end of a text.
func cutLast(text, word string) (string, bool) {
	rest, ok := strings.CutSuffix(strings.TrimRight(text, " 　。\n"), word)
	if !ok {
		return text, false
	}
	return rest, true
}

// splitFindings cuts a message where another finding begins. A line or clause that
// does not begin as one belongs to the note before it.
func (w walk) splitFindings(tx *store.Tx, text string) []string {
	var parts []string
	from := 0
	for i, c := range text {
		if c != '\n' && c != '；' && c != ';' {
			continue
		}
		end := i + utf8.RuneLen(c)
		if w.beginsFinding(tx, text[end:]) {
			parts = append(parts, text[from:i])
			from = end
		}
	}
	parts = append(parts, text[from:])
	for i, p := range parts {
		parts[i] = strings.TrimSpace(withoutCommand(p))
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" && len(parts) > 1 })
}

// beginsFinding says whether a text begins with a unit, or with a word and a kind.
func (w walk) beginsFinding(tx *store.Tx, text string) bool {
	line := withoutCommand(text)
	if i := strings.IndexAny(line, "\n；;"); i >= 0 {
		line = line[:i]
	}
	args := splitKind(cmdline.Tokenize(line))
	if args.Len() == 0 {
		return false
	}
	if kind, _ := args.From(1).Cut(kindWords()...); kind != "" {
		return true
	}
	_, err := w.book.FindUnit(tx, unitWords(args.At(0))[0])
	return err == nil
}

// withoutCommand takes the command off a line that has one of its own; the other
// book's too, so that its unit is refused and does not end up in a note.
func withoutCommand(line string) string {
	line = strings.TrimLeft(line, " 　/／")
	for _, b := range []patrol.Book{patrol.Offices, patrol.Schools} {
		line = strings.TrimPrefix(line, b.Command())
	}
	return line
}

// unverified are words that say that a finding is not verified.
var unverified = []string{"未核实", "待核实"}

// readFinding reads one finding, or one kind for several units.
func (w walk) readFinding(r *bot.Request, text string) ([]patrol.Finding, error) {
	var f patrol.Finding
	words := strings.FieldsFunc(text, unicode.IsSpace)
	kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.Contains(unverified, strings.Trim(w, "()（）[]【】，,。"))
	})
	f.Unverified = len(kept) < len(words)
	args := splitKind(cmdline.Tokenize(strings.Join(kept, " ")))
	if args.Len() < 2 {
		return nil, store.WithHint(store.Errorf("请写%s和情形。", w.noun), w.example())
	}
	units, rest, err := w.readUnits(r, args)
	if err != nil {
		return nil, store.WithHint(err, w.example())
	}
	kind, rest := rest.Cut(kindWords()...)
	f.Kind = patrol.Kind(kind)
	var out []patrol.Finding
	for _, u := range units {
		f := f
		f.Unit = u
		if err := findingWords(r, &f, rest); err != nil {
			return nil, store.WithHint(err, w.example())
		}
		if len(units) > 1 && len(f.Persons) > 0 {
			return nil, store.WithHint(store.Errorf("几个单位一起记，不能写姓名。写姓名的请一个单位一行。"), w.example())
		}
		out = append(out, f)
	}
	return out, nil
}

// readUnits reads the units before the kind, which begins the arguments that are
// left.
func (w walk) readUnits(r *bot.Request, args cmdline.Args) (units []string, rest cmdline.Args, err error) {
	for i := 0; i < args.Len(); i++ {
		rest = args.From(i)
		if kind, _ := rest.Cut(kindWords()...); kind != "" && i > 0 {
			return units, rest, nil
		}
		for _, word := range unitWords(args.At(i)) {
			u, err := w.book.FindUnit(r.Tx, word)
			switch {
			case err != nil && i > 0:
				return nil, rest, store.Errorf("没有“%s”这种情形。可以写：%s。", args.At(i), kindList())
			case err != nil:
				return nil, rest, err
			case slices.Contains(units, u.Name):
				return nil, rest, store.Errorf("%s写了两次。", u.Name)
			}
			units = append(units, u.Name)
		}
	}
	return nil, rest, store.Errorf("请写是什么情形：%s。", kindList())
}

// unitWords cuts a word at what people put between units; there is at least one.
func unitWords(word string) []string {
	if words := strings.FieldsFunc(word, func(c rune) bool { return strings.ContainsRune("、,，", c) }); len(words) > 0 {
		return words
	}
	return []string{word}
}

// splitKind puts the space between unit and kind that people forget: 人事科正常.
func splitKind(args cmdline.Args) cmdline.Args {
	first := args.At(0)
	for _, k := range kindWords() {
		if i := strings.Index(first, k); i > 0 {
			return cmdline.Tokenize(first[:i] + " " + first[i:] + " " + args.Rest(1))
		}
	}
	return args
}

// findingWords reads what follows the kind: names of people of the unit, a time
// of day, and the rest, which is the note as typed.
func findingWords(r *bot.Request, f *patrol.Finding, args cmdline.Args) error {
	var asides []string
	for args.Len() > 0 {
		if c, n, err := clockWord(args); err != nil {
			return err
		} else if n > 0 && f.Clock == "" {
			f.Clock, args = c, args.From(n)
			continue
		}
		if word, rest := args.Cut("备注"); word != "" {
			f.Note = rest.Rest(0)
			return nil
		}
		name, aside, _ := strings.Cut(args.At(0), "(") // 金国兰(未请假)
		ids, err := namesIn(r, f.Unit, name)
		if err != nil {
			return err
		}
		if ids == nil {
			break
		}
		f.Persons = append(f.Persons, ids...)
		switch aside = strings.TrimSuffix(aside, ")"); {
		case slices.Contains(unverified, aside):
			f.Unverified = true
		case aside != "":
			asides = append(asides, aside)
		}
		args = args.From(1)
	}
	f.Note = strings.Join(append(asides, args.Rest(0)), " ")
	for _, word := range append(listed(args.At(0)), args.At(0)) {
		if err := patrol.MistakenName(r.Tx, f.Unit, f.Kind, word); err != nil {
			return err
		}
	}
	return nil
}

// clockWord reads a time of day in one word or two (上午 9:40), and says in how
// many.
func clockWord(args cmdline.Args) (clock string, n int, err error) {
	for n, phrase := range []string{args.At(0), args.At(0) + args.At(1)} {
		if phrase == "" || !calendar.IsClock(phrase) {
			continue
		}
		c, err := calendar.ParseClock(phrase)
		return c.String(), n + 1, err
	}
	return "", 0, nil
}

// namesIn reads a word as one or several people of a unit; nil if it is none.
func namesIn(r *bot.Request, unit, word string) ([]people.ID, error) {
	p, err := people.Find(r.Tx, word, unit)
	if err == nil {
		return []people.ID{p.ID}, nil
	}
	parts := listed(word)
	if isAmbiguous(err) || len(parts) < 2 {
		return nil, unlessAmbiguous(err)
	}
	var ids []people.ID
	var unknown error
	names := false
	for _, name := range parts {
		p, err := people.Find(r.Tx, name, unit)
		names = names || err == nil || isAmbiguous(err)
		if err != nil && unknown == nil {
			unknown = err
		}
		ids = append(ids, p.ID)
	}
	switch {
	case unknown == nil:
		return ids, nil
	case names:
		return nil, unknown
	default: // no list of names at all
		return nil, ignoreMistake(unknown)
	}
}

// listed cuts a word at what people put between names.
func listed(word string) []string {
	return strings.FieldsFunc(word, func(c rune) bool { return strings.ContainsRune("、,;/和", c) })
}
