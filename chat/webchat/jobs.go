package webchat

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// jobLine is one job as the page shows it.
type jobLine struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Next  string `json:"next"`
}

// serveJobs lists the jobs, the next one first.
func (c *Channel) serveJobs(w http.ResponseWriter, _ *http.Request) {
	lines := []jobLine{}
	if c.cfg.Jobs != nil {
		now := c.cfg.Now()
		jobs := slices.Clone(c.cfg.Jobs())
		slices.SortStableFunc(jobs, func(a, b Job) int {
			if a.Next.IsZero() != b.Next.IsZero() { // not scheduled: last
				return b.Next.Compare(a.Next)
			}
			return a.Next.Compare(b.Next)
		})
		for _, j := range jobs {
			lines = append(lines, jobLine{Name: j.Name, Title: j.Title, Next: when(j.Next, now)})
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, lines)
}

// serveFire runs one job of the list now.
func (c *Channel) serveFire(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if c.cfg.Jobs == nil || c.cfg.Fire == nil ||
		!slices.ContainsFunc(c.cfg.Jobs(), func(j Job) bool { return j.Name == name }) {
		fault(w, http.StatusNotFound, "没有这项自动任务")
		return
	}
	// A page that closes now has fired the job all the same.
	if err := c.cfg.Fire(context.WithoutCancel(r.Context()), name); err != nil {
		c.cfg.Log.Error("fire job from web chat", "job", name, "err", err)
		fault(w, http.StatusInternalServerError, "没有执行成功，原因已记入运行日志")
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// when says a coming time as one would: 今天 17:30, 明天 8:40, 11月30日 周一 16:00.
func when(t, now time.Time) string {
	if t.IsZero() {
		return "未安排"
	}
	t = t.In(now.Location())
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	clock := t.Format("15:04")
	switch {
	case day(t) == day(now):
		return "今天 " + clock
	case day(t) == day(now.AddDate(0, 0, 1)):
		return "明天 " + clock
	case t.Year() != now.Year():
		return t.Format("2006年1月2日 ") + weekdays[t.Weekday()] + " " + clock
	default:
		return t.Format("1月2日 ") + weekdays[t.Weekday()] + " " + clock
	}
}
