// Package surveys holds the survey templates that come with the program. The
// office's own stand in the folder that the configuration names.
package surveys

import "embed"

// Files are the templates, each checked by the tests of office/survey.
//
//go:embed *.yaml
var Files embed.FS
