package dingtalk

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// pace is every wait of the connection in one place; tests make some shorter.
type pace struct {
	open    time.Duration // one attempt to connect may take
	ping    time.Duration // between two of our pings
	silence time.Duration // a connection over which nothing came for so long is dead
	stable  time.Duration // a connection that lived so long is replaced at once, a shorter one after a wait
	renew   time.Duration // from the server's disconnect frame; it closes the connection after 10 s
	drain   time.Duration // the frames in work get to be answered when the bot stops
	finish  time.Duration // then they still get to be finished unanswered

	retry, refused backoff.ExponentialBackOff // waits between attempts; refused after bad credentials
}

func defaultPace() pace {
	return pace{
		open: 15 * time.Second, ping: 8 * time.Second, silence: 20 * time.Second, stable: 30 * time.Second,
		renew: 8 * time.Second, drain: 3 * time.Second, finish: 10 * time.Second,
		retry:   backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 30 * time.Second},
		refused: backoff.ExponentialBackOff{InitialInterval: time.Minute, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 10 * time.Minute},
	}
}
