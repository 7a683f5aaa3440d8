// Package handlers holds the bot's commands, one file a family: each parses what
// was typed, asks the office's rules, and answers. What a rule is about stands in
// office/, not here.
package handlers

import (
	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/push"
)

// Deps is what the commands need beside the transaction they run in.
type Deps struct {
	Push *push.Pusher
	// PublicFindings says whether groups see the names in findings
	// (privacy.public_findings: "unit" or "name").
	PublicFindings string
	// MinGroup is the smallest number of people a result of an anonymous survey
	// is shown for (privacy.min_group).
	MinGroup int
	// SurveyFile reads a survey template by its name without extension.
	SurveyFile func(name string) (file string, data []byte, err error)
	// SurveyNames lists the templates there are.
	SurveyNames func() []string
	// Recallable says whether what went to a target can be taken back by its platform;
	// nil for nowhere.
	Recallable func(chat.Target) bool
	// Scan is the platform whose app scans codes; "" where none is on.
	Scan chat.ChannelID
}

// All lists every command but /帮助, which is the engine's own, in the order in
// which the help shows them.
func All(d Deps) []*bot.Command {
	return []*bot.Command{
		mine(),
		attendances(),
		patrols(d),
		schools(d),
		duties(d),
		bulletins(d),
		weeklies(d),
		appeals(d),
		assessments(),
		surveys(d),
		answers(),
		drafts(d),
		undos(d),
		quietHours(d),
		binds(),
		bindCodes(d),
		bindGroups(),
		deliveries(),
	}
}
