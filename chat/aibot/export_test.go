package aibot

import (
	"time"

	"github.com/cenkalti/backoff/v5"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Quicken makes the waits of a Channel's connection short.
func Quicken(c *Channel) {
	c.pace.retry = backoff.ExponentialBackOff{InitialInterval: time.Millisecond, Multiplier: 2, MaxInterval: 20 * time.Millisecond}
	c.pace.stable = time.Millisecond
}

// SetAlive sets how often a Channel pings, and after how long a silent connection
// is dead.
func SetAlive(c *Channel, ping, silence time.Duration) { c.pace.ping, c.pace.silence = ping, silence }

// SetAckWait sets how long an answer to a frame is waited for.
func SetAckWait(c *Channel, d time.Duration) { c.pace.ack = d }

// SetKickedWait sets how long a Channel leaves a newer connection alone.
func SetKickedWait(c *Channel, d time.Duration) {
	c.pace.kicked = backoff.ExponentialBackOff{InitialInterval: d, Multiplier: 1, MaxInterval: time.Hour}
}

// SetRefusedWait sets how long a Channel waits after bad credentials.
func SetRefusedWait(c *Channel, d time.Duration) {
	c.pace.refused = backoff.ExponentialBackOff{InitialInterval: d, Multiplier: 1, MaxInterval: time.Hour}
}

// SetRoom bounds the bytes of the callbacks in work, and how long reading waits
// for room.
func SetRoom(c *Channel, n int64, pause time.Duration) { c.room, c.pace.pause = n, pause }

// OnThrough calls f when the work on a callback has ended.
func OnThrough(c *Channel, f func(reqID string, kept bool)) { c.through = f }

// KickedWait is the first pause after a newer connection took over, as shipped.
func KickedWait() time.Duration {
	p := defaultPace()
	return p.kicked.InitialInterval
}

// Decode decodes the frame of a callback.
func Decode(c *Channel, cmd, reqID string, body []byte) (chat.Message, bool, error) {
	return c.decode(frame{Cmd: cmd, Headers: headers{wire.Loose(reqID)}, Body: body})
}

// Piece is a rendered piece for tests.
type Piece struct {
	Kind        string
	Text, Plain string
	Buttons     []string
}

// Pieces renders the pieces of a body.
func Pieces(b chat.Body, group bool) []Piece {
	var all []Piece
	for _, p := range pieces(b, group) {
		e := Piece{Kind: [...]string{"text", "picture", "card", "file"}[p.kind], Text: p.text, Plain: p.plain}
		if p.kind == pieceCard {
			e.Text = p.title
		}
		for _, bt := range p.buttons {
			e.Buttons = append(e.Buttons, bt.Text+" → "+bt.Key)
		}
		all = append(all, e)
	}
	return all
}

// Limits of a message.
const (
	MaxContent = maxContent
	MaxKey     = maxKey
)

// Judge is judge for tests.
func Judge(code string) *chat.SendError {
	fault, _ := judge(wire.Loose(code))
	return fault
}
