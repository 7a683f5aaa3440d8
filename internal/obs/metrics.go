package obs

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the bot does, in a registry of its own. Its methods do not
// block and may be called from any goroutine. No label holds a person, a group
// or a text.
type Metrics struct {
	registry    *prometheus.Registry
	messages    *prometheus.CounterVec
	acks        *prometheus.HistogramVec
	commits     *prometheus.HistogramVec
	groups      prometheus.Histogram
	deliveries  *prometheus.CounterVec
	slots       *prometheus.CounterVec
	panics      *prometheus.CounterVec
	deadLetters prometheus.Counter
}

// NewMetrics makes the Metrics of a bot of this version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		messages: counters("messages_total", "Messages taken in, by what became of them.", "platform", "outcome"),
		acks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yunzhuan_ack_seconds", Help: "From a message's arrival until it was durable and could be acknowledged.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 15, 60},
		}, []string{"platform"}),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yunzhuan_commit_seconds", Help: "How long a commit of the store took.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"outcome"}),
		groups: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yunzhuan_commit_group_size", Help: "Transactions that shared a commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		deliveries: counters("deliveries_total", "Attempts to send, by what became of them.", "platform", "outcome"),
		slots:      counters("job_slots_total", "Slots of jobs, by what became of them.", "job", "outcome"),
		panics:     counters("panics_total", "Panics caught, by command.", "command"),
		deadLetters: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yunzhuan_dead_letters_total", Help: "Messages given up on after the last try.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "yunzhuan_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.messages, m.acks, m.commits, m.groups, m.deliveries, m.slots, m.panics, m.deadLetters, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "yunzhuan_" + name, Help: help}, labels)
}

// Message counts a message of a platform.
func (m *Metrics) Message(platform, outcome string) {
	m.messages.WithLabelValues(platform, outcome).Inc()
}

// Ack records how long a message took until it could be acknowledged.
func (m *Metrics) Ack(platform string, d time.Duration) {
	m.acks.WithLabelValues(platform).Observe(d.Seconds())
}

// Commit records a commit that n transactions shared; it fits
// store.Options.OnCommit.
func (m *Metrics) Commit(n int, d time.Duration, err error) {
	m.commits.WithLabelValues(outcome(err)).Observe(d.Seconds())
	m.groups.Observe(float64(n))
}

// Delivery counts an attempt to send.
func (m *Metrics) Delivery(platform, outcome string) {
	m.deliveries.WithLabelValues(platform, outcome).Inc()
}

// JobSlot counts a settled slot of a job.
func (m *Metrics) JobSlot(job, outcome string) { m.slots.WithLabelValues(job, outcome).Inc() }

// Panic counts a panic that was caught in a command.
func (m *Metrics) Panic(command string) { m.panics.WithLabelValues(command).Inc() }

// DeadLetter counts a message given up on.
func (m *Metrics) DeadLetter() { m.deadLetters.Inc() }

// Handler is the page /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func outcome(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}
