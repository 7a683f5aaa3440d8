package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// The benchmark pushes messages over the stand-in gateway, with a window of them
// in flight, at four receivers in turn, and compares the rates of each round:
//
//	sdk     the bare SDK, acknowledging only
//	replier the bare SDK, answering through its own ChatbotReplier before it acknowledges
//	floor   the SDK and one grouped commit of as many bytes as the bot keeps, nothing else
//	bot     the whole bot: each message makes a draft, with its audit line and reply
const (
	benchRounds   = 5
	benchMessages = 1800 // a round, fewer at window 1; with the warm-up below the 10,000 calls in 20 s that the platform allows a machine
)

// receiver is one of the four, in a process of its own.
type receiver struct {
	name    string
	started figures
	tasks   *json.Encoder
	results *json.Decoder
	rates   []float64
	answers []float64
	p99     []time.Duration
	cpu     []time.Duration
	took    []time.Duration // of every message
}

func BenchmarkAck(b *testing.B) {
	for _, window := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			bot := spawn(b, "bot", 0)
			all := []*receiver{spawn(b, "sdk", 0), spawn(b, "replier", 0), spawn(b, "floor", bot.started.Bytes), bot}
			n := benchMessages
			if window == 1 {
				n /= 10
			}
			for _, r := range all {
				r.round(b, window, n/5) // warm-up
				r.rates, r.answers, r.p99, r.cpu = nil, nil, nil, nil
			}
			for b.Loop() {
				for range benchRounds {
					for _, r := range all {
						r.round(b, window, n)
					}
				}
			}
			reportRates(b, all)
		})
	}
}

// round has n messages pushed, with a window of them in flight.
func (r *receiver) round(b *testing.B, window, n int) {
	b.Helper()
	var f figures
	err := r.tasks.Encode(task{Window: window, N: n})
	if err == nil {
		err = r.results.Decode(&f)
	}
	if err != nil {
		b.Fatalf("%s: %v", r.name, err)
	}
	r.rates, r.p99, r.cpu = append(r.rates, f.Rate), append(r.p99, f.P99), append(r.cpu, f.CPU)
	r.took = append(r.took, f.Took...)
	if f.Answers > 0 {
		r.answers = append(r.answers, f.Answers)
	}
}

// reportRates shows medians, and the bot against each of the others, round by round.
func reportRates(b *testing.B, all []*receiver) {
	b.Helper()
	bot := all[len(all)-1]
	for _, r := range all {
		b.ReportMetric(median(r.rates), r.name+"-acks/s")
		b.ReportMetric(float64(median(r.p99).Microseconds())/1000, r.name+"-p99-ms")
		b.ReportMetric(float64(median(r.cpu).Microseconds()), r.name+"-cpu-µs")
		if len(r.answers) > 0 {
			b.ReportMetric(median(r.answers), r.name+"-answers/s")
		}
		if r != bot {
			b.ReportMetric(ratio(bot.rates, r.rates), "bot/"+r.name)
		}
	}
	b.ReportMetric(ratio(bot.answers, all[1].answers), "bot/replier-answers")
	b.ReportMetric(float64(median(bot.p99))/float64(median(all[0].p99)), "bot/sdk-p99")
	b.ReportMetric(0, "ns/op") // one iteration is all rounds: it means nothing
}

func median[T float64 | time.Duration](all []T) T {
	s := slices.Sorted(slices.Values(all))
	return s[len(s)/2]
}

// ratio is the median of the rounds' ratios.
func ratio(a, b []float64) float64 {
	var all []float64
	for i := range a {
		all = append(all, a[i]/b[i])
	}
	return median(all)
}
