package cmdline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mozillazg/go-pinyin"
)

const (
	maxSuggestions = 3
	maxCost        = 45 // out of 100: what differs more is not near
	maxWorse       = 15 // and what is so much worse than the best is not shown
)

// Suggest returns the names that a mistyped word was probably meant to be, the
// best first, at most three, none when nothing is near. It looks at characters
// (考靳, hlep), sound (考琴, kaoqin), initials (kq), beginnings (考) and at names
// inside a longer word (查考勤). Two names of one command may both be among them.
func Suggest(word string, names []string) []string {
	w := spelled(firstRunes(foldText(trim(word)), maxUnknown))
	if w.text == "" {
		return nil
	}
	type candidate struct {
		name string
		cost int
	}
	var near []candidate
	for _, name := range names {
		if c := w.cost(spelled(name)); c <= maxCost {
			near = append(near, candidate{name, c})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	var out []string
	for _, c := range near {
		if len(out) < maxSuggestions && c.cost <= near[0].cost+maxWorse && !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// A spelling is a word as it is written, as it sounds (Hanyu Pinyin without
// tones), and its initials.
type spelling struct {
	text, sound, initials string
	chinese               bool // has a Chinese character
}

func spelled(s string) spelling {
	sp := spelling{text: strings.Map(lower, s)}
	args := pinyin.NewArgs()
	var sound, initials strings.Builder
	for _, r := range sp.text {
		syllables := pinyin.SinglePinyin(r, args)
		if len(syllables) == 0 || syllables[0] == "" {
			sound.WriteRune(r)
			initials.WriteRune(r)
			continue
		}
		sp.chinese = true
		sound.WriteString(syllables[0])
		initials.WriteByte(syllables[0][0])
	}
	sp.sound, sp.initials = sound.String(), initials.String()
	return sp
}

// cost says how far the typed word w is from a name, 0 to 100.
func (w spelling) cost(name spelling) int {
	both := w.chinese && name.chinese
	typed, written := []rune(w.text), []rune(name.text)
	typedSound, nameSound := []rune(w.sound), []rune(name.sound)
	soundLen := max(len(typedSound), len(nameSound))
	soundOff := editDistance(typedSound, nameSound)
	switch {
	case w.text == name.text:
		return 0
	case w.sound == name.sound:
		return 5
	case name.chinese && !w.chinese && w.text == name.initials && len(w.text) > 1:
		return 20
	case both && len(typed) == 2 && len(written) == 2 && typed[0] == written[1] && typed[1] == written[0]:
		return 20
	case both && len(written) > 1 && strings.Contains(w.text, name.text):
		return 25
	case both && strings.HasPrefix(name.text, w.text):
		return 30
	case !w.chinese && len(w.text) >= 3 && strings.HasPrefix(name.sound, w.text):
		return 30
	case both:
		textOff := editDistance(typed, written)
		return (textOff*100/max(len(typed), len(written)) + soundOff*100/soundLen) / 2
	case !w.chinese && (soundOff == 1 && soundLen >= 4 || soundOff == 2 && soundLen >= 6):
		return 10 + soundOff*100/soundLen
	}
	return 100
}

// editDistance counts insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment).
func editDistance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
