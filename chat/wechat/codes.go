package wechat

import (
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/weixin"
)

// Codes that the Channel acts upon.
const (
	codeMediaGone    = "40007" // the media id is not, or no longer, good
	codeNotFollowing = "43004" // the receiver does not follow
	codeNoWindow     = "45015" // nothing heard of the person for 48 hours, or not following
	codeNoneLeft     = "45047" // the customer messages to the person are used up
	codeNoPermission = "48001" // the account may send no customer messages
	codeForbidden    = "48004" // the platform took the permission away
	codeNoMenu       = "46003" // there is no menu
)

const permissionWait = time.Hour // a missing permission is not tried more often

// codes are what the account's codes mean (MP return codes, and those of
// sendCustomMessage and sendTemplateMessage). What is not here is Final.
var codes = weixin.CommonCodes(map[string]weixin.Verdict{
	codeMediaGone:    {Kind: chat.Temporary},
	codeNoWindow:     {Kind: chat.Held},
	codeNoneLeft:     {Kind: chat.Held},
	codeNoPermission: {Kind: chat.Held},
	codeForbidden:    {Kind: chat.Held},
	codeNotFollowing: {Kind: chat.Final},
	"40003":          {Kind: chat.Final},                                           // no openid of this account
	"40164":          {Kind: chat.Temporary, Wait: 5 * weixin.MinuteWait},          // address not on the list
	"41001":          {Kind: chat.Temporary, Wait: weixin.MinuteWait, Token: true}, // no token
	"45002":          {Kind: chat.Final},                                           // text too long
	"45009":          {Kind: chat.Limited, Wait: weixin.HourWait},                  // calls of the day
	"48002":          {Kind: chat.Final},                                           // the person takes no messages
	"50002":          {Kind: chat.Final},                                           // the person's account is shut
	"40241":          {Kind: chat.Limited, Wait: weixin.MinuteWait},                // the same template message within a minute (seen in the field)
})
