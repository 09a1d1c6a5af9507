// Command generate writes the sample log beside it: an afternoon of a small organization's calls, made by the simulator on a
// clock of its own, so that it always writes the same.
//
// Usage: go generate ./examples/...
package main

//go:generate go run . -o ../app.log

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	out := flag.String("o", "app.log", "`file` to write")
	flag.Parse()
	if err := run(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes the sample anew.
func run(ctx context.Context, out string) error {
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("remove old sample: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	a, err := newAfternoon("http://"+listener.Addr().String(), out)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: a.api, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) //nolint:errcheck // it always ends with an error; a broken server breaks the calls
	defer server.Close()      //nolint:errcheck // nothing is under way any more
	return a.pass(ctx)
}
