package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yunzhuan/internal/browsertest"
)

// The watch that every page test relies on must see what it is there for.
func TestTabSeesFaults(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	pages := map[string]string{
		"/clean":     `<p id="p">好</p>`,
		"/throws":    `<script>throw new Error("torn")</script>`,
		"/console":   `<script>console.error("worn")</script>`,
		"/foreign":   fmt.Sprintf(`<img src="%s/x.png">`, other.URL),
		"/forbidden": `<p style="color:red">x</p>`,
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNoContent) // the icon
			return
		}
		if r.URL.Path == "/forbidden" {
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintln(w, "<!DOCTYPE html><title>t</title>", page)
	}))
	defer site.Close()

	browser := browsertest.Start(t)
	for path, want := range map[string]string{
		"/clean":     "",
		"/throws":    "torn",
		"/console":   "worn",
		"/foreign":   "another host",
		"/forbidden": "Content Security Policy",
	} {
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			tab := browser.Tab(t)
			tab.Open(site.URL + path)
			tab.Wait("document.readyState === 'complete'")
			got := strings.Join(tab.Faults(), "\n")
			if (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("faults: got %q, want %q in it", got, want)
			}
			if want != "" {
				tab.Allow("") // expected: not this test's failure
			}
		})
	}
}
