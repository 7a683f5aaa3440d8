// Command recount adds up the points of assessment once more, from what was
// published and what became of appeals. It shares no code with the office: it reads
// the records as they stand in the store, a JSON line each, from its input, and
// writes a line for each subject and month: "u/人事科 2026-11 -150".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// line is a record: {"table": "bulletins", "record": {…}}.
type line struct {
	Table  string          `json:"table"`
	Record json.RawMessage `json:"record"`
}

type finding struct {
	Book       string   `json:"book"`
	Year       int      `json:"year"`
	Issue      int      `json:"issue"`
	Line       int      `json:"line"`
	Day        string   `json:"day"`
	Seq        int      `json:"seq"`
	Unit       string   `json:"unit"`
	UnitKind   string   `json:"unit_kind"`
	Kind       string   `json:"kind"`
	Persons    []string `json:"persons"`
	Unverified bool     `json:"unverified"`
}

func (f finding) ref() string { return fmt.Sprint(f.Book, f.Year, "/", f.Issue, "/", f.Line) }

// issue is a bulletin or a monthly check.
type issue struct {
	Year     int       `json:"year"`
	No       int       `json:"no"`
	Findings []finding `json:"findings"`
}

type appeal struct {
	finding        // what it is against
	State   string `json:"state"`
}

type worth struct {
	Person int `json:"person"`
	Unit   int `json:"unit"`
}

type version struct {
	From      string                      `json:"from"`
	Points    map[string]worth            `json:"points"`
	UnitTypes map[string]map[string]worth `json:"unit_types"`
	Repeated  struct {
		Period string `json:"period"`
		From   int    `json:"from"`
		Times  int    `json:"times"`
	} `json:"repeated"`
}

func main() {
	var found []finding
	upheld, recalled := map[string]bool{}, map[string]bool{}
	var versions []version
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l line
		must(json.Unmarshal(in.Bytes(), &l))
		switch l.Table {
		case "bulletins", "monthly_checks":
			var i issue
			must(json.Unmarshal(l.Record, &i))
			found = append(found, i.Findings...)
		case "bulletin_recalls":
			var i issue
			must(json.Unmarshal(l.Record, &i))
			recalled[fmt.Sprint(i.Year, "/", i.No)] = true
		case "appeals":
			var a appeal
			must(json.Unmarshal(l.Record, &a))
			if a.State == "upheld" {
				upheld[a.ref()] = true
			}
		case "assessment_rules":
			var v version
			must(json.Unmarshal(l.Record, &v))
			versions = append(versions, v)
		default:
			must(fmt.Errorf("table %q", l.Table))
		}
	}
	must(in.Err())
	sort.Slice(versions, func(i, j int) bool { return versions[i].From < versions[j].From })
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i], found[j]
		if a.Day != b.Day {
			return a.Day < b.Day
		}
		if a.Book != b.Book {
			return a.Book < b.Book
		}
		return a.Seq < b.Seq
	})
	sums := map[string]int{}
	times := map[string]int{}
	for _, f := range found {
		gone := f.Book == "" && recalled[fmt.Sprint(f.Year, "/", f.Issue)]
		if f.Kind == "正常" || f.Unverified || gone || upheld[f.ref()] {
			continue
		}
		count(sums, times, versions, f)
	}
	var out []string
	for key, points := range sums {
		if points != 0 {
			out = append(out, fmt.Sprintf("%s %d", key, points))
		}
	}
	sort.Strings(out)
	fmt.Println(strings.Join(out, "\n"))
}

// count adds what a finding is worth: once to each person, and to the unit for each.
func count(sums, times map[string]int, versions []version, f finding) {
	var v version
	for _, one := range versions {
		if one.From <= f.Day {
			v = one
		}
	}
	w, other := v.UnitTypes[f.UnitKind][f.Kind]
	if !other {
		w = v.Points[f.Kind]
	}
	month := f.Day[:7]
	span := map[string]string{"month": month, "year": f.Day[:4],
		"quarter": f.Day[:4] + "Q" + string("111222333444"[(int(month[5]-'0')*10+int(month[6]-'0'))-1])}[v.Repeated.Period]
	add := func(who string, points int) {
		key := who + "|" + f.Kind + "|" + span
		times[key]++
		if points < 0 && v.Repeated.From > 0 && times[key] >= v.Repeated.From {
			points *= v.Repeated.Times
		}
		sums[who+" "+month] += points
	}
	for _, p := range f.Persons {
		add("p/"+p, w.Person)
	}
	for range max(1, len(f.Persons)) {
		add("u/"+f.Unit, w.Unit)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "recount:", err)
		os.Exit(1)
	}
}
