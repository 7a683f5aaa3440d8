package aibot

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// pace is every wait of the connection in one place; tests make some shorter.
type pace struct {
	open    time.Duration // one attempt to connect and subscribe may take
	ping    time.Duration // between two of our pings
	silence time.Duration // a connection on which nothing was said for so long, though we pinged twice, is dead
	ack     time.Duration // the platform may take to acknowledge a frame; its SDK waits 5 s
	stable  time.Duration // a connection that lived so long is replaced at once, a shorter one after a wait
	pause   time.Duration // reading may wait for room; longer would hold up the acks behind
	drain   time.Duration // what is in work gets to be finished when the bot stops, over the open connection
	finish  time.Duration // then it still gets to be finished without one

	// Waits between attempts: after a failure, after bad credentials, and after a
	// newer connection of the same robot has taken over. That one is left alone for
	// long, and longer each time: two copies of the bot that kick each other would
	// both be deaf half of the time.
	retry, refused, kicked backoff.ExponentialBackOff
}

func defaultPace() pace {
	return pace{
		open: 15 * time.Second, ping: 30 * time.Second, silence: 65 * time.Second, ack: 10 * time.Second,
		stable: 30 * time.Second, pause: 2 * time.Second, drain: 3 * time.Second, finish: 10 * time.Second,
		retry:   backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 30 * time.Second},
		refused: backoff.ExponentialBackOff{InitialInterval: time.Minute, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 10 * time.Minute},
		kicked:  backoff.ExponentialBackOff{InitialInterval: 10 * time.Minute, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: 2 * time.Hour},
	}
}
