package aibot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// maxMentions is how many people one message names; the platform gives no bound.
const maxMentions = 50

// plainUser is what a userid looks like (WW 90195: letters, digits and "_-@.").
// Anything else would not be notified, and could be markup.
var plainUser = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

// render writes a Body of text in the markdown of the robot's messages.
func render(b chat.Body) string {
	var blocks []string
	if title := strings.TrimSpace(wire.EscapeMarkdown(b.Title)); title != "" {
		blocks = append(blocks, "### "+title)
	}
	for _, bl := range b.Blocks {
		blocks = append(blocks, block(bl))
	}
	blocks = append(blocks, mentions(b.Mentions), actions(b.Actions))
	return strings.Join(nonEmpty(blocks), "\n\n")
}

// mentions notifies people in a group (WW 101031: <@userid>).
func mentions(users []chat.UserID) string {
	var out []string
	for _, u := range users {
		if plainUser.MatchString(string(u)) {
			out = append(out, "<@"+string(u)+">")
		}
	}
	return strings.Join(out, " ")
}

func block(bl chat.Block) string {
	switch {
	case bl.Heading != "":
		return "#### " + strings.TrimSpace(wire.EscapeMarkdown(bl.Heading))
	case bl.List != nil:
		return wire.MarkdownList(bl.List)
	}
	lines := make([]string, len(bl.Lines))
	for i, l := range bl.Lines {
		lines[i] = wire.MarkdownLine(l, wire.EscapeMarkdownLine)
	}
	return strings.Trim(strings.Join(lines, breakLine), " \n")
}

// breakLine ends a line inside a paragraph, for clients that take a bare line
// feed as a space and for those that take it as it is.
const breakLine = "  \n"

// actions renders those that open a page.
func actions(as []chat.Action) string {
	lines := make([]string, len(as))
	for i, a := range as {
		label := strings.TrimSpace(wire.EscapeMarkdown(clip(a.Label, maxTitle)))
		addr := addressOf(a)
		lines[i] = label
		if addr != "" && label != "" {
			lines[i] = "[" + label + "](" + addr + ")"
		}
	}
	return strings.Join(nonEmpty(lines), breakLine)
}

func addressOf(a chat.Action) string {
	if addr := wire.LinkAddress(a.URL); len(addr) <= maxURL && utf8.ValidString(addr) {
		return addr
	}
	return ""
}

// renderPlain writes a Body of text without markup.
func renderPlain(b chat.Body) string {
	var lines []string
	lines = append(lines, wire.CleanLine(b.Title))
	for _, bl := range b.Blocks {
		switch {
		case bl.Heading != "":
			lines = append(lines, wire.CleanLine(bl.Heading))
		case bl.List != nil:
			for i, it := range bl.List.Items {
				mark := "· "
				if bl.List.Ordered {
					mark = fmt.Sprintf("%d. ", i+1)
				}
				lines = append(lines, mark+wire.CleanLine(it.Strong+it.Text))
			}
		default:
			for _, l := range bl.Lines {
				lines = append(lines, wire.CleanLine(l.Strong+l.Text))
			}
		}
	}
	for _, a := range b.Actions {
		if addr := addressOf(a); addr != "" {
			lines = append(lines, wire.CleanLine(clip(a.Label, maxTitle))+"："+addr)
		}
	}
	return noTags.Replace(strings.Join(nonEmpty(lines), "\n"))
}

// noTags keeps text from being a link where WeCom's texts know <a href>.
var noTags = strings.NewReplacer("<", "＜", ">", "＞")

func nonEmpty(s []string) []string {
	return slices.DeleteFunc(s, func(s string) bool { return s == "" })
}
