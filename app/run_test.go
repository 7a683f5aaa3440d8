package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"yunzhuan/store/bolt"
)

// What a child process that is the binary reads from its environment, beside the
// settings.
const (
	asBinary = "RUN_AS_BINARY" // set: the test binary is the binary
	atTime   = "RUN_AT"        // "2006-01-02 15:04" in Shanghai: when it is there at its start
	holdAt   = "RUN_HOLD"      // a file: while it is there, commits that write wait
	slowDisk = "RUN_SLOW"      // how long every commit takes longer than the disk needs
)

// heldCommit is what the child logs when a commit waits for holdAt to go.
const heldCommit = "commit held"

func TestMain(m *testing.M) {
	if os.Getenv(asBinary) != "" {
		child()
	}
	testscript.Main(m, map[string]func(){"yunzhuan": child, "get": getPage, "say": sayLine, "damage": damageFile})
}

// child is the binary, under the conditions that a test sets.
func child() {
	if at := os.Getenv(atTime); at != "" {
		loc, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			panic(err)
		}
		then, err := time.ParseInLocation("2006-01-02 15:04", at, loc)
		if err != nil {
			panic(err)
		}
		ahead := time.Until(then)
		testClock = func() time.Time { return time.Now().Add(ahead) }
	}
	slow, _ := time.ParseDuration(os.Getenv(slowDisk)) // as fast as it is without
	hold := os.Getenv(holdAt)
	testStore = bolt.Options{BeforeCommit: func() error {
		time.Sleep(slow)
		for said := false; exists(hold); said = true {
			if !said {
				_, _ = os.Stderr.WriteString(`{"msg":"` + heldCommit + `"}` + "\n") // a test waits for it
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	}}
	Main("")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// TestScripts runs testdata/script: the binary as whoever installs it meets it.
// Beside the commands of testscript there are
//
//	serve [NAME=VALUE…]   starts the demo and waits until it is ready; HTTP is its address
//	stop                  ends it with SIGTERM; it must end well
//	crash                 ends it with SIGKILL
//	logged REGEXP         its log matches, or with ! does not
//	get PATH              prints a page of it
//	say PERSON LINE…      says a line in the web chat and prints the answer
//	damage HOW FILE       spoils a store file: cut, structure, audit
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { env.Values[servedKey{}] = new(*process); return nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": scriptServe, "stop": scriptStop, "crash": scriptCrash, "logged": scriptLogged,
		},
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// servedKey finds the running serve of a script.
type servedKey struct{}

func served(ts *testscript.TestScript) **process { return ts.Value(servedKey{}).(**process) }

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("use exec yunzhuan serve")
	}
	p, err := launch(ts.MkAbs("."), append(demoEnv(), args...), "serve")
	ts.Check(err)
	*served(ts) = p
	ts.Defer(p.kill)
	addr, err := p.ready()
	ts.Check(err)
	ts.Setenv("HTTP", addr)
}

func scriptStop(ts *testscript.TestScript, _ bool, _ []string) {
	if code := (*served(ts)).stop(); code != exitOK {
		ts.Fatalf("exit code %d\n%s", code, (*served(ts)).log())
	}
}

func scriptCrash(ts *testscript.TestScript, _ bool, _ []string) { (*served(ts)).kill() }

func scriptLogged(ts *testscript.TestScript, neg bool, args []string) {
	log := (*served(ts)).log()
	if strings.Contains(log, args[0]) == neg {
		ts.Fatalf("want %q in the log: %v\n%s", args[0], !neg, log)
	}
}

// The programs that scripts run with exec end like this.
func endOn(err error) {
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// damageFile spoils a store file: “damage HOW FILE”.
func damageFile() {
	how, file := os.Args[1], os.Args[2]
	switch how {
	case "cut":
		endOn(os.Truncate(file, 5000))
	case "structure":
		data, err := os.ReadFile(file)
		endOn(err)
		for i := 2 * 4096; i < len(data); i += 4096 { // every page but the two that head the file
			copy(data[i:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		}
		endOn(os.WriteFile(file, data, 0o600))
	case "audit":
		endOn(tamper(file))
	default:
		panic(filepath.Base(os.Args[0]) + " " + how)
	}
}
