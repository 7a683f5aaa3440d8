package survey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Ballot is what was answered. That of an anonymous survey is this and nothing
// else: no person, no unit, no time, no order.
type Ballot struct {
	Answers map[string]Answer `json:"answers"` // by the question's id
}

// taken is that a person has taken part. It has no time, for a time would lead to
// the ballot.
type taken struct{}

var (
	// namedBallots are filed under survey and person.
	namedBallots = store.NewTable("survey_ballots", store.Schema[Ballot]{Version: 1})

	// participants say who has taken part in an anonymous survey, under survey and
	// person. Private: an audit line would carry the time.
	participants = store.NewTable("survey_participants", store.Schema[taken]{Version: 1, Private: true})

	// anonymousBallots are filed under survey and the hash of a random code that
	// nobody but the author has. Private: an audit line would name the author.
	anonymousBallots = store.NewTable("survey_anonymous_ballots", store.Schema[Ballot]{Version: 1, Private: true})
)

// Answered says whether a person has answered.
func (s Survey) Answered(tx *store.Tx, id people.ID) (bool, error) {
	var ok bool
	var err error
	if s.Template.Anonymous {
		_, ok, err = participants.Get(tx, s.key(id))
	} else {
		_, ok, err = namedBallots.Get(tx, s.key(id))
	}
	return ok, err
}

// OwnBallot reads the ballot of a person in a named survey. In an anonymous one
// nobody's can be found.
func (s Survey) OwnBallot(tx *store.Tx, id people.ID) (Ballot, bool, error) {
	if s.Template.Anonymous {
		return Ballot{}, false, nil
	}
	return namedBallots.Get(tx, s.key(id))
}

// Submit makes a form the person's ballot and removes the form. In a named survey
// it replaces the ballot before. In an anonymous one it returns the code with
// which the author, and nobody else, can change the ballot until the survey
// closes (Change); the code is kept nowhere.
func Submit(tx *store.Tx, s Survey, id people.ID, f Form) (code string, err error) {
	b, err := s.ballot(f.Answers)
	if err != nil {
		return "", err
	}
	if err := DropForm(tx, s, id); err != nil {
		return "", err
	}
	if !s.Template.Anonymous {
		return "", namedBallots.Put(tx, s.key(id), b)
	}
	done, err := s.Answered(tx, id)
	switch {
	case err != nil:
		return "", err
	case done:
		return "", s.alreadyTaken()
	}
	if err := participants.Put(tx, s.key(id), taken{}); err != nil {
		return "", err
	}
	code = newCode()
	return code, anonymousBallots.Put(tx, s.codeKey(code), b)
}

func (s Survey) alreadyTaken() error {
	return store.WithHint(
		store.Errorf("您已填写 %s。不记名问卷的答案与姓名分开保存，系统也找不到您的那一份。", s.ID()),
		"想改答案，请用提交时给您的改答码：/答 "+s.ID()[1:]+" 改 <改答码> 1B …")
}

// ballot keeps of the answers what counts, and checks that nothing is missing.
func (s Survey) ballot(given map[string]Answer) (Ballot, error) {
	f := Form{Answers: given}
	if missing := f.Missing(&s.Template); len(missing) > 0 {
		return Ballot{}, store.Errorf("还有必答题没有答：%s。", numbers(missing))
	}
	b := Ballot{Answers: map[string]Answer{}}
	for i, q := range s.Template.Questions {
		if a, ok := given[q.ID]; ok && s.Template.Asked(i, given) {
			b.Answers[q.ID] = a
		}
	}
	if len(b.Answers) == 0 {
		return Ballot{}, store.Errorf("一题也没有答，没有提交。")
	}
	return b, nil
}

// Change replaces answers of the anonymous ballot that a code opens. What is
// wrong is returned in mistakes, and what is right is kept. A code that opens
// nothing is the user's mistake.
func Change(tx *store.Tx, s Survey, code string, lines []Line) (kept []int, mistakes []error, err error) {
	key := s.codeKey(code)
	b, ok, err := anonymousBallots.Get(tx, key)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, store.Errorf("改答码不对，答案没有改。改答码在提交时的那条回复里，只显示过那一次。")
	}
	f := Form{Answers: b.Answers}
	kept, mistakes = f.SetAll(&s.Template, lines)
	if b, err = s.ballot(f.Answers); err != nil {
		return nil, mistakes, err
	}
	return kept, mistakes, anonymousBallots.Put(tx, key, b)
}

// codeLetters are the letters and digits of a code, without those that are
// mistaken for one another. Their number divides 256: every code is as likely.
const codeLetters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newCode makes a code of 50 random bits: "K7QX2-M9DAB".
func newCode() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails
	var b strings.Builder
	for i, c := range raw {
		if i == len(raw)/2 {
			b.WriteByte('-')
		}
		b.WriteByte(codeLetters[int(c)%len(codeLetters)])
	}
	return b.String()
}

// IsCode says whether a text has the form of a code.
func IsCode(s string) bool {
	s = plainCode(s)
	return len(s) == 10 && strings.Trim(s, codeLetters) == ""
}

// plainCode makes the ways of typing one code the same.
func plainCode(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, width.Fold.String(s))
}

// codeKey is the key of the ballot that a code opens: a hash, from which the code
// cannot be had.
func (s Survey) codeKey(code string) string {
	sum := sha256.Sum256([]byte(s.prefix() + plainCode(code)))
	return s.prefix() + hex.EncodeToString(sum[:])
}

// seal gives the ballots of an anonymous survey new random keys.
func seal(tx *store.Tx, s Survey) error {
	if !s.Template.Anonymous {
		return nil
	}
	var old []string
	var ballots []Ballot
	err := anonymousBallots.Scan(tx, s.prefix(), func(key string, b Ballot) (bool, error) {
		old, ballots = append(old, key), append(ballots, b)
		return true, nil
	})
	for i, key := range old {
		var fresh [sha256.Size]byte
		_, _ = rand.Read(fresh[:]) // never fails
		err = errors.Join(err, anonymousBallots.Delete(tx, key),
			anonymousBallots.Put(tx, s.prefix()+hex.EncodeToString(fresh[:]), ballots[i]))
	}
	return err
}
