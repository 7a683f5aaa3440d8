package handlers_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// entry is a record of the store as it lies there.
type entry struct{ table, key, value string }

func (e entry) has(s string) bool { return strings.Contains(e.key, s) || strings.Contains(e.value, s) }

// bookkeeping are the buckets of the store that are no declared tables.
var bookkeeping = []string{"audit", "seen", "fired", "undo", "seq", "meta", "outbox_claims", "outbox_days", "blobs"}

// dump reads all that the store holds.
func dump(t *testing.T, b *bottest.Bot) []entry {
	t.Helper()
	var out []entry
	b.View(func(tx *store.Tx) error {
		out = nil
		for _, table := range append(store.Tables(), bookkeeping...) {
			err := tx.Raw(table, func(key string, raw []byte) (bool, error) {
				out = append(out, entry{table, key, string(raw)})
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

func exportAudit(t *testing.T, b *bottest.Bot) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := b.Store.ExportAudit(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func inTable(all []entry, table string) []entry {
	return slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return e.table != table })
}

// voters are the people of a survey in the test, with what only they would say.
func voters() (ids []people.ID, words map[people.ID]string) {
	words = map[people.ID]string{}
	for i := range 15 {
		id := people.ID(fmt.Sprintf("J%d", 1017+i)) // 人事科 and 计财科
		ids = append(ids, id)
		words[id] = fmt.Sprintf("心里话%c", 'A'+i)
	}
	return ids, words
}

// vote has everyone answer an anonymous survey, each in one of the ways there
// are, with mistakes and with a question that only some are asked, and returns
// the codes.
func vote(t *testing.T, b *bottest.Bot) map[people.ID]string {
	t.Helper()
	b.Say("J1006", "/问卷 发 教育管理意见征集 人事科、计财科 11月26日 18:00")
	b.Say("J1006", "/问卷 确认 1")
	ids, words := voters()
	codes := map[people.ID]string{}
	for i, id := range ids {
		say := func(text string) string { return b.Say(string(id), text) }
		b.Pushed(string(id))
		var last string
		switch i % 3 {
		case 0: // in one line
			last = say("/答 1 1A 3AB 4:2 5:3 6:" + words[id])
		case 1: // step by step, with a mistake, back and a pause
			say("/问卷 1")
			say("我" + words[id]) // is no option
			say("/答 1 1D")
			say("很慢")
			say("退")
			say("不改")
			say("/问卷 1 选 3C")
			say("停")
			say("/问卷 1")
			say("/问卷 1 选好 3")
			say("4")
			say("5")
			last = say(words[id])
		case 2: // in two lines, the first with faults
			say("/答 1 1C 2:" + words[id] + " 9A")
			last = say("/答 1 3E 4:1 5:1 6:" + words[id])
		}
		codes[id] = codeForm.FindString(last)
		if codes[id] == "" {
			t.Fatalf("no code for %s: %s", id, last)
		}
		b.Clock.Advance(7 * time.Second)
	}
	return codes
}

// ballotKey is the form of a ballot's key: the survey and a hash, in which any
// digits may come by chance.
var ballotKey = regexp.MustCompile(`^000001/[0-9a-f]{64}$`)

// TestAnonymousBallotsAreTiedToNobody looks at all that the store holds after an
// anonymous survey was answered.
func TestAnonymousBallotsAreTiedToNobody(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
	codes := vote(t, b)
	ids, words := voters()
	all := dump(t, b)

	ballots := inTable(all, "survey_anonymous_ballots")
	if len(ballots) != len(ids) {
		t.Fatalf("%d ballots of %d people", len(ballots), len(ids))
	}
	for _, id := range ids {
		p := b.Person(string(id))
		sum := sha256.Sum256([]byte("000001/" + strings.ReplaceAll(codes[id], "-", "")))
		key := hex.EncodeToString(sum[:])
		for _, e := range all {
			switch {
			case e.has(codes[id]) || e.has(strings.ReplaceAll(codes[id], "-", "")):
				t.Errorf("the code of %s is kept in %s %s", id, e.table, e.key)
			case e.table != "survey_anonymous_ballots" && (e.has(words[id]) || e.has(key)):
				t.Errorf("words or key of %s's ballot stand in %s %s", id, e.table, e.key)
			case e.table == "survey_anonymous_ballots":
				if !ballotKey.MatchString(e.key) {
					t.Errorf("the key of a ballot is more than a hash: %s", e.key)
				}
				for _, mark := range []string{string(id), p.Name, p.Unit, p.Accounts["dingtalk"], "2026", "09:"} {
					if strings.Contains(e.value, mark) {
						t.Errorf("%q stands in the ballot %s %s", mark, e.key, e.value)
					}
				}
			}
		}
		if !slices.ContainsFunc(ballots, func(e entry) bool { return e.key == "000001/"+key && strings.Contains(e.value, words[id]) }) {
			t.Errorf("the ballot of %s is not where its code says", id)
		}
	}
	for _, e := range inTable(all, "survey_participants") {
		if e.value != `{"v":1,"r":{}}` {
			t.Errorf("participation says more than that: %s", e.value)
		}
	}
	if left := inTable(all, "survey_forms"); len(left) > 0 {
		t.Errorf("forms are left: %v", left)
	}
}

// TestAnsweringAnonymouslyLeavesNoTrail: neither the audit chain nor the list of
// what was sent says when somebody answered, or how many questions were put.
func TestAnsweringAnonymouslyLeavesNoTrail(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
	b.Say("J1006", "/问卷 发 教育管理意见征集 人事科、计财科 11月26日 18:00")
	b.Say("J1006", "/问卷 确认 1")
	b.Pushed("J1017")
	trail := func() []entry {
		return slices.DeleteFunc(dump(t, b), func(e entry) bool {
			switch e.table {
			case "survey_participants", "survey_anonymous_ballots": // the two that were meant to change
				return true
			case "seen", "seq", "outbox_days": // counts and message marks, without a person
				return true
			case "people_last_used": // a platform, without a time
				return true
			}
			return false
		})
	}
	before, audit := trail(), exportAudit(t, b)
	b.Say("J1017", "/问卷 1")
	b.Say("J1017", "没有这个选项")
	b.Say("J1017", "D")
	b.Say("J1017", "样样都慢")
	b.Say("J1017", "/答 1 3A 4:1")
	b.Say("J1017", "1")
	code := codeForm.FindString(b.Say("J1017", "提交"))
	mustContain(t, b.Say("J1017", "/答 1 改 "+code+" 1C 6:还是慢"), "已按改答码修改")
	mustContain(t, b.Say("J1018", "/答 1 1A 3A 4:1 5:1"), "已提交")
	after := trail()
	for _, e := range after {
		if !slices.Contains(before, e) {
			t.Errorf("answering left a trail in %s: %s %s", e.table, e.key, e.value)
		}
	}
	if got := exportAudit(t, b); got != audit {
		t.Errorf("answering changed the audit chain:\n%s", strings.TrimPrefix(got, audit))
	}
}

// The order of the ballots is not that of the answers: two surveys answered by the
// same people in the same order have their ballots in different orders.
func TestBallotsHaveNoOrder(t *testing.T) {
	t.Parallel()
	order := func() (out []string) {
		b := bottest.New(t, "2026-11-23 09:00", surveyCommands()...)
		vote(t, b)
		for _, e := range inTable(dump(t, b), "survey_anonymous_ballots") {
			at := strings.LastIndex(e.value, "心里话")
			out = append(out, e.value[at:at+len("心里话A")])
		}
		return out
	}
	one, two := order(), order()
	if slices.Equal(one, two) { // 1 in 15! by chance
		t.Errorf("both times %v", one)
	}
	if slices.IsSorted(one) || slices.IsSorted(two) {
		t.Errorf("in the order of answering: %v, %v", one, two)
	}
}
