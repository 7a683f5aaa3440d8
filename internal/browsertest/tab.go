package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is one tab of the browser with cookies and storage of its own. Every
// method fails the test when what it is told cannot be done within Patience.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu      sync.Mutex
	host    string
	allowed []string
	faults  []string
}

// Tab opens an empty tab that lives as long as t.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		t.Fatalf("open tab: %v", err)
	}
	if err := chromedp.Listen(ctx, tab.watch); err != nil {
		cancel()
		t.Fatalf("watch tab: %v", err)
	}
	t.Cleanup(func() {
		for _, f := range tab.Faults() {
			t.Errorf("page: %s", f)
		}
		if t.Failed() {
			tab.shoot(ctx, "failed")
		}
		cancel()
	})
	return tab
}

// Allow lets faults pass whose text holds part: what a test brings about itself,
// such as a refused connection.
func (p *Tab) Allow(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, part)
}

// Faults are the faults seen so far that are not allowed.
func (p *Tab) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var fs []string
next:
	for _, f := range p.faults {
		for _, a := range p.allowed {
			if strings.Contains(f, a) {
				continue next
			}
		}
		fs = append(fs, f)
	}
	return fs
}

// watch is called for every event of the tab.
func (p *Tab) watch(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
		p.faults = append(p.faults, "uncaught: "+text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			text := "console:"
			for _, a := range ev.Args {
				text += " " + a.Description + string(a.Value)
			}
			p.faults = append(p.faults, text)
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			p.faults = append(p.faults, fmt.Sprintf("log: %s %s", ev.Entry.Text, ev.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(ev.Request.URL)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss") && u.Host != p.host {
			p.faults = append(p.faults, "request to another host: "+u.Host)
		}
	}
}

// Open loads a page; its host is the one that requests may go to.
func (p *Tab) Open(address string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatalf("open page: %v", err)
	}
	p.mu.Lock()
	p.host = u.Host
	p.mu.Unlock()
	p.do("open "+address, chromedp.Navigate(address))
}

// Reload loads the page again.
func (p *Tab) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// Resize sets the size of the view in CSS pixels; mobile makes it a touch screen
// without a mouse.
func (p *Tab) Resize(width, height int64, mobile bool) {
	p.t.Helper()
	var opts []chromedp.EmulateViewportOption
	if mobile {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	p.do("resize", chromedp.EmulateViewport(width, height, opts...))
}

// Click clicks the first element that a CSS selector finds, once it is visible.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Type focuses an element and writes text into it at once, as an input method
// does; a "\r" at the end is the Enter key. For keys one by one, see Press.
func (p *Tab) Type(selector, text string) {
	p.t.Helper()
	text, enter := strings.CutSuffix(text, "\r")
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
			return err
		}),
	}
	if enter {
		steps = append(steps, chromedp.KeyEvent("\r"))
	}
	p.do("type into "+selector, steps...)
}

// Press presses keys wherever the focus is: text, or the keys of chromedp/kb.
func (p *Tab) Press(keys string, opts ...chromedp.KeyOption) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys, opts...))
}

// Text is the text of the first element that a CSS selector finds.
func (p *Tab) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, fmt.Sprintf("document.querySelector(%s).innerText", quote(selector)))
}

// WaitText waits until an element that the selector finds holds text.
func (p *Tab) WaitText(selector, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => e.textContent.includes(%s))", quote(selector), quote(text)))
}

// Wait waits until a JavaScript expression is true.
func (p *Tab) Wait(condition string) {
	p.t.Helper()
	script := fmt.Sprintf(`new Promise(done => {
		const look = () => { let ok = false; try { ok = !!(%s) } catch {} ok ? done(true) : setTimeout(look, 20) };
		look();
	})`, condition)
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			p.t.Fatalf("page: never true: %s", condition)
		}
		p.t.Fatalf("page: wait for %s: %v", condition, err)
	}
}

// Eval returns the value of a JavaScript expression, a promise's once it is kept.
func Eval[T any](p *Tab, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("page: evaluate %s: %v", script, err)
	}
	return v
}

// Shot writes a picture of the view to $BROWSERTEST_SHOTS/name.png; without the
// variable it does nothing.
func (p *Tab) Shot(name string) {
	p.t.Helper()
	p.shoot(p.ctx, name)
}

func (p *Tab) shoot(ctx context.Context, name string) {
	dir := os.Getenv("BROWSERTEST_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(p.t.Name(), "/", "-")+"-"+name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("take picture: %v", err)
	}
}

func (p *Tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("page: %s: %v", what, err)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(b)
}
