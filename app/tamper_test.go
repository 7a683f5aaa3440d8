package app

import (
	"bytes"
	"errors"

	"go.etcd.io/bbolt"
)

// tamper changes the first line of the audit chain that a person or a command
// has made, as somebody would who wants it to have been somebody else.
func tamper(file string) (err error) {
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Update(func(tx *bbolt.Tx) error {
		audit := tx.Bucket([]byte("audit"))
		key, line := audit.Cursor().First()
		changed := bytes.Replace(line, []byte(`"command":"`), []byte(`"command":"x`), 1)
		if bytes.Equal(line, changed) {
			return errors.New("nothing to change in the first line")
		}
		return audit.Put(bytes.Clone(key), changed)
	})
}
