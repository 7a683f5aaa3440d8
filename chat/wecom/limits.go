package wecom

import (
	"time"

	"yunzhuan/chat"
)

// Limits implements chat.Limiter.
//
// To one member an application writes 30 times a minute and 1000 times an hour;
// what is more is dropped without a word (WW 90236). A webhook takes 20 a minute
// (WW 99110); a group of the application, of which each member takes 200 a minute
// (WW 90454), is kept to the same, for nobody reads more. An API takes 10 000
// calls a minute and 150 000 an hour of an organisation (WW 90454); others may
// call in its name, too, so we stay below.
func (c *Channel) Limits() chat.Limits {
	return chat.Limits{
		Group: []chat.Rate{{N: 20, Per: time.Minute}},
		User:  []chat.Rate{{N: 30, Per: time.Minute}, {N: 1000, Per: time.Hour}},
		App:   []chat.Rate{{N: 9_000, Per: time.Minute}, {N: 140_000, Per: time.Hour}},
		Peak:  peak,
	}
}

// peakTime is how long the platform is crowded after each half hour: everybody's
// jobs run at :00 and :30.
const peakTime = 2 * time.Minute

// peak is what is left of the crowded minutes.
func peak(now time.Time) time.Duration {
	// Every zone's offset is a multiple of 15 minutes; the platform's is whole hours.
	past := time.Duration(now.UTC().Minute()%30)*time.Minute + time.Duration(now.Second())*time.Second + time.Duration(now.Nanosecond())
	return max(0, peakTime-past)
}
