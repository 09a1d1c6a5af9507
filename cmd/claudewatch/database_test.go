package main

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// execute changes a database behind claudewatch's back. The store brings the driver.
func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // what matters is the statement
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableDatabase(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("text"), []byte("this is my diary, please don't overwrite it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path("directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	execute(t, path("foreign"), "CREATE TABLE recipes (name TEXT)")
	a := startAgent(t, strings.NewReader(""), "--db", path("newer"))
	if code := a.stop(); code != exitDone {
		t.Fatalf("exit code = %d; want %d", code, exitDone)
	}
	execute(t, path("newer"), "PRAGMA user_version = 99")
	for _, tt := range []struct{ name, want string }{
		{"text", ": not a claudewatch database: file is not a database\nhint: name another file with --db FILE; claudewatch makes it\n"},
		{"foreign", ": not a claudewatch database: another program's, with application id 0x0 and 1 tables\n" +
			"hint: name another file with --db FILE; claudewatch makes it\n"},
		{"newer", ": the database is newer than this program: it has version 99, this program knows "},
		{"directory", ": is not a regular file\nhint: name another database with --db FILE\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"status"}} {
				_, errOut, code := command(t, append(args, "--db", path(tt.name))...)
				if want := "claudewatch: open store " + path(tt.name) + tt.want; code != exitFailed || !strings.HasPrefix(errOut, want) {
					t.Errorf("%s: exit code %d, stderr %q; want %d, %q", args[0], code, errOut, exitFailed, want)
				}
				if strings.Count(errOut, "\n") != 2 || !strings.Contains(errOut, "\nhint: ") {
					t.Errorf("%s: stderr %q; want one error and one hint", args[0], errOut)
				}
			}
		})
	}
	if text, err := os.ReadFile(path("text")); err != nil || string(text) != "this is my diary, please don't overwrite it\n" {
		t.Errorf("the text file holds %q, %v; want it untouched", text, err)
	}
}

func TestOldDatabaseIsNotRead(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	if code := startAgent(t, strings.NewReader(""), "--db", db).stop(); code != exitDone {
		t.Fatalf("exit code = %d; want %d", code, exitDone)
	}
	execute(t, db, "PRAGMA user_version = 1")
	_, errOut, code := command(t, "report", "--db", db)
	want := ": the database is older than this program: it has version 1, this program wants "
	if code == exitDone || !strings.Contains(errOut, want) || !strings.Contains(errOut, "\nhint: start the agent on it once") {
		t.Errorf("report = %d, %s; want %q and what to do", code, errOut, want)
	}
}

func TestSecondAgentIsRefused(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	_, errOut, code := command(t, "serve", "--listen", "127.0.0.1:0", "--db", db)
	want := "claudewatch: open store " + db + ": the database is in use by another process: " + db + ".lock is locked; stop the other agent or give this one " +
		"a database of its own\nhint: another agent may be running on it; stop that one, or name another database with --db FILE\n"
	if code != exitFailed || errOut != want {
		t.Errorf("same database: exit code %d, stderr %q; want %d, %q", code, errOut, exitFailed, want)
	}
	addr := strings.TrimPrefix(a.url, "http://")
	_, errOut, code = command(t, "serve", "--listen", addr, "--db", filepath.Join(t.TempDir(), "other.db"))
	want = "claudewatch: listen on " + addr + ": listen tcp " + addr + ": bind: address already in use\n" +
		"hint: another agent may be running; choose another port with --listen, as in --listen localhost:9430\n"
	if code != exitFailed || errOut != want {
		t.Errorf("same port: exit code %d, stderr %q; want %d, %q", code, errOut, exitFailed, want)
	}
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code of the first = %d; want %d", code, exitDone)
	}
}

func TestAddressThatIsNotOurs(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	_, errOut, code := command(t, "serve", "--listen", "203.0.113.7:9429", "--db", db)
	if code != exitFailed || !strings.Contains(errOut, "\nclaudewatch: listen on 203.0.113.7:9429: ") ||
		!strings.HasPrefix(errOut, "warning: listen: 203.0.113.7:9429 can be reached from other machines") ||
		!strings.HasSuffix(errOut, "\nhint: choose an address with --listen, as in --listen localhost:9429\n") {
		t.Errorf("exit code %d, stderr %q", code, errOut)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a database was made although the agent could not start")
	}
}

// The port is let go at the end, so that the next agent can have it.
func TestPortIsFreeAfterwards(t *testing.T) {
	a := startAgent(t, strings.NewReader(""), "--db", filepath.Join(t.TempDir(), "cw.db"))
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
