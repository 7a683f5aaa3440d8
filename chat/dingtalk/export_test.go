package dingtalk

import (
	"time"

	"github.com/cenkalti/backoff/v5"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Quicken makes the waits of a Channel's connection short.
func Quicken(c *Channel) {
	c.pace.ping, c.pace.silence = 50*time.Millisecond, 400*time.Millisecond
	c.pace.retry = backoff.ExponentialBackOff{InitialInterval: time.Millisecond, Multiplier: 2, MaxInterval: 20 * time.Millisecond}
}

// SetRoom bounds the bytes of the frames in work.
func SetRoom(c *Channel, n int64) { c.room = n }

// Judge is judge for tests.
func Judge(status int, header map[string][]string, body string) *chat.SendError {
	fault, _ := judge(answer{Status: status, Header: header, Body: []byte(body)})
	return fault
}

// Page is a rendered message for tests.
type Page struct {
	Plain       bool
	Title, Text string
	Mentions    []string
}

// Render renders the parts of a body as they go by a reply address.
func Render(b chat.Body) []Page { return renderAll(b, dialect{mentions: true, taps: true}) }

// RenderForRobot renders the parts of a body as they go by a custom robot.
func RenderForRobot(b chat.Body) []Page { return renderAll(b, dialect{mentions: true}) }

func renderAll(b chat.Body, d dialect) []Page {
	d.picture = func(p chat.Picture) string {
		if len(p.Data) == 0 {
			return ""
		}
		return "@lADmedia"
	}
	var pages []Page
	all, _ := parts(b)
	for _, part := range all {
		p := render(part, d)
		pages = append(pages, Page{Plain: p.plain, Title: p.title, Text: p.text, Mentions: p.mentions})
	}
	return pages
}

// ParamSize is the size of a page as the server API counts it.
func ParamSize(p Page) int {
	raw, err := page{plain: p.Plain, title: p.Title, text: p.Text}.param()
	if err != nil {
		panic(err) // strings only
	}
	return len(raw)
}

// Exported for tests.
var (
	Sign       = sign
	Escape     = wire.EscapeMarkdown
	EscapeLine = wire.EscapeMarkdownLine
	Describe   = describe
)

// Allows says whether a reply address may be used with these webhook hosts.
func Allows(hosts []string, addr string) bool { return newHostList(hosts).allows(addr) }

// Decode decodes the data of a bot callback.
func Decode(c *Channel, data string) (chat.Message, error) { return c.decodeMessage(data) }

// MaxParam is the room of one message.
const MaxParam = maxParam
