package dingtalk

import (
	"net"
	"strings"
	"testing"
)

// writes is a network connection that remembers each write.
type writes struct {
	net.Conn
	all []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.all = append(w.all, string(p))
	return len(p), nil
}

func TestCork(t *testing.T) {
	t.Parallel()
	w := &writes{}
	c := &corkConn{Conn: w}
	write := func(s string) {
		if n, err := c.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	write("a")
	c.cork()
	write("b")
	write("c")
	if len(w.all) != 1 {
		t.Errorf("corked, and sent %q", w.all)
	}
	if err := c.uncork(); err != nil {
		t.Error(err)
	}
	write("d")
	if got := strings.Join(w.all, "|"); got != "a|bc|d" {
		t.Errorf("sent %q", got)
	}
	c.cork()
	write(strings.Repeat("x", maxHeld+1))
	if len(w.all) != 4 {
		t.Error("holds back without a bound")
	}
	if err := c.uncork(); err != nil || len(w.all) != 4 {
		t.Errorf("sent nothing as something: %q, %v", w.all[4:], err)
	}
}
