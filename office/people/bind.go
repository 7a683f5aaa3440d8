package people

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"yunzhuan/store"
)

const (
	// CodeTTL is how long a binding code can be used.
	CodeTTL = 10 * time.Minute
	// codeLen and codeAlphabet make a code: nothing in it reads like something
	// else.
	codeLen      = 6
	codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	// maxTries is how many wrong codes an account may send within triesSpan.
	maxTries  = 5
	triesSpan = 10 * time.Minute
)

// invitation is a binding code that waits to be used, without the code.
type invitation struct {
	Person ID        `json:"person"`
	By     ID        `json:"by"`
	At     time.Time `json:"at"`
}

// binding notes that an account was bound by its owner: an import leaves it
// alone.
type binding struct {
	Person  ID        `json:"person"`
	Channel string    `json:"channel"`
	User    string    `json:"user"`
	At      time.Time `json:"at"`
}

var (
	// invitations are kept by person, so that a new code ends the old one.
	invitations = store.NewTable("people_invitations", store.Schema[invitation]{Version: 1})

	// codes find the invitation by the hash of its code. Private: the audit chain
	// is kept for long, and nobody may try codes on it.
	codes = store.NewTable("people_codes", store.Schema[invitation]{Version: 1, Private: true})

	bindings = store.NewTable("people_bindings", store.Schema[binding]{Version: 1})

	// tries are the times of the wrong codes of an account.
	tries = store.NewTable("people_code_tries", store.Schema[[]time.Time]{Version: 1, Private: true})
)

func bindingKey(id ID, channel string) string { return string(id) + "/" + channel }

// NewCode makes a binding code for a person, valid once and for CodeTTL; an older
// one of theirs ends. The code itself is kept nowhere.
func NewCode(tx *store.Tx, p Person, by ID) (string, error) {
	if err := pruneCodes(tx); err != nil {
		return "", err
	}
	code, err := randomCode()
	if err != nil {
		return "", err
	}
	inv := invitation{Person: p.ID, By: by, At: tx.Now()}
	if err := invitations.Put(tx, string(p.ID), inv); err != nil {
		return "", err
	}
	return code, codes.Put(tx, codeHash(code), inv)
}

func randomCode() (string, error) {
	var b strings.Builder
	// Bytes beyond the last full round of the alphabet would favour its beginning.
	limit := 256 - 256%len(codeAlphabet)
	buf := make([]byte, 1)
	for b.Len() < codeLen {
		if _, err := rand.Read(buf); err != nil {
			return "", fmt.Errorf("make code: %w", err)
		}
		if int(buf[0]) < limit {
			b.WriteByte(codeAlphabet[int(buf[0])%len(codeAlphabet)])
		}
	}
	return b.String(), nil
}

func codeHash(code string) string {
	sum := sha256.Sum256([]byte("binding code " + strings.ToUpper(squeeze(code))))
	return hex.EncodeToString(sum[:])
}

func pruneCodes(tx *store.Tx) error {
	var old []string
	err := codes.Scan(tx, "", func(key string, inv invitation) (bool, error) {
		if !inv.open(tx) {
			old = append(old, key)
		}
		return true, nil
	})
	for _, key := range old {
		if err == nil {
			err = codes.Delete(tx, key)
		}
	}
	return err
}

func (i invitation) open(tx *store.Tx) bool { return tx.Now().Sub(i.At) < CodeTTL }

// Bound is the outcome of Bind.
type Bound struct {
	Person Person // whom the account belongs to now; the zero Person for a wrong code
	From   Person // whom it belonged to before, if somebody else
	Old    bool   // the person had another account on this platform, which is off now
	Left   int    // for a wrong code: how many more may be tried
}

// Bind joins an account to the person a code was made for. A wrong code is no
// error, so that the try is kept: the caller says so in its own words. Too many
// of them are a *store.UserError.
func Bind(tx *store.Tx, channel, user, code string) (Bound, error) {
	if user == "" {
		return Bound{}, store.Errorf("这个平台没有给出您的账号，不能绑定。")
	}
	account := accountKey(channel, user)
	recent, err := recentTries(tx, account)
	if err != nil {
		return Bound{}, err
	}
	if len(recent) >= maxTries {
		return Bound{}, store.Errorf("绑定码错了 %d 次，请 10 分钟后再试，或请办公室重新给一个。", maxTries)
	}
	p, ok, err := useCode(tx, code)
	if err != nil {
		return Bound{}, err
	}
	if !ok {
		recent = append(recent, tx.Now())
		return Bound{Left: maxTries - len(recent)}, tries.Put(tx, account, recent)
	}
	if err := tries.Delete(tx, account); err != nil {
		return Bound{}, err
	}
	return join(tx, p, channel, user)
}

func recentTries(tx *store.Tx, account string) ([]time.Time, error) {
	all, _, err := tries.Get(tx, account)
	var recent []time.Time
	for _, t := range all {
		if tx.Now().Sub(t) < triesSpan {
			recent = append(recent, t)
		}
	}
	return recent, err
}

// useCode spends a code.
func useCode(tx *store.Tx, code string) (Person, bool, error) {
	key := codeHash(code)
	inv, ok, err := codes.Get(tx, key)
	if err != nil || !ok {
		return Person{}, false, err
	}
	if err := codes.Delete(tx, key); err != nil {
		return Person{}, false, err
	}
	// A newer code, or one that was taken back, leaves this one without its
	// invitation.
	now, ok, err := invitations.Get(tx, string(inv.Person))
	if err != nil || !ok || !now.At.Equal(inv.At) || !inv.open(tx) {
		return Person{}, false, err
	}
	if err := invitations.Delete(tx, string(inv.Person)); err != nil {
		return Person{}, false, err
	}
	p, ok, err := Get(tx, inv.Person)
	return p, ok && !p.Left, err
}

func join(tx *store.Tx, p Person, channel, user string) (Bound, error) {
	out := Bound{}
	before, err := ByAccount(tx, channel, user)
	if err != nil {
		return out, err
	}
	if before.Known() && before.ID != p.ID {
		out.From = before
		delete(before.Accounts, channel)
		delete(before.Off, channel)
		if err := Put(tx, before); err != nil {
			return out, err
		}
		if err := bindings.Delete(tx, bindingKey(before.ID, channel)); err != nil {
			return out, err
		}
	}
	out.Old = p.Accounts[channel] != "" && p.Accounts[channel] != user
	if p.Accounts == nil {
		p.Accounts = map[string]string{}
	}
	p.Accounts[channel] = user
	delete(p.Off, channel)
	out.Person = p
	if err := Put(tx, p); err != nil {
		return out, err
	}
	return out, bindings.Put(tx, bindingKey(p.ID, channel), binding{Person: p.ID, Channel: channel, User: user, At: tx.Now()})
}
