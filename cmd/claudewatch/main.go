// Command claudewatch watches how applications use Claude and tells before a limit stops them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A file that reaches the process's size limit (ulimit -f, LimitFSIZE) is a full disk: writing fails, the agent waits. The
	// signal that comes with it would end the program.
	signal.Ignore(syscall.SIGXFSZ)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}
