//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// runAsNobody takes root's rights from a command: root may write everywhere.
func runAsNobody(cmd *exec.Cmd) {
	const nobody = 65534
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
