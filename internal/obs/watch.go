package obs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked whenever the metrics are read. Each may be called from any
// goroutine; one that fails is left out of that reading.
type Sources struct {
	// Outbox is how many entries wait to be sent, and for how long the oldest has.
	Outbox func() (depth int, oldest time.Duration, err error)
	// StoreSize is the size of the store, in bytes.
	StoreSize func() (int64, error)
	// Connections says of every platform whether it is connected.
	Connections func() map[string]bool
}

// Watch adds what the sources tell to the metrics. It is called once.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(watcher{s}) }

type watcher struct{ Sources }

var (
	outboxDepth  = prometheus.NewDesc("yunzhuan_outbox_depth", "Entries of the outbox that wait to be sent.", nil, nil)
	outboxOldest = prometheus.NewDesc("yunzhuan_outbox_oldest_seconds", "How long the oldest entry of the outbox has waited.", nil, nil)
	storeBytes   = prometheus.NewDesc("yunzhuan_store_bytes", "Size of the store.", nil, nil)
	connected    = prometheus.NewDesc("yunzhuan_connected", "Whether a platform is connected (1) or not (0).", []string{"platform"}, nil)
)

// Describe implements prometheus.Collector.
func (w watcher) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{outboxDepth, outboxOldest, storeBytes, connected} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (w watcher) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if depth, oldest, err := w.Outbox(); err == nil {
		gauge(outboxDepth, float64(depth))
		gauge(outboxOldest, oldest.Seconds())
	}
	if size, err := w.StoreSize(); err == nil {
		gauge(storeBytes, float64(size))
	}
	for platform, up := range w.Connections() {
		v := 0.0
		if up {
			v = 1
		}
		gauge(connected, v, platform)
	}
}
