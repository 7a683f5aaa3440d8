package people_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// TestContacts brings an address book into the sample county: who is known keeps
// number and roles, newcomers come with few rights, leavers leave, and those of
// other platforms stay.
func TestContacts(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:50")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1018")
		if err != nil {
			return err
		}
		p.Accounts = map[string]string{"dingtalk": "dt1018"} // of no WeCom account
		return people.Put(tx, p)
	})
	var list []people.Contact
	var leaver, changed people.Person
	b.Update(func(tx *store.Tx) error {
		all, err := people.All(tx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.ID == "J1018" || p.Accounts["wecom"] == "" {
				continue
			}
			c := people.Contact{User: p.Accounts["wecom"], Name: p.Name, Unit: p.Unit, Post: p.Post, Phone: p.Phone}
			switch {
			case leaver.ID == "" && p.Has(people.Teacher):
				leaver, c.Left = p, true
			case changed.ID == "" && p.Has(people.Staff):
				changed, c.Post = p, "主任科员"
			}
			list = append(list, c)
		}
		return nil
	})
	list = append(list,
		people.Contact{User: "new1", Name: "新来的", Unit: "人事科"},
		people.Contact{User: "new2", Name: "林校长", Unit: "城东实验小学", Parent: "城区学区", Post: "校长"},
		people.Contact{User: "new3", Name: "陈老师", Unit: "城东实验小学", Parent: "城区学区"},
	)
	var d people.Diff
	b.Update(func(tx *store.Tx) error {
		rows, err := people.FromContacts(tx, "wecom", list)
		if err != nil {
			return err
		}
		if d, err = people.Plan(tx, rows); err != nil {
			return err
		}
		return people.Apply(tx, d)
	})
	got := map[string][]string{}
	for _, p := range d.New {
		var roles []string
		for _, r := range p.Roles {
			roles = append(roles, string(r))
		}
		got["new"] = append(got["new"], string(p.ID)+" "+p.Name+" "+p.Unit+" "+strings.Join(roles, ";"))
	}
	for _, p := range d.Leaving {
		got["leaving"] = append(got["leaving"], string(p.ID))
	}
	for _, c := range d.Changed {
		got["changed"] = append(got["changed"], string(c.After.ID)+" "+strings.Join(c.Fields, ";"))
	}
	for _, u := range d.UnitsNew {
		got["units"] = append(got["units"], u.Name+" "+string(u.Kind)+" "+u.District)
	}
	want := map[string][]string{
		"new":     {"NEW1 新来的 人事科 staff", "NEW2 林校长 城东实验小学 principal", "NEW3 陈老师 城东实验小学 teacher"},
		"leaving": {string(leaver.ID)},
		"changed": {string(changed.ID) + " 职务"},
		"units":   {"城东实验小学 学校 城区学区"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
