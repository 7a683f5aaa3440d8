package dingtalk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"yunzhuan/chat/internal/wire"
)

// describe is wire.Describe with the words for what the SDK reports.
func describe(err error) string {
	if errors.Is(err, errEndpoint) {
		return errEndpoint.Error()
	}
	text := wire.Describe(err)
	if text != "failed" {
		return text
	}
	if code := codeIn(err.Error()); code != "" {
		return "refused with code " + code
	}
	return text
}

// codeIn finds the error code in a body that the SDK made an error of.
func codeIn(body string) string {
	var answer struct {
		Code any `json:"code"`
	}
	if json.Unmarshal([]byte(body), &answer) != nil || answer.Code == nil {
		return ""
	}
	if code := fmt.Sprint(answer.Code); wire.PlainCode(code) {
		return code
	}
	return ""
}

// badCredentials says whether opening failed for what no quick retry mends.
func badCredentials(err error) bool {
	code := strings.ToLower(codeIn(err.Error()))
	if strings.Contains(code, "limit") {
		return false
	}
	for _, word := range []string{"invalidclient", "auth", "forbidden", "invalidappkey", "invalidparameter"} {
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}
