package draft

import (
	"encoding/json"

	"yunzhuan/store"
)

// Undone reads from a change that was taken back the draft as the change had
// left it, if that had put it into other hands than before. False for any other
// change.
func Undone(c store.Change) (Draft, bool) {
	if c.Table != tableName {
		return Draft{}, false
	}
	var before, after struct {
		Draft Draft `json:"r"`
	}
	// What cannot be read, an old encoding say, tells nothing.
	if json.Unmarshal(c.After, &after) != nil || c.Before != nil && json.Unmarshal(c.Before, &before) != nil {
		return Draft{}, false
	}
	d := after.Draft
	return d, d.Holder != "" && c.Before != nil && d.Holder != before.Draft.Holder
}
