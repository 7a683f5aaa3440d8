package wecom

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
)

// addressWait is how long messages wait while the platform does not take this
// machine's address: a person must put it on the application's list.
const addressWait = 15 * time.Minute

// codes are the platform's error codes (WW 90313, 90455), beside those that both
// platforms have. One that stands in neither list is Final.
var codes = weixin.CommonCodes(map[string]weixin.Verdict{
	"60020":  {Kind: chat.Temporary, Wait: addressWait}, // this machine's address is not on the list
	"40003":  {Kind: chat.Final},                        // user id not valid
	"40007":  {Kind: chat.Final},                        // media id not valid
	"40008":  {Kind: chat.Final},                        // msgtype
	"40033":  {Kind: chat.Final},                        // characters that are not allowed
	"40056":  {Kind: chat.Final},                        // agent id
	"40058":  {Kind: chat.Final},                        // a parameter, most often too long
	"42014":  {Kind: chat.Final},                        // task id not valid
	"44004":  {Kind: chat.Final},                        // empty text
	"45001":  {Kind: chat.Final},                        // media too big
	"45002":  {Kind: chat.Final},                        // text too long
	"45008":  {Kind: chat.Final},                        // too many articles
	"46004":  {Kind: chat.Final},                        // no such user
	"48002":  {Kind: chat.Final},                        // no right to this API
	"48009":  {Kind: chat.Final},                        // no right to this API: contacts
	"60011":  {Kind: chat.Final},                        // no right to these members or departments
	"60021":  {Kind: chat.Final},                        // user does not see the application
	"60111":  {Kind: chat.Final},                        // no such user
	"81013":  {Kind: chat.Final},                        // all of the users are invalid
	"82001":  {Kind: chat.Final},                        // nobody to send to
	"86001":  {Kind: chat.Final},                        // chat id not valid
	"86003":  {Kind: chat.Final},                        // no such chat
	"86008":  {Kind: chat.Final},                        // not a chat of this application
	codeChat: {Kind: chat.Final},                        // chat id in use
	"93000":  {Kind: chat.Final},                        // webhook not valid, or taken out of its group
	"93004":  {Kind: chat.Final},                        // webhook switched off
	"93008":  {Kind: chat.Final},                        // webhook not in the group
	"301002": {Kind: chat.Final},                        // no right to this application
})

// codeChat is the refusal to make a chat with the id of another.
const codeChat = "86215"

// meanings are words for whoever runs the bot, by code.
var meanings = map[string]string{
	"40001":  "the secret is wrong",
	"40013":  "the corp id is wrong",
	"40056":  "the agent id is wrong",
	"40058":  "a part of the message is longer than the platform takes",
	"48002":  "the application has no right to this API",
	"48009":  "the application has no right to read contacts",
	"60011":  "the application has no right to these members or departments",
	"60020":  "this machine's address is not among the application's trusted addresses (企业可信IP)",
	"60021":  "the account is outside what the application may see",
	"81013":  "none of the accounts exists within what the application may see",
	"86003":  "the application has no chat of this id",
	"86008":  "the chat was not made by this application",
	"93000":  "the webhook is not valid any more, or was taken out of its group",
	"301002": "the secret belongs to another application",
}

// explained adds the meaning of its code to a failure. It changes a copy: the
// refusal of a token is shared by all who wait for it, and has its meaning already.
func explained(fault *chat.SendError) *chat.SendError {
	if fault == nil {
		return nil
	}
	word, ok := meanings[fault.Code]
	if !ok || strings.Contains(fault.Err.Error(), word) {
		return fault
	}
	clear := *fault
	clear.Err = fmt.Errorf("%s (%w)", word, fault.Err)
	return &clear
}
