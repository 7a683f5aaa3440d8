package dingtalk

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// pace is every wait of the connection in one place; tests make some shorter.
type pace struct {
	keepAlive time.Duration // of silence before the SDK asks whether anyone is there; it waits 5 s for the answer
	open      time.Duration // one attempt to connect may take
	poll      time.Duration // between two looks at the connection
	stable    time.Duration // a connection that lived this long is replaced at once, a shorter one after a wait
	rotate    time.Duration // the server closes a connection 10 s after its disconnect frame
	drain     time.Duration // the frames in work get to be answered when the bot stops
	finish    time.Duration // then they still get to be finished unanswered

	retry, refused backoff.ExponentialBackOff // waits between attempts; refused after bad credentials
}

func defaultPace() pace {
	p := pace{
		keepAlive: 10 * time.Second, open: 15 * time.Second, poll: 100 * time.Millisecond, stable: 30 * time.Second,
		rotate: 8 * time.Second, drain: 3 * time.Second, finish: 10 * time.Second,
	}
	p.retry = backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 30 * time.Second}
	p.refused = backoff.ExponentialBackOff{InitialInterval: time.Minute, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 10 * time.Minute}
	return p
}
