package bottest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"yunzhuan/office/assessment"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// template is a store file with the sample county, made once a process: a copy is
// much quicker than an import.
var template struct {
	once sync.Once
	file []byte
	err  error
}

// sample returns the content of a store file with the sample county.
func sample(t testing.TB) []byte {
	t.Helper()
	template.once.Do(func() { template.file, template.err = makeSample(newClock(t, "2026-01-04 08:00")) })
	if template.err != nil {
		t.Fatalf("make sample store: %v", template.err)
	}
	return template.file
}

func makeSample(clock *Clock) ([]byte, error) {
	dir, err := os.MkdirTemp("", "bottest")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a left-over folder harms no test
	file := filepath.Join(dir, "sample.db")
	db, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return nil, err
	}
	s, err := store.Open(db, store.Options{Clock: clock.Now, Location: clock.loc})
	if err != nil {
		return nil, err
	}
	if err := s.Update(context.Background(), importSample); err != nil {
		return nil, fmt.Errorf("import sample county: %w", err)
	}
	// A copy has none of the room that the file has grown for.
	var compact bytes.Buffer
	_, err = db.WriteTo(&compact)
	return compact.Bytes(), errors.Join(err, s.Close())
}

// importSample brings in the people, each known on the channel by their number,
// and the groups.
func importSample(tx *store.Tx) error {
	tx.SetActor(store.Actor{Command: "people import"})
	rows, err := people.ParseFile("people.csv", people.SampleCSV())
	if err != nil {
		return err
	}
	diff, err := people.Plan(tx, rows)
	if err != nil {
		return err
	}
	if err := people.Apply(tx, diff); err != nil {
		return err
	}
	for _, r := range rows {
		p, _, err := people.Get(tx, r.Person.ID)
		if err != nil {
			return err
		}
		if p.Accounts == nil {
			p.Accounts = map[string]string{}
		}
		p.Accounts[string(Channel)] = string(p.ID)
		if err := people.Put(tx, p); err != nil {
			return err
		}
	}
	for _, layer := range Groups {
		if _, err := people.BindGroup(tx, string(Channel), layer, layer, layer); err != nil {
			return err
		}
	}
	_, err = assessment.AdoptBuiltIn(tx)
	return err
}
