package people

import (
	"time"

	"yunzhuan/store"
)

// sameAccounts are the platforms that know people by the accounts of another one:
// the smart robot of WeCom is spoken to by WeCom's users.
var sameAccounts = map[string]string{"wecom_aibot": "wecom"}

func accountKey(channel, user string) string { return channel + ":" + user }

// ByAccount finds whose account it is; the zero Person for an outsider or
// someone who has left.
func ByAccount(tx *store.Tx, channel, user string) (Person, error) {
	if user == "" {
		return Person{}, nil
	}
	found, err := persons.AllBy(tx, "account", accountKey(channel, user))
	if err != nil {
		return Person{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	if other, ok := sameAccounts[channel]; ok {
		return ByAccount(tx, other, user)
	}
	return Person{}, nil
}

// Account is the person's account on a platform that something can be sent to; ""
// for none.
func (p Person) Account(channel string) string {
	if p.Off[channel] {
		return ""
	}
	if user := p.Accounts[channel]; user != "" {
		return user
	}
	return p.Accounts[sameAccounts[channel]]
}

// Follow notes that an account can be written to, or that it no longer can. It
// returns whose account it is; the zero Person for an outsider.
func Follow(tx *store.Tx, channel, user string, follows bool) (Person, error) {
	p, err := ByAccount(tx, channel, user)
	if err != nil || !p.Known() || p.Off[channel] == !follows {
		return p, err
	}
	if p.Off == nil {
		p.Off = map[string]bool{}
	}
	p.Off[channel] = !follows
	if follows {
		delete(p.Off, channel)
	}
	return p, Put(tx, p)
}

// heard is when a person was last heard on a platform. Private, as lastUsed is.
var heard = store.NewTable("people_heard", store.Schema[time.Time]{Version: 1, Private: true})

// heardOn are the platforms on which it matters when somebody was heard. Elsewhere
// it is not noted: it is nobody's business.
var heardOn = map[string]bool{"wechat": true}

// heardGrain is how exactly it is noted, for the same reason.
const heardGrain = time.Hour

// Touch notes the platform a person was heard on last and, where that matters, when.
func Touch(tx *store.Tx, id ID, channel string) error {
	if heardOn[channel] {
		at, _, err := heard.Get(tx, bindingKey(id, channel))
		if hour := tx.Now().Truncate(heardGrain); err == nil && !at.Equal(hour) {
			err = heard.Put(tx, bindingKey(id, channel), hour)
		}
		if err != nil {
			return err
		}
	}
	last, _, err := lastUsed.Get(tx, string(id))
	if err != nil || last == channel {
		return err
	}
	return lastUsed.Put(tx, string(id), channel)
}

// Heard is when a person was last heard on a platform, an hour too early at most;
// the zero time for never, or where that does not matter.
func Heard(tx *store.Tx, id ID, channel string) (time.Time, error) {
	at, _, err := heard.Get(tx, bindingKey(id, channel))
	return at, err
}

// LastUsed is the platform a person was heard on last, "" for never.
func LastUsed(tx *store.Tx, id ID) (string, error) {
	ch, _, err := lastUsed.Get(tx, string(id))
	return ch, err
}
