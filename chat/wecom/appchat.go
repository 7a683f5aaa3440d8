package wecom

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"yunzhuan/chat"
)

// sendToChat writes into a group that the application made (WW 90248).
func (c *Channel) sendToChat(ctx context.Context, out chat.Outgoing) (chat.Receipt, *chat.SendError) {
	p, more, fault := pageOf(groupPages(out.Body, chatDialect), out.Part)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	m, fault := c.appMessage(ctx, p)
	if fault != nil {
		return chat.Receipt{}, fault
	}
	m.ChatID = string(out.Target.Conv)
	var got sentReply
	fault = explained(c.api.Call(ctx, "/cgi-bin/appchat/send", m, &got))
	return chat.Receipt{ID: got.MsgID, More: more}, fault
}

// Group is a group that the application makes (WW 90245). The application must see
// the whole organisation; the group shows to its members with the first message.
type Group struct {
	ID      string        // up to 32 characters 0-9 a-z A-Z; the group's ConvID
	Name    string        // up to 50 characters
	Owner   chat.UserID   // one of Members; empty: the platform takes one of them
	Members []chat.UserID // 2 to 2000
}

// The room of a Group.
const (
	maxGroupName = 50
	minMembers   = 2
	maxMembers   = 2000
)

// groupID is what a group's id looks like.
var groupID = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)

// CreateGroup makes a group. That there is one of this id already is no error:
// existed tells, and the group is left as it is. Whatever fails may be tried again.
func (c *Channel) CreateGroup(ctx context.Context, g Group) (existed bool, err error) {
	if err := g.check(); err != nil {
		return false, fmt.Errorf("create group: %w", err)
	}
	if c.cfg.CorpID == "" {
		return false, errors.New("create group: no application is configured")
	}
	body := struct {
		ID      string        `json:"chatid"`
		Name    string        `json:"name"`
		Owner   chat.UserID   `json:"owner,omitempty"`
		Members []chat.UserID `json:"userlist"`
	}{g.ID, g.Name, g.Owner, g.Members}
	fault := explained(c.api.Ask(ctx, "/cgi-bin/appchat/create", body, nil))
	switch {
	case fault == nil:
		return false, nil
	case fault.Code == codeChat:
		return true, nil
	}
	return false, fmt.Errorf("create group: %w", fault)
}

func (g Group) check() error {
	if !groupID.MatchString(g.ID) {
		return errors.New("the id must be 1 to 32 characters 0-9 a-z A-Z")
	}
	if n := utf8.RuneCountInString(g.Name); n == 0 || n > maxGroupName {
		return fmt.Errorf("the name has %d characters, must be 1 to %d", n, maxGroupName)
	}
	if n := len(g.Members); n < minMembers || n > maxMembers {
		return fmt.Errorf("%d members, must be %d to %d", n, minMembers, maxMembers)
	}
	for _, m := range g.Members {
		if !plainUser.MatchString(string(m)) {
			return errBadAccount
		}
	}
	if g.Owner != "" && !slices.Contains(g.Members, g.Owner) {
		return errors.New("the owner must be one of the members")
	}
	return nil
}
