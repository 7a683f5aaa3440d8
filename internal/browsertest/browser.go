// Package browsertest opens pages in a real headless Chromium for tests: one
// browser a test, a tab with storage of its own for each part of it. A tab
// watches what its page does: at the end of the test it fails for an error in
// the console, an uncaught exception, a breach of the content policy, and for a
// request to another host than the one it was opened on.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience is how long a tab waits for anything before the test fails.
const Patience = 30 * time.Second

// names are the programs that can be the browser, the first that is there.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Browser is a running Chromium. Its tabs may be used in parallel.
type Browser struct {
	ctx context.Context
}

// Start starts a browser that lives as long as the test. Without Chromium the
// test is skipped with a word on how to get it; in CI (CI=true) it fails.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		const missing = "no Chromium found: install it (Debian, Ubuntu: apt-get install chromium), or put a Chrome on the PATH"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("hide-scrollbars", false),
		// A machine without direct access reaches its own servers all the same.
		chromedp.Flag("no-proxy-server", true),
	)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium's sandbox does not work for root
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &Browser{ctx: ctx}
}

func find() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
