// Command yunzhuan (运转) is the work-group bot of a county education
// commission's office. See README.md.
package main

import "yunzhuan/app"

// version is stamped by the linker (make build).
var version = ""

func main() { app.Main(version) }
