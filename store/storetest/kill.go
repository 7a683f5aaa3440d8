package storetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"yunzhuan/store/kv"
)

// killDir is the variable that makes testKill the process to be killed, working in
// the folder it names.
const killDir = "STORETEST_KILL_DIR"

// killPrefix begins the line that the child prints after a commit.
const killPrefix = "committed "

// testKill has a child process commit numbered transactions, kills it at random
// moments, and looks at what it left: every transaction whose commit was reported
// is there, and each is there as a whole or not at all.
func testKill(t *testing.T, open Open) {
	if dir := os.Getenv(killDir); dir != "" {
		commitForEver(t, open(t, dir))
		return
	}
	dir := t.TempDir()
	for round := range 4 {
		reported, output := runAndKill(t, dir)
		db := open(t, dir)
		var last int
		view(t, db, func(tx kv.Tx) (err error) {
			last, err = checkNumbered(tx)
			return err
		})
		if err := db.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		// One commit may have been killed between its end and its report.
		if reported == 0 || last < reported || last > reported+1 {
			t.Fatalf("round %d: the last transaction is %d; the last one reported was %d\n%s", round, last, reported, output)
		}
	}
}

// runAndKill starts the child, kills it after a random number of commits, and
// returns the number of the last one reported.
func runAndKill(t *testing.T, dir string) (reported int, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.count=1", "-test.run="+onlyThis(t.Name()))
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait := 1 + rand.IntN(25)
	var all strings.Builder
	lines := bufio.NewReader(io.TeeReader(pipe, &all))
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what was written before the kill has been read to its end
		}
		number, ok := strings.CutPrefix(strings.TrimSpace(line), killPrefix)
		if !ok {
			continue
		}
		if reported, err = strconv.Atoi(number); err != nil {
			t.Fatalf("child printed %q", line)
		}
		if wait--; wait == 0 {
			go kill(cmd.Process, rand.IntN(1<<14))
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Errorf("the child ended by itself\n%s", all.String())
	}
	return reported, all.String() + stderr.String()
}

// kill kills a process after some turns, so that it is met anywhere in a commit.
func kill(p *os.Process, turns int) {
	for range turns {
		runtime.Gosched()
	}
	_ = p.Kill() // fails only if it has ended, which the test notices
}

// onlyThis is the -test.run pattern of one subtest.
func onlyThis(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// Transaction n puts groupSize(n) keys and deletes those of transaction n-keep.
const keep = 15

func groupSize(n int) int { return 1 + n*7%60 }

func groupKey(n, i int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(n)), uint32(i))
}

func groupValue(n, i int) []byte {
	return bytes.Repeat([]byte(strconv.Itoa(n)), 1+(n+i)*131%900)
}

// commitForEver commits transactions, going on from the last, and reports each.
func commitForEver(t *testing.T, db kv.DB) {
	for {
		var n int
		err := db.Update(context.Background(), func(tx kv.Tx) (err error) {
			n, err = lastNumber(tx)
			n++
			return errors.Join(err, commitNumbered(tx, n))
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s%d\n", killPrefix, n)
	}
}

func lastNumber(tx kv.Tx) (int, error) {
	val, ok, err := tx.Get("numbers", []byte("last"))
	if err != nil || !ok {
		return 0, err
	}
	return strconv.Atoi(string(val))
}

func commitNumbered(tx kv.Tx, n int) error {
	for i := range groupSize(n) {
		if err := tx.Put("groups", groupKey(n, i), groupValue(n, i)); err != nil {
			return err
		}
	}
	if old := n - keep; old > 0 {
		for i := range groupSize(old) {
			if err := tx.Delete("groups", groupKey(old, i)); err != nil {
				return err
			}
		}
	}
	return put(tx, "numbers", "last", strconv.Itoa(n))
}

// checkNumbered checks that the content is exactly what the transactions up to the
// last leave, and returns the number of that.
func checkNumbered(tx kv.Tx) (int, error) {
	last, err := lastNumber(tx)
	if err != nil {
		return 0, err
	}
	n, i := max(1, last-keep+1), 0
	err = tx.Scan("groups", nil, nil, func(k, v []byte) (bool, error) {
		if n > last || !bytes.Equal(k, groupKey(n, i)) || !bytes.Equal(v, groupValue(n, i)) {
			return false, fmt.Errorf("with last = %d, where pair %d of transaction %d belongs stands %x", last, i, n, k)
		}
		if i++; i == groupSize(n) {
			n, i = n+1, 0
		}
		return true, nil
	})
	if err == nil && n != last+1 {
		err = fmt.Errorf("with last = %d, transaction %d is not there as a whole", last, n)
	}
	return last, err
}
