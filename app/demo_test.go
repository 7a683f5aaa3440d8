package app

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
	"yunzhuan/internal/bottest"
)

// TestDemoSteps does what the page offers a newcomer, at times at which somebody
// may try it: nothing of it is answered with a mistake.
func TestDemoSteps(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"2026-11-23 08:50", // a Monday
		"2026-11-23 21:40", // after work
		"2026-11-22 10:00", // a Sunday
		"2026-10-01 00:10", // a holiday, at night
		"2027-03-03 14:00", // a year whose holidays are not known
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			walkDemo(t, at)
		})
	}
}

// taps are what a newcomer is told to tap in an answer.
var taps = []string{"确认发布", "交审核"}

func walkDemo(t *testing.T, at string) {
	ctx := testContext(t)
	p, addr := startReady(t, t.TempDir(), append(demoEnv(), atTime+"="+at)...)
	say := func(person, line string) chat.Body {
		answer, err := ask(ctx, addr, person, line)
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, p.log())
		}
		text := bottest.Text(answer)
		t.Logf("%s %s\n%s", person, line, text)
		if strings.Contains(text, "这个命令") {
			t.Errorf("%s: %s", line, text)
		}
		return answer
	}
	tapped := 0
	for _, step := range demoStepsOf(t, addr) {
		if step.Job != "" {
			if err := postJSON(ctx, "http://"+addr+"/chat/jobs/"+step.Job, nil); err != nil {
				t.Errorf("job %s: %v", step.Job, err)
			}
			continue
		}
		answer := say(string(step.As), step.Send)
		for _, a := range answer.Actions {
			if slices.Contains(taps, a.Label) {
				tapped++
				say(string(step.As), a.Send)
			}
		}
	}
	if tapped != len(taps) {
		t.Errorf("tapped %d times", tapped)
	}
	events, err := listen(ctx, addr, "J1006")
	if err != nil {
		t.Fatal(err)
	}
	defer events.close()
	_, err = events.until(func(e chatEvent) bool {
		return e.Conv == "机关中层群" && strings.Contains(bottest.Text(*e.Body), "机关巡查信息")
	})
	if err != nil {
		t.Errorf("the bulletin in its group: %v", err)
	}
	for line := range strings.SplitSeq(fetch(t, addr, "/metrics"), "\n") {
		if strings.HasPrefix(line, "yunzhuan_messages_total{") && !strings.Contains(line, `outcome="done"`) {
			t.Errorf("not every line was understood: %s", line)
		}
	}
	if code := p.stop(); code != exitOK || strings.Contains(p.log(), `"level":"ERROR"`) {
		t.Errorf("exit code %d\n%s", code, p.log())
	}
}

// demoStepsOf are the steps that the page shows.
func demoStepsOf(t testing.TB, addr string) []webchat.Step {
	t.Helper()
	_, rest, _ := strings.Cut(fetch(t, addr, "/"), `type="application/json">`)
	raw, _, _ := strings.Cut(rest, "</script>")
	var page struct{ Steps []webchat.Step }
	if err := json.Unmarshal([]byte(raw), &page); err != nil || len(page.Steps) < 5 {
		t.Fatalf("steps of the page: %v %.300s", err, raw)
	}
	return page.Steps
}
