package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// child is a program that is ended or killed.
type child struct{ cmd *exec.Cmd }

func (c *child) launch(ctx context.Context, name string, args ...string) error {
	c.cmd = exec.CommandContext(ctx, name, args...)
	return c.cmd.Start()
}

func (c *child) kill(context.Context) error {
	if err := c.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = c.cmd.Wait() // says that it was killed
	return nil
}

// end asks it to end and kills it after ten seconds.
func (c *child) end() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	late := time.AfterFunc(10*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	_ = c.cmd.Wait() // how it ends says nothing of what it took
	return nil
}

// lineNumber stands in each line that the writer writes.
var lineNumber = regexp.MustCompile(`"n":(\d+),`)

// fileSize is the progress of a follower that writes what it takes to a file.
func fileSize(path string) (int, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return int(info.Size()), nil
}

// numbersIn counts the line numbers in a file.
func numbersIn(path string) (map[int]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	seen := map[int]int{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if m := lineNumber.FindSubmatch(lines.Bytes()); m != nil {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil {
				return nil, err
			}
			seen[n]++
		}
	}
	return seen, lines.Err()
}
