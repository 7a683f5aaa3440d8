package wechattest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat/wechat/wechattest"
)

// TestRules: the stand-in keeps the platform's rules, and counts what breaks them,
// without a socket and by a clock that the test moves.
func TestRules(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 14, 9, 0, 0, 0, time.UTC)
	s := wechattest.NewOffline()
	s.SetClock(func() time.Time { return now })
	s.To(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "success") }))
	token := between(call(t, s, wechattest.StableToken, "", `{"grant_type":"client_credential","appid":"`+s.AppID+`","secret":"`+s.AppSecret+`"}`), `"access_token":"`, `"`)
	send := func(to, text string) string {
		return between(call(t, s, wechattest.CustomSend, token, `{"touser":"`+to+`","msgtype":"text","text":{"content":"`+text+`"}}`), `"errcode":`, ",")
	}
	var got []string
	got = append(got, send("oNobody", "x"))
	if _, err := s.Say(t.Context(), "oA", "你好"); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		got = append(got, send("oA", "x"))
	}
	got = append(got, send("oA", strings.Repeat("x", 2049)), send("oA", ""))
	if _, err := s.Event(t.Context(), "oA", "CLICK", "/x"); err != nil {
		t.Fatal(err)
	}
	got = append(got, send("oA", "x"))
	now = now.Add(time.Minute)
	got = append(got, send("oA", "x"))
	now = now.Add(48 * time.Hour)
	got = append(got, send("oA", "x"))
	want := strings.Fields("40003 0 0 0 0 0 45047 45002 44004 0 45047 42001")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"40003 oNobody", "45047 oA", "45002 oA", "44004 oA", "45047 oA"}, s.Violations()); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	if n := len(s.Sent()); n != 6 {
		t.Errorf("%d said", n)
	}
}

// TestJunk: a response that the platform can make nothing of is told apart.
func TestJunk(t *testing.T) {
	t.Parallel()
	s := wechattest.NewOffline()
	s.To(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok":true}`) }))
	if a, err := s.Say(t.Context(), "oA", "你好"); err != nil || !a.Junk || len(s.Violations()) != 1 {
		t.Errorf("%+v %v %q", a, err, s.Violations())
	}
}

// call calls the API in memory.
func call(t *testing.T, s *wechattest.Server, e wechattest.Endpoint, token, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.URL+string(e)+"?access_token="+token, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// between is what stands in text between two marks.
func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

// ExampleLinks shows what a person can tap in a text.
func ExampleLinks() {
	for _, l := range wechattest.Links(`请 <a href="weixin://bizmsgmenu?msgmenucontent=%2F确认&msgmenuid=1">确认</a>`) {
		fmt.Println(l.Label, l.Line)
	}
	// Output: 确认 /确认
}
