package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// nobody is the user that a test runs the agent as when it is root itself: root may read and write everything.
const nobody = 65534

// openDir is a directory that every user may enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "claudewatch-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, d := range []string{dir, filepath.Dir(binary)} {
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // so that nobody can enter
			t.Fatal(err)
		}
	}
	return dir
}

// asNobody makes a process run without privileges.
func asNobody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// limitFiles sets how large a file the agent may write: like a full disk, but for this process alone, and without privileges.
func (a *agent) limitFiles(t *testing.T, size uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: size, Max: ^uint64(0)} // the hard limit stays, so that the soft one can be raised again
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(a.cmd.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		t.Fatalf("prlimit: %v", errno)
	}
}

// callLine is a log line of one call.
func callLine(id string) string {
	return fmt.Sprintf(`{"time":%q,"request_id":%q,"user":%q,"model":"claude-sonnet-5","status":200,"usage":{"input_tokens":10,"output_tokens":1}}`+"\n",
		time.Now().UTC().Format(time.RFC3339Nano), id, id)
}

// answer is what a post got: the status, and when to try again.
func (a *agent) answer(t *testing.T, text string) (status int, retryAfter string) {
	t.Helper()
	resp, err := client.Post(a.url+"/v1/calls", "application/json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Retry-After")
}
