package webchat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"yunzhuan/chat"
)

// Send implements chat.Channel: the message is added to the conversation and
// shown in every open page of who is in it. A body is never split; a Key that
// was sent before is not shown again.
func (c *Channel) Send(ctx context.Context, out chat.Outgoing) (chat.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return chat.Receipt{}, &chat.SendError{Kind: chat.Temporary, Err: err}
	}
	conv, err := c.target(out.Target)
	if err != nil {
		return chat.Receipt{}, err
	}
	if out.Part != 0 {
		return chat.Receipt{}, refuse("no_part", "a web chat message has one part")
	}
	body, err := c.shown(out.Body)
	if err != nil {
		return chat.Receipt{}, err
	}
	id := c.hist.deliver(entry{
		ID: "bot-" + rand.Text(), Conv: conv, Body: &body, Brief: brief(out.Body), At: c.stamp(), key: out.Key,
	})
	return chat.Receipt{ID: id}, nil
}

// target finds the conversation that a Target means.
func (c *Channel) target(t chat.Target) (chat.ConvID, error) {
	if t.Group {
		if _, ok := c.groups[t.Conv]; !ok {
			return "", refuse("unknown_group", "no such group in the web chat")
		}
		return t.Conv, nil
	}
	user := t.User
	if user == "" {
		user = chat.UserID(strings.TrimPrefix(string(t.Conv), directPrefix))
	}
	if _, ok := c.members[user]; !ok {
		return "", refuse("unknown_user", "no such person in the web chat")
	}
	return Direct(user), nil
}

// shown makes the copy of a body that the page gets: pictures and files by their
// address instead of their data, and no link but to a web page.
func (c *Channel) shown(b chat.Body) (chat.Body, error) {
	blocks := make([]chat.Block, 0, len(b.Blocks))
	for _, bl := range b.Blocks {
		if p := bl.Picture; p != nil {
			hash, err := c.blobs.addPicture(p.Data)
			if err != nil {
				return b, err
			}
			bl = bl.WithBlob(nil, hash)
		}
		if f := bl.File; f != nil {
			bl = bl.WithBlob(nil, c.blobs.add(f.Data))
		}
		blocks = append(blocks, bl)
	}
	actions := make([]chat.Action, 0, len(b.Actions))
	for _, a := range b.Actions {
		if a.Send == "" && !webLink(a.URL) {
			a.URL = "" // the label alone is shown
		}
		actions = append(actions, a)
	}
	b.Blocks, b.Actions = blocks, actions
	return b, nil
}

// webLink says whether a link opens a web page: http, https, or a path here.
func webLink(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(link, "//") && !strings.Contains(link, `\`)
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// brief is a body in one line: its title or the first words in it.
func brief(b chat.Body) string {
	if b.Title != "" {
		return b.Title
	}
	for _, bl := range b.Blocks {
		switch {
		case bl.Heading != "":
			return bl.Heading
		case bl.Picture != nil:
			return "[图片]"
		case bl.File != nil:
			return "[文件] " + bl.File.Name
		case bl.Table != nil:
			return "[表格]"
		}
		lines := bl.Lines
		if bl.List != nil {
			lines = bl.List.Items
		}
		for _, l := range lines {
			if s := strings.TrimSpace(l.Strong + l.Text); s != "" {
				return s
			}
		}
	}
	return "[消息]"
}

func refuse(code, why string) error {
	return &chat.SendError{Kind: chat.Final, Code: code, Err: errors.New(why)}
}

// badPicture is what Send returns for a picture that no page could show.
func badPicture(contentType string) error {
	return refuse("bad_picture", fmt.Sprintf("picture is %s, not PNG, JPEG, GIF or WebP", contentType))
}
