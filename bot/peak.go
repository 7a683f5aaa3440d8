package bot

import (
	"time"

	"yunzhuan/chat"
)

// many is from how many people on a push goes to many.
const many = 20

// peaks are the platforms on which pushes to many wait at this moment, and for how
// long.
type peaks map[chat.ChannelID]time.Duration

// peaks counts the pushes that are ready, on platforms that are crowded now.
func (d *Sender) peaks(now time.Time) peaks {
	var waits peaks
	for id, ch := range d.channels {
		if peak := limitsOf(ch).Peak; peak != nil && peak(now) > 0 && d.pushes(id) >= many {
			if waits == nil {
				waits = peaks{}
			}
			waits[id] = peak(now)
		}
	}
	return waits
}

func (d *Sender) pushes(id chat.ChannelID) (n int) {
	for _, l := range d.ready {
		if l.pushes() && l.queue[0].Out.Target.Channel == id {
			n++
		}
	}
	return n
}

// pushes says whether the head of the lane is a push to a person.
func (l *lane) pushes() bool {
	t := l.queue[0].Out.Target
	return !t.Group && t.Reply.Addr == ""
}

// wait is how long the lane waits for the peak to pass.
func (p peaks) wait(l *lane) time.Duration {
	if !l.pushes() {
		return 0
	}
	return p[l.queue[0].Out.Target.Channel]
}
