package kv_test

import (
	"bytes"
	"testing"

	"yunzhuan/store/kv"
	"yunzhuan/store/storetest"

	"testing/quick"
)

func TestChecked(t *testing.T)  { storetest.RunTx(t, func(testing.TB, string) kv.DB { return kv.Checked(storetest.Memory()) }) }
func TestOverlay(t *testing.T)  { storetest.RunTx(t, func(testing.TB, string) kv.DB { return storetest.Overlaid(storetest.Memory()) }) }
var _ = bytes.Equal
var _ = quick.Check
