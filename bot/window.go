package bot

import (
	"container/heap"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/store"
)

// window keeps a rate: never more than n in any span of per. A token bucket
// would let twice the number through in a span that begins with a full bucket.
// A place is reserved before it is taken, because what is claimed is sent a
// moment later.
type window struct {
	n        int
	per      time.Duration
	taken    []time.Time // the last ones, at most n, oldest first
	reserved int
}

// windows keep several rates together; none is no limit.
type windows []*window

func newWindows(rates []chat.Rate) windows {
	var all windows
	for _, r := range rates {
		all = append(all, &window{n: r.N, per: r.Per})
	}
	return all
}

func (ws windows) wait(now time.Time) (longest time.Duration) {
	for _, w := range ws {
		longest = max(longest, w.wait(now))
	}
	return longest
}

// free is how many may be reserved now; -1 for any number.
func (ws windows) free(now time.Time) int {
	least := -1
	for _, w := range ws {
		if n := w.free(now); least < 0 || n < least {
			least = n
		}
	}
	return least
}

func (ws windows) reserve() {
	for _, w := range ws {
		w.reserved++
	}
}

func (ws windows) release() {
	for _, w := range ws {
		w.reserved--
	}
}

func (ws windows) take(now time.Time) {
	for _, w := range ws {
		w.take(now)
	}
}

func (ws windows) empty(now time.Time) bool {
	for _, w := range ws {
		if !w.empty(now) {
			return false
		}
	}
	return true
}

// wait says how long until one more may be reserved; 0 for now.
func (w *window) wait(now time.Time) time.Duration {
	over := len(w.taken) + w.reserved - w.n // how many of the taken must have passed
	if over < 0 {
		return 0
	}
	if over >= len(w.taken) {
		return w.per // all places are reserved: what becomes of them wakes Run
	}
	return max(0, w.taken[over].Add(w.per).Sub(now))
}

// free is how many may be reserved now.
func (w *window) free(now time.Time) int {
	busy := w.reserved
	for _, t := range w.taken {
		if t.Add(w.per).After(now) {
			busy++
		}
	}
	return max(0, w.n-busy)
}

// take uses a reserved place.
func (w *window) take(now time.Time) {
	w.reserved--
	if len(w.taken) >= w.n {
		w.taken = w.taken[1:]
	}
	w.taken = append(w.taken, now)
}

// empty says whether nothing that was taken matters any more.
func (w *window) empty(now time.Time) bool {
	return len(w.taken) == 0 || !w.taken[len(w.taken)-1].Add(w.per).After(now)
}

// schedule holds entries that wait for their time, the earliest first.
type schedule struct{ heap entryHeap }

func (s *schedule) add(e store.Entry) { heap.Push(&s.heap, e) }

// remove takes out the entry of a number; false if it is not here.
func (s *schedule) remove(id uint64) bool {
	i := slices.IndexFunc(s.heap, func(e store.Entry) bool { return e.ID == id })
	if i >= 0 {
		heap.Remove(&s.heap, i)
	}
	return i >= 0
}

// due removes and returns what may go now, in order.
func (s *schedule) due(now time.Time) []store.Entry {
	var out []store.Entry
	for len(s.heap) > 0 && !s.heap[0].NotBefore.After(now) {
		out = append(out, heap.Pop(&s.heap).(store.Entry))
	}
	return out
}

// wait says how long until the next is due, at most limit.
func (s *schedule) wait(now time.Time, limit time.Duration) time.Duration {
	if len(s.heap) == 0 {
		return limit
	}
	return min(limit, max(s.heap[0].NotBefore.Sub(now), time.Millisecond))
}

type entryHeap []store.Entry

func (h entryHeap) Len() int { return len(h) }
func (h entryHeap) Less(i, j int) bool {
	if !h[i].NotBefore.Equal(h[j].NotBefore) {
		return h[i].NotBefore.Before(h[j].NotBefore)
	}
	return h[i].ID < h[j].ID
}
func (h entryHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *entryHeap) Push(x any)   { *h = append(*h, x.(store.Entry)) }
func (h *entryHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
