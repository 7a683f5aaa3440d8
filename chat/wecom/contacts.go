package wecom

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"yunzhuan/chat"
)

// Contacts is what the application may see of the organisation.
type Contacts struct {
	Departments []Department
	Users       []User // each once, however many departments it is in
}

// Department is a part of the organisation (WW 90208).
type Department struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Parent int    `json:"parentid"` // 0 for the root
	Order  int64  `json:"order"`    // higher stands first
}

// User is a member (WW 90201). Since 2022 the platform gives what is private, the
// mobile number first of all, only with the member's consent.
type User struct {
	ID          chat.UserID `json:"userid"`
	Name        string      `json:"name"`
	Departments []int       `json:"department"`
	Position    string      `json:"position"`
	Mobile      string      `json:"mobile"` // empty where it is not given
	Status      UserStatus  `json:"status"`
}

// UserStatus says whether an account is in use.
type UserStatus int

// The states of an account (WW 90201).
const (
	UserActive   UserStatus = 1
	UserDisabled UserStatus = 2
	UserInactive UserStatus = 4 // not activated yet
	UserLeft     UserStatus = 5
)

// What is read at most.
const (
	maxDepartments = 10_000
	maxUsers       = 100_000
)

// errContacts is for an application that may not read members; the platform's code
// stands beside it.
var errContacts = errors.New("the application may not read members: let it see the departments, and put this machine's address on its list; applications made to synchronise contacts get ids only")

// Contacts reads the departments and members that the application may see, one
// call a department. progress, if not nil, is told after each how many of all are
// done. It may take minutes for a large organisation.
func (c *Channel) Contacts(ctx context.Context, progress func(done, total int)) (Contacts, error) {
	if c.cfg.CorpID == "" {
		return Contacts{}, errors.New("read contacts: no application is configured")
	}
	var list struct {
		Departments []Department `json:"department"`
	}
	if fault := explained(c.api.Ask(ctx, "/cgi-bin/department/list", nil, &list)); fault != nil {
		return Contacts{}, contactsError("read departments", fault)
	}
	if n := len(list.Departments); n > maxDepartments {
		return Contacts{}, fmt.Errorf("read departments: %d, more than %d", n, maxDepartments)
	}
	found := Contacts{Departments: list.Departments}
	seen := map[chat.UserID]bool{}
	for i, d := range list.Departments {
		var members struct {
			Users []User `json:"userlist"`
		}
		path := "/cgi-bin/user/list?fetch_child=0&department_id=" + strconv.Itoa(d.ID)
		if fault := explained(c.api.Ask(ctx, path, nil, &members)); fault != nil {
			return Contacts{}, contactsError(fmt.Sprintf("read members of department %d", d.ID), fault)
		}
		for _, u := range members.Users {
			if !seen[u.ID] && u.ID != "" {
				seen[u.ID] = true
				found.Users = append(found.Users, u)
			}
		}
		if len(found.Users) > maxUsers {
			return Contacts{}, fmt.Errorf("read members: more than %d", maxUsers)
		}
		if progress != nil {
			progress(i+1, len(list.Departments))
		}
	}
	return found, nil
}

func contactsError(what string, fault *chat.SendError) error {
	switch fault.Code {
	case "48002", "48009", "60011":
		return fmt.Errorf("%s: %w (%w)", what, errContacts, fault)
	}
	return fmt.Errorf("%s: %w", what, fault)
}
