package cmdline

import (
	"strings"
	"unicode/utf8"
)

// maxQuestion is the highest question number that is read as one.
const maxQuestion = 999

// Answer is one answer of a line of answers.
type Answer struct {
	No int // the question, from 1
	// Choice are the letters of the chosen options, upper case, each once, in the
	// order typed. It is empty when the answer cannot be read as letters.
	Choice string
	// Text is the answer as typed. A short word such as “ok” is in both: the kind
	// of the question decides which one counts.
	Text string
}

// ParseAnswers reads answers of a survey, such as “1A 2BD 3:文字 有空格 5：5”. It
// returns them in the order typed, and what it could not read, as typed. A second
// answer to one question goes to the bad pieces.
//
// The grammar, after folding (full-width forms are the same, letters have no
// case):
//
//	answers = { choice | text }, with white space or , ; 、 。 between them
//	choice  = number [ "." | "-" | "、" | ")" ] letters      1A  2.B  3、bd  4-C  1 A
//	letters = letter { [ "," | "、" | "/" | "+" | "&" ] letter }
//	text    = number ":" anything                            3:文字 有空格
//
// A choice may follow the one before it without a space (1A2BD3C).
//
// A text goes on until, after white space, the next answer begins; its number must
// be higher than the text's own. A text (4:…) always begins there, except for what
// looks like a time of day (14:30) and is not the very next number. A choice
// begins there only if everything from it to the next text or to the end is made
// of choices with rising numbers: in “3:建议装 5G 网络 4A” the 5G belongs to the
// text. After a text of one plain word (2:B, 4:5) the next number need not be
// higher. A text left blank (“3: 4A”) is a bad piece.
func ParseAnswers(s string) (answers []Answer, bad []string) {
	p := answerParser{s: trim(s)}
	var answered [maxQuestion + 1]bool
	for p.skipBetween(); p.pos < len(p.s); p.skipBetween() {
		start := p.pos
		a, ok := p.choice()
		if !ok {
			a, ok = p.text()
		}
		if !ok {
			p.pos = start + indexOrEnd(p.s[start:], func(r rune) bool { return isSeparator(r) || isListMark(fold(r)) })
			if n := len(bad) - 1; n >= 0 && p.badEnd >= 0 && trim(p.s[p.badEnd:start]) == "" {
				bad[n] = p.s[p.badStart:p.pos] // goes on
			} else {
				p.badStart = start
				bad = append(bad, p.s[start:p.pos])
			}
			p.badEnd = p.pos
			continue
		}
		p.badEnd = -1
		if answered[a.No] {
			bad = append(bad, trim(p.s[start:p.pos]))
			continue
		}
		answered[a.No] = true
		answers = append(answers, a)
	}
	return answers, bad
}

type answerParser struct {
	s   string
	pos int

	badStart, badEnd int // the last bad piece, while nothing good has come after it
	// notBefore: no choice that begins a clean row of choices starts before this
	// index, as an earlier look has found.
	notBefore int
}

// peek returns the folded rune at i, and the index after it; 0 at the end.
func (p *answerParser) peek(i int) (rune, int) {
	r, size := utf8.DecodeRuneInString(p.s[i:])
	if size == 0 {
		return 0, i
	}
	return fold(r), i + size
}

// skipUnseen returns the index of the first visible character from i on.
func (p *answerParser) skipUnseen(i int) int {
	for i < len(p.s) {
		r, next := p.peek(i)
		if !unseen(r) {
			break
		}
		i = next
	}
	return i
}

// skipBetween moves on to where the next answer may begin.
func (p *answerParser) skipBetween() {
	for p.pos < len(p.s) {
		r, next := p.peek(p.pos)
		if !unseen(r) && !isListMark(r) {
			return
		}
		p.pos = next
	}
}

func isListMark(r rune) bool { return r == ',' || r == ';' || r == '、' || r == '。' }

// number reads a question number at i; n is 0 if there is none.
func (p *answerParser) number(i int) (n, end int) {
	for {
		r, next := p.peek(i)
		if !isDigit(r) || n > maxQuestion {
			break
		}
		n, i = n*10+int(r-'0'), next
	}
	if n > maxQuestion {
		return 0, i
	}
	return n, i
}

// choice reads a choice at pos and moves behind it.
func (p *answerParser) choice() (Answer, bool) {
	no, i := p.number(p.pos)
	if no == 0 {
		return Answer{}, false
	}
	if r, next := p.peek(i); r == '.' || r == '-' || r == '、' || r == ')' {
		i = next
	}
	i = p.skipUnseen(i) // “1 A”, “1. A”
	letters, end := p.letters(i)
	if letters == "" {
		return Answer{}, false
	}
	// It must end here: at white space, a list mark, a digit of the next answer.
	if r, next := p.peek(end); next > end && !unseen(r) && !isListMark(r) && !isDigit(r) {
		return Answer{}, false
	}
	p.pos = end
	return Answer{No: no, Choice: letters, Text: p.s[i:end]}, true
}

// letters reads a list of letters at i.
func (p *answerParser) letters(i int) (letters string, end int) {
	var b strings.Builder
	for end = i; ; {
		r, next := p.peek(i)
		if b.Len() > 0 && (r == ',' || r == '、' || r == '/' || r == '+' || r == '&') {
			r, next = p.peek(next)
		}
		if !isLetter(r) {
			return b.String(), end
		}
		if c := r &^ 0x20; !strings.ContainsRune(b.String(), c) {
			b.WriteRune(c)
		}
		i, end = next, next
	}
}

// text reads a text answer at pos and moves behind it.
func (p *answerParser) text() (Answer, bool) {
	no, i := p.textStart(p.pos)
	if no == 0 {
		return Answer{}, false
	}
	colon := i
	if i = p.skipUnseen(i); i == len(p.s) || i > colon && p.beginsAnswer(i, no, no+1) {
		return Answer{}, false // left blank
	}
	end := p.textEnd(i, no)
	text := trim(p.s[i:end])
	p.pos = end
	a := Answer{No: no, Text: text}
	whole := answerParser{s: text}
	if letters, n := whole.letters(0); n == len(text) {
		a.Choice = letters
	}
	return a, true
}

// textStart reads “3:” or “3 :” at i, and says where the text begins.
func (p *answerParser) textStart(i int) (no, end int) {
	no, i = p.number(i)
	if r, next := p.peek(p.skipUnseen(i)); no > 0 && r == ':' {
		return no, next
	}
	return 0, 0
}

// textEnd finds where the text of question no ends that begins at i.
func (p *answerParser) textEnd(i, no int) int {
	first := i + wordEnd(p.s[i:])
	lowest := no + 1
	if isPlain(p.s[i:first]) {
		lowest = 1
	}
	for end := first; end < len(p.s); {
		start := p.skipUnseen(end)
		if p.beginsAnswer(start, no, lowest) {
			return start
		}
		lowest = no + 1
		end = start + wordEnd(p.s[start:])
	}
	return len(p.s)
}

// beginsAnswer says whether an answer begins at i inside the text of question no.
func (p *answerParser) beginsAnswer(i, no, lowest int) bool {
	if n, after := p.textStart(i); n > 0 {
		return n >= lowest && (n == no+1 || lowest == 1 || !isTime(n, p.s[after:]))
	}
	n, _ := p.number(i)
	return n >= lowest && p.cleanFrom(i)
}

// isTime says whether an hour and what follows its colon look like a time of day.
func isTime(hour int, after string) bool {
	minutes := foldText(after[:wordEnd(after)])
	return hour < 24 && len(minutes) >= 2 &&
		'0' <= minutes[0] && minutes[0] <= '5' && isDigit(rune(minutes[1])) &&
		(len(minutes) == 2 || !isDigit(rune(minutes[2])))
}

// cleanFrom says whether everything from i to the next text answer or to the end
// is made of choices with rising numbers. What an earlier look has found to fail
// is not looked at again, so that all looks together take linear time.
func (p *answerParser) cleanFrom(i int) bool {
	if i < p.notBefore {
		return false
	}
	row := answerParser{s: p.s, pos: i}
	for last := 0; ; row.skipBetween() {
		if row.pos == len(row.s) {
			return true
		}
		if n, _ := row.textStart(row.pos); n > last && last > 0 {
			return true
		}
		start := row.pos
		a, ok := row.choice()
		if !ok || a.No <= last {
			p.notBefore = start
			return false
		}
		last = a.No
	}
}

// isPlain says whether a word is letters and digits only.
func isPlain(word string) bool {
	for _, r := range word {
		if f := fold(r); !isDigit(f) && !isLetter(f) && !isIgnored(r) {
			return false
		}
	}
	return true
}
