package tail

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// watch has the file system wake the tailer. The channel is nil, which never wakes, when that is off or not to be had: polling
// is enough by itself, and is all there is on network file systems.
func (t *Tailer) watch(ctx context.Context, wg *sync.WaitGroup) <-chan struct{} {
	if !t.opts.Notify {
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.opts.Logger.Info("no file notifications, polling instead", "error", err)
		return nil
	}
	t.watcher = watcher
	wake := make(chan struct{}, 1)
	wg.Go(func() {
		defer watcher.Close() //nolint:errcheck // it is over either way
		t.drain(ctx, watcher.Events, watcher.Errors, wake)
	})
	return wake
}

// drain turns events of any kind into a wake-up. What happened is found out by looking, so that a lost event does no harm. An error
// is an overflow: anything may have happened.
func (t *Tailer) drain(ctx context.Context, events <-chan fsnotify.Event, overflows <-chan error, wake chan<- struct{}) {
	for {
		select {
		case event, ok := <-events:
			if !ok {
				return
			}
			t.news.add(event.Name)
			if event.Op&^(fsnotify.Write|fsnotify.Chmod) != 0 {
				t.changed.Store(true)
			}
		case _, ok := <-overflows:
			if !ok {
				return
			}
			t.news.addAll()
			t.changed.Store(true)
		case <-ctx.Done():
			return
		}
		select {
		case wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// watchFor watches the directories of the files that were found, and of those that may come. Adding one again does nothing; one that
// can't be watched is polled.
func (t *Tailer) watchFor(dirs map[string]bool) {
	if t.watcher == nil {
		return
	}
	for _, src := range t.sources {
		for _, glob := range src.Globs {
			dirs[filepath.Dir(glob)] = true
		}
	}
	for dir := range dirs {
		_ = t.watcher.Add(dir)
	}
}
