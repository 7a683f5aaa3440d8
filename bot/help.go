package bot

import (
	"context"
	"fmt"
	"strings"

	"yunzhuan/bot/cmdline"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// visibleTo says whether a person may use a command or one of its subs.
func (c *Command) visibleTo(p people.Person) bool {
	if c.Run != nil && c.Allow.Allows(p) {
		return true
	}
	for _, s := range c.Subs {
		if s.Allow.Allows(p) && !s.Unlisted {
			return true
		}
	}
	return false
}

// usageFor lists the lines of usage and examples that a person may use.
func (c *Command) usageFor(p people.Person) (usage, examples []string) {
	if c.Allow.Allows(p) {
		usage, examples = append(usage, c.Usage...), append(examples, c.Examples...)
	}
	for _, s := range c.Subs {
		if s.Allow.Allows(p) {
			usage, examples = append(usage, s.Usage...), append(examples, s.Examples...)
		}
	}
	return usage, examples
}

// helpCommand is generated from the commands themselves.
func (e *Engine) helpCommand() *Command {
	return &Command{
		Name: "帮助", Aliases: []string{"help", "?"}, Summary: "看您能用的命令",
		Usage: []string{"/帮助 [<命令>]"}, Examples: []string{"/帮助 考勤"}, Allow: Everyone(),
		Run: func(_ context.Context, r *Request) error {
			if r.Args.Len() == 0 {
				return r.Reply(e.overview(r))
			}
			return e.helpOn(r, strings.TrimPrefix(r.Args.At(0), "/"))
		},
	}
}

// overview lists what this person may do here.
func (e *Engine) overview(r *Request) chat.Body {
	if !r.Person.Known() {
		return chat.Text("我是运转，县教委办公室的值班助手。还不认识您这个账号：请向办公室要一个绑定码，再发 /绑定 <码>。")
	}
	b := chat.Titled("您在这里能用的命令")
	var items []chat.Line
	example, most := "帮助", 0 // the command that this person can say in the most ways
	for _, c := range e.commands {
		here := c.Scope == Anywhere || (c.Scope == GroupOnly) == r.Msg.Group
		if here && c.visibleTo(r.Person) {
			items = append(items, chat.Line{Strong: "/" + c.Name, Text: "　" + c.Summary})
			if usage, _ := c.usageFor(r.Person); len(usage) > most {
				example, most = c.Name, len(usage)
			}
		}
	}
	return b.Bullets(items...).Para("发“/帮助 "+example+"”看一个命令的用法。").Tap("我的", "/我的")
}

func (e *Engine) helpOn(r *Request, name string) error {
	c := e.byName[name]
	if c == nil || !c.visibleTo(r.Person) {
		near := cmdline.Suggest(name, e.names)
		if len(near) == 0 || c != nil {
			return store.Errorf("没有您能用的“%s”命令。发 /帮助 看您能用的命令。", name)
		}
		return store.Errorf("没有“%s”这个命令，是不是 /%s？", name, near[0])
	}
	return r.Reply(e.usageBody(r, c))
}

func (e *Engine) usageBody(r *Request, c *Command) chat.Body {
	usage, examples := c.usageFor(r.Person)
	b := chat.Titled("/" + c.Name + "　" + c.Summary).Para(strings.Join(usage, "\n"))
	if len(examples) > 0 {
		b = b.Para("例：" + strings.Join(examples, "\n例："))
	}
	if len(c.Aliases) > 0 {
		b = b.Para(fmt.Sprintf("也可以写 /%s", strings.Join(c.Aliases, "、/")))
	}
	return b
}

// usageError answers a command that lacks its sub-command.
func (e *Engine) usageError(r *Request, c *Command) error {
	usage, examples := c.usageFor(r.Person)
	err := store.Errorf("“/%s”后面还要写做什么：\n%s", c.Name, strings.Join(usage, "\n"))
	if len(examples) > 0 {
		return store.WithHint(err, "例："+examples[0])
	}
	return err
}
